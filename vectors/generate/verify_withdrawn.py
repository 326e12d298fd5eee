"""Layer `verify`: withdrawn issuer keys, V6 and TRUST-6; and elsewhere, one case of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.editing import edit
from vectors.generate.expectations import result
from vectors.generate.fixtures import (
    CARD_IAT,
    CARDS_NBF,
    DAY,
    Claims,
    issuer_key,
    signed_trust,
    trust_claims,
    withdrawn,
)
from vectors.generate.keys import CNAM_CARDS, STRANGER, ed25519
from vectors.generate.visit import SUITE_1, SUITE_2, Visit, accepted, refused
from vectors.generate.withdrawals import withdrawals

CODE = "issuer-key-withdrawn"
RULES = ("V6", "TRUST-6")
ENTRY: Claims = trust_claims()[6][0][3][0]


def trust_with(entries: Sequence[Claims], number: int = 0) -> bytes:
    """The trust list with these entries in place of the first issuer's key of that number."""
    keys = list(trust_claims()[6][0][3])
    keys[number : number + 1] = entries
    return signed_trust(edit(trust_claims(), (6, 0, 3), keys))


def withdrawn_cases() -> Iterator[Case]:
    assert ENTRY[1] == CNAM_CARDS.cose
    for way in withdrawals(ENTRY, CARD_IAT):
        visit = replace(SUITE_1, trust=trust_with(way.entries))
        comment = f"of the credential: {way.comment}"
        if way.counts:
            yield accepted(f"key-withdrawn/{way.slug}", RULES, comment, visit, result(), *way.flags)
        else:
            yield refused(
                f"{CODE}/{way.slug}", RULES, comment, visit, *way.flags, base="verify/accepted/key-withdrawn/kept"
            )
    from_iat = trust_with([withdrawn(ENTRY, CARD_IAT, True)])
    yield accepted(
        "key-withdrawn/issued-before",
        RULES,
        "a card made a second before its key was withdrawn, what was before is kept",
        replace(SUITE_1.with_card((6,), CARD_IAT - 1), trust=from_iat),
        result(),
        "boundary",
        "rotation",
    )
    yield refused(
        f"{CODE}/suite-2",
        RULES,
        "the same for a phone with a P-256 key",
        replace(SUITE_2, trust=from_iat),
        "rotation",
        base="verify/accepted/suite-2",
    )
    yield from _others(from_iat)
    yield from _order(from_iat)


def _others(from_iat: bytes) -> Iterator[Case]:
    """What the withdrawal of another key, or of the same key elsewhere, does."""
    second = ed25519("fixture/issuer/fr-cnam/second")
    added = trust_with([withdrawn(ENTRY, CARD_IAT - DAY, False), issuer_key(second.cose, [1])])
    yield accepted(
        "key-withdrawn/successor",
        RULES,
        "the key before is withdrawn, the card was made again with the new one",
        replace(SUITE_1, trust=added, issuer=second),
        result(),
        "rotation",
    )
    yield accepted(
        "key-withdrawn/other-key",
        RULES,
        "the issuer's key for offers is withdrawn",
        replace(SUITE_1, trust=trust_with([withdrawn(trust_claims()[6][0][3][3], 0, False)], 3)),
        result(),
        "rotation",
    )
    elsewhere = edit(trust_claims(), (6, 1, 3), [withdrawn(issuer_key(CNAM_CARDS.cose, [1, 2, 3]), 0, False)])
    yield accepted(
        "key-withdrawn/of-other-issuer",
        RULES,
        "the other issuer has the same key, and it is withdrawn there",
        replace(SUITE_1, trust=signed_trust(elsewhere)),
        result(),
        "rotation",
    )
    other_use = [{**withdrawn(ENTRY, CARD_IAT, False), 2: [2]}, ENTRY]
    yield accepted(
        "key-withdrawn/other-use",
        RULES,
        "the same key is withdrawn in an entry of another use",
        replace(SUITE_1, trust=trust_with(other_use)),
        result(),
        "rotation",
    )


def _order(from_iat: bytes) -> Iterator[Case]:
    """Before V7; after the window."""
    before_nbf = trust_with([withdrawn(ENTRY, CARDS_NBF, False)])
    rows: tuple[tuple[str, str, str, Visit], ...] = (
        (f"{CODE}/before-issuer-signature", "V6", "also signed by another key under this kid",
         replace(SUITE_1, trust=from_iat, at_credential={"signer": STRANGER})),
        ("issuer-key-not-valid/before-issuer-key-withdrawn", "V6", "out of its window, and withdrawn",
         replace(SUITE_1.with_card((6,), CARDS_NBF - 1), trust=before_nbf)),
        ("issuer-unknown/before-issuer-key-withdrawn", "V6", "the key has another use, and is withdrawn",
         replace(SUITE_1, trust=trust_with([{**withdrawn(ENTRY, 0, False), 2: [2]}]))),
    )  # fmt: skip
    for slug, step, comment, visit in rows:
        yield refused(slug, (step, "TRUST-6", "VERIFY-1"), f"two faults: {comment}", visit, "order")
