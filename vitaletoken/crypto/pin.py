"""Personal code to code key (spec section 9): Argon2id, then the device's PRF, then HKDF-SHA-256."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vitaletoken.crypto import labels
from vitaletoken.crypto.signing import ED25519, SigningKey
from vitaletoken.errors import UsageError

SALT_SIZE: Final = 16
PRF_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class Argon2Parameters:
    """RFC 9106: memory in KiB, passes, lanes."""

    memory_kib: int
    passes: int
    lanes: int


class Argon2Profile(Enum):
    """Named profiles. The profile is the phone's own choice and not on the wire.

    ``DEFAULT`` is what libsodium, the library most phones have, can compute: one lane. ``RFC_9106_LOW_MEMORY`` is the
    second recommended option of RFC 9106 section 4. ``SMALL_PHONE`` is the least that production permits.
    ``CHEAPEST`` is for tests.
    """

    DEFAULT = Argon2Parameters(memory_kib=65_536, passes=3, lanes=1)
    RFC_9106_LOW_MEMORY = Argon2Parameters(memory_kib=65_536, passes=3, lanes=4)
    SMALL_PHONE = Argon2Parameters(memory_kib=19_456, passes=2, lanes=1)
    CHEAPEST = Argon2Parameters(memory_kib=8, passes=1, lanes=1)

    @property
    def label(self) -> str:
        """The name that the specification and the vectors give the profile."""
        return self.name.lower().replace("_", "-").replace("rfc-9106", "rfc9106")


#: What ``choose_profile`` tries, in this order; and what it falls back on.
_PREFERRED: Final = (Argon2Profile.DEFAULT, Argon2Profile.RFC_9106_LOW_MEMORY)
_FLOOR: Final = Argon2Profile.SMALL_PHONE


def choose_profile(measure: Callable[[Argon2Profile], float], budget_seconds: float) -> Argon2Profile:
    """The profile for a code that is chosen on this device: the strongest that takes no longer than the budget.

    ``DEFAULT`` and ``RFC_9106_LOW_MEMORY`` cost a thief the same; the second is quicker where there are several cores, and not
    every library has it. Where neither fits it is ``SMALL_PHONE``, however long that takes: the floor gives way to nothing.

    Args:
        measure: seconds that one derivation under a profile takes here; infinity where there is no memory for it.
        budget_seconds: what a person may wait for each time they type the code.
    """
    return next((profile for profile in _PREFERRED if measure(profile) <= budget_seconds), _FLOOR)


@dataclass(frozen=True, slots=True)
class CodeDerivation:
    """The steps from the code to the seed; for vectors. Each of them is a secret."""

    s: bytes
    h: bytes
    seed: bytes

    def __repr__(self) -> str:
        return "CodeDerivation(...)"

    def __reduce__(self) -> tuple[object, ...]:
        raise UsageError("what leads to a private key is not pickled")


def stretch(password: bytes, salt: bytes, profile: Argon2Profile) -> bytes:
    """Argon2id (RFC 9106): 32 bytes."""
    parameters = profile.value
    return Argon2id(
        salt=salt,
        length=32,
        iterations=parameters.passes,
        lanes=parameters.lanes,
        memory_cost=parameters.memory_kib,
    ).derive(password)


def derive(
    code: str, salt: bytes, profile: Argon2Profile, device_thumbprint: bytes, prf: Callable[[bytes], bytes]
) -> CodeDerivation:
    """The seed of the code key, and what leads to it.

    Args:
        code: six ASCII digits; the caller has checked.
        salt: 16 bytes.
        device_thumbprint: of the device key, 32 bytes.
        prf: the device's keyed function, bytes to 32 bytes. It comes last before the key, so that each guess costs a
            call of the hardware (CODE-1).
    """
    s = stretch(code.encode(), salt, profile)
    h = prf(labels.CODE_PRF + s)
    info = labels.CODE_KEY + device_thumbprint
    seed = HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(s + h)
    return CodeDerivation(s, h, seed)


def code_signing_key(derivation: CodeDerivation) -> SigningKey:
    """The code key itself; to be dropped once it has signed."""
    return SigningKey(ED25519, derivation.seed)


def software_prf(secret: bytes, message: bytes) -> bytes:
    """The PRF of a device without secure hardware: HMAC-SHA-256, 32 bytes."""
    mac = hmac.HMAC(secret, hashes.SHA256())
    mac.update(message)
    return mac.finalize()
