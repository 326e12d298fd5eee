"""The verification table as data. Tests hold it against the specification, the catalogue of errors and the vectors."""

from __future__ import annotations

from typing import Final

from vitaletoken.errors import Code

#: The verification table of spec section 8, in order: step, and its codes in order. The first that fails decides.
STEPS: Final[tuple[tuple[str, tuple[Code, ...]], ...]] = (
    (
        "V1",
        (Code.TEXT_TOO_LONG, Code.TEXT_PREFIX, Code.TEXT_ENCODING, Code.SEAL_UNKNOWN, Code.SEAL_BROKEN),
    ),
    ("V2", (Code.CBOR_PROFILE,)),
    ("V3", (Code.COSE_STRUCTURE,)),
    ("V4", (Code.CLAIMS_STRUCTURE,)),
    ("V5", (Code.CREDENTIAL_STRUCTURE, Code.ALGORITHM_MISMATCH)),
    (
        "V6",
        (
            Code.CLOCK_BEHIND,
            Code.TRUST_LIST_EXPIRED,
            Code.ISSUER_UNKNOWN,
            Code.ISSUER_KEY_NOT_VALID,
            Code.ISSUER_KEY_WITHDRAWN,
        ),
    ),
    ("V7", (Code.ISSUER_SIGNATURE,)),
    ("V8", (Code.GRANT_STRUCTURE, Code.GRANT_SIGNATURE, Code.GRANT_HOP, Code.GRANT_CODE)),
    ("V9", (Code.CONTEXT_UNKNOWN, Code.CONTEXT_MISMATCH, Code.DEVICE_SIGNATURE)),
    ("V10", (Code.CODE_SIGNATURE,)),
    (
        "V11",
        (
            Code.BINDING_TOO_WEAK,
            Code.CHALLENGE_EXPIRED,
            Code.PURPOSE_MISMATCH,
            Code.BILLING_NOT_PERMITTED,
            Code.DELEGATION_SCOPE,
        ),
    ),
    (
        "V12",
        (
            Code.PRESENTATION_NOT_YET_VALID,
            Code.PRESENTATION_EXPIRED,
            Code.CREDENTIAL_NOT_YET_VALID,
            Code.CREDENTIAL_EXPIRED,
            Code.GRANT_NOT_YET_VALID,
            Code.GRANT_EXPIRED,
            Code.RIGHTS_ENDED,
        ),
    ),
    (
        "V13",
        (
            Code.STATUS_UNAVAILABLE,
            Code.STATUS_EXPIRED,
            Code.STATUS_TOO_OLD,
            Code.CARD_REVOKED,
            Code.CARD_SUSPENDED,
            Code.DELEGATIONS_WITHDRAWN,
        ),
    ),
    ("V14", (Code.WRONG_ENVIRONMENT, Code.USER_VERIFICATION_TOO_WEAK, Code.DELEGATION_NOT_ALLOWED)),
    ("V15", (Code.REPLAYED, Code.REPLAY_STORE_FULL, Code.CHALLENGE_ANSWERED)),
)
