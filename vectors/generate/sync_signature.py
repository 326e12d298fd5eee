"""Layer `status-sync`: who signed a delta, D2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from vectors.generate import edwards
from vectors.generate.cases import Case
from vectors.generate.encoder import Value, encode
from vectors.generate.fixtures import DAY, Claims, issuer_key, trust_claims
from vectors.generate.keys import CNAM_CARDS, CNAM_OFFERS, CNAM_STATUS, MSA, ROOTS, STRANGER, derive, ed25519
from vectors.generate.messages import aad, delta, header_kid
from vectors.generate.snapshots import DAYS, changes, day_delta, day_to_day, delta_claims, made_at, snapshot_claims
from vectors.generate.sync_case import YESTERDAY, Sync, accepted, fallen_back, held_on
from vectors.generate.verify_withdrawn import trust_with
from vectors.generate.withdrawals import withdrawals

CODE = "delta-signature"
CLAIMS = day_to_day(44)
LISTS: Claims = trust_claims()[6][0][3][2]
OTHER = ed25519("fixture/issuer/fr-cnam/status-second")
"""Another key of use 2: deltas are by this one here, snapshots and lists by the fixture's."""
IAT = made_at(44)


def by_other(claims: Value = CLAIMS) -> Sync:
    """The delta signed by the other key."""
    return YESTERDAY.with_delta(claims, OTHER)


def trust_other(entries: Sequence[Claims]) -> bytes:
    """The trust list, in which the other key stands so too."""
    return trust_with([LISTS, *entries], 2)


def signature_cases() -> Iterator[Case]:
    yield from _keys()
    yield from _windows()
    yield from _signatures()


def _keys() -> Iterator[Case]:
    elsewhere = {**CLAIMS, 1: "fr-msa"}
    header = header_kid(derive("status-sync/kid", "kid", 8))
    rows: tuple[tuple[str, str, Sync], ...] = (
        ("other-issuer", "a delta of the other issuer, by its key", YESTERDAY.with_delta(elsewhere, MSA)),
        ("other-issuers-id", "the other issuer's id, signed by this one", YESTERDAY.with_delta(elsewhere)),
        ("other-issuers-key", "signed by the other issuer", YESTERDAY.with_delta(CLAIMS, MSA)),
        ("issuer-unknown", "an issuer that is not in the trust list", YESTERDAY.with_delta({**CLAIMS, 1: "fr-autre"})),
        ("use-1", "signed by the issuer's key for credentials", YESTERDAY.with_delta(CLAIMS, CNAM_CARDS)),
        ("use-3", "signed by the issuer's key for offers", YESTERDAY.with_delta(CLAIMS, CNAM_OFFERS)),
        ("root", "signed by a root key holder", YESTERDAY.with_delta(CLAIMS, ROOTS[0])),
        ("stranger", "signed by a key that is not in the trust list", YESTERDAY.with_delta(CLAIMS, STRANGER)),
        ("kid", "a kid of no key", YESTERDAY.with_delta(CLAIMS, protected=header)),
    )
    for slug, comment, sync in rows:
        flags = ["cross-protocol"] if slug.startswith("use") else []
        yield fallen_back(f"{CODE}/{slug}", ("D2",), comment, sync, *flags)
    yield accepted(
        "accepted/other-key",
        ("D2", "KEY-1"),
        "the delta is signed by another key of use 2 than the snapshot",
        replace(by_other(), trust=trust_other([issuer_key(OTHER.cose, [2])])),
        "rotation",
    )
    changed = delta({**day_to_day(43), 1: "fr-msa"}, MSA).encode()
    two = replace(YESTERDAY, held=held_on(42))
    yield fallen_back(
        f"{CODE}/second-of-two", ("D2",), "the second of two deltas is signed by a stranger",
        replace(two, deltas=(day_delta(43), delta(CLAIMS, STRANGER).encode())),
    )  # fmt: skip
    yield fallen_back(
        f"{CODE}/first-of-two", ("D2",), "the first of two deltas is the other issuer's",
        replace(two, deltas=(changed, day_delta(44))),
    )  # fmt: skip


def _windows() -> Iterator[Case]:
    """The key's window, and its withdrawal, against iat of the new snapshot; a delta has no iat of its own."""
    rules = ("D2", "TIME-1")
    entry = issuer_key(OTHER.cose, [2])
    rows: tuple[tuple[str, str, Claims, bool], ...] = (
        ("nbf", "the new snapshot's iat is nbf of the delta's key", {**entry, 3: IAT}, True),
        ("last-second", "the new snapshot's iat is the last second of the delta's key", {**entry, 4: IAT + 1}, True),
        (
            "before-nbf",
            "the new snapshot's iat is a second before nbf of the delta's key",
            {**entry, 3: IAT + 1},
            False,
        ),
        ("at-exp", "the new snapshot's iat is exp of the delta's key", {**entry, 4: IAT}, False),
    )
    for slug, comment, window, good in rows:
        sync = replace(by_other(), trust=trust_other([window]))
        if good:
            yield accepted(f"accepted/key-{slug}", rules, comment, sync, "boundary", "rotation")
        else:
            yield fallen_back(f"{CODE}/key-{slug}", rules, comment, sync, "boundary", "rotation")
    for way in withdrawals(entry, IAT):
        sync, comment = replace(by_other(), trust=trust_other(way.entries)), f"of the new snapshot: {way.comment}"
        if way.counts:
            yield accepted(f"accepted/withdrawn-{way.slug}", ("D2", "TRUST-6"), comment, sync, *way.flags)
        else:
            yield fallen_back(f"{CODE}/withdrawn-{way.slug}", ("D2", "TRUST-6"), comment, sync, *way.flags)
    before = {**entry, 4: IAT - DAY // 2}
    old = delta(day_to_day(43), OTHER).encode()
    yield fallen_back(
        f"{CODE}/key-of-yesterday",
        rules,
        "two deltas, the first by a key whose time ended between the two snapshots",
        replace(YESTERDAY, held=held_on(42), deltas=(old, day_delta(44)), trust=trust_other([before])),
        "rotation",
    )


def _signatures() -> Iterator[Case]:
    good = delta(CLAIMS, CNAM_STATUS)
    signature = good.parts[3]
    assert isinstance(signature, bytes)
    s = int.from_bytes(signature[32:], "little")
    more = encode(delta_claims(snapshot_claims(43), snapshot_claims(), []))
    rows: tuple[tuple[str, str, dict[str, Any], str | None], ...] = (
        ("zeros", "64 zero bytes", {"signature": bytes(64)}, None),
        ("bit", "the lowest bit of R turned", {"signature": bytes([signature[0] ^ 1]) + signature[1:]}, None),
        ("s-plus-l", "S + L", {"signature": edwards.signature(signature[:32], s + edwards.L)}, "malleability"),
        ("other-key", "signed by the key for credentials under this kid", {"signer": CNAM_CARDS}, "cross-protocol"),
        ("changes-taken-out", "the changes taken out after signing", {"payload": more, "signature": signature}, None),
        ("no-aad", "an empty external_aad, as of a status list", {"aad": b""}, "cross-protocol"),
        ("snapshot-aad", "signed as a status snapshot", {"aad": aad("status-snapshot")}, "cross-protocol"),
        ("credential-aad", "signed as a credential", {"aad": aad("credential")}, "cross-protocol"),
        (
            "version-aad",
            "signed for vitaletoken/2",
            {"aad": encode(["vitaletoken/2", "status-delta"])},
            "cross-protocol",
        ),
        ("alone", "the payload alone was signed", {"tbs": good.payload}, "cross-protocol"),
    )
    for slug, comment, parts, flag in rows:
        rule = "SIG-1" if slug == "s-plus-l" else "COSE-5"
        sync = YESTERDAY.with_delta(CLAIMS, **parts)
        yield fallen_back(f"{CODE}/{slug}", ("D2", rule), comment, sync, *([flag] if flag else []))
    other = {**snapshot_claims(43), 4: snapshot_claims(43)[4] + 1}
    yield fallen_back(
        f"{CODE}/before-delta-chain",
        ("D2", "VERIFY-1"),
        "64 zero bytes; and it starts from another payload",
        YESTERDAY.with_delta(delta_claims(other, snapshot_claims(), changes(DAYS[43], DAYS[44])), signature=bytes(64)),
        "order",
    )
