"""Every domain-separation label of version 1, on one screen.

A label ties a signature or a derived key to the one place where it counts. Each is used once.
"""

from typing import Final

#: First element of every external_aad (spec section 5) and of the enrolment binding.
PROTOCOL: Final = "vitaletoken/1"

# Second element of external_aad: which message, which layer. A status list has an empty external_aad instead.
CREDENTIAL: Final = "credential"
PRESENTATION_DEVICE: Final = "presentation-device"
PRESENTATION_CODE: Final = "presentation-code"
TRUST_LIST: Final = "trust-list"
STATUS_SNAPSHOT: Final = "status-snapshot"
STATUS_DELTA: Final = "status-delta"
ENROLMENT_OFFER: Final = "enrolment-offer"
TERMINAL_CERTIFICATE: Final = "terminal-certificate"
CHALLENGE: Final = "challenge"
ENROLMENT_REQUEST_DEVICE: Final = "enrolment-request-device"
ENROLMENT_REQUEST_CODE: Final = "enrolment-request-code"

# Second element of the hashed array of the enrolment binding (CRED-3).
ENROLMENT: Final = "enrolment"

# Second element of HPKE's info for a sealed answer (SEAL-1).
SEALED_ANSWER: Final = "sealed-answer"

# Derivation of the code key (spec section 9).
CODE_PRF: Final = b"vitaletoken/1 code-prf"
CODE_KEY: Final = b"vitaletoken/1 code-key"

# Wrapping of a software key at rest; local to this library, not on the wire.
KEY_WRAP: Final = b"vitaletoken/1 key-wrap"

# The wallet's file at rest: what the device's PRF is asked for, the key of its rows, and how a wrong device is known by it;
# local to this library, not on the wire.
WALLET_PRF: Final = b"vitaletoken/1 wallet-prf"
WALLET_ROW: Final = b"vitaletoken/1 wallet-row"
WALLET_CHECK: Final = b"vitaletoken/1 wallet-check"
