"""Layer `grant`: the card that comes with a grant, steps V5 to V7 of G2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.editing import edit
from vectors.generate.fixtures import CAMILLE, CARD_IAT, CARDS_NBF, NOW, signed_trust, trust_claims, trusted
from vectors.generate.grant_case import LAYER, given, ok
from vectors.generate.keys import CNAM_CARDS, CNAM_CARDS_BEFORE, CNAM_OFFERS, STRANGER, Ed25519Key
from vectors.generate.lending import GRANT_1, grant
from vectors.generate.messages import aad, credential
from vectors.generate.verify_withdrawn import ENTRY, trust_with
from vectors.generate.withdrawals import withdrawals


def _card(path: tuple[Any, ...] = (), value: Any = None, issuer: Ed25519Key = CNAM_CARDS, **parts: Any) -> bytes:
    claims = edit(CAMILLE, path, value) if path else CAMILLE
    return replace(credential(claims, issuer), **parts).encode()


def card_cases() -> Iterator[Case]:
    """The grant itself is good, and of this card."""
    for slug, rule, comment, card in (
        ("credential-structure/unknown-key", "CBOR-6", "a claim that is not listed", _card((99,), 0)),
        ("credential-structure/nothing", "CBOR-1", "no byte", b""),
        (
            "credential-structure/alg-eddsa",
            "COSE-2",
            "alg -8",
            _card(protected=b"\xa2\x01\x27\x04\x48" + CNAM_CARDS.kid),
        ),
        ("credential-structure/trailing", "CBOR-1", "a byte after it", _card() + b"\0"),
        ("issuer-unknown/iss", "V6", "an issuer that is not in the trust list", _card((1,), "fr-autre")),
        ("issuer-unknown/use-3", "V6", "signed by the key for offers", _card(issuer=CNAM_OFFERS)),
        ("issuer-unknown/stranger", "V6", "signed by a key of nobody", _card(issuer=STRANGER)),
        ("issuer-key-not-valid/old-key", "V6", "signed by the key before", _card(issuer=CNAM_CARDS_BEFORE)),
        ("issuer-key-not-valid/before-nbf", "V6", "iat is a second before the key's nbf", _card((6,), CARDS_NBF - 1)),
        ("issuer-signature/zeros", "V7", "64 zero bytes", _card(signature=bytes(64))),
        ("issuer-signature/other-key", "V7", "signed by another key under this kid", _card(signer=STRANGER)),
        ("issuer-signature/offer-aad", "V7", "signed as an offer", _card(aad=aad("enrolment-offer"))),
    ):
        message = grant(GRANT_1.claims, card)
        text = given(message.encode(), card)["text"]
        yield LAYER.refused(slug, f"the card: {comment}", message, rules=(rule, "G2"), inputs={"text": text})
    expiring = trust_claims()[3]
    long = GRANT_1.having((6,), expiring - 10).having((4,), expiring + 10)
    comment = "the last second of the trust list"
    yield LAYER.accepted(
        "trust-last-second",
        comment,
        long,
        ok(long),
        "boundary",
        rules=("V6", "G2", "TRUST-3"),
        inputs={"now": expiring - 1},
    )
    yield LAYER.refused(
        "trust-list-expired/first-second", "now is exp of the trust list", long, "boundary",
        rules=("G2", "TRUST-3"), base="trust-last-second", inputs={"now": expiring},
    )  # fmt: skip
    for way in withdrawals(ENTRY, CARD_IAT):
        inputs = trusted(trust_with(way.entries))
        comment = f"of the card: {way.comment}"
        slug = f"withdrawn-{way.slug}"
        if way.counts:
            yield LAYER.accepted(
                slug, comment, GRANT_1, ok(GRANT_1), *way.flags, rules=("V6", "G2", "TRUST-6"), inputs=inputs
            )
        else:
            yield LAYER.refused(
                f"issuer-key-withdrawn/{slug}", comment, GRANT_1, *way.flags,
                rules=("G2", "TRUST-6"), base="withdrawn-kept", inputs=inputs,
            )  # fmt: skip
    ahead = trusted(signed_trust({**trust_claims(), 2: NOW + 86400}))
    comment = "the trust list is of tomorrow: a phone has no time floor"
    yield LAYER.accepted("no-floor", comment, GRANT_1, ok(GRANT_1), "clock", rules=("G2", "TIME-4"), inputs=ahead)
