"""Layer `trust-list`: ML-DSA-65 keys, T1, and signatures, T7."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.editing import Field, Path, edit, faults
from vectors.generate.encoder import Value, encode
from vectors.generate.fixtures import Claims, authority, authority_key, issuer_key, signed_trust, trust_claims
from vectors.generate.keys import ROOTS
from vectors.generate.messages import SigningKey, aad, detached, header_of, root_signature, sig_structure, trust_list
from vectors.generate.mldsa import CNAM_SECOND, ML_DSA, PQ_ROOTS, PQ_STRANGER, PUBLIC_SIZE, MlDsaKey
from vectors.generate.roots import RootSet, generation, generation_of_ml_dsa
from vectors.generate.trust_case import STRUCTURE, accepted, refused
from vectors.generate.trust_signatures import signed

OLD = RootSet(2, ROOTS[:2], PQ_ROOTS[:2])
NEW = RootSet(2, ROOTS[:2], PQ_ROOTS[2:])
CLASSICAL = RootSet(2, ROOTS[:2])
CODE = "trust-list-post-quantum"


def small(own: RootSet) -> Claims:
    """A trust list with one issuer and no more than is needed, since ML-DSA-65 is large."""
    claims = trust_claims()
    return {**{key: claims[key] for key in (1, 2, 3, 4)}, 5: own.claims, 6: claims[6][1:]}


def post_quantum_cases() -> Iterator[Case]:
    """Keys, then signatures."""
    yield from _issuer_keys()
    yield from _root_keys()
    yield from _accepted()
    yield from _refused()


# ---------------------------------------------------------------- T1


def _key_fields(path: Path) -> tuple[Field, ...]:
    return (
        Field("ml-dsa-key", path),
        Field("ml-dsa-kty", (*path, 1)),
        Field("ml-dsa-alg", (*path, 3)),
        Field("ml-dsa-pub", (*path, -1)),
    )


WRONG_KEYS: tuple[tuple[str, str, Value], ...] = (
    ("pub-1951", "a public key of 1,951 bytes", {1: 7, 3: ML_DSA, -1: bytes(PUBLIC_SIZE - 1)}),
    ("pub-1953", "a public key of 1,953 bytes", {1: 7, 3: ML_DSA, -1: bytes(PUBLIC_SIZE + 1)}),
    ("alg-44", "alg -48, ML-DSA-44", {1: 7, 3: -48, -1: bytes(1312)}),
    ("alg-87", "alg -50, ML-DSA-87", {1: 7, 3: -50, -1: bytes(2592)}),
    ("kty-okp", "kty OKP", {1: 1, 3: ML_DSA, -1: bytes(PUBLIC_SIZE)}),
    ("private", "the seed beside it", {1: 7, 3: ML_DSA, -1: bytes(PUBLIC_SIZE), -2: bytes(32)}),
)


def _issuer_keys() -> Iterator[Case]:
    entry = issuer_key(CNAM_SECOND.cose, [5])
    msa = trust_claims()[6][1]
    claims = {**small(CLASSICAL), 6: [{**msa, 3: [*msa[3], entry]}]}
    path: Path = (6, 0, 3, 1)
    rules = ("T1", "CBOR-6")
    yield accepted(
        "issuer-second-key", ("T1",), "an issuer with an ML-DSA-65 key, of use 5", claims, None, "post-quantum"
    )
    for slug, comment, keys in (
        ("issuer-second-key-alone", "an issuer whose only key is an ML-DSA-65 key", [entry]),
        ("issuer-second-key-twice", "an ML-DSA-65 key with two windows", [*msa[3], entry, {**entry, 4: entry[3] + 1}]),
        (
            "issuer-second-key-withdrawn",
            "an ML-DSA-65 key that is withdrawn",
            [*msa[3], {**entry, 5: [entry[3], False]}],
        ),
    ):
        changed = edit(claims, (6, 0, 3), keys)
        yield accepted(slug, ("T1", "TRUST-2"), comment, changed, None, "post-quantum")
    for fault in faults(claims, _key_fields((*path, 1))):
        if "/claims" in fault.slug or fault.slug.startswith("missing/ml-dsa-key"):
            continue  # these are in trust_form
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        comment = f"an issuer's key: {fault.comment}"
        yield _form(f"issuer-{fault.slug.replace('/', '-')}", ("T1", rule), comment, fault.claims, fault.flag)
    for slug, comment, key in WRONG_KEYS:
        yield _form(
            f"issuer-ml-dsa/{slug}", rules, f"an issuer's key: {comment}", edit(claims, (*path, 1), key), "range"
        )
    for uses in ([], [1], [2], [3], [4], [2, 5], [5, 5], [1, 2, 3, 5]):
        slug = "-".join(map(str, uses)) or "none"
        comment = f"an ML-DSA-65 key with uses {uses}"
        yield _form(f"ml-dsa-uses/{slug}", rules, comment, edit(claims, (*path, 2), uses), "range")
    for uses in ([5], [2, 5], [1, 2, 3, 5]):
        comment = f"an Ed25519 key with uses {uses}"
        slug = "-".join(map(str, uses))
        yield _form(f"ed25519-uses/{slug}", rules, comment, edit(claims, (6, 0, 3, 0, 2), uses), "range")
    certifying = {**authority(), 3: [authority_key(CNAM_SECOND.cose)]}
    comment = "an authority with an ML-DSA-65 key"
    yield _form("authority-ml-dsa", rules, comment, {**claims, 7: [certifying]}, "alg-confusion")


def _form(slug: str, rules: tuple[str, ...], comment: str, claims: Value, flag: str) -> Case:
    return refused(slug, STRUCTURE, rules, comment, signed_trust(claims), "issuer-second-key", flag, "post-quantum")


def _root_keys() -> Iterator[Case]:
    one = RootSet(1, ROOTS[:1], PQ_ROOTS[:1])
    claims = small(one)
    base = "root-post-quantum"
    yield accepted(
        base,
        ("T1", "T6"),
        "a root set with an ML-DSA-65 key, which has not signed: it is not required",
        claims,
        None,
        "post-quantum",
    )
    many = small(RootSet(1, ROOTS[:1], PQ_ROOTS[:3]))
    yield accepted(
        "root-post-quantum-more", ("T1", "TRUST-2"), "one Ed25519 key, three of ML-DSA-65", many, None, "post-quantum"
    )
    first = PQ_ROOTS[0].cose
    rows: tuple[tuple[str, str, str, Value, str], ...] = (
        ("none", "CBOR-6", "an array of no ML-DSA-65 keys: what is absent is left out", [], "range"),
        ("null", "CBOR-6", "null in place of the keys", None, "wrong-type"),
        ("map", "CBOR-6", "one key in place of an array of them", first, "wrong-type"),
        ("twice", "TRUST-2", "an ML-DSA-65 key stands twice", [first, first], "range"),
        ("ed25519", "CBOR-6", "an Ed25519 key among those of ML-DSA-65", [ROOTS[1].cose], "alg-confusion"),
        *((slug, "CBOR-6", comment, [key], "range") for slug, comment, key in WRONG_KEYS[:4]),
    )
    for slug, rule, comment, keys, flag in rows:
        data = signed_trust(edit(claims, (5, 3), keys))
        yield refused(f"root-ml-dsa/{slug}", STRUCTURE, ("T1", rule), comment, data, base, flag, "post-quantum")
    two = edit(small(RootSet(2, ROOTS[:2], PQ_ROOTS[:1])), (5, 1), 2)
    yield refused(
        "root-ml-dsa/threshold-above",
        STRUCTURE,
        ("T1", "TRUST-2"),
        "a threshold of two with two Ed25519 keys and one of ML-DSA-65",
        signed_trust(two),
        base,
        "boundary",
        "post-quantum",
    )
    swapped = edit(claims, (5, 2), [first])
    yield refused(
        "root-ml-dsa/among-ed25519",
        STRUCTURE,
        ("T1", "CBOR-6"),
        "an ML-DSA-65 key among those of Ed25519",
        signed_trust(swapped),
        base,
        "alg-confusion",
        "post-quantum",
    )


# ---------------------------------------------------------------- T7

CLAIMS = small(OLD)
CONTENT = encode(CLAIMS)
ED = [root_signature(CONTENT, root) for root in ROOTS[:2]]
FIRST, SECOND = (root_signature(CONTENT, root) for root in PQ_ROOTS[:2])
REQUIRED: dict[str, Any] = {"roots": OLD.json, "post_quantum": True}
RULES = ("T7", "SIG-3")


def _layer(
    key: MlDsaKey, *, role: str = "trust-list", context: bytes = b"", kid_of: MlDsaKey | None = None
) -> list[Value]:
    """A detached signature that can be for another role, with a context string, or under another key's kid."""
    header = header_of(kid_of or key)
    return [header, {}, None, key.sign(sig_structure(header, aad(role), CONTENT), context)]


def _accepted() -> Iterator[Case]:
    everyone: Sequence[SigningKey] = [*ROOTS[:2], *PQ_ROOTS[:2]]
    yield accepted(
        "post-quantum",
        RULES,
        "two of two of each kind, which is required",
        CLAIMS,
        trust_list(CLAIMS, everyone),
        "post-quantum",
        **REQUIRED,
    )
    yield accepted(
        "post-quantum-not-required",
        RULES,
        "a root set with ML-DSA-65 keys, of which none has signed: it is not required",
        CLAIMS,
        signed(CONTENT, *ED),
        "post-quantum",
        roots=OLD.json,
    )
    yield accepted(
        "post-quantum-broken-besides",
        ("T7", "TRUST-1"),
        "ML-DSA-65 signatures that do not verify do no harm where they are not required",
        CLAIMS,
        signed(CONTENT, [*FIRST[:3], bytes(3309)], *ED),
        "post-quantum",
        roots=OLD.json,
    )
    yield accepted(
        "post-quantum-broken-and-good",
        ("T7", "TRUST-1"),
        "a signature that does not verify and one that does, by one ML-DSA-65 key",
        CLAIMS,
        signed(CONTENT, [*FIRST[:3], bytes(3309)], SECOND, *ED, FIRST),
        "post-quantum",
        **REQUIRED,
    )
    rotated = small(NEW)
    yield accepted(
        "post-quantum-replaced",
        ("T7", "TRUST-5"),
        "both ML-DSA-65 root keys are new: old ones and new ones signed",
        rotated,
        trust_list(rotated, [*ROOTS[:2], *PQ_ROOTS]),
        "post-quantum",
        "rotation",
        **REQUIRED,
    )
    before, after = (RootSet(16, generation(name, 16), generation_of_ml_dsa(name, 16)) for name in ("many", "many-new"))
    replaced = small(after)
    yield accepted(
        "own-roots/16-by-16-of-each-kind",
        ("T1", "T2", "T6", "T7", "TRUST-5"),
        "sixteen of sixteen of each kind take the place of as many: 64 signatures, none too many",
        replaced,
        trust_list(replaced, [*before.keys, *after.keys, *before.post_quantum, *after.post_quantum]),
        "post-quantum",
        "rotation",
        "boundary",
        roots=before.json,
        post_quantum=True,
    )


def _refused() -> Iterator[Case]:
    signature = FIRST[3]
    assert isinstance(signature, bytes)
    turned = bytes([signature[0] ^ 1]) + signature[1:]
    hint = signature[:-1] + bytes([signature[-1] ^ 1])
    rows: tuple[tuple[str, str, list[list[Value]], str | None], ...] = (
        ("none", "no ML-DSA-65 signature", [], None),
        ("one-of-two", "one ML-DSA-65 signature where two are wanted", [FIRST], "boundary"),
        ("same-key-twice", "the same ML-DSA-65 signature twice", [FIRST, FIRST], None),
        ("zeros", "3,309 zero bytes", [[*FIRST[:3], bytes(3309)], SECOND], None),
        ("bit", "a bit of the commitment hash turned", [[*FIRST[:3], turned], SECOND], None),
        ("hint", "a bit of the hint's last byte turned", [[*FIRST[:3], hint], SECOND], "malleability"),
        ("stranger", "one ML-DSA-65 root key and one of neither set", [FIRST, detached(CONTENT, PQ_STRANGER, "trust-list")],
         None),
        ("other-kid", "the second key holder under the kid of the first", [FIRST, _layer(PQ_ROOTS[1], kid_of=PQ_ROOTS[0])],
         None),
        ("context", "made with a context string, vitaletoken/1", [_layer(PQ_ROOTS[0], context=b"vitaletoken/1"), SECOND],
         "cross-protocol"),
        ("snapshot-aad", "signed as a status snapshot", [_layer(PQ_ROOTS[0], role="status-snapshot"), SECOND],
         "cross-protocol"),
    )  # fmt: skip
    for slug, comment, layers, flag in rows:
        flags = ["post-quantum", *([flag] if flag else [])]
        data = signed(CONTENT, *ED, *layers)
        yield refused(slug, CODE, RULES, comment, data, "post-quantum", *flags, **REQUIRED)
    rotated = small(NEW)
    dropped = small(CLASSICAL)
    for slug, comment, claims, signers, roots in (
        ("old-only", "new ML-DSA-65 root keys, of which one has not signed", rotated, [*PQ_ROOTS[:3]], OLD),
        ("new-only", "new ML-DSA-65 root keys, and one of the old has not signed", rotated, [*PQ_ROOTS[1:]], OLD),
        ("dropped", "the list's own root set has no ML-DSA-65 keys any more", dropped, [*PQ_ROOTS[:2]], OLD),
        (
            "not-pinned",
            "the pinned root set has no ML-DSA-65 keys, the list's own has",
            CLAIMS,
            [*PQ_ROOTS[:2]],
            CLASSICAL,
        ),
        ("nowhere", "neither root set has ML-DSA-65 keys", dropped, [], CLASSICAL),
    ):
        data = trust_list(claims, [*ROOTS[:2], *signers])
        base = "post-quantum-replaced" if claims is rotated else "post-quantum"
        yield refused(
            slug, CODE, ("T7", "TRUST-5"), comment, data, base, "post-quantum", "rotation",
            roots=roots.json, post_quantum=True,
        )  # fmt: skip
    for slug, code, step, comment, layers in (
        ("post-quantum-alone", "trust-list-signature", "T2", "two ML-DSA-65 signatures, none of Ed25519", [FIRST, SECOND]),
        ("post-quantum-and-one", "trust-list-signature", "T2", "two ML-DSA-65 signatures and one of Ed25519",
         [FIRST, SECOND, ED[0]]),
    ):  # fmt: skip
        data = signed(CONTENT, *layers)
        yield refused(slug, code, (step, "SIG-3"), comment, data, "post-quantum", "post-quantum", **REQUIRED)
