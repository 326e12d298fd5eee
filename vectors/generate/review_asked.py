"""Layer `review`, steps H6 and H7, and the warnings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate import edwards
from vectors.generate.cases import Case, Json, stage
from vectors.generate.encoder import Value, encode
from vectors.generate.expectations import PURPOSES
from vectors.generate.fixtures import NOW
from vectors.generate.hpke import X25519Key
from vectors.generate.keys import ANS, HOSPITAL_KEY, PHARMACY_KEY, STRANGER
from vectors.generate.messages import aad, challenge
from vectors.generate.review_case import ASKED, ASKED_ID, BILLED, BILLING_ID, Review, accepted, refused
from vectors.generate.seal_faults import SMALL_ORDER, little
from vectors.generate.terminals import (
    CHALLENGE,
    CO_SIGN,
    HOSPITAL,
    IDENTIFY,
    IN_THE_OPEN,
    MADE_AT,
    TERMINAL,
    session_key,
)

BILLING_VIEW = ("billing-view",)


def asked_cases() -> Iterator[Case]:
    """Accepted challenges, then H6, H7."""
    yield from _accepted()
    yield from _clocks()
    yield from _signatures()
    yield from _session_keys()
    yield from _billing()


def _accepted() -> Iterator[Case]:
    identify: Any = IDENTIFY.claims
    signed = challenge(identify, PHARMACY_KEY)
    stages: dict[str, Json] = {
        "challenge_claims": stage(identify),
        "challenge_sig_structure": {"hex": signed.to_be_signed.hex()},
        "challenge": {"hex": signed.encode().hex()},
    }
    rules = ("H1", "H2", "H3", "H4", "H5", "H6", "H7", "CHAL-4")
    yield accepted("challenge", rules, "a pharmacy asks for identification", ASKED, stages=stages)
    yield accepted("billing", rules, "a pharmacy asks for the billing view", BILLED, warnings=BILLING_VIEW)
    for slug, claims, comment, warnings in (
        ("not-sealed", IN_THE_OPEN.claims, "a challenge without a session key", ("not-sealed",)),
        ("co-sign", CO_SIGN.claims, "a challenge with a care sheet to co-sign", BILLING_VIEW),
    ):
        yield accepted(slug, rules, comment, replace(ASKED, asked=claims), warnings=warnings)
    for number, purpose in enumerate(PURPOSES[1:], 2):
        review = ASKED.with_asked((CHALLENGE, 2), [number])
        yield accepted(f"purpose-{purpose}", ("H7", "CHAL-4"), f"the purpose {purpose}", review)
    hospital = replace(ASKED, certified=HOSPITAL, terminal=HOSPITAL_KEY)
    yield accepted("challenge-hospital", rules, "a hospital asks", hospital)


def _clocks() -> Iterator[Case]:
    """The phone's clock and the challenge's iat."""
    for slug, ahead, warned in (
        ("300-ahead", 300, False),
        ("301-ahead", 301, True),
        ("300-behind", -300, False),
        ("301-behind", -301, True),
        ("a-day-behind", -86400, True),
        ("same", 0, False),
    ):
        yield accepted(
            f"clock/{slug}",
            ("CHAL-4",),
            f"the challenge's iat is {ahead} seconds after now",
            ASKED.with_asked((6,), NOW + ahead),
            "clock",
            *(["boundary"] if slug[0] == "3" else []),
            warnings=("clock-differs",) if warned else (),
        )
    yield accepted(
        "clock/challenge-of-long-ago",
        ("CHAL-4",),
        "a challenge of 1970: a warning, no refusal",
        ASKED.with_asked((6,), 0),
        "clock",
        warnings=("clock-differs",),
    )
    open_asked: Value = IN_THE_OPEN.claims
    late = replace(ASKED, asked=open_asked).with_asked((6,), MADE_AT - 1000)
    yield accepted(
        "warnings/two", ("CHAL-4",), "two warnings, in order", late, "clock", warnings=("clock-differs", "not-sealed")
    )
    yield accepted(
        "warnings/clock-and-billing",
        ("CHAL-4",),
        "two others, in order",
        BILLED.with_asked((6,), MADE_AT - 1000),
        "clock",
        warnings=("clock-differs", "billing-view"),
    )


def _signatures() -> Iterator[Case]:
    identify: Any = IDENTIFY.claims
    good = challenge(identify, PHARMACY_KEY)
    signature = good.parts[3]
    assert isinstance(signature, bytes)
    s = int.from_bytes(signature[32:], "little")
    longer = encode({**identify, CHALLENGE: {**identify[CHALLENGE], 4: 120}})
    rows: tuple[tuple[str, str, dict[str, Any], str | None], ...] = (
        ("zeros", "64 zero bytes", {"signature": bytes(64)}, None),
        (
            "bit",
            "the lowest bit of S turned",
            {"signature": signature[:32] + bytes([signature[32] ^ 1]) + signature[33:]},
            None,
        ),
        ("s-plus-l", "S + L", {"signature": edwards.signature(signature[:32], s + edwards.L)}, "malleability"),
        ("stranger", "signed by a key that is in no certificate", {"signer": STRANGER}, None),
        ("other-terminal", "signed by another terminal", {"signer": HOSPITAL_KEY}, None),
        ("authority", "signed by the authority", {"signer": ANS}, None),
        ("lifetime-changed", "the lifetime changed after signing", {"payload": longer, "signature": signature}, None),
        ("no-aad", "an empty external_aad", {"aad": b""}, "cross-protocol"),
        ("certificate-aad", "signed as a certificate", {"aad": aad("terminal-certificate")}, "cross-protocol"),
        ("sealed-aad", "signed as the info of a sealed answer", {"aad": aad("sealed-answer")}, "cross-protocol"),
        ("version-aad", "signed for vitaletoken/2", {"aad": encode(["vitaletoken/2", "challenge"])}, "cross-protocol"),
        ("payload-alone", "the payload alone was signed", {"tbs": good.payload}, "cross-protocol"),
    )
    for slug, comment, parts, flag in rows:
        rule = "SIG-1" if slug == "s-plus-l" else "COSE-5"
        flags = [flag] if flag else []
        yield refused(
            f"challenge-signature/{slug}",
            ("H6", rule),
            comment,
            replace(ASKED, at_challenge=parts),
            *flags,
            base=ASKED_ID,
        )
    stolen = replace(ASKED, certified=HOSPITAL)
    yield refused(
        "challenge-signature/other-certificate",
        ("H6", "COSE-5"),
        "the pharmacy's terminal shows the hospital's certificate",
        stolen,
        base=ASKED_ID,
    )


def _session_keys() -> Iterator[Case]:
    """SEAL-3; bits that X25519 does not look at are no matter."""
    for slug, u in SMALL_ORDER:
        for high in (0, 1):
            if high and slug not in {"zero", "one", "order-8"}:
                continue
            key = little(u | high << 255)
            yield refused(
                f"session-key/{slug}{'-high-bit' if high else ''}",
                ("H6", "SEAL-3"),
                f"a session key of small order: u is {slug}{', with the highest bit set' if high else ''}",
                ASKED.with_asked((CHALLENGE, 5), key),
                "edge-key",
                base=ASKED_ID,
            )
    yield refused(
        "session-key/billing",
        ("H6", "SEAL-3"),
        "the billing view is asked for, to be sealed to zero",
        BILLED.with_asked((CHALLENGE, 5), bytes(32)),
        "edge-key",
        base=BILLING_ID,
    )
    public = session_key("identify").public
    for slug, key, comment in (
        ("high-bit", public[:31] + bytes([public[31] | 128]), "the highest bit is set, which X25519 ignores"),
        ("not-canonical", little(2**255 - 19 + 9), "u is p + 9, which X25519 takes for 9"),
        ("on-the-twist", little(2), "u is on the twist of the curve"),
    ):
        review = ASKED.with_asked((CHALLENGE, 5), key)
        X25519Key(bytes(range(32))).shared(key)
        yield accepted(f"session-key/{slug}", ("H6", "SEAL-3"), comment, review, "edge-key")


def _billing() -> Iterator[Case]:
    rules = ("H7", "BILL-1", "CHAL-4")
    for categories in ([1], [3], [4], [5], [6], [6, 7], [1, 2, 3, 7]):
        slug = "billing-category-" + "-".join(map(str, categories))
        yield accepted(
            slug,
            rules,
            f"the billing view for categories {categories}",
            BILLED.with_certified((TERMINAL, 3), categories),
            *(["boundary"] if categories in ([1], [6]) else []),
            warnings=BILLING_VIEW,
        )
    rows: tuple[tuple[str, str, Review], ...] = (
        ("category-7", "a public desk asks for the billing view", BILLED.with_certified((TERMINAL, 3), [7])),
        ("no-session-key", "the billing view is asked for without a session key", _without_key(BILLED)),
        ("neither", "a public desk asks for the billing view without a session key",
         _without_key(BILLED.with_certified((TERMINAL, 3), [7]))),
        ("purpose-billing", "the same for the one purpose that is billing", _without_key(BILLED.with_asked((CHALLENGE, 2), [2]))),
    )  # fmt: skip
    for slug, comment, review in rows:
        yield refused(
            f"billing-refused/{slug}",
            rules,
            comment,
            review,
            *(["boundary"] if slug == "category-7" else []),
            base=BILLING_ID,
        )
    yield accepted(
        "minimal-for-billing",
        rules,
        "a public desk asks for the minimal view, for the purpose of billing: the view is what counts",
        ASKED.with_certified((TERMINAL, 3), [7]).with_asked((CHALLENGE, 2), [2]),
    )


def _without_key(review: Review) -> Review:
    claims: Any = review.asked
    asked = {key: value for key, value in claims[CHALLENGE].items() if key != 5}
    return replace(review, asked={**claims, CHALLENGE: asked})
