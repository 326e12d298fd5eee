"""Root sets: as they stand in a trust list, and as a terminal has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vectors.generate.cases import Json
from vectors.generate.encoder import Value, encode
from vectors.generate.keys import ROOTS, Ed25519Key, ed25519
from vectors.generate.mldsa import MlDsaKey, ml_dsa


@dataclass(frozen=True)
class RootSet:
    """Threshold and keys of each kind."""

    threshold: int
    keys: Sequence[Ed25519Key]
    post_quantum: Sequence[MlDsaKey] = ()

    @property
    def claims(self) -> dict[int, Value]:
        """`root-set` of the CDDL."""
        kinds: dict[int, Value] = {2: [key.cose for key in self.keys]}
        if self.post_quantum:
            kinds[3] = [key.cose for key in self.post_quantum]
        return {1: self.threshold, **kinds}

    @property
    def json(self) -> Mapping[str, Json]:
        """As input."""
        kinds = {"keys": [encode(key.cose).hex() for key in self.keys]}
        if self.post_quantum:
            kinds["post_quantum_keys"] = [encode(key.cose).hex() for key in self.post_quantum]
        return {"threshold": self.threshold, **kinds}


def generation(name: str, count: int = 3) -> tuple[Ed25519Key, ...]:
    """The root keys of a later generation."""
    return tuple(ed25519(f"fixture/root/{name}/{number}") for number in range(count))


def generation_of_ml_dsa(name: str, count: int) -> tuple[MlDsaKey, ...]:
    """Its ML-DSA-65 keys."""
    return tuple(ml_dsa(f"fixture/root/post-quantum/{name}/{number}") for number in range(count))


FIRST = RootSet(2, ROOTS)
SECOND = RootSet(2, generation("second-generation"))
THIRD = RootSet(2, generation("third-generation"))
