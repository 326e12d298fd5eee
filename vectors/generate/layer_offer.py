"""Layer `offer`: section 12, steps O1 to O4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case, Json
from vectors.generate.editing import Field, edit, faults
from vectors.generate.encoder import encode
from vectors.generate.envelopes import around
from vectors.generate.fixtures import (
    CARDS_EXP,
    CARDS_NBF,
    END_OF_TIME,
    NOW,
    OFFER,
    TRUST,
    Claims,
    offer_claims,
    signed_trust,
    trust_claims,
    trusted,
)
from vectors.generate.keys import (
    ANS,
    CNAM_CARDS,
    CNAM_OFFERS,
    CNAM_STATUS,
    MSA,
    STRANGER,
    Ed25519Key,
    derive,
)
from vectors.generate.messages import Sign1, aad, header_kid, offer
from vectors.generate.seal_faults import SMALL_ORDER, little

CLAIMS = offer_claims()
OFFER_FIELDS = (Field("iss", (1,)), Field("exp", (4,)), Field("iat", (6,)), Field("nonce", (7,)))
TRUST_EXP: int = trust_claims()[3]


def offer_given(data: bytes, now: int = NOW, trust: bytes = TRUST) -> dict[str, Json]:
    """The input of `offer`."""
    return {"bytes": data.hex(), **trusted(trust), "now": now}


def offer_accepted(
    slug: str,
    rules: tuple[str, ...],
    comment: str,
    message: Sign1,
    *flags: str,
    issuer: str = "fr-cnam",
    now: int = NOW,
) -> Case:
    """An offer that is accepted."""
    return Case(
        f"offer/accepted/{slug}", rules, comment, offer_given(message.encode(), now), {"issuer": issuer}, flags=flags
    )


def offer_refused(
    slug: str,
    rules: tuple[str, ...],
    comment: str,
    data: bytes,
    *flags: str,
    base: str = "offer",
    now: int = NOW,
    trust: bytes = TRUST,
) -> Case:
    """An offer that is not; the code is the first part of `slug`."""
    return Case(
        f"offer/{slug}",
        rules,
        comment,
        offer_given(data, now, trust),
        slug.partition("/")[0],
        f"offer/accepted/{base}",
        flags,
    )


def offer_cases() -> Iterator[Case]:
    """All steps."""
    good = offer(CLAIMS, CNAM_OFFERS)
    assert good.encode() == OFFER
    yield offer_accepted("offer", ("O1", "O2", "O3", "O4"), "good for a quarter of an hour", good)
    yield offer_accepted(
        "second-issuer", ("O2",), "a key with all three uses", offer(offer_claims("fr-msa"), MSA), issuer="fr-msa"
    )
    yield from around("offer", "offer-structure", "O1", good, offer_given(OFFER), "offer/accepted/offer")
    for fault in faults(CLAIMS, OFFER_FIELDS):
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        yield offer_refused(
            f"offer-structure/{fault.slug}",
            ("O1", rule),
            fault.comment,
            offer(fault.claims, CNAM_OFFERS).encode(),
            fault.flag,
        )
    for slug, path, value, comment in (
        ("nonce-15", (7,), bytes(15), "a nonce of 15 bytes"),
        ("nonce-17", (7,), bytes(17), "a nonce of 17 bytes"),
        ("nonce-8", (7,), bytes(8), "a nonce as short as the cti of a credential"),
        ("iss-empty", (1,), "", "an empty iss"),
        ("iss-33", (1,), "x" * 33, "an iss of 33 characters"),
        ("exp-above", (4,), END_OF_TIME + 1, "one above the greatest exp"),
        ("iat-negative", (6,), -1, "iat is -1"),
        ("exp-is-iat", (6,), CLAIMS[4], "exp is iat"),
    ):
        yield offer_refused(
            f"offer-structure/range/{slug}",
            ("O1", "CBOR-6"),
            comment,
            offer(edit(CLAIMS, path, value), CNAM_OFFERS).encode(),
            "range",
        )
    yield offer_accepted(
        "exp-one-second-after",
        ("O1",),
        "exp is one second after iat; now is iat",
        offer({**CLAIMS, 4: CLAIMS[6] + 1}, CNAM_OFFERS),
        "boundary",
        now=CLAIMS[6],
    )
    yield from _offer_issuer(good)
    yield from _offer_numbers()
    yield from _offer_later(good)


def _offer_issuer(good: Sign1) -> Iterator[Case]:
    def by(key: Ed25519Key, claims: Claims = CLAIMS) -> bytes:
        return offer(claims, key).encode()

    for slug, data, comment in (
        ("use-1", by(CNAM_CARDS), "signed by the issuer's key for credentials"),
        ("use-2", by(CNAM_STATUS), "signed by the issuer's key for status lists"),
        ("other-issuer-key", by(MSA), "signed by the other issuer's key"),
        ("authority", by(ANS), "signed by a terminal authority's key"),
        ("stranger", by(STRANGER), "signed by a key that is not in the trust list"),
        ("issuer", by(CNAM_OFFERS, offer_claims("fr-autre")), "an issuer that is not in the trust list"),
        ("other-issuer", by(CNAM_OFFERS, offer_claims("fr-msa")), "the other issuer's id"),
        ("kid", replace(good, protected=header_kid(derive("offer/kid", "kid", 8))).encode(), "a kid of no key"),
    ):
        yield offer_refused(f"offer-issuer/{slug}", ("O2",), comment, data)
    early, late = {**CLAIMS, 6: CARDS_NBF}, {**CLAIMS, 6: CARDS_EXP - 1, 4: CARDS_EXP + 900}
    yield offer_accepted("key-nbf", ("O2", "TIME-1"), "iat is the key's nbf", offer(early, CNAM_OFFERS), "boundary")
    yield offer_refused(
        "offer-issuer/before-nbf",
        ("O2", "TIME-1"),
        "iat is a second before the key's nbf",
        by(CNAM_OFFERS, {**early, 6: CARDS_NBF - 1}),
        "boundary",
        base="key-nbf",
    )
    yield offer_accepted(
        "key-last-second",
        ("O2", "TIME-1"),
        "iat is a second before the key's exp, in the future: that is not asked",
        offer(late, CNAM_OFFERS),
        "boundary",
    )
    yield offer_refused(
        "offer-issuer/key-at-exp",
        ("O2", "TIME-1"),
        "iat is the key's exp",
        by(CNAM_OFFERS, {**late, 6: CARDS_EXP}),
        "boundary",
        base="key-last-second",
    )
    long = offer({**CLAIMS, 4: TRUST_EXP + 900}, CNAM_OFFERS)
    yield offer_accepted(
        "trust-last-second", ("O2", "TRUST-3"), "the last second of the trust list", long, "boundary", now=TRUST_EXP - 1
    )
    yield offer_refused(
        "offer-issuer/trust-expired",
        ("O2", "TRUST-3", "TIME-1"),
        "now is exp of the trust list",
        long.encode(),
        "boundary",
        base="trust-last-second",
        now=TRUST_EXP,
    )


def _offer_numbers() -> Iterator[Case]:
    """An issuer in the trust list to which no number can be sealed."""
    claims = trust_claims()
    without = [{key: value for key, value in issuer.items() if key != 5} for issuer in claims[6]]
    yield offer_refused(
        "offer-issuer/no-hpke-key",
        ("O2", "ENROL-3"),
        "the issuer has no HPKE key; the other one has",
        OFFER,
        "missing-key",
        trust=signed_trust({**claims, 6: [without[0], claims[6][1]]}),
    )
    for slug, u in SMALL_ORDER:
        weak = {**claims[6][0], 5: little(u)}
        yield offer_refused(
            f"offer-issuer/hpke-{slug}",
            ("O2", "SEAL-3"),
            f"the issuer's HPKE key has small order (u is {slug}): a number would be sealed to everybody",
            OFFER,
            "edge-key",
            trust=signed_trust({**claims, 6: [weak, claims[6][1]]}),
        )
    other = signed_trust({**claims, 6: [claims[6][0], without[1]]})
    given = offer_given(OFFER, trust=other)
    yield Case(
        "offer/accepted/other-has-no-hpke-key",
        ("O2", "ENROL-3"),
        "it is the other issuer that has no HPKE key",
        given,
        {"issuer": "fr-cnam"},
    )


def _offer_later(good: Sign1) -> Iterator[Case]:
    signature = good.parts[3]
    assert isinstance(signature, bytes)
    for slug, message, comment in (
        ("bit", replace(good, signature=bytes([signature[0] ^ 1]) + signature[1:]), "the lowest bit of R turned"),
        ("other-key", replace(good, signer=CNAM_CARDS), "signed by the credential key under the kid of the offer key"),
        ("credential-aad", replace(good, aad=aad("credential")), "signed with the external_aad of a credential"),
        ("no-aad", replace(good, aad=b""), "signed with an empty external_aad"),
        (
            "exp-changed",
            replace(good, payload=encode({**CLAIMS, 4: CLAIMS[4] + 900}), signature=signature),
            "exp moved after signing",
        ),
    ):
        yield offer_refused(
            f"offer-signature/{slug}",
            ("O3", "COSE-5"),
            comment,
            message.encode(),
            *(["cross-protocol"] if "aad" in slug else []),
        )
    yield offer_accepted("last-second", ("O4", "TIME-1"), "the last second", good, "boundary", now=CLAIMS[4] - 1)
    yield offer_refused(
        "offer-expired/first-second",
        ("O4", "TIME-1"),
        "now is exp",
        OFFER,
        "boundary",
        base="last-second",
        now=CLAIMS[4],
    )
    yield offer_refused(
        "offer-expired/next-day", ("O4",), "now is a day later", OFFER, "clock", base="last-second", now=NOW + 86400
    )
    yield offer_accepted(
        "before-iat", ("O4",), "now is before iat: that is not asked", good, "clock", now=CLAIMS[6] - 3600
    )
    unknown = offer(offer_claims("fr-autre"), CNAM_OFFERS)
    for slug, code, step, data, now in (
        (
            "structure-then-issuer",
            "offer-structure",
            "O1",
            offer({**offer_claims("fr-autre"), 99: 0}, CNAM_OFFERS).encode(),
            NOW,
        ),
        ("issuer-then-signature", "offer-issuer", "O2", replace(unknown, signature=bytes(64)).encode(), NOW),
        ("signature-then-time", "offer-signature", "O3", replace(good, signature=bytes(64)).encode(), CLAIMS[4]),
    ):
        yield offer_refused(
            f"{code}/order-{slug}", (step, "VERIFY-1"), f"two faults: {slug.replace('-', ' ')}", data, "order", now=now
        )
