"""ML-DSA-65 (FIPS 204): its keys, and signatures that are the same in each run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property

from dilithium_py.ml_dsa import ML_DSA_65

from vectors.generate.encoder import Value, encode
from vectors.generate.keys import derive

ML_DSA = -49
PUBLIC_SIZE, SIGNATURE_SIZE = 1952, 3309


@cache
def _pair(seed: bytes) -> tuple[bytes, bytes]:
    public, private = ML_DSA_65.key_derive(seed)
    assert len(public) == PUBLIC_SIZE
    return bytes(public), bytes(private)


@cache
def _sign(seed: bytes, message: bytes, context: bytes) -> bytes:
    """A signature takes a tenth of a second, and many vectors have the same."""
    signature = bytes(ML_DSA_65.sign(_pair(seed)[1], message, ctx=context, deterministic=True))
    assert len(signature) == SIGNATURE_SIZE
    return signature


@dataclass(frozen=True)
class MlDsaKey:
    """A key pair for second signatures."""

    seed: bytes

    @property
    def public(self) -> bytes:
        """The 1,952 bytes of the public key."""
        return _pair(self.seed)[0]

    @property
    def cose(self) -> dict[int, Value]:
        """`ml-dsa-key` of the CDDL."""
        return {1: 7, 3: ML_DSA, -1: self.public}

    @cached_property
    def thumbprint(self) -> bytes:
        """Section 5.1: over all of the COSE_Key."""
        return hashlib.sha256(encode(self.cose)).digest()

    @property
    def kid(self) -> bytes:
        """KEY-1."""
        return self.thumbprint[:8]

    def sign(self, message: bytes, context: bytes = b"") -> bytes:
        """The pure scheme, its deterministic variant; the protocol's context string is empty (SIG-3)."""
        return _sign(self.seed, message, context)


def ml_dsa(case_id: str, name: str = "seed") -> MlDsaKey:
    """An ML-DSA-65 key of a name."""
    return MlDsaKey(derive(case_id, name))


PQ_ROOTS = tuple(ml_dsa(f"fixture/root/post-quantum/{name}") for name in ("first", "second", "third", "fourth"))
CNAM_SECOND = ml_dsa("fixture/issuer/fr-cnam/second")
"""For the second signatures of an issuer's snapshots."""
PQ_STRANGER = ml_dsa("fixture/stranger/post-quantum")
"""A key that nobody certified."""
