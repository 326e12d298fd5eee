"""Layer `verify`, steps V6 and V7."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate import edwards
from vectors.generate.cases import Case
from vectors.generate.editing import edit
from vectors.generate.encoder import encode
from vectors.generate.expectations import result
from vectors.generate.fixtures import (
    BEFORE_EXP,
    BEFORE_NBF,
    CAMILLE,
    CARDS_EXP,
    CARDS_NBF,
    DAY,
    NOW,
    STATUS_MSA,
    Claims,
    camille,
    card_claims,
    issuer_key,
    signed_trust,
    trust_claims,
)
from vectors.generate.keys import (
    ANS,
    CNAM_CARDS,
    CNAM_CARDS_BEFORE,
    CNAM_OFFERS,
    CNAM_STATUS,
    MSA,
    PHONE_1,
    STRANGER,
    derive,
    ed25519,
)
from vectors.generate.messages import aad, credential, header_kid, sha256
from vectors.generate.visit import SUITE_1, Visit, accepted, refused

TRUST_EXP: int = trust_claims()[3]


def issuer_cases() -> Iterator[Case]:
    until = replace(SUITE_1, trust=signed_trust({**trust_claims(), 3: NOW + 1}))
    yield accepted(
        "trust-list-last-second",
        ("V6", "TRUST-3", "TIME-1"),
        "the last second of the trust list",
        until,
        result(),
        "boundary",
    )
    for slug, exp in (("first-second", NOW), ("a-day-late", NOW - DAY)):
        yield refused(
            f"trust-list-expired/{slug}",
            ("V6", "TRUST-3", "TIME-1"),
            f"the trust list expired {NOW - exp} seconds ago",
            replace(SUITE_1, trust=signed_trust({**trust_claims(), 3: exp})),
            "boundary",
            base="verify/accepted/trust-list-last-second",
        )
    yield accepted(
        "trust-list-of-the-future",
        ("V6",),
        "the trust list's iat is an hour ahead: that is not asked",
        replace(SUITE_1, trust=signed_trust({**trust_claims(), 2: NOW + 3600})),
        result(),
        "clock",
    )
    for slug, comment, visit in (
        ("iss", "an issuer that is not in the trust list", SUITE_1.with_card((1,), "fr-autre")),
        ("iss-other", "the id of the other issuer, signed by the right one's key", SUITE_1.with_card((1,), "fr-msa")),
        ("iss-prefix", "the beginning of an id", SUITE_1.with_card((1,), "fr-cna")),
        ("key-of-other-issuer", "the other issuer's key", replace(SUITE_1, issuer=MSA)),
        ("use-2", "the issuer's key for status lists", replace(SUITE_1, issuer=CNAM_STATUS)),
        ("use-3", "the issuer's key for offers", replace(SUITE_1, issuer=CNAM_OFFERS)),
        ("authority", "the key of a terminal authority", replace(SUITE_1, issuer=ANS)),
        ("authority-iss", "id and key of a terminal authority", replace(SUITE_1.with_card((1,), "fr-ans"), issuer=ANS)),
        ("stranger", "a key that is in no trust list", replace(SUITE_1, issuer=STRANGER)),
        (
            "kid",
            "a kid of no key over the right key's signature",
            replace(SUITE_1, at_credential={"protected": header_kid(derive("verify/issuer-unknown/kid", "kid", 8))}),
        ),
        ("device-key", "a card that the phone certified for itself", replace(SUITE_1, issuer=PHONE_1)),
    ):
        yield refused(
            f"issuer-unknown/{slug}", ("V6",), comment, visit, *(["cross-protocol"] if slug.startswith("use") else [])
        )
    second = Visit(card=card_claims(camille(), PHONE_1, "fr-msa"), issuer=MSA, status=(STATUS_MSA,))
    yield accepted(
        "second-issuer",
        ("V6", "V13"),
        "a card of the other issuer, whose key has all three uses",
        second,
        result(card_of(second)),
    )


def card_of(visit: Visit) -> Claims:
    assert isinstance(visit.card, dict)
    return visit.card


def rotation_cases() -> Iterator[Case]:
    """Two keys of one issuer, their windows, and the second on which each begins and ends."""
    slug = "issuer-key-not-valid"
    for name, key, nbf, exp in (
        ("now", CNAM_CARDS, CARDS_NBF, CARDS_EXP),
        ("before", CNAM_CARDS_BEFORE, BEFORE_NBF, BEFORE_EXP),
    ):
        first = replace(SUITE_1.with_card((6,), nbf), issuer=key)
        last = replace(SUITE_1.with_card((6,), exp - 1), issuer=key)
        yield accepted(
            f"key-{name}-nbf",
            ("V6", "TIME-1"),
            "the credential's iat is the key's nbf",
            first,
            result(),
            "boundary",
            "rotation",
        )
        yield refused(
            f"{slug}/{name}-before-nbf",
            ("V6", "TIME-1"),
            "the credential's iat is a second before the key's nbf",
            first.with_card((6,), nbf - 1),
            "boundary",
            "rotation",
            base=f"verify/accepted/key-{name}-nbf",
        )
        if exp <= NOW:
            yield accepted(
                f"key-{name}-last-second",
                ("V6", "TIME-1"),
                "the credential's iat is a second before the key's exp; now is long after it",
                last,
                result(),
                "boundary",
                "rotation",
            )
            yield refused(
                f"{slug}/{name}-at-exp",
                ("V6", "TIME-1"),
                "the credential's iat is the key's exp",
                last.with_card((6,), exp),
                "boundary",
                "rotation",
                base=f"verify/accepted/key-{name}-last-second",
            )
    yield refused(
        f"{slug}/old-key-new-card",
        ("V6",),
        "a card of today under the key that was withdrawn from use",
        replace(SUITE_1, issuer=CNAM_CARDS_BEFORE),
        "rotation",
    )
    other = ed25519("fixture/issuer/fr-cnam/second")
    keys = [*trust_claims()[6][0][3], issuer_key(other.cose, [1], CARDS_EXP, CARDS_EXP + DAY)]
    both = signed_trust(edit(trust_claims(), (6, 0, 3), [*keys, issuer_key(other.cose, [1, 2])]))
    yield accepted(
        "one-key-twice",
        ("V6", "KEY-1"),
        "a key stands twice, one entry out of its window: every match is tried",
        replace(SUITE_1, issuer=other, trust=both),
        result(),
        "rotation",
    )
    early = signed_trust(edit(trust_claims(), (6, 0, 3), keys))
    yield refused(
        f"{slug}/not-yet",
        ("V6", "KEY-1"),
        "the same without the entry that is in its window",
        replace(SUITE_1, issuer=other, trust=early),
        "rotation",
        base="verify/accepted/one-key-twice",
    )
    shared = signed_trust(edit(trust_claims(), (6, 1, 3), [issuer_key(CNAM_CARDS.cose, [1])]))
    yield accepted(
        "key-of-two-issuers",
        ("V6", "KEY-1"),
        "the other issuer has the same key: the card is of the issuer that iss names",
        replace(SUITE_1, trust=shared),
        result(),
    )


def issuer_signature_cases() -> Iterator[Case]:
    good = credential(CAMILLE, CNAM_CARDS)
    signature = CNAM_CARDS.sign(good.to_be_signed)
    s = int.from_bytes(signature[32:], "little")
    changed = encode(edit(CAMILLE, (4,), CAMILLE[4] + 1))
    for slug, comment, at_credential, flag in (
        ("bit-of-r", "the lowest bit of R turned", {"signature": bytes([signature[0] ^ 1]) + signature[1:]}, None),
        (
            "bit-of-s",
            "the lowest bit of S turned",
            {"signature": signature[:32] + bytes([signature[32] ^ 1]) + signature[33:]},
            None,
        ),
        ("zeros", "64 zero bytes", {"signature": bytes(64)}, None),
        ("s-plus-l", "S + L", {"signature": edwards.signature(signature[:32], s + edwards.L)}, "malleability"),
        ("exp-changed", "exp moved by a second after signing", {"payload": changed, "signature": signature}, None),
        ("other-key", "signed by another key under this kid", {"signer": STRANGER}, None),
        ("key-before", "signed by the issuer's earlier key under this kid", {"signer": CNAM_CARDS_BEFORE}, "rotation"),
        ("no-aad", "signed with an empty external_aad", {"aad": b""}, "cross-protocol"),
        ("offer-aad", "signed as an enrolment offer", {"aad": aad("enrolment-offer")}, "cross-protocol"),
        ("trust-list-aad", "signed as a trust list", {"aad": aad("trust-list")}, "cross-protocol"),
        ("device-aad", "signed as the device layer", {"aad": aad("presentation-device")}, "cross-protocol"),
        (
            "next-version-aad",
            "signed for vitaletoken/2",
            {"aad": encode(["vitaletoken/2", "credential"])},
            "cross-protocol",
        ),
        (
            "context-signature",
            'the context "Signature" of COSE_Sign',
            {"tbs": encode(["Signature", good.protected, good.aad, good.payload])},
            "cross-protocol",
        ),
        (
            "five-element-structure",
            "a Sig_structure with sign_protected, as in COSE_Sign",
            {"tbs": encode(["Signature", good.protected, b"", good.aad, good.payload])},
            "cross-protocol",
        ),
        ("payload-alone", "the payload alone was signed", {"tbs": good.payload}, "cross-protocol"),
        (
            "payload-digest",
            "the digest of the Sig_structure was signed",
            {"tbs": sha256(good.to_be_signed)},
            "cross-protocol",
        ),
    ):
        yield refused(
            f"issuer-signature/{slug}",
            ("V7", "COSE-5"),
            comment,
            replace(SUITE_1, at_credential=at_credential),
            *([flag] if flag else []),
        )
