"""Layer `verify`, steps V9 and V10."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from vectors.generate import edwards, p256
from vectors.generate.cases import Case
from vectors.generate.encoder import encode
from vectors.generate.expectations import result
from vectors.generate.fixtures import (
    CARD_ELISE,
    NOW,
    shown_claims,
)
from vectors.generate.keys import (
    CODE_1,
    OTHER_CODE,
    OTHER_PHONE_1,
    OTHER_PHONE_2,
    PHONE_1,
    PHONE_2,
    OtherNonce,
    derive,
)
from vectors.generate.messages import aad, sha256, sig_structure
from vectors.generate.verify_issuer import card_of
from vectors.generate.visit import CHILD, ID_1, ID_2, ID_NO_CODE, NO_CODE, SUITE_1, SUITE_2, Visit, accepted, refused

DIGEST = sha256(SUITE_1.credential)


def context_cases() -> Iterator[Case]:
    for level, name in ((1, "audience"), (2, "challenge")):
        yield refused(
            f"context-unknown/{name}",
            ("V9", "PRES-4"),
            f"bound to a {name}; this verifier has none",
            replace(
                SUITE_1.with_claims((-65538, 2), level), binding=level, context=derive("verify/context-unknown", name)
            ),
        )
        yield refused(
            f"context-unknown/{name}-null",
            ("V9", "PRES-4"),
            f"level {name}, signed with a context of null",
            replace(SUITE_1.with_claims((-65538, 2), level), binding=level),
        )


def _layer_aads(layer: str, other: str) -> Sequence[tuple[str, str, bytes]]:
    role = f"presentation-{layer}"
    context = derive("verify/aad", "context")
    return (
        ("empty", "an empty external_aad", b""),
        ("other-layer", "the external_aad of the other layer", aad(f"presentation-{other}", 1, 0, DIGEST, None)),
        ("request", "the external_aad of an enrolment request", aad(f"enrolment-request-{layer}")),
        ("suite", "signed for the other suite", aad(role, 2, 0, DIGEST, None)),
        ("binding-audience", "signed at level audience, claimed at open", aad(role, 1, 1, DIGEST, None)),
        ("binding-challenge", "signed at level challenge, claimed at open", aad(role, 1, 2, DIGEST, context)),
        ("credential", "signed over another card of the same phone", aad(role, 1, 0, sha256(CARD_ELISE), None)),
        ("credential-itself", "the credential in place of its digest", aad(role, 1, 0, SUITE_1.credential, None)),
        ("context", "signed with a context, claimed at open", aad(role, 1, 0, DIGEST, context)),
        ("no-context", "signed without the sixth element", aad(role, 1, 0, DIGEST)),
        ("context-empty", "an empty byte string in place of null", aad(role, 1, 0, DIGEST, b"")),
        ("version", "signed for vitaletoken/2", encode(["vitaletoken/2", role, 1, 0, DIGEST, None])),
    )


def device_signature_cases() -> Iterator[Case]:
    layer = SUITE_1.presentation.device_layer
    signature = PHONE_1.sign(layer.to_be_signed)
    s = int.from_bytes(signature[32:], "little")
    later = SUITE_1.with_claims((4,), NOW + 50).presentation.code_layer.encode()
    rows: list[tuple[str, str, Visit, str, str | None]] = [
        (
            "bit",
            "the lowest bit of S turned",
            _device(signature=signature[:32] + bytes([signature[32] ^ 1]) + signature[33:]),
            ID_1,
            None,
        ),
        ("zeros", "64 zero bytes", _device(signature=bytes(64)), ID_1, None),
        (
            "s-plus-l",
            "S + L",
            _device(signature=edwards.signature(signature[:32], s + edwards.L)),
            ID_1,
            "malleability",
        ),
        ("other-phone", "signed by another phone: a copied card", replace(SUITE_1, device=OTHER_PHONE_1), ID_1, None),
        ("code-key", "signed by the code key", _device(signer=CODE_1), ID_1, "cross-protocol"),
        (
            "claims-changed",
            "the code layer exchanged after signing",
            _device(payload=later, signature=signature),
            ID_1,
            None,
        ),
        (
            "card-exchanged",
            "the child's card put under the parent's presentation",
            replace(
                CHILD,
                at_device={"signature": signature},
                at_code={"signature": CODE_1.sign(SUITE_1.presentation.code_layer.to_be_signed)},
            ),
            "verify/accepted/child",
            None,
        ),
        (
            "code-layer-taken-off",
            "the claims of the code layer shown as if no code were asked",
            replace(NO_CODE, at_device={"signature": signature}),
            ID_NO_CODE,
            None,
        ),
        (
            "no-code-claims-changed",
            "the counter changed after signing",
            replace(
                NO_CODE.with_claims((-65538, 3), 43),
                at_device={"signature": PHONE_1.sign(NO_CODE.presentation.device_layer.to_be_signed)},
            ),
            ID_NO_CODE,
            None,
        ),
        ("payload-alone", "the payload alone was signed", _device(tbs=layer.payload), ID_1, "cross-protocol"),
        (
            "header-without-credential",
            "signed over a header without the credential",
            _device(tbs=sig_structure(b"\xa1\x01\x32", layer.aad, layer.payload)),
            ID_1,
            "cross-protocol",
        ),
    ]
    rows += [
        (f"aad-{slug}", f"device layer: {comment}", _device(aad=external), ID_1, "cross-protocol")
        for slug, comment, external in _layer_aads("device", "code")
    ]
    tbs = SUITE_2.presentation.device_layer.to_be_signed
    good = PHONE_2.sign(tbs)
    nonce = int.from_bytes(derive("verify/accepted/suite-2-other-nonce", "nonce"), "big")
    r_number, s_number = int.from_bytes(good[:32], "big"), int.from_bytes(good[32:], "big")
    no_x = next(x for x in range(1, 100) if not p256.is_x_of_a_point(x))
    rows += [
        ("p256-high-s", "n - s in place of s", _device_2(signature=p256.high(good)), ID_2, "malleability"),
        ("p256-zeros", "r = s = 0", _device_2(signature=bytes(64)), ID_2, "malleability"),
        ("p256-r-zero", "r = 0", _device_2(signature=p256.raw(0, s_number)), ID_2, "malleability"),
        ("p256-s-zero", "s = 0", _device_2(signature=p256.raw(r_number, 0)), ID_2, "malleability"),
        ("p256-r-is-n", "r = n", _device_2(signature=p256.raw(p256.N, s_number)), ID_2, "malleability"),
        ("p256-s-is-n", "s = n", _device_2(signature=p256.raw(r_number, p256.N)), ID_2, "malleability"),
        ("p256-other-phone", "signed by another phone", replace(SUITE_2, device=OTHER_PHONE_2), ID_2, None),
        (
            "p256-suite",
            "signed for suite 1",
            _device_2(aad=aad("presentation-device", 1, 0, sha256(SUITE_2.credential), None)),
            ID_2,
            "cross-protocol",
        ),
        (
            "p256-sign-of-y",
            "the device key is certified with the wrong sign of y",
            SUITE_2.with_card((8, 1, -3), not PHONE_2.point[1] & 1),
            ID_2,
            "edge-key",
        ),
        (
            "p256-off-curve",
            "the issuer certified a device key that is no point",
            SUITE_2.with_card((8, 1, -2), no_x.to_bytes(32, "big")),
            ID_2,
            "edge-key",
        ),
        (
            "small-order-key",
            "the issuer certified a device key of small order, under which this signature satisfies the equation",
            _small_order(),
            ID_NO_CODE,
            "edge-key",
        ),
    ]
    for slug, comment, visit, base, flag in rows:
        rule = "SIG-2" if slug.startswith("p256") else "SIG-1" if flag == "malleability" else "COSE-5"
        yield refused(f"device-signature/{slug}", ("V9", rule), comment, visit, *([flag] if flag else []), base=base)
    yield accepted(
        "suite-2-other-nonce",
        ("V9", "SIG-2"),
        "another valid signature over the same presentation",
        _device_2(signer=OtherNonce(PHONE_2, nonce)),
        result(card_of(SUITE_2)),
    )


def _device(**parts: Any) -> Visit:
    return replace(SUITE_1, at_device=parts)


def _device_2(**parts: Any) -> Visit:
    return replace(SUITE_2, at_device=parts)


def _small_order() -> Visit:
    """A = the identity: S·B = R holds for every message."""
    s = int.from_bytes(derive("verify/device-signature/small-order-key", "s"), "little") % edwards.L
    visit = NO_CODE.with_card((8, 1, -2), edwards.IDENTITY.encode())
    return replace(visit, at_device={"signature": edwards.signature((s * edwards.B).encode(), s)})


def code_signature_cases() -> Iterator[Case]:
    layer = SUITE_1.presentation.code_layer
    signature = CODE_1.sign(layer.to_be_signed)
    s = int.from_bytes(signature[32:], "little")
    other_cti = replace(SUITE_1, claims=shown_claims(derive("verify/code-signature", "cti", 8)))
    moved = CODE_1.sign(other_cti.presentation.code_layer.to_be_signed)
    rows: list[tuple[str, str, dict[str, Any], str | None]] = [
        (
            "bit",
            "the lowest bit of S turned",
            {"signature": signature[:32] + bytes([signature[32] ^ 1]) + signature[33:]},
            None,
        ),
        ("zeros", "64 zero bytes", {"signature": bytes(64)}, None),
        ("s-plus-l", "S + L", {"signature": edwards.signature(signature[:32], s + edwards.L)}, "malleability"),
        ("wrong-code", "signed by the key of a wrong code", {"signer": OTHER_CODE}, None),
        ("device-key", "signed by the device key", {"signer": PHONE_1}, "cross-protocol"),
        ("earlier-visit", "the code layer's signature of another visit", {"signature": moved}, None),
        ("payload-alone", "the payload alone was signed", {"tbs": layer.payload}, "cross-protocol"),
    ]
    rows += [
        (f"aad-{slug}", f"code layer: {comment}", {"aad": external}, "cross-protocol")
        for slug, comment, external in _layer_aads("code", "device")
    ]
    for slug, comment, parts, flag in rows:
        yield refused(
            f"code-signature/{slug}",
            ("V10", "SIG-1" if flag == "malleability" else "COSE-5"),
            comment,
            replace(SUITE_1, at_code=parts),
            *([flag] if flag else []),
        )
    yield refused(
        "code-signature/certified-key",
        ("V10",),
        "the credential certifies another code key",
        SUITE_1.with_card((-65537, 1), OTHER_CODE.public),
    )
    yield refused(
        "code-signature/suite-2",
        ("V10",),
        "suite 2: 64 zero bytes",
        replace(SUITE_2, at_code={"signature": bytes(64)}),
        base=ID_2,
    )
