"""Layer `verify`, step V4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.editing import Field, faults
from vectors.generate.encoder import Raw, Tag, Wide, encode
from vectors.generate.expectations import result
from vectors.generate.fixtures import CTI_1, END_OF_TIME, EXP, IAT, NOW, shown_claims
from vectors.generate.keys import PHONE_1, derive
from vectors.generate.messages import HEADER_CODE, header_kid
from vectors.generate.verify_form import CREDENTIAL, MINE, signature_of
from vectors.generate.visit import ID_NO_CODE, NO_CODE, SUITE_1, accepted, refused

FIELDS = (
    Field("exp", (4,)),
    Field("iat", (6,)),
    Field("cti", (7,)),
    Field("presentation", (MINE,)),
    Field("user-verification", (MINE, 1)),
    Field("binding", (MINE, 2)),
    Field("counter", (MINE, 3)),
    Field("failed-tries", (MINE, 4)),
)


def claims_cases() -> Iterator[Case]:
    claims = SUITE_1.claims
    for fault in faults(claims, FIELDS):
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        yield refused(
            f"claims-structure/{fault.slug}",
            ("V4", rule),
            fault.comment,
            replace(SUITE_1, claims=fault.claims),
            fault.flag,
        )
    for key, name in ((1, "iss"), (2, "sub"), (3, "aud"), (5, "nbf"), (10, "nonce"), (-65537, "card")):
        yield refused(
            f"claims-structure/unknown-claim-{name}",
            ("V4", "CBOR-6"),
            f"a claim that has no place here: {name}",
            SUITE_1.with_claims((key,), 1),
            "unknown-key",
        )
    for slug, key, value in (("counter-1", 3, 1), ("counter-greatest", 3, 4294967295), ("failed-tries-255", 4, 255)):
        said = result(counter=value) if key == 3 else result(failed_tries=value)
        yield accepted(
            f"range/{slug}",
            ("V4", "CBOR-6"),
            f"{slug.replace('-', ' ')}, which is inside",
            SUITE_1.with_claims((MINE, key), value),
            said,
            "boundary",
            "range",
        )
    for slug, path, wrong in (
        ("counter-0", (MINE, 3), 0),
        ("counter-above", (MINE, 3), 4294967296),
        ("failed-tries-256", (MINE, 4), 256),
        ("failed-tries-negative", (MINE, 4), -1),
        ("binding-3", (MINE, 2), 3),
        ("binding-negative", (MINE, 2), -1),
        ("user-verification-4", (MINE, 1), 4),
        ("user-verification-negative", (MINE, 1), -1),
        ("cti-7", (7,), CTI_1[:7]),
        ("cti-9", (7,), CTI_1 + b"\0"),
        ("cti-16", (7,), derive("verify/claims-structure/cti-16", "cti", 16)),
        ("iat-negative", (6,), -1),
        ("exp-above", (4,), END_OF_TIME + 1),
        ("float-iat", (6,), Raw(bytes.fromhex("fb41dac116a0000000"))),
        ("nan-exp", (4,), Raw(bytes.fromhex("f97e00"))),
        ("wide-exp", (4,), Wide(EXP, 8)),
    ):
        yield refused(
            f"claims-structure/range/{slug}",
            ("V4", "CBOR-6"),
            f"{slug.replace('-', ' ')}, which is outside",
            SUITE_1.with_claims(path, wrong),
            "range",
        )
    yield accepted(
        "one-second-long",
        ("V4", "PRES-1"),
        "exp is one second after iat",
        SUITE_1.at_times(NOW, NOW + 1),
        result(),
        "boundary",
    )
    yield accepted(
        "60-seconds-long",
        ("V4", "PRES-1"),
        "exp is 60 seconds after iat",
        SUITE_1.at_times(IAT, IAT + 60),
        result(),
        "boundary",
    )
    for slug, iat, exp, base, comment in (
        ("exp-is-iat", NOW, NOW, "one-second-long", "exp is iat"),
        ("exp-before-iat", NOW + 1, NOW, "one-second-long", "exp is before iat"),
        ("61-seconds-long", IAT, IAT + 61, "60-seconds-long", "exp is 61 seconds after iat"),
        ("a-year-long", IAT, IAT + 365 * 86400, "60-seconds-long", "exp is a year after iat"),
    ):
        yield refused(
            f"claims-structure/{slug}",
            ("V4", "PRES-1"),
            comment,
            SUITE_1.at_times(iat, exp),
            "boundary",
            base=f"verify/accepted/{base}",
        )


def code_layer_cases() -> Iterator[Case]:
    for number, name in enumerate(("none", "device unlock", "biometric")):
        yield refused(
            f"claims-structure/code-layer-claimed-{number}",
            ("V4", "PRES-2"),
            f"a code layer, and user verification {name}",
            replace(SUITE_1, claims=shown_claims(CTI_1, number)),
        )
    yield refused(
        "claims-structure/code-without-layer",
        ("V4", "PRES-2"),
        "user verification code, and no code layer: it was taken off",
        replace(NO_CODE, claims=shown_claims(CTI_1, 3)),
        base=ID_NO_CODE,
    )
    layer = SUITE_1.presentation.code_layer
    parts = layer.parts
    signature = signature_of(parts)
    for slug, header in (
        ("eddsa", b"\xa1\x01\x27"),
        ("esp256", b"\xa1\x01\x28"),
        ("kid", header_kid(PHONE_1.kid)),
        ("empty", b""),
        ("device-layer", b"\xa2\x01\x32\x0d" + CREDENTIAL),
    ):
        yield refused(
            f"claims-structure/code-header-{slug}",
            ("V4", "COSE-2"),
            f"code layer: the protected header is that of {slug}",
            replace(SUITE_1, at_code={"protected": header}),
            "alg-confusion",
        )
    claims = encode(SUITE_1.claims)
    for slug, rule, comment, payload in (
        ("empty", "CBOR-1", "an empty payload", b""),
        ("not-cbor", "CBOR-1", "a payload that is no CBOR", b"\xff\xff"),
        ("integer", "CBOR-6", "an integer", b"\x00"),
        (
            "code-unprotected",
            "COSE-1",
            "code layer: an entry in the unprotected header",
            encode([HEADER_CODE, {4: 0}, *parts[2:]]),
        ),
        ("code-signature-63", "CBOR-6", "code layer: a signature of 63 bytes", encode([*parts[:3], signature[:63]])),
        ("code-signature-65", "CBOR-6", "code layer: a signature of 65 bytes", encode([*parts[:3], signature + b"\0"])),
        ("code-tagged", "CBOR-2", "code layer: tagged as COSE_Sign1", encode(Tag(18, parts))),
        ("code-three-elements", "CBOR-6", "code layer: no signature", encode(parts[:3])),
        ("code-trailing", "CBOR-1", "a byte after the code layer", encode(parts) + b"\0"),
        ("code-payload-null", "CBOR-6", "code layer: a detached payload", encode([*parts[:2], None, signature])),
        (
            "code-payload-trailing",
            "CBOR-1",
            "code layer: a byte after the claims",
            replace(layer, payload=claims + b"\0").encode(),
        ),
        ("code-in-code", "CBOR-6", "a code layer in a code layer", replace(layer, payload=encode(parts)).encode()),
        ("credential", "CBOR-6", "the credential as payload", CREDENTIAL),
    ):
        yield refused(
            f"claims-structure/payload-{slug}", ("V4", rule), comment, replace(SUITE_1, at_device={"payload": payload})
        )
