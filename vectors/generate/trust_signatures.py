"""Layer `trust-list`: the signatures, T2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vectors.generate import edwards
from vectors.generate.cases import Case, Json
from vectors.generate.encoder import Value, encode
from vectors.generate.fixtures import TRUST, Claims
from vectors.generate.keys import CNAM_CARDS, ROOTS, STRANGER, Ed25519Key, derive, ed25519
from vectors.generate.messages import aad, header_kid, root_signature, sig_structure, trust_list
from vectors.generate.roots import RootSet
from vectors.generate.trust_case import accepted, refused


def pinned(threshold: int, roots: Sequence[Ed25519Key]) -> Json:
    """A root set as input."""
    return RootSet(threshold, roots).json


def signed(content: bytes, *signatures: Sequence[Value]) -> bytes:
    """A trust list with these signatures."""
    return encode([content, list(signatures)])


def other_nonce(content: bytes, root: Ed25519Key) -> list[Value]:
    """A second valid signature by one key."""
    header = header_kid(root.kid)
    nonce = int.from_bytes(derive("fixture/trust/other-nonce", "nonce"), "little") % edwards.L
    tbs = sig_structure(header, aad("trust-list"), content)
    return [header, {}, None, edwards.sign_with_nonce(edwards.secret_scalar(root.seed), nonce, tbs)]


def good_signature_cases(claims: Claims) -> Iterator[Case]:
    """What counts and what does no harm."""
    content = encode(claims)
    first, second, third = (root_signature(content, root) for root in ROOTS)
    stranger = root_signature(content, STRANGER)
    broken = [*first[:3], bytes(64)]
    for slug, comment, data in (
        ("all-three", "signed by all three", signed(content, first, second, third)),
        ("other-two", "signed by the second and the third", signed(content, second, third)),
        ("order-of-signatures", "the third before the first", signed(content, third, first)),
        (
            "stranger-besides",
            "a signature by a key that is in neither root set does no harm",
            signed(content, stranger, first, second),
        ),
        ("same-key-besides", "a further signature by the same key does no harm", signed(content, first, first, second)),
        (
            "broken-besides",
            "a signature of a pinned key that does not verify, beside two that do",
            signed(content, broken, second, third),
        ),
        (
            "broken-then-good",
            "a signature that does not verify and one that does, by one key",
            signed(content, broken, first, second),
        ),
    ):
        yield accepted(slug, ("T2", "TRUST-1"), comment, claims, data)
    yield accepted(
        "threshold-1",
        ("T2",),
        "a threshold of one; the list's own is two",
        claims,
        signed(content, first, second),
        roots=pinned(1, ROOTS[:1]),
    )
    yield accepted(
        "threshold-all",
        ("T2",),
        "a threshold of all three",
        claims,
        signed(content, first, second, third),
        "boundary",
        roots=pinned(3, ROOTS),
    )
    other = [ed25519(f"fixture/root/other-{n}") for n in range(2)]
    yield accepted(
        "root-set-not-pinned",
        ("T2", "T6", "TRUST-5"),
        "the root set in the list is not the pinned one: both have signed",
        claims,
        trust_list(claims, [*other, *ROOTS[:2]]),
        roots=pinned(2, other),
    )


CODE = "trust-list-signature"


def bad_signature_cases(claims: Claims) -> Iterator[Case]:
    content = encode(claims)
    first, second, third = (root_signature(content, root) for root in ROOTS)
    header, signature = first[0], first[3]
    assert isinstance(header, bytes)
    assert isinstance(signature, bytes)

    def by_first(external: bytes, payload: bytes = content, context: str = "Signature1") -> list[Value]:
        tbs = encode([context, header, external, payload])
        return [header, {}, None, ROOTS[0].sign(tbs)]

    kid_of_first: list[Value] = [header, {}, None, ROOTS[1].sign(sig_structure(header, aad("trust-list"), content))]
    s = int.from_bytes(signature[32:], "little")
    for slug, comment, items, flag in (
        ("one-of-two", "one signature where two are wanted", [first], "boundary"),
        ("same-key-twice", "the same signature twice", [first, first], "range"),
        (
            "same-key-two-nonces",
            "two different valid signatures by one key",
            [first, other_nonce(content, ROOTS[0])],
            "malleability",
        ),
        (
            "stranger",
            "one pinned key and one that is in no root set",
            [first, root_signature(content, STRANGER)],
            "range",
        ),
        (
            "issuer-key",
            "one pinned key and an issuer's",
            [first, root_signature(content, CNAM_CARDS)],
            "cross-protocol",
        ),
        ("other-kid", "the second key holder under the kid of the first", [first, kid_of_first], "range"),
        (
            "bit",
            "the last bit of one signature turned",
            [[*first[:3], signature[:63] + bytes([signature[63] ^ 1])], second],
            "range",
        ),
        (
            "s-plus-l",
            "S + L in one signature",
            [[*first[:3], edwards.signature(signature[:32], s + edwards.L)], second],
            "malleability",
        ),
        ("no-aad", "signed with an empty external_aad", [by_first(b""), second], "cross-protocol"),
        (
            "credential-aad",
            "signed with the external_aad of a credential",
            [by_first(aad("credential")), second],
            "cross-protocol",
        ),
        (
            "next-version-aad",
            "signed for vitaletoken/2",
            [by_first(encode(["vitaletoken/2", "trust-list"])), second],
            "cross-protocol",
        ),
        (
            "context-signature",
            'signed with the context "Signature" of COSE_Sign',
            [by_first(aad("trust-list"), context="Signature"), second],
            "cross-protocol",
        ),
        (
            "empty-payload",
            "signed as if the payload were empty, since it is null",
            [by_first(aad("trust-list"), b""), second],
            "cross-protocol",
        ),
        (
            "wrapped-payload",
            "a payload with one more byte string head: bstr(content)",
            [by_first(aad("trust-list"), encode(content)), second],
            "cross-protocol",
        ),
    ):
        yield refused(
            slug,
            CODE,
            ("T2", "TRUST-1" if flag == "range" else "COSE-5"),
            comment,
            signed(content, *items),
            "list",
            flag,
        )
    changed = encode({**claims, 1: claims[1] + 1})
    yield refused(
        "content-changed",
        CODE,
        ("T2", "COSE-4"),
        "the version was raised after signing",
        signed(changed, first, second),
    )
    yield refused(
        "two-of-three",
        CODE,
        ("T2",),
        "two signatures where three are wanted",
        signed(content, second, third),
        "threshold-all",
        "boundary",
        roots=pinned(3, ROOTS),
    )
    yield refused(
        "own-roots",
        CODE,
        ("T2",),
        "signed by the keys of the root set in the list, none of which is pinned",
        TRUST,
        "root-set-not-pinned",
        roots=pinned(2, [ed25519(f"fixture/root/other-{n}") for n in range(2)]),
    )
