"""Layer `request`: section 12, steps R1 to R4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate import edwards, p256
from vectors.generate.cases import Case, Json
from vectors.generate.editing import Field, edit, faults
from vectors.generate.edwards import TORSION
from vectors.generate.encoder import Tag, Value, encode
from vectors.generate.fixtures import END_OF_TIME, OFFER, REQUEST_1, REQUEST_2, Claims, offer_claims, request_claims
from vectors.generate.keys import (
    CNAM_OFFERS,
    CODE_1,
    CODE_2,
    OTHER_CODE,
    OTHER_PHONE_1,
    OTHER_PHONE_2,
    PHONE_1,
    PHONE_2,
    ed25519_cose,
    p256_cose,
)
from vectors.generate.layer_offer import around
from vectors.generate.messages import Request, aad, header_kid, offer, sha256

REQUEST_FIELDS = (
    Field("iat", (6,)),
    Field("cnf", (8,)),
    Field("device-key", (8, 1)),
    Field("device-key-kty", (8, 1, 1)),
    Field("device-key-alg", (8, 1, 3)),
    Field("device-key-crv", (8, 1, -1)),
    Field("device-key-x", (8, 1, -2)),
    Field("request", (-65539,)),
    Field("code-key", (-65539, 1)),
    Field("offer-digest", (-65539, 2)),
)


def request_refused(
    slug: str,
    rules: tuple[str, ...],
    comment: str,
    request: Request | bytes,
    *flags: str,
    base: str = "suite-1",
    answered: bytes = OFFER,
) -> Case:
    """A request that is refused; the code is the first part of `slug`."""
    data = request if isinstance(request, bytes) else request.encode()
    given = {"bytes": data.hex(), "offer": answered.hex()}
    return Case(f"request/{slug}", rules, comment, given, slug.partition("/")[0], f"request/accepted/{base}", flags)


def request_cases() -> Iterator[Case]:
    """All steps."""
    claims = request_claims(PHONE_1, CODE_1)
    for suite, request, code in ((1, REQUEST_1, CODE_1), (2, REQUEST_2, CODE_2)):
        given = {"bytes": request.encode().hex(), "offer": OFFER.hex()}
        expect = {"device_key": encode(request.device.cose).hex(), "code_key": code.public.hex()}
        yield Case(
            f"request/accepted/suite-{suite}",
            ("R1", "R2", "R3", "R4", "ENROL-1"),
            f"a request of suite {suite}",
            given,
            expect,
        )
    given_1: dict[str, Json] = {"bytes": "", "offer": OFFER.hex()}
    yield from around("request", "request-structure", "R1", REQUEST_1.device_layer, given_1, "request/accepted/suite-1")
    for fault in faults(claims, REQUEST_FIELDS):
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        request = replace(REQUEST_1, claims=fault.claims)
        yield request_refused(f"request-structure/{fault.slug}", ("R1", rule), fault.comment, request, fault.flag)
    yield from _request_form(claims)
    yield from _request_keys(claims)
    yield from _request_signatures()
    second = offer(offer_claims(case_id="fixture/offer/second"), CNAM_OFFERS).encode()
    yield request_refused(
        "request-offer/second-offer", ("R4",), "held against another offer", REQUEST_1, answered=second
    )
    not_digest = edit(claims, (-65539, 2), sha256(offer(offer_claims(), CNAM_OFFERS).payload))
    yield request_refused(
        "request-offer/payload-digest",
        ("R4",),
        "the digest is of the offer's payload, not of the offer",
        replace(REQUEST_1, claims=not_digest),
    )
    same = replace(REQUEST_1, claims=edit(claims, (-65539, 1), PHONE_1.public), code=PHONE_1)
    for slug, code_name, step, request, answered in (
        ("structure-then-key", "request-structure", "R1", replace(same, claims={**_as_map(same.claims), 99: 0}), OFFER),
        ("key-then-signature", "request-key", "R2", replace(same, at_device={"signature": bytes(64)}), OFFER),
        (
            "signature-then-offer",
            "request-signature",
            "R3",
            replace(REQUEST_1, at_code={"signature": bytes(64)}),
            second,
        ),
    ):
        yield request_refused(
            f"{code_name}/order-{slug}",
            (step, "VERIFY-1"),
            f"two faults: {slug.replace('-', ' ')}",
            request,
            "order",
            answered=answered,
        )


def _as_map(claims: Any) -> Claims:
    return dict(claims)


def _request_form(claims: Claims) -> Iterator[Case]:
    code_parts = REQUEST_1.code_layer.parts
    for slug, path, value, comment in (
        ("iat-above", (6,), END_OF_TIME + 1, "one above the greatest time"),
        ("code-key-31", (-65539, 1), bytes(31), "a code key of 31 bytes"),
        ("digest-31", (-65539, 2), bytes(31), "a digest of 31 bytes"),
        ("digest-33", (-65539, 2), bytes(33), "a digest of 33 bytes"),
        ("x-33", (8, 1, -2), bytes(33), "a device key of 33 bytes"),
    ):
        yield request_refused(
            f"request-structure/range/{slug}",
            ("R1", "CBOR-6"),
            comment,
            replace(REQUEST_1, claims=edit(claims, path, value)),
            "range",
        )
    for slug, header, comment in (
        ("esp256", b"\xa1\x01\x28", "ESP256 with an Ed25519 key"),
        ("eddsa", b"\xa1\x01\x27", "EdDSA"),
        ("kid", header_kid(PHONE_1.kid), "a kid besides"),
    ):
        if slug != "eddsa":
            yield request_refused(
                f"request-structure/device-header-{slug}",
                ("R1", "COSE-3"),
                f"device layer: {comment}",
                replace(REQUEST_1, at_device={"protected": header}),
                "alg-confusion",
            )
        yield request_refused(
            f"request-structure/code-header-{slug}",
            ("R1", "COSE-3"),
            f"code layer: {comment}",
            replace(REQUEST_1, at_code={"protected": header}),
            "alg-confusion",
        )
    yield request_refused(
        "request-structure/device-header-ed25519",
        ("R1", "COSE-3"),
        "device layer: Ed25519 with a P-256 key",
        replace(REQUEST_2, at_device={"protected": b"\xa1\x01\x32"}),
        "alg-confusion",
        base="suite-2",
    )
    for slug, payload, comment in (
        ("no-code-layer", encode(claims), "the claims without a code layer"),
        ("code-signature-63", encode([*code_parts[:3], bytes(63)]), "code layer: a signature of 63 bytes"),
        (
            "code-unprotected",
            encode([code_parts[0], {4: b""}, *code_parts[2:]]),
            "code layer: an entry in the unprotected header",
        ),
        ("code-tagged", encode(Tag(18, code_parts)), "code layer: tagged"),
        (
            "code-payload-trailing",
            replace(REQUEST_1.code_layer, payload=encode(claims) + b"\0").encode(),
            "code layer: a byte after the claims",
        ),
        ("code-twice", encode([code_parts[0], {}, encode(code_parts), code_parts[3]]), "a code layer in a code layer"),
    ):
        yield request_refused(
            f"request-structure/{slug}", ("R1", "CBOR-6"), comment, replace(REQUEST_1, at_device={"payload": payload})
        )


def _request_keys(claims: Claims) -> Iterator[Case]:
    mixed = (edwards.secret_scalar(PHONE_1.seed) * edwards.B + TORSION[0]).encode()
    off_curve = next(y for y in range(2, 100) if edwards.recover(y, 0) is None).to_bytes(32, "little")
    for slug, x, comment in (
        ("identity", TORSION[7].encode(), "the identity"),
        ("order-8", TORSION[0].encode(), "a point of order 8"),
        ("mixed", mixed, "a point of order 8 L"),
        ("off-curve", off_curve, "no point"),
        ("not-canonical", (edwards.P + 1).to_bytes(32, "little"), "the identity, its y as p + 1"),
    ):
        for name, path, new in (("device", (8, 1), ed25519_cose(x)), ("code", (-65539, 1), x)):
            value: Value = new
            request = replace(REQUEST_1, claims=edit(claims, path, value))
            yield request_refused(
                f"request-key/{name}-{slug}", ("R2", "KEY-2"), f"the {name} key is {comment}", request, "edge-key"
            )
    no_x = next(x for x in range(1, 100) if not p256.is_x_of_a_point(x))
    for slug, number, comment in (("off-curve", no_x, "an x of no point"), ("x-is-p", p256.P, "x = p")):
        changed = edit(REQUEST_2.claims, (8, 1), p256_cose(number.to_bytes(32, "big"), False))
        yield request_refused(
            f"request-key/p256-{slug}",
            ("R2", "KEY-2"),
            f"the device key has {comment}",
            replace(REQUEST_2, claims=changed),
            "edge-key",
            base="suite-2",
        )
    same = replace(REQUEST_1, claims=edit(claims, (-65539, 1), PHONE_1.public), code=PHONE_1)
    yield request_refused(
        "request-key/same-key", ("R2", "ENROL-1"), "device key and code key are the same; both signatures verify", same
    )


def _request_signatures() -> Iterator[Case]:
    one, two = REQUEST_1, REQUEST_2
    swapped_device, swapped_code = {"aad": aad("enrolment-request-code")}, {"aad": aad("enrolment-request-device")}
    claims_of_other = request_claims(OTHER_PHONE_1, CODE_1)
    for slug, request, comment, base, flag in (
        (
            "device-zeros",
            replace(one, at_device={"signature": bytes(64)}),
            "device layer: 64 zero bytes",
            "suite-1",
            None,
        ),
        ("code-zeros", replace(one, at_code={"signature": bytes(64)}), "code layer: 64 zero bytes", "suite-1", None),
        ("device-other", replace(one, device=OTHER_PHONE_1), "device layer: signed by another phone", "suite-1", None),
        ("code-other", replace(one, code=OTHER_CODE), "code layer: signed by another code key", "suite-1", None),
        ("cnf-other", replace(one, claims=claims_of_other), "cnf is another phone's key", "suite-1", None),
        (
            "device-by-code",
            replace(one, at_device={"signer": CODE_1}),
            "device layer: signed by the code key",
            "suite-1",
            None,
        ),
        (
            "code-by-device",
            replace(one, at_code={"signer": PHONE_1}),
            "code layer: signed by the device key",
            "suite-1",
            None,
        ),
        (
            "device-aad",
            replace(one, at_device=swapped_device),
            "device layer: external_aad of the code layer",
            "suite-1",
            "cross-protocol",
        ),
        (
            "code-aad",
            replace(one, at_code=swapped_code),
            "code layer: external_aad of the device layer",
            "suite-1",
            "cross-protocol",
        ),
        (
            "device-no-aad",
            replace(one, at_device={"aad": b""}),
            "device layer: an empty external_aad",
            "suite-1",
            "cross-protocol",
        ),
        ("p256-other", replace(two, device=OTHER_PHONE_2), "device layer: signed by another phone", "suite-2", None),
        (
            "p256-high-s",
            replace(two, at_device={"signature": p256.high(_device_signature(two))}),
            "device layer: n - s",
            "suite-2",
            "malleability",
        ),
        (
            "p256-zeros",
            replace(two, at_device={"signature": bytes(64)}),
            "device layer: r = s = 0",
            "suite-2",
            "malleability",
        ),
    ):
        yield request_refused(
            f"request-signature/{slug}", ("R3", "ENROL-1"), comment, request, *([flag] if flag else []), base=base
        )


def _device_signature(request: Request) -> bytes:
    return PHONE_2.sign(request.device_layer.to_be_signed)
