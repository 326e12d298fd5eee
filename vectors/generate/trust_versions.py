"""Layer `trust-list`: versions, T5, and the list's own root set, T6."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.encoder import encode
from vectors.generate.fixtures import TRUST, Claims, signed_trust
from vectors.generate.keys import ROOTS, STRANGER, derive
from vectors.generate.messages import SigningKey, root_signature, sha256, trust_list
from vectors.generate.roots import FIRST, SECOND, RootSet, generation
from vectors.generate.trust_case import accepted, refused
from vectors.generate.trust_signatures import other_nonce, signed

NEW_ROOTS = "trust-list-new-roots"


def version_cases(claims: Claims) -> Iterator[Case]:
    """T5, by version and digest of the payload."""
    digest = sha256(encode(claims))
    other = derive("trust-list/other-payload", "digest")
    rules = ("T5",)
    yield accepted(
        "same-version",
        rules,
        "the newest list accepted before, again",
        claims,
        None,
        "boundary",
        newest=(7, digest),
    )
    yield accepted(
        "same-version-other-signatures",
        rules,
        "the same payload, signed by other key holders",
        claims,
        trust_list(claims, ROOTS[1:]),
        "boundary",
        newest=(7, digest),
    )
    yield accepted(
        "next-version",
        rules,
        "one above the newest accepted before",
        claims,
        None,
        "boundary",
        "rotation",
        newest=(6, other),
    )
    yield accepted(
        "much-later",
        rules,
        "version 4,294,967,295 after version 1: the versions between were missed",
        {**claims, 1: 4294967295},
        None,
        "boundary",
        "rotation",
        newest=(1, other),
    )
    first = {**claims, 1: 1}
    for slug, comment, data, newest, flags in (
        ("same-version", "the newest version accepted before, with another payload", TRUST, (7, other), ("boundary",)),
        ("one-below", "one below the newest accepted before", TRUST, (8, other), ("boundary",)),
        ("first-version", "version 1, with version 2 accepted before", signed_trust(first), (2, other), ()),
        ("same-digest", "one below the newest, of which the digest is given as this one's", TRUST, (8, digest), ()),
        ("digest-bit", "one bit of the newest list's digest is another", TRUST, (7, _turned(digest)), ("boundary",)),
        ("later-iat", "below the newest, though made later", signed_trust({**claims, 2: claims[2] + 999}), (8, other), ()),
    ):  # fmt: skip
        yield refused(
            slug, "trust-list-rollback", rules, comment, data, "same-version", *flags, "rotation", newest=newest
        )


def _turned(digest: bytes) -> bytes:
    return bytes([*digest[:-1], digest[-1] ^ 1])


def own_root_cases(claims: Claims) -> Iterator[Case]:
    """T6: the root set in the list has signed too."""
    rules = ("T6", "TRUST-5")

    def replacing(own: RootSet) -> Claims:
        return {**claims, 5: own.claims}

    def good(slug: str, comment: str, own: RootSet, signers: Sequence[SigningKey], *flags: str, **inputs: Any) -> Case:
        new = replacing(own)
        return accepted(slug, rules, comment, new, trust_list(new, signers), *flags, "rotation", **inputs)

    old, new = FIRST.keys, SECOND.keys
    fourth = generation("own")[0]
    yield good("own-roots/replaced", "all three root keys are new: two old ones and two new ones signed", SECOND,
               [*old[:2], *new[:2]])  # fmt: skip
    yield good("own-roots/new-first", "the new ones' signatures stand first", SECOND, [*new[:2], *old[1:]])
    yield good("own-roots/one-replaced", "one of three root keys is new: two that stay signed", RootSet(2, [*old[1:], fourth]),
               old[1:])  # fmt: skip
    yield good(
        "own-roots/raised", "the threshold is raised to three: all three signed", RootSet(3, old), old, "boundary"
    )
    yield good("own-roots/lowered", "the threshold is lowered to one: two signed, as the old one wants", RootSet(1, old),
               old[1:], "boundary")  # fmt: skip
    yield good("own-roots/to-one-key", "a root set of one key", RootSet(1, [fourth]), [*old[:2], fourth], "boundary")
    many = generation("many", 16)
    yield good("own-roots/16-by-16", "sixteen of sixteen take the place of sixteen of sixteen: 32 signatures",
               RootSet(16, generation("many-new", 16)), [*many, *generation("many-new", 16)], "boundary",
               roots=RootSet(16, many).json)  # fmt: skip

    base, one = "own-roots/replaced", "own-roots/one-replaced"
    raised = replacing(RootSet(3, old))
    replaced = replacing(SECOND)
    content = encode(replaced)
    signatures = [root_signature(content, root) for root in (*old[:2], new[0])]
    twice = signed(content, *signatures, other_nonce(content, new[0]))
    broken = signed(content, *signatures, [*root_signature(content, new[1])[:3], bytes(64)])
    rows: tuple[tuple[str, str, bytes, str, dict[str, Any]], ...] = (
        ("old-only", "signed by old ones only", trust_list(replaced, old), base, {}),
        ("one-new", "two old ones and one new one where two are wanted", trust_list(replaced, [*old, new[0]]), base, {}),
        ("one-new-twice", "two old ones, and two signatures of one new one", twice, base, {}),
        ("new-broken", "the second new one's signature does not verify", broken, base, {}),
        ("stranger", "two old ones, one new one and one of neither set", trust_list(replaced, [*old[:2], new[0], STRANGER]),
         base, {}),
        ("one-stays", "one of the two that signed leaves", trust_list(replacing(RootSet(2, [*old[1:], fourth])), old[:2]),
         one, {}),
        ("raised", "the threshold is raised to three, two signed", trust_list(raised, old[:2]), "own-roots/raised", {}),
        ("pinned-alone", "one signature, as the pinned set of one key wants; the list's own wants two",
         trust_list(claims, old[:1]), "threshold-1", {"roots": RootSet(1, old[:1]).json}),
        ("raised-15", "fifteen of the sixteen new ones",
         trust_list(replacing(RootSet(16, generation("many-new", 16))), [*many, *generation("many-new", 16)[:15]]),
         "own-roots/16-by-16", {"roots": RootSet(16, many).json}),
    )  # fmt: skip
    for slug, comment, data, of, inputs in rows:
        yield refused(slug, NEW_ROOTS, rules, comment, data, of, "rotation", **inputs)
    for slug, comment, data in (
        ("new-only", "a new root set, signed by the new ones only", trust_list(replaced, new)),
        ("one-old", "a new root set, signed by all new ones and one old one", trust_list(replaced, [*new, old[0]])),
    ):
        yield refused(slug, "trust-list-signature", ("T2", "TRUST-5"), comment, data, base, "rotation")
