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
RENEWAL_DEVICE: Final = "renewal-device"
RENEWAL_CODE: Final = "renewal-code"
RENEWAL_NEW_CODE: Final = "renewal-new-code"
UNLOCK: Final = "unlock"
INTRODUCTION_DEVICE: Final = "introduction-device"
INTRODUCTION_CODE: Final = "introduction-code"
GRANT_DEVICE: Final = "grant-device"
GRANT_CODE: Final = "grant-code"
ORDER_DEVICE: Final = "order-device"
ORDER_CODE: Final = "order-code"

# Second element of the hashed array of the enrolment binding (CRED-3); the other one for a card lent through the issuer.
ENROLMENT: Final = "enrolment"
LENDING: Final = "lending"

# The commitment to a number, and HPKE's info for a sealed number (ENROL-3).
NUMBER: Final = "number"
ENROLMENT_NUMBER: Final = "enrolment-number"

# A number as an issuer's own pseudonym; local to this library, not on the wire.
NUMBER_PSEUDONYM: Final = "number-pseudonym"

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
