"""Layer `review`: what a phone makes of a sticker or a challenge, H1 to H7. Here are H3 and H4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate import edwards
from vectors.generate.cases import Case, Json, stage
from vectors.generate.encoder import encode
from vectors.generate.fixtures import (
    CARDS_EXP,
    CARDS_NBF,
    DAY,
    TRUST_TEST,
    Claims,
    authority,
    authority_key,
    signed_trust,
    trust_claims,
)
from vectors.generate.keys import (
    ANS,
    CNAM_CARDS,
    MSA,
    PHARMACY_KEY,
    STRANGER,
    derive,
    ed25519,
)
from vectors.generate.messages import aad, certificate, header_kid
from vectors.generate.review_asked import asked_cases
from vectors.generate.review_case import ASKED, ASKED_ID, STICKER, STICKER_ID, Review, accepted, refused
from vectors.generate.review_certified import terminal_key_cases, time_cases
from vectors.generate.review_form import form_cases
from vectors.generate.review_order import order_cases
from vectors.generate.terminals import DESK, HOSPITAL, PHARMACY, TERMINAL

TRUST_EXP: int = trust_claims()[3]
SECOND = ed25519("fixture/authority/fr-demarches/terminals")


def review_cases() -> Iterator[Case]:
    """All steps."""
    signed = certificate(PHARMACY, ANS)
    stages: dict[str, Json] = {
        "certificate_claims": stage(PHARMACY),
        "certificate_sig_structure": {"hex": signed.to_be_signed.hex()},
        "certificate": {"hex": signed.encode().hex()},
    }
    yield accepted("sticker", ("H1", "H2", "H3", "H4", "H5"), "the sticker of a pharmacy", STICKER, stages=stages)
    for slug, claims in (("hospital", HOSPITAL), ("desk", DESK)):
        yield accepted(
            slug, ("H1", "H2", "H3", "H4", "H5"), f"the sticker of the {slug}", replace(STICKER, certified=claims)
        )
    yield accepted(
        "test",
        ("H3",),
        "under a trust list for tests",
        replace(STICKER, trust=TRUST_TEST, environment="test"),
        "environment",
    )
    yield from form_cases()
    yield from _authorities()
    yield from _windows()
    yield from _categories()
    yield from _signatures()
    yield from terminal_key_cases()
    yield from time_cases()
    yield from asked_cases()
    yield from order_cases()


def trust_with(**changed: Any) -> bytes:
    """The trust list with a key 7 of these values, or with other authorities."""
    names = {"keys": 3, "categories": 4}
    changes = {names[name]: value for name, value in changed.items()}
    return signed_trust({**trust_claims(), 7: [{**authority(), **changes}]})


def _authorities() -> Iterator[Case]:
    none = {key: value for key, value in trust_claims().items() if key != 7}
    other: Claims = {1: "fr-demarches", 2: "Guichets publics", 3: [authority_key(SECOND.cose)], 4: [1, 2, 7, 8]}
    both = signed_trust({**trust_claims(), 7: [authority(), other]})
    yield accepted(
        "second-authority",
        ("H3",),
        "the second of two authorities",
        replace(STICKER.with_certified((1,), "fr-demarches"), authority=SECOND, trust=both),
        authority_name="Guichets publics",
    )
    named = signed_trust({**trust_claims(), 7: [{**authority(), 1: "fr-cnam"}]})
    yield accepted(
        "authority-with-issuers-id",
        ("H3",),
        "an authority that has the id of an issuer",
        replace(STICKER.with_certified((1,), "fr-cnam"), trust=named),
    )
    rows: tuple[tuple[str, str, Review], ...] = (
        ("iss", "an authority that is not in the trust list", STICKER.with_certified((1,), "fr-autre")),
        ("iss-prefix", "the beginning of an id", STICKER.with_certified((1,), "fr-an")),
        ("no-authorities", "a trust list without terminal authorities", replace(STICKER, trust=signed_trust(none))),
        ("issuer", "an issuer's id and its key for cards",
         replace(STICKER.with_certified((1,), "fr-cnam"), authority=CNAM_CARDS)),
        ("issuer-key", "signed with an issuer's key for cards", replace(STICKER, authority=CNAM_CARDS)),
        ("issuer-every-use", "an issuer's id and its key with uses 1, 2 and 3",
         replace(STICKER.with_certified((1,), "fr-msa"), authority=MSA)),
        ("issuer-id-right-key", "an issuer's id, signed by the authority", STICKER.with_certified((1,), "fr-cnam")),
        ("stranger", "signed by a key that is in no trust list", replace(STICKER, authority=STRANGER)),
        ("terminal-key", "signed by the terminal itself", replace(STICKER, authority=PHARMACY_KEY)),
        ("other-authoritys-key", "signed by the other authority's key", replace(STICKER, authority=SECOND, trust=both)),
        ("other-authoritys-id", "the other authority's id, signed by this one",
         replace(STICKER.with_certified((1,), "fr-demarches"), trust=both)),
        ("kid", "a kid of no key", replace(STICKER, at_certificate={"protected": header_kid(derive("review/kid", "kid", 8))})),
        ("in-challenge", "in a challenge: a key that is in no trust list", replace(ASKED, authority=STRANGER)),
    )  # fmt: skip
    for slug, comment, review in rows:
        base = ASKED_ID if slug == "in-challenge" else STICKER_ID
        yield refused(f"certificate-authority/{slug}", ("H3",), comment, review, base=base)
    last = replace(STICKER, now=TRUST_EXP - 1)
    yield accepted("trust-last-second", ("H3", "TRUST-3"), "the last second of the trust list", last, "boundary")
    yield refused(
        "certificate-authority/trust-expired",
        ("H3", "TRUST-3", "TIME-1"),
        "now is exp of the trust list",
        replace(STICKER, now=TRUST_EXP),
        "boundary",
        base="review/accepted/trust-last-second",
    )


def _windows() -> Iterator[Case]:
    """The key's window is held against iat of the certificate."""
    early = STICKER.with_certified((6,), CARDS_NBF)
    yield accepted("key-nbf", ("H3", "TIME-1"), "iat is the key's nbf", early, "boundary")
    yield refused(
        "certificate-authority/before-nbf",
        ("H3", "TIME-1"),
        "iat is a second before the key's nbf",
        STICKER.with_certified((6,), CARDS_NBF - 1),
        "boundary",
        base="review/accepted/key-nbf",
    )
    iat: int = PHARMACY[6]
    ends = replace(STICKER, trust=trust_with(keys=[authority_key(ANS.cose, CARDS_NBF, iat + 1)]))
    yield accepted("key-last-second", ("H3", "TIME-1"), "iat is the last second of the key", ends, "boundary")
    yield refused(
        "certificate-authority/key-at-exp",
        ("H3", "TIME-1"),
        "iat is the key's exp",
        replace(ends, trust=trust_with(keys=[authority_key(ANS.cose, CARDS_NBF, iat)])),
        "boundary",
        "rotation",
        base="review/accepted/key-last-second",
    )
    twice = trust_with(keys=[authority_key(ANS.cose, CARDS_NBF, iat), authority_key(ANS.cose, iat, CARDS_EXP)])
    yield accepted(
        "one-key-twice",
        ("H3", "KEY-1"),
        "a key that stands twice, in its second window",
        replace(STICKER, trust=twice),
        "rotation",
    )
    added = trust_with(keys=[authority_key(SECOND.cose), authority_key(ANS.cose)])
    yield accepted(
        "second-key", ("H3", "H4"), "the second of two keys of the authority", replace(STICKER, trust=added), "rotation"
    )
    yield refused(
        "certificate-authority/key-withdrawn",
        ("H3",),
        "a new trust list no longer has the key",
        replace(STICKER, trust=trust_with(keys=[authority_key(SECOND.cose)])),
        "rotation",
        base="review/accepted/second-key",
    )


def _categories() -> Iterator[Case]:
    """CERT-2."""
    path = (TERMINAL, 3)
    for categories in ([1, 2, 3, 5], [4, 5, 6, 7]):
        slug = "categories-" + "-".join(map(str, categories))
        yield accepted(slug, ("H3", "CERT-2"), f"categories {categories}", STICKER.with_certified(path, categories))
    only = trust_with(categories=[2])
    yield accepted(
        "only-category",
        ("H3", "CERT-2"),
        "the only category that the authority may certify",
        replace(STICKER, trust=only),
        "boundary",
    )
    for slug, categories, trust in (
        ("category-8", [8], trust_with()),
        ("category-8-besides", [2, 8], trust_with()),
        ("category-1-besides", [1, 2], only),
        ("category-3", [3], only),
    ):
        yield refused(
            f"certificate-authority/{slug}",
            ("H3", "CERT-2"),
            f"categories {categories}, of which the authority may not certify one",
            replace(STICKER.with_certified(path, categories), trust=trust),
            base="review/accepted/only-category" if trust == only else STICKER_ID,
        )


def _signatures() -> Iterator[Case]:
    good = certificate(PHARMACY, ANS)
    signature = good.parts[3]
    assert isinstance(signature, bytes)
    s = int.from_bytes(signature[32:], "little")
    later: Claims = {**PHARMACY, 4: PHARMACY[4] + DAY}
    rows: tuple[tuple[str, str, dict[str, Any], str | None], ...] = (
        ("zeros", "64 zero bytes", {"signature": bytes(64)}, None),
        ("bit", "the lowest bit of R turned", {"signature": bytes([signature[0] ^ 1]) + signature[1:]}, None),
        ("s-plus-l", "S + L", {"signature": edwards.signature(signature[:32], s + edwards.L)}, "malleability"),
        ("other-key", "signed by another key under this kid", {"signer": STRANGER}, None),
        ("exp-changed", "exp moved by a day after signing", {"payload": encode(later), "signature": signature}, None),
        ("no-aad", "an empty external_aad", {"aad": b""}, "cross-protocol"),
        ("credential-aad", "signed as a credential", {"aad": aad("credential")}, "cross-protocol"),
        ("challenge-aad", "signed as a challenge", {"aad": aad("challenge")}, "cross-protocol"),
        ("offer-aad", "signed as an enrolment offer", {"aad": aad("enrolment-offer")}, "cross-protocol"),
        (
            "version-aad",
            "signed for vitaletoken/2",
            {"aad": encode(["vitaletoken/2", "terminal-certificate"])},
            "cross-protocol",
        ),
        ("payload-alone", "the payload alone was signed", {"tbs": good.payload}, "cross-protocol"),
    )
    for slug, comment, parts, flag in rows:
        rule = "SIG-1" if slug == "s-plus-l" else "COSE-5"
        flags = [flag] if flag else []
        yield refused(
            f"certificate-signature/{slug}", ("H4", rule), comment, replace(STICKER, at_certificate=parts), *flags
        )
    yield refused(
        "certificate-signature/in-challenge",
        ("H4", "COSE-5"),
        "in a challenge: 64 zero bytes",
        replace(ASKED, at_certificate={"signature": bytes(64)}),
        base=ASKED_ID,
    )
