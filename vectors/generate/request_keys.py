"""Layer `request`: keys and signatures, steps R2 and R3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate import edwards, p256
from vectors.generate.cases import Case
from vectors.generate.editing import edit
from vectors.generate.edwards import TORSION
from vectors.generate.encoder import Value
from vectors.generate.enrolled import NUMBER_CAMILLE
from vectors.generate.fixtures import REQUEST_1, REQUEST_2, Claims, request_claims
from vectors.generate.keys import (
    CODE_1,
    OTHER_CODE,
    OTHER_PHONE_1,
    OTHER_PHONE_2,
    PHONE_1,
    PHONE_2,
    ed25519_cose,
    p256_cose,
)
from vectors.generate.messages import Request, aad
from vectors.generate.request_case import request_refused


def key_cases(claims: Claims) -> Iterator[Case]:
    """R2, of a request with these claims."""
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


def signature_cases() -> Iterator[Case]:
    """R3."""
    one, two = REQUEST_1, REQUEST_2
    swapped_device, swapped_code = {"aad": aad("enrolment-request-code")}, {"aad": aad("enrolment-request-device")}
    claims_of_other = request_claims(OTHER_PHONE_1, CODE_1, NUMBER_CAMILLE)
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
