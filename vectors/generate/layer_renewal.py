"""Layer `renewal`: section 12.4, steps F1 to F4 (of F2 the digest)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate import edwards
from vectors.generate.cases import Case, Json
from vectors.generate.double import Double
from vectors.generate.double_form import Layer, form_cases, other_nonce, range_cases, signature_cases
from vectors.generate.editing import DROP, Field
from vectors.generate.edwards import TORSION
from vectors.generate.encoder import encode
from vectors.generate.fixtures import CARD_CAMILLE, CARD_ELISE, CARD_ZOE, END_OF_TIME
from vectors.generate.keys import CODE_1, CODE_2, OTHER_CODE, PHONE_1
from vectors.generate.lending import CARD_LENT_1, DELEGATE_1, DELEGATE_CODE_1
from vectors.generate.messages import aad, sha256
from vectors.generate.renewals import CHANGE_1, CHANGE_2, NEW_CODE_1, RENEWAL, RENEWAL_1, RENEWAL_2, renewal

LAYER = Layer(
    "renewal",
    lambda data: {"bytes": data.hex(), "credential": CARD_CAMILLE.hex()},
    {"renewal-structure": "F1", "renewal-card": "F2", "renewal-key": "F3", "renewal-signature": "F4"},
    "suite-1",
)
ZOES: dict[str, Json] = {"credential": CARD_ZOE.hex()}
SECOND = replace(LAYER, given=lambda data: {**LAYER.given(data), **ZOES}, base="suite-2")
FIELDS = (
    Field("iat", (6,)),
    Field("nonce", (7,)),
    Field("renewal", (RENEWAL,)),
    Field("digest", (RENEWAL, 1)),
)
BOUNDS = (
    ((6,), "iat", (0, END_OF_TIME), (-1, END_OF_TIME + 1)),
    ((7,), "nonce", (bytes(16),), (b"", bytes(8), bytes(15), bytes(17))),
    ((RENEWAL, 1), "digest", (), (b"", bytes(31), bytes(33))),
)


def _ok(message: Double) -> dict[str, Json]:
    return {"new_code_key": None if message.new_code is None else message.new_code.public.hex()}


def renewal_cases() -> Iterator[Case]:
    """Accepted, then each step, then their order."""
    rules = ("F1", "F2", "F3", "F4")
    for slug, message, comment, other in (
        ("suite-1", RENEWAL_1, "a renewal", {}),
        ("suite-2", RENEWAL_2, "the same on a phone with a P-256 key", ZOES),
        ("change", CHANGE_1, "the code is changed: three layers", {}),
        ("change-suite-2", CHANGE_2, "the same on a phone with a P-256 key", ZOES),
    ):
        both = (*rules, "CODE-5") if "change" in slug else rules
        yield LAYER.accepted(slug, comment, message, _ok(message), rules=both, stages=message.stages(), inputs=other)
    drawn = other_nonce(RENEWAL_2)
    yield LAYER.accepted(
        "drawn-nonce", "a P-256 signature with another nonce", drawn, _ok(drawn), rules=("F4",), inputs=ZOES
    )
    child = renewal(CARD_ELISE)
    given: dict[str, Json] = {"credential": CARD_ELISE.hex()}
    yield LAYER.accepted(
        "child", "the card of a child, by the parent's phone", child, _ok(child), rules=rules, inputs=given
    )
    yield from form_cases(LAYER, "renewal-structure", RENEWAL_1, FIELDS)
    yield from range_cases(LAYER, "renewal-structure", RENEWAL_1, BOUNDS, _ok)
    yield from _layers()
    yield from _cards()
    yield from _keys()
    yield from _signatures()
    yield from _order()


def _layers() -> Iterator[Case]:
    """The new code layer is there exactly when key 2 is."""
    code = "renewal-structure"
    bare = replace(CHANGE_1, new_code=None)
    extra = replace(CHANGE_1, claims=RENEWAL_1.claims)
    deep = CHANGE_1.new_code_layer
    for slug, comment, message in (
        ("key-without-layer", "a new code key, and no layer by it", bare),
        ("layer-without-key", "a new code layer, and no new code key", extra),
        ("key-null", "the new code key is null, and no layer by it", bare.having((RENEWAL, 2), None)),
        ("key-31", "a new code key of 31 bytes", CHANGE_1.having((RENEWAL, 2), bytes(31))),
        ("key-33", "a new code key of 33 bytes", CHANGE_1.having((RENEWAL, 2), bytes(33))),
        ("key-text", "the new code key is text", CHANGE_1.having((RENEWAL, 2), "x" * 32)),
        ("key-cose", "the new code key as a COSE_Key", CHANGE_1.having((RENEWAL, 2), NEW_CODE_1.cose)),
        ("unknown-key", "a key that is not listed, beside the new code key", CHANGE_1.having((RENEWAL, 3), 1)),
        ("digest-dropped", "a new code key and no digest", CHANGE_1.having((RENEWAL, 1), DROP)),
        ("four-layers", "a new code layer in a new code layer",
         replace(CHANGE_1, at_new_code={"payload": deep.encode()})),
        ("new-header-kid", "new code layer: another header",
         replace(CHANGE_1, at_new_code={"protected": b"\xa1\x01\x28"})),
        ("new-header-eddsa", "new code layer: alg -8", replace(CHANGE_1, at_new_code={"protected": b"\xa1\x01\x27"})),
        ("new-unprotected", "new code layer: an entry in the unprotected header",
         replace(CHANGE_1, at_new_code={"unprotected": {4: b""}})),
        ("new-signature-63", "new code layer: a signature of 63 bytes",
         replace(CHANGE_1, at_new_code={"signature": bytes(63)})),
        ("new-trailing", "new code layer: a byte after the claims",
         replace(CHANGE_1, at_new_code={"payload": encode(CHANGE_1.claims) + b"\0"})),
    ):  # fmt: skip
        yield LAYER.refused(f"{code}/change/{slug}", comment, message, rules=("CBOR-6", "CODE-5"), base="change")
    long = CHANGE_1.having((99,), bytes(1024))
    yield LAYER.refused(f"{code}/oversized", "more than 1,024 bytes", long, "limit", rules=("CBOR-5",), base="change")


def _cards() -> Iterator[Case]:
    code = "renewal-card"
    for slug, comment, about in (
        ("other-card", "the digest is of the child's card, with the same keys", CARD_ELISE),
        ("other-phone", "the digest is of another person's card", CARD_ZOE),
    ):
        yield LAYER.refused(f"{code}/{slug}", comment, renewal(about), rules=("COSE-5",))
    for slug, digest, comment in (
        ("zeros", bytes(32), "a digest of zeros"),
        ("of-payload", sha256(CARD_CAMILLE[20:]), "the digest of a part of the card"),
        ("bit", bytes([sha256(CARD_CAMILLE)[0] ^ 1]) + sha256(CARD_CAMILLE)[1:], "the digest with a bit turned"),
    ):
        yield LAYER.refused(f"{code}/{slug}", comment, RENEWAL_1.having((RENEWAL, 1), digest))
    lent = renewal(CARD_LENT_1, DELEGATE_1, DELEGATE_CODE_1)
    yield LAYER.refused(
        f"{code}/lent", "a card lent through the issuer is not renewed", lent, inputs={"credential": CARD_LENT_1.hex()}
    )


def _keys() -> Iterator[Case]:
    code = "renewal-key"
    mixed = (edwards.secret_scalar(NEW_CODE_1.seed) * edwards.B + TORSION[0]).encode()
    off_curve = next(y for y in range(2, 100) if edwards.recover(y, 0) is None).to_bytes(32, "little")
    for slug, x, comment in (
        ("identity", TORSION[7].encode(), "the identity"),
        ("order-2", TORSION[3].encode(), "a point of order 2"),
        ("order-8", TORSION[0].encode(), "a point of order 8"),
        ("mixed", mixed, "a point of order 8 L"),
        ("off-curve", off_curve, "no point"),
        ("not-canonical", (edwards.P + 1).to_bytes(32, "little"), "the identity, its y as p + 1"),
    ):
        changed = CHANGE_1.having((RENEWAL, 2), x)
        yield LAYER.refused(
            f"{code}/{slug}", f"the new code key is {comment}", changed, "edge-key", rules=("KEY-2",), base="change"
        )
    for slug, key, comment in (
        ("same", CODE_1, "the new code key is the old one; all signatures verify"),
        ("device", PHONE_1, "the new code key is the device key; all signatures verify"),
    ):
        changed = replace(CHANGE_1, new_code=key).having((RENEWAL, 2), key.public)
        yield LAYER.refused(f"{code}/{slug}", comment, changed, rules=("CODE-5",), base="change")


def _signatures() -> Iterator[Case]:
    code = "renewal-signature"
    yield from signature_cases(LAYER, code, RENEWAL_1, SECOND, RENEWAL_2)
    one = CHANGE_1
    for slug, comment, message, flag in (
        ("new-zeros", "64 zero bytes", replace(one, at_new_code={"signature": bytes(64)}), None),
        ("new-other", "signed by another key", replace(one, at_new_code={"signer": OTHER_CODE}), None),
        ("new-by-old", "signed by the old code key", replace(one, at_new_code={"signer": CODE_1}), None),
        ("new-by-device", "signed by the device key", replace(one, at_new_code={"signer": PHONE_1}), None),
        ("new-code-aad", "external_aad of the code layer",
         replace(one, at_new_code={"aad": one.layer_aad("code")}), "cross-protocol"),
        ("new-no-digest", "external_aad without the card's digest",
         replace(one, at_new_code={"aad": aad("renewal-new-code")}), "cross-protocol"),
        ("new-other-card", "external_aad of the child's card",
         replace(one, at_new_code={"aad": aad("renewal-new-code", sha256(CARD_ELISE))}), "cross-protocol"),
    ):  # fmt: skip
        flags = [flag] if flag else []
        yield LAYER.refused(
            f"{code}/{slug}", f"new code layer: {comment}", message, *flags, rules=("CODE-5",), base="change"
        )
    for slug, comment, message in (
        ("old-by-new", "code layer: signed by the new code key, as by a thief of an unlocked phone",
         replace(one, at_code={"signer": NEW_CODE_1})),
        ("other-old", "code layer: signed by a code key that is not the card's", replace(one, code=CODE_2)),
        ("layers-exchanged", "the new code key outside, the old one inside",
         replace(one, code=NEW_CODE_1, new_code=CODE_1)),
        ("change-device", "device layer: 64 zero bytes", replace(one, at_device={"signature": bytes(64)})),
    ):  # fmt: skip
        yield LAYER.refused(f"{code}/{slug}", comment, message, rules=("CODE-5",), base="change")
    for role, path in (("device", "at_device"), ("code", "at_code")):
        other = {"aad": aad(f"renewal-{role}", sha256(CARD_ELISE))}
        changed = replace(RENEWAL_1, **{path: other})  # type: ignore[arg-type]
        yield LAYER.refused(f"{code}/{role}-other-card", f"{role} layer: external_aad of the child's card", changed)


def _order() -> Iterator[Case]:
    same = replace(CHANGE_1, new_code=CODE_1).having((RENEWAL, 2), CODE_1.public)
    rules = ("VERIFY-1",)
    for slug, comment, message in (
        ("renewal-structure/order-then-card", "a digest of zeros, and a key that is not listed",
         CHANGE_1.having((RENEWAL, 1), bytes(32)).having((99,), 0)),
        ("renewal-structure/order-then-key", "the new code key is the old one, and a key that is not listed",
         same.having((99,), 0)),
        ("renewal-card/order-then-key", "a digest of zeros, and the new code key is the old one",
         same.having((RENEWAL, 1), bytes(32))),
        ("renewal-card/order-then-signature", "a digest of zeros, and a signature of zeros",
         replace(CHANGE_1, at_code={"signature": bytes(64)}).having((RENEWAL, 1), bytes(32))),
        ("renewal-key/order-then-signature", "the new code key is the old one, and a signature of zeros",
         replace(same, at_device={"signature": bytes(64)})),
    ):  # fmt: skip
        yield LAYER.refused(slug, f"two faults: {comment}", message, "order", rules=rules, base="change")
