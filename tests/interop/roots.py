"""Trust lists of three generations of roots, right and wrong in every way, and the keys of the issuer that they name.

Everything is signed by hand, as spec/vitaletoken.md section 10 says: nothing of the library writes here. All randomness is the
caller's, so that each run is the same.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests import forge
from tests.fuzz import mutations
from tests.fuzz.test_hostile import becomes, encodable
from tests.world import DAY, ISSUER_ID, NOW, STATUS_URI, World, ml_dsa_signer
from vitaletoken.adapters.keystore import SoftwareSigner, generate_signer

#: Of the genuine trust lists. Roots are exchanged with the third and the fifth.
VERSIONS = range(1, 7)
#: Of each version.
WRONG_ONES = 25

Input = dict[str, Any]
Maker = Callable[[], bytes]


def spoilt(rng: random.Random, message: bytes) -> bytes:
    """One message in which bytes were changed."""
    kinds = (mutations.flip_bits, mutations.edit_bytes, mutations.heads)
    return rng.choice(kinds)(rng, [message])


@dataclass(frozen=True)
class Generation:
    """The root key holders of one time; ``second`` are their ML-DSA-65 keys."""

    threshold: int
    first: Sequence[SoftwareSigner]
    second: Sequence[SoftwareSigner]

    @property
    def enough(self) -> list[SoftwareSigner]:
        return [*self.first[: self.threshold], *self.second[: self.threshold]]

    def root_set(self) -> Any:
        keys = {1: self.threshold, 2: [_key(each) for each in self.first]}
        return keys | ({3: [_key(each) for each in self.second]} if self.second else {})

    def pinned(self) -> Input:
        keys = [forge.enc(_key(each)).hex() for each in self.first]
        second = [forge.enc(_key(each)).hex() for each in self.second]
        return {"threshold": self.threshold, "keys": keys} | ({"post_quantum_keys": second} if second else {})


def _key(signer: SoftwareSigner) -> Any:
    key = signer.public_key
    return forge.cose_key(int(key.algorithm), key.public)


def _listed(signer: SoftwareSigner, uses: list[int], *more: Any, exp: int = NOW + 365 * DAY) -> Any:
    return {1: _key(signer), 2: uses, 3: NOW - 365 * DAY, 4: exp} | ({5: list(more)} if more else {})


class Roots:
    """Who signs trust lists, and for whom; ``trust`` is the first list, with what it takes to believe it."""

    def __init__(self, world: World, rng: random.Random) -> None:
        self.rng = rng
        first = [generate_signer(world.entropy)[0] for _ in range(11)]
        second = [ml_dsa_signer(f"root {number}") for number in range(5)]
        self.generations = (
            Generation(2, first[:3], second[:3]),
            Generation(1, first[3:5], second[3:]),
            Generation(2, first[5:7], ()),
        )
        self.stranger, self.ended, self.withdrawn, self.other_use = first[7:]
        self.issuer = world.issuer_signer
        self.second, self.second_withdrawn = ml_dsa_signer("issuer"), ml_dsa_signer("issuer, withdrawn")
        self.lists = {version: self.trust_list(version) for version in VERSIONS}
        self.wrong_lists = {version: [self._wrong_list(version) for _ in range(WRONG_ONES)] for version in VERSIONS}
        self.trust = {"trust_list": self.lists[1].hex(), "roots": self.generations[0].pinned(), "environment": "test"}

    @property
    def without_right(self) -> tuple[SoftwareSigner, ...]:
        """Those who may not sign status lists today."""
        return self.stranger, self.ended, self.withdrawn, self.other_use

    def _generations(self, version: int) -> tuple[Generation, Generation]:
        """Of the list before and of this one: exchanged with versions 3 and 5."""
        old, new = [min((number - 1) // 2, 2) for number in (version - 1, version)]
        return self.generations[max(old, 0)], self.generations[new]

    def trust_claims(self, version: int) -> Any:
        keys = [
            _listed(self.issuer, [1, 2, 3]),
            _listed(self.ended, [2], exp=NOW - 3 * DAY),
            _listed(self.withdrawn, [2], NOW - 3 * DAY, True),
            _listed(self.other_use, [1, 3]),
            _listed(self.second, [5]),
            _listed(self.second_withdrawn, [5], NOW + DAY, False),
        ]
        issuer = {1: ISSUER_ID, 2: "Assurance maladie", 3: keys, 4: STATUS_URI}
        other = {1: "fr-other", 2: "Autre caisse", 3: [_listed(self.stranger, [2])], 4: "https://status.example/other"}
        roots = self._generations(version)[1].root_set()
        return {1: version, 2: NOW - DAY, 3: NOW + 30 * DAY, 4: 1, 5: roots, 6: [issuer, other]}

    def trust_list(
        self, version: int, edit: forge.Edit | None = None, signers: Iterable[SoftwareSigner] | None = None
    ) -> bytes:
        if signers is None:
            old, new = self._generations(version)
            signers = [*old.enough, *(new.enough if new is not old else [])]
        payload = forge.enc(forge.edited(self.trust_claims(version), edit))
        return forge.enc([payload, forge.detached(signers, forge.aad("trust-list"), payload)])

    def _wrong_list(self, version: int) -> bytes:
        """Of that version, and wrong, or only different."""
        rng = self.rng
        old, new = self._generations(version)
        everybody = [each for generation in self.generations for each in (*generation.first, *generation.second)]
        few: list[SoftwareSigner] = rng.choice(
            (
                [*old.first[:1], *old.second],  # fewer than the threshold, at times
                [*old.first[:1], *old.first[:1], *new.first],
                [*old.first, *new.first],
                [*old.enough, *new.first, *new.second[:1]],
                list(old.enough),
                list(new.enough),
                rng.sample(everybody, rng.randrange(1, len(everybody))),
                [self.stranger, *old.enough, *new.enough],
            )
        )
        claims = self.trust_claims(version)
        unsound = rng.choice(forge.SMALL_ORDER)
        edit = rng.choice(
            (
                becomes(encodable(rng, claims)),
                becomes(encodable(rng, claims)),
                forge.put((4,), 0),
                forge.put((5, 1), rng.randrange(4)),
                forge.put((5, 2, 0), forge.cose_key(-19, unsound)),
                forge.put((6, 0, 3, 0, 1), forge.cose_key(-19, unsound)),
                forge.put((6, 0, 3, rng.randrange(6), 5), [rng.choice((0, -1, NOW)), rng.choice((True, False, None))]),
                forge.put((6, 0, 3, 4, 2), rng.choice(([5], [2], [5, 5], [2, 5]))),
                forge.put((6, 0, 2), "Another name"),
                forge.put((3,), NOW - rng.choice((DAY, DAY - 1))),
            )
        )
        makers: tuple[Maker, ...] = (
            lambda: self.trust_list(version, signers=few),
            lambda: self.trust_list(version, edit),
            lambda: spoilt(rng, self.lists[version]),
        )
        return rng.choice(makers)()

    def chain(self) -> Input:
        """Lists in the order in which a terminal gets them, that may have slept or be lied to."""
        rng, version = self.rng, 0
        lists: list[bytes] = []
        for _ in range(rng.randrange(1, 6)):
            step = rng.choice((1, 1, 1, 1, 2, 2, 0, -1))
            of = min(max(version + step, 1), VERSIONS[-1])
            if rng.random() < 0.6:
                lists.append(self.lists[of])
                version = max(version, of)
            else:
                lists.append(rng.choice(self.wrong_lists[of]))
        return {
            "roots": self.generations[0 if rng.random() < 0.9 else 1].pinned(),
            "environment": "test" if rng.random() < 0.97 else "production",
            "post_quantum": rng.random() < 0.3,
            "lists": [each.hex() for each in lists],
        }
