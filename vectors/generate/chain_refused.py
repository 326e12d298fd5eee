"""Layer `trust-chain`: what a refused list leaves behind, and what the lists say of an issuer's stolen key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.chain_case import Link, chain
from vectors.generate.chain_links import NEW, NEW_ROOTS, OLD, ROLLBACK, SIGNATURE, TO_SECOND, V1, V2, V4, V5
from vectors.generate.encoder import Value
from vectors.generate.fixtures import DAY, NOW, issuer_key, trust_claims, withdrawn
from vectors.generate.keys import ed25519
from vectors.generate.messages import trust_list
from vectors.generate.roots import SECOND


def nothing_changes_cases() -> Iterator[Case]:
    """Whatever is refused leaves the anchor as it was: each fault between two good lists."""
    wrong_key: Value = {1: 1, 3: -19, -1: 6, -2: (1).to_bytes(32, "little")}
    msa = trust_claims()[6][1]
    spoilt = TO_SECOND.with_claims(issuers=[{**msa, 3: [issuer_key(wrong_key, [1])]}])
    unknown = {**TO_SECOND.claims, 99: 0}
    rows: tuple[tuple[str, str, Link, str, str], ...] = (
        ("structure", "T1", replace(TO_SECOND, raw=trust_list(unknown, TO_SECOND.signers)), "trust-list-structure",
         "an unlisted key"),
        ("cut", "T1", replace(TO_SECOND, raw=TO_SECOND.data[:-1]), "trust-list-structure", "its last byte missing"),
        ("signature", "T2", replace(TO_SECOND, signers=[*OLD[:1], *NEW]), SIGNATURE, "one old signature"),
        ("key", "T3", spoilt, "trust-list-key", "an issuer's key that is the identity"),
        ("environment", "T4", TO_SECOND.with_claims(environment=1), "trust-list-environment", "the mark of a list for tests"),
        ("version", "T5", Link(1, [*OLD, *NEW], SECOND), ROLLBACK, "an old version"),
        ("new-roots", "T6", replace(TO_SECOND, signers=[*OLD, NEW[0]]), NEW_ROOTS, "one new signature"),
    )  # fmt: skip
    for slug, step, link, code, comment in rows:
        yield chain(
            f"refused/{slug}",
            (step, "TRUST-5"),
            f"a list that would rotate, with {comment}: the old root keys go on counting",
            [(V2, None), (link, code), (V4, SIGNATURE), (TO_SECOND, None), (V4, None)],
        )
    tests = [link.with_claims(environment=1) for link in (V1, TO_SECOND)]
    yield chain(
        "environment-test",
        ("T4", "TRUST-5"),
        "a chain for tests, with a production list between",
        [(tests[0], None), (TO_SECOND, "trust-list-environment"), (tests[1], None)],
        "environment",
        environment="test",
    )


def issuer_key_cases() -> Iterator[Case]:
    """An issuer's key is stolen: what the lists say of it. `scenario/compromised-issuer-key` shows what comes of it."""
    msa = trust_claims()[6][1]
    old, successor = msa[3][0], issuer_key(ed25519("fixture/issuer/fr-msa/successor").cose, [1, 2, 3])

    def keys(*entries: object) -> list[object]:
        return [{**msa, 3: list(entries)}]

    yield chain(
        "compromised-issuer-key",
        ("T1", "TRUST-5", "TRUST-6"),
        "an issuer's key in use; withdrawn and what it signed kept; nothing kept; gone; root keys rotate meanwhile",
        [
            (V2, None),
            (TO_SECOND.with_claims(issuers=keys(withdrawn(old, NOW - 40 * DAY, True), successor)), None),
            (V4.with_claims(issuers=keys(withdrawn(old, NOW - 40 * DAY, False), successor)), None),
            (V5.with_claims(issuers=keys(successor)), None),
            (V4, ROLLBACK),
        ],
    )
    yield chain(
        "compromised-brought-back",
        ("T5", "TRUST-6"),
        "a mirror hands out the list of before the withdrawal again",
        [
            (V1, None),
            (V2.with_claims(issuers=keys(withdrawn(old, NOW, False), successor)), None),
            (V1, ROLLBACK),
            (V2, ROLLBACK),
        ],
    )
