"""Layer `snapshot`: what came before, N5 and SNAP-3."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.cases import Case
from vectors.generate.fixtures import DAY, Claims, issuer_key, trust_claims, withdrawn
from vectors.generate.keys import CNAM_STATUS, derive, ed25519
from vectors.generate.snapshot_case import CLAIMS, Newest, accepted, refused
from vectors.generate.snapshots import SNAPSHOT, digest_of, made_at, signed, snapshot_claims
from vectors.generate.verify_withdrawn import trust_with

CODE = "snapshot-rollback"
IAT: int = CLAIMS[6]
GREATEST = 4294967295
ENTRY: Claims = trust_claims()[6][0][3][2]
SUCCESSOR = ed25519("fixture/issuer/fr-cnam/status-second")
BOTH = trust_with([ENTRY, issuer_key(SUCCESSOR.cose, [2])], 2)
DIGEST = digest_of(CLAIMS)
OTHER = derive("snapshot/other-payload", "digest")


def numbered(sequence: int) -> Claims:
    """Today's snapshot under another number."""
    return {**CLAIMS, SNAPSHOT: {**CLAIMS[SNAPSHOT], 1: sequence}}


def sequence_cases() -> Iterator[Case]:
    yield from _sequence()
    yield from _time()
    yield from _anew()


def _sequence() -> Iterator[Case]:
    """The key of the newest is one that the trust list gives: numbers rise."""
    rules = ("N5", "SNAP-3")
    same = (44, DIGEST, IAT)
    yield accepted("same-sequence", rules, "the newest accepted before, again", CLAIMS, None, "boundary", newest=same)
    yield accepted(
        "same-payload-other-key", rules, "the same payload, signed by another key", CLAIMS, signed(CLAIMS, SUCCESSOR), "boundary",
        newest=same, trust=BOTH,
    )  # fmt: skip
    yield accepted(
        "next-sequence", rules, "one above the newest", CLAIMS, None, "boundary", newest=(43, OTHER, made_at(43))
    )
    yield accepted("much-later", rules, "far above the newest", CLAIMS, None, newest=(1, OTHER, made_at(1)))
    yield accepted(
        "sequence-greatest", rules, "the greatest number there is", numbered(GREATEST), None, "boundary", newest=same
    )
    later = {**snapshot_claims(43), 6: IAT + 60, 4: IAT + DAY}
    rows: tuple[tuple[str, str, Claims, Newest], ...] = (
        ("same-sequence", "the newest number, with another payload", CLAIMS, (44, OTHER, IAT)),
        ("digest-bit", "the newest number, one bit of its digest is another", CLAIMS,
         (44, DIGEST[:-1] + bytes([DIGEST[-1] ^ 1]), IAT)),
        ("one-below", "one below the newest", CLAIMS, (45, OTHER, IAT)),
        ("same-digest", "one below the newest, of which the digest is given as this one's", CLAIMS, (45, DIGEST, IAT)),
        ("later-iat", "below the newest, though made later", later, same),
        ("greatest", "the newest has the greatest number there is", CLAIMS, (GREATEST, OTHER, IAT)),
    )  # fmt: skip
    for slug, comment, claims, newest in rows:
        flags = ["boundary"] if slug != "later-iat" else []
        yield refused(f"{CODE}/{slug}", rules, comment, signed(claims), *flags, base="same-sequence", newest=newest)
    yield refused(
        f"{CODE}/other-key", rules, "one below the newest, signed by another key than it; the trust list gives both",
        signed(CLAIMS, SUCCESSOR), "boundary", "rotation", base="same-payload-other-key", newest=(45, OTHER, IAT), trust=BOTH,
    )  # fmt: skip


def _time() -> Iterator[Case]:
    """No snapshot made before the newest, whatever its number."""
    rules = ("N5",)
    yield accepted(
        "same-iat", rules, "one above the newest, made in the same second", CLAIMS, None, "boundary", newest=(43, OTHER, IAT)
    )  # fmt: skip
    for slug, comment, sequence, newest in (
        ("iat-second-before", "one above the newest, made a second before it", 44, (43, OTHER, IAT + 1)),
        (
            "iat-day-before",
            "the greatest number there is, made a day before the newest",
            GREATEST,
            (43, OTHER, IAT + DAY),
        ),
    ):
        flags = ["boundary"] if slug == "iat-second-before" else []
        yield refused(
            f"{CODE}/{slug}", rules, comment, signed(numbered(sequence)), *flags, base="same-iat", newest=newest
        )


def _anew() -> Iterator[Case]:
    """The key of the newest is gone from the trust list, or withdrawn: the sequence begins anew, the time does not."""
    rules = ("N5", "SNAP-3")
    stolen = trust_with([withdrawn(ENTRY, IAT - DAY, False), issuer_key(SUCCESSOR.cose, [2])], 2)
    kept = trust_with([withdrawn(ENTRY, IAT + 1, True), issuer_key(SUCCESSOR.cose, [2])], 2)
    first = numbered(1)
    for slug, comment, claims, iat in (
        ("begins-anew", "number 1 by the new key; that of the newest, a day older, is withdrawn", first, IAT - DAY),
        (
            "begins-anew-same-iat",
            "number 1 by the new key, made in the second of the newest, whose key is withdrawn",
            first,
            IAT,
        ),
        ("goes-on", "by the new key, which goes on counting where the withdrawn one was", CLAIMS, IAT - DAY),
    ):
        yield accepted(
            slug, rules, comment, claims, signed(claims, SUCCESSOR), "rotation", *(["boundary"] if iat == IAT else []),
            newest=(0, b"", iat), trust=stolen,
        )  # fmt: skip
    yield refused(
        f"{CODE}/begins-anew-second-before", rules, "number 1 by the new key, made a second before the newest",
        signed(first, SUCCESSOR), "boundary", "rotation", base="begins-anew-same-iat", newest=(0, b"", IAT + 1), trust=stolen,
    )  # fmt: skip
    yield accepted(
        "begins-anew-kept", rules, "by a key that is withdrawn from the next second on and kept before; the newest is no later",
        CLAIMS, signed(CLAIMS, CNAM_STATUS), "boundary", "rotation", newest=(0, b"", IAT), trust=kept,
    )  # fmt: skip
    yield refused(
        f"{CODE}/begins-anew-kept", rules, "the same key, under the greatest number: the newest was made an hour later",
        signed(numbered(GREATEST)), "rotation", base="begins-anew-kept", newest=(0, b"", IAT + 3600), trust=kept,
    )  # fmt: skip
