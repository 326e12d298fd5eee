"""An issuer's HPKE key in this process's memory, as an issuer without an HSM has it."""

from __future__ import annotations

from vitaletoken.crypto import sealing
from vitaletoken.errors import UsageError
from vitaletoken.ports import Entropy


class SoftwareNumberKey:
    """Opens the numbers that phones seal to it. ``repr`` and pickling don't show it.

    Args:
        secret: the X25519 private key, 32 bytes.

    Raises:
        UsageError: the secret has another size.
    """

    __slots__ = ("_secret", "public_key")

    def __init__(self, secret: bytes) -> None:
        self.public_key = sealing.session_public_key(secret)
        self._secret = secret

    def unseal(self, sealed: bytes, info: bytes) -> bytes:
        """What was sealed. Raises ``crypto.sealing.BrokenSeal``."""
        return sealing.unseal(sealed, self._secret, info)

    def __repr__(self) -> str:
        return f"SoftwareNumberKey({self.public_key.hex()})"

    def __reduce__(self) -> tuple[object, ...]:
        raise UsageError("a private key is not pickled")


def generate_number_key(entropy: Entropy) -> tuple[SoftwareNumberKey, bytes]:
    """A new HPKE key, and its secret to be kept."""
    secret = entropy.random(sealing.KEY_SIZE)
    return SoftwareNumberKey(secret), secret
