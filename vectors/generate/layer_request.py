"""Layer `request`: section 12, steps R1 to R4; R5 is in `request_number`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.editing import Field, edit, faults
from vectors.generate.encoder import Tag, encode
from vectors.generate.enrolled import NUMBER_CAMILLE, NUMBER_ZOE
from vectors.generate.envelopes import around
from vectors.generate.fixtures import END_OF_TIME, OFFER, REQUEST_1, REQUEST_2, Claims, offer_claims, request_claims
from vectors.generate.keys import (
    CNAM_OFFERS,
    CODE_1,
    PHONE_1,
)
from vectors.generate.messages import header_kid, offer, sha256
from vectors.generate.request_case import request_given, request_ok, request_refused, request_stages
from vectors.generate.request_keys import key_cases, signature_cases
from vectors.generate.request_number import number_cases

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
    Field("commitment", (-65539, 3)),
    Field("sealed-number", (-65539, 4)),
    Field("evidence", (-65539, 5), False),
    Field("evidence-method", (-65539, 5, 0), None),
    Field("evidence-digest", (-65539, 5, 1), None),
)


def request_cases() -> Iterator[Case]:
    """All steps."""
    claims = request_claims(PHONE_1, CODE_1, NUMBER_CAMILLE)
    with_evidence: Any = edit(claims, (-65539, 5), [1, sha256(b"the passive evidence of a CNIe")])
    full = replace(REQUEST_1, claims=with_evidence)
    for slug, request, number, comment in (
        ("suite-1", REQUEST_1, NUMBER_CAMILLE, "a request of suite 1"),
        ("suite-2", REQUEST_2, NUMBER_ZOE, "a request of suite 2"),
        ("evidence", full, NUMBER_CAMILLE, "a request with identity evidence: every key of the CDDL"),
    ):
        yield Case(
            f"request/accepted/{slug}",
            ("R1", "R2", "R3", "R4", "R5", "ENROL-1", "ENROL-3"),
            comment,
            request_given(request.encode()),
            request_ok(request, number),
            stages=request_stages(request, number),
        )
    given_1 = request_given(b"")
    yield from around("request", "request-structure", "R1", REQUEST_1.device_layer, given_1, "request/accepted/suite-1")
    for fault in faults(with_evidence, REQUEST_FIELDS):
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        request = replace(REQUEST_1, claims=fault.claims)
        slug = f"request-structure/{fault.slug}"
        yield request_refused(slug, ("R1", rule), fault.comment, request, fault.flag, base="evidence")
    yield from _request_form(claims)
    yield from key_cases(claims)
    yield from signature_cases()
    yield from number_cases()
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
        ("commitment-31", (-65539, 3), bytes(31), "a commitment of 31 bytes"),
        ("commitment-33", (-65539, 3), bytes(33), "a commitment of 33 bytes"),
        ("sealed-48", (-65539, 4), bytes(48), "a sealed number of 48 bytes: an empty message, sealed"),
        ("sealed-129", (-65539, 4), bytes(129), "a sealed number of 129 bytes"),
        ("evidence-method-0", (-65539, 5), [0, bytes(32)], "evidence of method 0"),
        ("evidence-method-4", (-65539, 5), [4, bytes(32)], "evidence of method 4"),
        ("evidence-digest-31", (-65539, 5), [1, bytes(31)], "evidence with a digest of 31 bytes"),
        ("evidence-one", (-65539, 5), [1], "evidence without a digest"),
        ("evidence-three", (-65539, 5), [1, bytes(32), 0], "evidence with a third element"),
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
