"""Layer `unlock`: section 12.5, steps U1 to U4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case, Json, stage
from vectors.generate.editing import Field, edit, faults
from vectors.generate.encoder import Value, encode
from vectors.generate.envelopes import envelopes
from vectors.generate.fixtures import (
    CAMILLE,
    CARD_CAMILLE,
    CARD_ELISE,
    CARDS_EXP,
    CARDS_NBF,
    END_OF_TIME,
    NOW,
    TRUST,
    Claims,
    issuer_key,
    signed_trust,
    trust_claims,
    trusted,
)
from vectors.generate.keys import ANS, CNAM_CARDS, CNAM_OFFERS, CNAM_STATUS, MSA, STRANGER, Ed25519Key, derive, ed25519
from vectors.generate.lending import CARD_LENT_1
from vectors.generate.messages import Sign1, aad, credential, header_kid, sha256
from vectors.generate.verify_withdrawn import trust_with
from vectors.generate.withdrawals import withdrawals

UNLOCK = -65545
NONCE = derive("fixture/unlock", "nonce", 16)
TRUST_EXP: int = trust_claims()[3]
CARD_MSA = credential({**CAMILLE, 1: "fr-msa"}, MSA).encode()
FIELDS = (Field("iss", (1,)), Field("exp", (4,)), Field("iat", (6,)), Field("nonce", (7,)), Field("digest", (UNLOCK,)))


def unlock_claims(about: bytes = CARD_CAMILLE, issuer: str = "fr-cnam") -> Claims:
    """An unlock, good for an hour."""
    return {1: issuer, 4: NOW + 3540, 6: NOW - 60, 7: NONCE, UNLOCK: sha256(about)}


def unlock(claims: Value, issuer: Ed25519Key = CNAM_OFFERS, about: bytes = CARD_CAMILLE) -> Sign1:
    """Section 12.5."""
    return Sign1(header_kid(issuer.kid), encode(claims), aad("unlock", sha256(about)), issuer)


CLAIMS = unlock_claims()
GOOD = unlock(CLAIMS)


def _given(
    data: bytes, now: int = NOW, trust: bytes = TRUST, about: bytes = CARD_CAMILLE, nonce: bytes = NONCE
) -> dict[str, Json]:
    return {"bytes": data.hex(), "credential": about.hex(), "nonce": nonce.hex(), **trusted(trust), "now": now}


def _accepted(slug: str, rules: tuple[str, ...], comment: str, data: bytes, *flags: str, **inputs: Any) -> Case:
    return Case(f"unlock/accepted/{slug}", rules, comment, _given(data, **inputs), {}, flags=flags)


STEPS = {"unlock-structure": "U1", "unlock-issuer": "U2", "unlock-signature": "U3", "unlock-nonce": "U4"}


def _refused(
    slug: str, comment: str, data: bytes, *flags: str, base: str = "unlock", rules: tuple[str, ...] = (), **inputs: Any
) -> Case:
    code = slug.partition("/")[0]
    given = _given(data, **inputs)
    return Case(f"unlock/{slug}", (STEPS[code], *rules), comment, given, code, f"unlock/accepted/{base}", flags)


def unlock_cases() -> Iterator[Case]:
    """All steps."""
    yield Case(
        "unlock/accepted/unlock",
        ("U1", "U2", "U3", "U4", "CODE-6"),
        "the issuer's answer to the phone's nonce",
        _given(GOOD.encode()),
        {},
        stages={"unlock_claims": stage(CLAIMS), "unlock_sig_structure": {"hex": GOOD.to_be_signed.hex()}},
    )
    msas = unlock(unlock_claims(CARD_MSA, "fr-msa"), MSA, CARD_MSA).encode()
    yield _accepted("second-issuer", ("U2",), "another issuer, its key with all three uses", msas, about=CARD_MSA)
    yield from _form()
    yield from _issuer()
    yield from _signature()
    yield from _nonce()
    yield from _order()


def _form() -> Iterator[Case]:
    for slug, data, rule, comment in envelopes(GOOD):
        yield _refused(f"unlock-structure/form/{slug}", comment, data, rules=(rule,))
    for fault in faults(CLAIMS, FIELDS):
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        data = unlock(fault.claims).encode()
        yield _refused(f"unlock-structure/{fault.slug}", fault.comment, data, fault.flag, rules=(rule,))
    for slug, path, value, comment in (
        ("nonce-empty", (7,), b"", "an empty nonce"),
        ("nonce-8", (7,), bytes(8), "a nonce as short as the cti of a credential"),
        ("nonce-15", (7,), bytes(15), "a nonce of 15 bytes"),
        ("nonce-17", (7,), bytes(17), "a nonce of 17 bytes"),
        ("iss-empty", (1,), "", "an empty iss"),
        ("iss-33", (1,), "x" * 33, "an iss of 33 characters"),
        ("exp-above", (4,), END_OF_TIME + 1, "one above the greatest exp"),
        ("iat-negative", (6,), -1, "iat is -1"),
        ("exp-is-iat", (6,), CLAIMS[4], "exp is iat"),
        ("digest-31", (UNLOCK,), bytes(31), "a digest of 31 bytes"),
        ("digest-33", (UNLOCK,), bytes(33), "a digest of 33 bytes"),
    ):
        data = unlock(edit(CLAIMS, path, value)).encode()
        yield _refused(f"unlock-structure/range/{slug}", comment, data, "range", rules=("CBOR-6",))
    no_kid = replace(GOOD, protected=b"\xa1\x01\x32").encode()
    yield _refused("unlock-structure/header/no-kid", "no kid", no_kid, "missing-key", rules=("COSE-2",))
    short = replace(GOOD, protected=header_kid(CNAM_OFFERS.kid[:7])).encode()
    yield _refused("unlock-structure/header/kid-7", "a kid of 7 bytes", short, "range", rules=("COSE-2",))
    long = unlock({**CLAIMS, 99: bytes(512)}).encode()
    yield _refused("unlock-structure/oversized", "more than 512 bytes", long, "limit", rules=("CBOR-5",))


def _issuer() -> Iterator[Case]:
    code = "unlock-issuer"
    for slug, data, comment in (
        ("use-1", unlock(CLAIMS, CNAM_CARDS), "signed by the issuer's key for credentials"),
        ("use-2", unlock(CLAIMS, CNAM_STATUS), "signed by the issuer's key for status lists"),
        ("other-issuer-key", unlock(CLAIMS, MSA), "signed by the other issuer's key"),
        ("authority", unlock(CLAIMS, ANS), "signed by a terminal authority's key"),
        ("stranger", unlock(CLAIMS, STRANGER), "signed by a key that is not in the trust list"),
        ("unknown", unlock({**CLAIMS, 1: "fr-autre"}), "an issuer that is not in the trust list"),
        ("kid", replace(GOOD, protected=header_kid(derive("unlock/kid", "kid", 8))), "a kid of no key"),
        ("other-iss", unlock({**CLAIMS, 1: "fr-msa"}, MSA), "the other issuer, with its own key: not the card's"),
    ):
        yield _refused(f"{code}/{slug}", comment, data.encode())
    lent = unlock(unlock_claims(CARD_LENT_1), about=CARD_LENT_1).encode()
    yield _refused(f"{code}/lent", "of a card that is lent", lent, about=CARD_LENT_1)
    early, late = {**CLAIMS, 6: CARDS_NBF}, {**CLAIMS, 6: CARDS_EXP - 1, 4: CARDS_EXP + 900}
    rules = ("U2", "TIME-1")
    yield _accepted("key-nbf", rules, "iat is the key's nbf", unlock(early).encode(), "boundary")
    before = unlock({**early, 6: CARDS_NBF - 1}).encode()
    yield _refused(f"{code}/before-nbf", "iat is a second before the key's nbf", before, "boundary", base="key-nbf")
    comment = "iat is a second before the key's exp, in the future: that is not asked"
    yield _accepted("key-last-second", rules, comment, unlock(late).encode(), "boundary")
    after = unlock({**late, 6: CARDS_EXP}).encode()
    yield _refused(f"{code}/key-at-exp", "iat is the key's exp", after, "boundary", base="key-last-second")
    long = unlock({**CLAIMS, 4: TRUST_EXP + 900}).encode()
    comment = "the last second of the trust list"
    yield _accepted("trust-last-second", ("U2", "TRUST-3"), comment, long, "boundary", now=TRUST_EXP - 1)
    yield _refused(
        f"{code}/trust-expired", "now is exp of the trust list", long, "boundary",
        base="trust-last-second", rules=("TRUST-3",), now=TRUST_EXP,
    )  # fmt: skip
    entry: Claims = trust_claims()[6][0][3][3]
    for way in withdrawals(entry, CLAIMS[6]):
        trust, comment = trust_with(list(way.entries), 3), f"of the unlock: {way.comment}"
        slug = f"withdrawn-{way.slug}"
        if way.counts:
            yield _accepted(slug, ("U2", "TRUST-6"), comment, GOOD.encode(), *way.flags, trust=trust)
        else:
            yield _refused(
                f"{code}/{slug}", comment, GOOD.encode(), *way.flags,
                base="withdrawn-kept", rules=("TRUST-6",), trust=trust,
            )  # fmt: skip
    without = [{key: value for key, value in issuer.items() if key != 5} for issuer in trust_claims()[6]]
    no_hpke = signed_trust({**trust_claims(), 6: without})
    comment = "the issuer has no HPKE key: that is not asked"
    yield _accepted("no-hpke-key", ("U2",), comment, GOOD.encode(), trust=no_hpke)
    second = ed25519("fixture/issuer/fr-cnam/offers-second")
    keys = trust_claims()[6][0][3]
    two = signed_trust(dict(edit(trust_claims(), (6, 0, 3), [*keys, issuer_key(second.cose, [3])])))  # type: ignore[arg-type]
    rotated = unlock(CLAIMS, second).encode()
    yield _accepted("second-key", ("U2",), "one of two keys of use 3", rotated, "rotation", trust=two)


def _signature() -> Iterator[Case]:
    code = "unlock-signature"
    signature = GOOD.parts[3]
    assert isinstance(signature, bytes)
    for slug, message, comment in (
        ("zeros", replace(GOOD, signature=bytes(64)), "64 zero bytes"),
        ("bit", replace(GOOD, signature=bytes([signature[0] ^ 1]) + signature[1:]), "the lowest bit of R turned"),
        ("other-key", replace(GOOD, signer=CNAM_CARDS), "signed by the credential key under the kid of the offer key"),
        ("credential-aad", replace(GOOD, aad=aad("credential")), "signed with the external_aad of a credential"),
        ("offer-aad", replace(GOOD, aad=aad("enrolment-offer")), "signed with the external_aad of an offer"),
        ("no-digest-aad", replace(GOOD, aad=aad("unlock")), "signed without the card's digest in external_aad"),
        ("no-aad", replace(GOOD, aad=b""), "signed with an empty external_aad"),
        ("exp-changed", replace(GOOD, payload=encode({**CLAIMS, 4: CLAIMS[4] + 900}), signature=signature),
         "exp moved after signing"),
        ("nonce-changed", replace(unlock({**CLAIMS, 7: bytes(16)}), signature=signature),
         "the nonce exchanged after signing"),
        ("other-card", unlock(unlock_claims(CARD_ELISE), about=CARD_ELISE), "an unlock of the child's card"),
        ("other-digest", unlock(unlock_claims(CARD_ELISE)), "the digest alone is of the child's card"),
        ("other-card-aad", unlock(CLAIMS, about=CARD_ELISE), "external_aad alone is of the child's card"),
    ):  # fmt: skip
        flags = ["cross-protocol"] if "aad" in slug else []
        yield _refused(f"{code}/{slug}", comment, message.encode(), *flags, rules=("COSE-5",))


def _nonce() -> Iterator[Case]:
    code = "unlock-nonce"
    data = GOOD.encode()
    other = derive("unlock/other", "nonce", 16)
    for slug, comment, nonce in (
        ("other", "the phone keeps another nonce", other),
        ("zeros", "the phone's nonce is zeros", bytes(16)),
        ("last-byte", "the last byte is another", NONCE[:15] + bytes([NONCE[15] ^ 1])),
    ):
        yield _refused(f"{code}/{slug}", comment, data, nonce=nonce, rules=("CODE-6",))
    earlier = unlock({**CLAIMS, 7: other}).encode()
    yield _refused(f"{code}/earlier", "the unlock of an earlier lock, used again", earlier, "replay", rules=("CODE-6",))
    yield _accepted("last-second", ("U4", "TIME-1"), "the last second", data, "boundary", now=CLAIMS[4] - 1)
    for slug, comment, now in (("first-second", "now is exp", CLAIMS[4]), ("next-day", "a day later", NOW + 86400)):
        flags = ["boundary" if slug == "first-second" else "clock"]
        yield _refused(f"{code}/{slug}", comment, data, *flags, base="last-second", rules=("TIME-1",), now=now)
    comment = "now is long before iat: that is not asked"
    yield _accepted("before-iat", ("U4",), comment, data, "clock", now=CLAIMS[6] - 3600)


def _order() -> Iterator[Case]:
    for slug, comment, message, inputs in (
        ("unlock-structure/order-then-issuer", "a key that is not listed, and an unknown issuer",
         unlock({**CLAIMS, 1: "fr-autre", 99: 0}), {}),
        ("unlock-issuer/order-then-signature", "an unknown issuer, and a signature of zeros",
         replace(unlock({**CLAIMS, 1: "fr-autre"}), signature=bytes(64)), {}),
        ("unlock-issuer/order-iss-then-digest", "not the card's issuer, and the digest of another card",
         unlock({**CLAIMS, 1: "fr-msa", UNLOCK: bytes(32)}, MSA), {}),
        ("unlock-signature/order-then-nonce", "a signature of zeros, and another nonce",
         replace(GOOD, signature=bytes(64)), {"nonce": bytes(16)}),
        ("unlock-signature/order-digest-then-time", "the digest of another card, and now is exp",
         unlock(unlock_claims(CARD_ELISE)), {"now": CLAIMS[4]}),
    ):  # fmt: skip
        yield _refused(slug, f"two faults: {comment}", message.encode(), "order", rules=("VERIFY-1",), **inputs)
