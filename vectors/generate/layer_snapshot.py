"""Layer `snapshot`: section 11.2, steps N1 to N6.

N1 is in `snapshot_form`, N4 in `snapshot_second`, N5 in `snapshot_sequence`; here are the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vectors.generate import edwards
from vectors.generate.cases import Case
from vectors.generate.encoder import Value, encode
from vectors.generate.fixtures import (
    CARDS_EXP,
    CARDS_NBF,
    DAY,
    MSA_BASE,
    NOW,
    TRUST,
    Claims,
    issuer_key,
    signed_trust,
    trust_claims,
    withdrawn,
)
from vectors.generate.keys import ANS, CNAM_CARDS, CNAM_OFFERS, CNAM_STATUS, MSA, ROOTS, STRANGER, derive, ed25519
from vectors.generate.messages import SigningKey, aad, detached, header_kid, sig_structure
from vectors.generate.snapshot_case import CLAIMS, accepted, refused, stages_of
from vectors.generate.snapshot_form import form_cases
from vectors.generate.snapshot_second import second_cases
from vectors.generate.snapshot_sequence import sequence_cases
from vectors.generate.snapshots import made_at, signed, snapshot_claims
from vectors.generate.trust_signatures import signed as with_signatures
from vectors.generate.verify_withdrawn import trust_with
from vectors.generate.withdrawals import withdrawals

CONTENT = encode(CLAIMS)
GOOD = detached(CONTENT, CNAM_STATUS, "status-snapshot")
IAT: int = CLAIMS[6]
LISTS: Claims = trust_claims()[6][0][3][2]
EVERY = ("N1", "N2", "N3", "N4", "N5", "N6")


def snapshot_cases() -> Iterator[Case]:
    yield accepted("snapshot", EVERY, "two lists", stages=stages_of(CLAIMS, CONTENT))
    msa = snapshot_claims(issuer="fr-msa")
    assert trust_claims()[6][1][4] == MSA_BASE
    yield accepted("second-issuer", ("N2",), "a key with all three uses", msa, signed(msa, MSA))
    yield from form_cases()
    yield from _issuer()
    yield from _windows()
    yield from _signatures()
    yield from second_cases()
    yield from sequence_cases()
    yield from _time()
    yield from _order()


def _issuer() -> Iterator[Case]:
    code = "snapshot-issuer"
    rows: tuple[tuple[str, str, Value, SigningKey], ...] = (
        ("unknown", "an issuer that is not in the trust list", {**CLAIMS, 1: "fr-autre"}, CNAM_STATUS),
        ("prefix", "the beginning of an id", {**CLAIMS, 1: "fr-cna"}, CNAM_STATUS),
        ("authority", "the id of a terminal authority, and its key", {**CLAIMS, 1: "fr-ans"}, ANS),
        ("other-issuer", "the other issuer's id", {**CLAIMS, 1: "fr-msa"}, CNAM_STATUS),
        ("other-issuers-key", "signed by the other issuer", CLAIMS, MSA),
        ("use-1", "signed by the issuer's key for credentials", CLAIMS, CNAM_CARDS),
        ("use-3", "signed by the issuer's key for offers", CLAIMS, CNAM_OFFERS),
        ("root", "signed by a root key holder", CLAIMS, ROOTS[0]),
        ("stranger", "signed by a key that is not in the trust list", CLAIMS, STRANGER),
    )
    for slug, comment, claims, key in rows:
        flags = ["cross-protocol"] if slug.startswith("use") else []
        yield refused(f"{code}/{slug}", ("N2",), comment, signed(claims, key), *flags)
    header = header_kid(derive("snapshot/kid", "kid", 8))
    layer: list[Value] = [header, {}, None, CNAM_STATUS.sign(sig_structure(header, aad("status-snapshot"), CONTENT))]
    yield refused(f"{code}/kid", ("N2", "KEY-1"), "a kid of no key", with_signatures(CONTENT, layer))
    many = with_signatures(CONTENT, *(detached(CONTENT, key, "status-snapshot") for key in (CNAM_CARDS, MSA, STRANGER)))
    yield refused(f"{code}/three-others", ("N2",), "three signatures, none of a key of use 2 of this issuer", many)
    expired = signed_trust({**trust_claims(), 3: NOW - DAY})
    yield accepted(
        "trust-list-expired", ("N2", "TRUST-3"), "the trust list expired yesterday: that is asked in V6", trust=expired
    )


def _windows() -> Iterator[Case]:
    """The key's window, and its withdrawal, against iat."""
    code, rules = "snapshot-issuer", ("N2", "TIME-1")
    early = {**CLAIMS, 6: CARDS_NBF, 4: CARDS_NBF + DAY}
    late = {**CLAIMS, 6: CARDS_EXP - 1, 4: CARDS_EXP + DAY}
    yield accepted("key-nbf", rules, "iat is the key's nbf", early, None, "boundary")
    yield refused(
        f"{code}/before-nbf", rules, "iat is a second before the key's nbf", signed({**early, 6: CARDS_NBF - 1}), "boundary",
        base="key-nbf",
    )  # fmt: skip
    yield accepted(
        "key-last-second", rules, "iat is a second before the key's exp", late, None, "boundary", now=CARDS_EXP
    )
    yield refused(
        f"{code}/key-at-exp", rules, "iat is the key's exp", signed({**late, 6: CARDS_EXP}), "boundary",
        base="key-last-second", now=CARDS_EXP,
    )  # fmt: skip
    for way in withdrawals(LISTS, IAT):
        trust, comment = trust_with(list(way.entries), 2), f"of the snapshot: {way.comment}"
        if way.counts:
            yield accepted(f"withdrawn-{way.slug}", ("N2", "TRUST-6"), comment, CLAIMS, None, *way.flags, trust=trust)
        else:
            slug = f"{code}/withdrawn-{way.slug}"
            yield refused(
                slug, ("N2", "TRUST-6"), comment, signed(CLAIMS), *way.flags, base="withdrawn-kept", trust=trust
            )
    successor = ed25519("fixture/issuer/fr-cnam/status-second")
    both = trust_with([withdrawn(LISTS, IAT, True), issuer_key(successor.cose, [2])], 2)
    data = signed(CLAIMS, CNAM_STATUS, successor)
    yield accepted(
        "withdrawn-and-successor", ("N2", "TRUST-6"), "signed by the withdrawn key and by the one that follows it",
        CLAIMS, data, "rotation", trust=both,
    )  # fmt: skip
    yield accepted(
        "two-keys", ("N2", "KEY-1"), "a second key of use 2 signed alone", CLAIMS, signed(CLAIMS, successor), "rotation",
        trust=trust_with([LISTS, issuer_key(successor.cose, [2, 3])], 2),
    )  # fmt: skip


def _signatures() -> Iterator[Case]:
    header, signature = GOOD[0], GOOD[3]
    assert isinstance(header, bytes)
    assert isinstance(signature, bytes)
    broken = [*GOOD[:3], bytes(64)]
    stranger = detached(CONTENT, STRANGER, "status-snapshot")
    for slug, comment, layers in (
        ("stranger-besides", "a signature by a stranger does no harm", [stranger, GOOD]),
        ("broken-besides", "a signature that does not verify, and one of the same key that does", [broken, GOOD]),
        ("use-1-besides", "a signature by the key for credentials does no harm",
         [GOOD, detached(CONTENT, CNAM_CARDS, "status-snapshot")]),
    ):  # fmt: skip
        yield accepted(slug, ("N3",), comment, CLAIMS, with_signatures(CONTENT, *layers))

    def made(external: bytes, payload: bytes = CONTENT, context: str = "Signature1") -> list[Value]:
        return [header, {}, None, CNAM_STATUS.sign(encode([context, header, external, payload]))]

    role = aad("status-snapshot")
    s_plus_l = edwards.signature(signature[:32], int.from_bytes(signature[32:], "little") + edwards.L)
    rows: tuple[tuple[str, str, Sequence[Sequence[Value]], str | None], ...] = (
        ("zeros", "64 zero bytes", [broken], None),
        ("bit", "the last bit turned", [[*GOOD[:3], signature[:63] + bytes([signature[63] ^ 1])]], None),
        ("s-plus-l", "S + L", [[*GOOD[:3], s_plus_l]], "malleability"),
        ("other-key", "signed by the key for credentials under this kid",
         [[header, {}, None, CNAM_CARDS.sign(sig_structure(header, role, CONTENT))]], "cross-protocol"),
        ("broken-and-stranger", "one that does not verify, one by a stranger", [broken, stranger], None),
        ("no-aad", "an empty external_aad, as of a status list", [made(b"")], "cross-protocol"),
        ("trust-list-aad", "signed as a trust list", [made(aad("trust-list"))], "cross-protocol"),
        ("delta-aad", "signed as a status delta", [made(aad("status-delta"))], "cross-protocol"),
        ("credential-aad", "signed as a credential", [made(aad("credential"))], "cross-protocol"),
        ("version-aad", "signed for vitaletoken/2", [made(encode(["vitaletoken/2", "status-snapshot"]))], "cross-protocol"),
        ("context-signature", 'the context "Signature" of COSE_Sign', [made(role, context="Signature")], "cross-protocol"),
        ("empty-payload", "signed as if the payload were empty, since it is null", [made(role, b"")], "cross-protocol"),
        ("wrapped-payload", "a payload with one more byte string head", [made(role, encode(CONTENT))], "cross-protocol"),
        ("alone", "the content alone was signed", [[header, {}, None, CNAM_STATUS.sign(CONTENT)]], "cross-protocol"),
    )  # fmt: skip
    for slug, comment, wrong, flag in rows:
        rule = "SIG-1" if slug == "s-plus-l" else "COSE-5"
        flags = [flag] if flag else []
        yield refused(f"snapshot-signature/{slug}", ("N3", rule), comment, with_signatures(CONTENT, *wrong), *flags)
    later = encode({**CLAIMS, 4: CLAIMS[4] + DAY})
    yield refused(
        "snapshot-signature/exp-changed",
        ("N3", "COSE-4"),
        "exp moved by a day after signing",
        with_signatures(later, GOOD),
    )


def _time() -> Iterator[Case]:
    rules = ("N6", "TIME-1")
    yield accepted("300-ahead", rules, "iat is 300 seconds after now", CLAIMS, None, "boundary", "clock", now=IAT - 300)
    for slug, comment, now in (
        ("301-ahead", "iat is 301 seconds after now", IAT - 301),
        ("a-year-ahead", "now is a year before iat", IAT - 365 * DAY),
        ("second-0", "now is second 0", 0),
    ):
        flags = ["clock", *(["boundary"] if slug == "301-ahead" else [])]
        yield refused(
            f"snapshot-not-yet-valid/{slug}", rules, comment, signed(CLAIMS), *flags, base="300-ahead", now=now
        )
    for slug, comment, now in (
        ("past-ttl", "past its ttl: that is a matter of its use", IAT + CLAIMS[65534]),
        ("past-exp", "past its exp: that is asked in V13", CLAIMS[4]),
        ("a-year-old", "a year old", IAT + 365 * DAY),
    ):
        yield accepted(slug, ("N6", "STATUS-4"), comment, CLAIMS, None, "clock", now=now)


def _order() -> Iterator[Case]:
    unknown = {**CLAIMS, 1: "fr-autre"}
    zeros = with_signatures(CONTENT, [*GOOD[:3], bytes(64)])
    newer = (45, derive("snapshot/other-payload", "digest"), IAT)
    unlisted = {**unknown, 99: 0}
    rows: tuple[tuple[str, str, str, bytes, dict[str, Any]], ...] = (
        ("snapshot-structure", "snapshot-issuer", "N1", signed(unlisted), {}),
        ("snapshot-issuer", "snapshot-signature", "N2", with_signatures(encode(unknown), [*GOOD[:3], bytes(64)]), {}),
        ("snapshot-signature", "snapshot-post-quantum", "N3", zeros, {"post_quantum": True}),
        ("snapshot-post-quantum", "snapshot-rollback", "N4", signed(CLAIMS), {"post_quantum": True, "newest": newer}),
        ("snapshot-rollback", "snapshot-not-yet-valid", "N5", signed(CLAIMS), {"newest": newer, "now": made_at(40)}),
    )
    for code, then, step, data, inputs in rows:
        yield refused(f"{code}/before-{then}", (step, "VERIFY-1"), f"also {then}", data, "order", trust=TRUST, **inputs)
    later = (43, newer[1], IAT + 1)
    yield refused(
        "snapshot-rollback/of-time-before-snapshot-not-yet-valid", ("N5", "VERIFY-1"),
        "made a second before the newest, and after now", signed(CLAIMS), "order", newest=later, now=made_at(40),
    )  # fmt: skip
