"""Layer `care-sheet`: section 13.4, a co-signed care sheet checked later, with no secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.care_sheet_card import card_cases
from vectors.generate.care_sheet_case import BASE, BASE_2, NO_CODE_ID, Sheet, accepted, refused
from vectors.generate.care_sheet_lent import lent_cases
from vectors.generate.care_sheet_order import order_cases
from vectors.generate.cases import Case
from vectors.generate.encoder import encode
from vectors.generate.fixtures import CARDS_NBF, DAY, NOW, signed_trust, trust_claims
from vectors.generate.keys import (
    ANS,
    CNAM_OFFERS,
    CODE_1,
    HOSPITAL_KEY,
    OTHER_CODE,
    OTHER_PHONE_1,
    PHONE_2,
    derive,
)
from vectors.generate.messages import aad, sha256
from vectors.generate.p256 import high
from vectors.generate.terminal_visit import (
    ANSWER,
    AT_COUNTER,
    BILLING_ANSWER,
    CO_SIGNED,
    answering,
    asked_with,
    challenge_stages,
)
from vectors.generate.terminals import (
    BILLING,
    CAMILLE_BILLING,
    CHALLENGE,
    CO_SIGN,
    ELISE_BILLING,
    IDENTIFY,
    MADE_AT,
    SHEET,
    TERMINAL,
    TRANSACTION,
)
from vectors.generate.visit import CHILD, SUITE_1, SUITE_2, Visit

RULES = ("V7", "V9", "V10", "H6", "K1", "K2")
GOOD = Sheet()


def answered_by(name: str, visit: Visit = SUITE_1, verification: int = 3) -> Sheet:
    """The answer of a card to the challenge with the care sheet."""
    return Sheet(answering(CO_SIGN, name, visit, verification))


SUITE_2_SHEET = answered_by("sheet-suite-2", SUITE_2)
NO_CODE_SHEET = answered_by("sheet-no-code", verification=2)


def care_sheet_cases() -> Iterator[Case]:
    """In the order of the steps."""
    yield from _accepted()
    yield from _moved()
    yield from _presentations()
    yield from _challenges()
    yield from _bound()
    yield from card_cases()
    yield from lent_cases()
    yield from _sheets()
    yield from order_cases(GOOD)


def _accepted() -> Iterator[Case]:
    stages = challenge_stages(CO_SIGNED, "co-signed")
    yield accepted("suite-1", RULES, "a billing view and the code", GOOD, stages=stages)
    yield accepted("suite-2", RULES, "a minimal view, suite 2", SUITE_2_SHEET)
    yield accepted("no-code", RULES, "without code: the user verification is in the answer", NO_CODE_SHEET)
    child = answered_by("sheet-child", replace(CHILD, card=ELISE_BILLING))
    yield accepted("child", RULES, "for a child", child)
    for slug, sheet in (("empty-sheet", b""), ("no-text", bytes(range(256))), ("long", SHEET * 200)):
        transaction = {**TRANSACTION, 1: sha256(sheet)}
        changed = replace(GOOD.with_asked((CHALLENGE, 6), transaction), answered=True, sheet=sheet)
        yield accepted(slug, ("K2",), f"a sheet of {len(sheet)} bytes, whatever they are", changed)
    for slug, amount in (("no-amount", 0), ("greatest-amount", 99999999)):
        changed = replace(GOOD.with_asked((CHALLENGE, 6, 3), amount), answered=True)
        yield accepted(slug, ("K1",), f"an amount of {amount} cents", changed, "boundary")
    unsealed = {key: value for key, value in asked_of(GOOD).items() if key != 5}
    in_open = replace(GOOD.with_asked((CHALLENGE,), unsealed), answered=True)
    yield accepted("no-session-key", ("H6",), "the challenge has no session key; H7 is not asked", in_open)
    for slug, times in (("phone-a-day-slow", -DAY), ("phone-a-day-fast", DAY)):
        visit = CO_SIGNED.at_times(NOW - 10 + times, NOW + 20 + times)
        yield accepted(slug, ("V9",), "the phone's clock does not matter", replace(GOOD, visit=visit), "clock")


def asked_of(sheet: Sheet) -> dict[int, object]:
    """The claim -65541."""
    claims = sheet.asked
    assert isinstance(claims, dict)
    inner = claims[CHALLENGE]
    assert isinstance(inner, dict)
    return inner


def _moved() -> Iterator[Case]:
    """`now` is the challenge's iat, whenever it is checked."""
    ended = signed_trust({**trust_claims(), 3: MADE_AT + 1})
    yield accepted(
        "trust-last-second",
        ("V6", "TRUST-3"),
        "made in the last second of the trust list",
        replace(GOOD, trust=ended),
        "boundary",
        "clock",
    )
    yield refused(
        "trust-list-expired/at-exp",
        ("V6", "TRUST-3", "TIME-1"),
        "made at exp of the trust list",
        replace(GOOD, trust=signed_trust({**trust_claims(), 3: MADE_AT})),
        "boundary",
        "clock",
        base="care-sheet/accepted/trust-last-second",
    )
    last = replace(GOOD.with_certified((4,), MADE_AT + 1), answered=True)
    yield accepted(
        "certificate-last-second", ("H5", "TIME-1"), "made in the certificate's last second", last, "boundary", "clock"
    )
    yield refused(
        "certificate-not-valid/at-exp",
        ("H5", "TIME-1"),
        "made at exp of the certificate",
        replace(GOOD.with_certified((4,), MADE_AT), answered=True),
        "boundary",
        "clock",
        base="care-sheet/accepted/certificate-last-second",
    )
    first = replace(GOOD.with_certified((6,), MADE_AT + 300), answered=True)
    yield accepted(
        "certificate-first-second", ("H5",), "made 300 seconds before the certificate's iat", first, "boundary", "clock"
    )
    yield refused(
        "certificate-not-valid/too-early",
        ("H5",),
        "made 301 seconds before the certificate's iat",
        replace(GOOD.with_certified((6,), MADE_AT + 301), answered=True),
        "boundary",
        "clock",
        base="care-sheet/accepted/certificate-first-second",
    )


def _presentations() -> Iterator[Case]:
    """V2 to V7."""
    rows: tuple[tuple[str, str, str, Sheet], ...] = (
        ("cbor-profile/trailing", "V2", "a byte after the presentation", GOOD.with_visit(bytes_change=lambda data: data + b"\0")),
        ("cbor-profile/empty", "V2", "no presentation", GOOD.with_visit(bytes_change=lambda _: b"")),
        ("cbor-profile/sealed", "V2", "the answer as it was sealed",
         GOOD.with_visit(bytes_change=CO_SIGN.sealing("co-signed").seal)),
        ("cose-structure/byte-string", "V3", "the presentation in a byte string", GOOD.with_visit(bytes_change=encode)),
        ("cose-structure/unprotected", "V3", "an entry in the unprotected header",
         GOOD.with_visit(at_device={"unprotected": {4: b""}})),
        ("claims-structure/unknown-key", "V4", "a claim that is not listed",
         replace(GOOD, visit=CO_SIGNED.with_claims((99,), 0))),
        ("claims-structure/61-seconds", "V4", "61 seconds long", replace(GOOD, visit=CO_SIGNED.at_times(NOW, NOW + 61))),
        ("credential-structure/unknown-key", "V5", "a claim of the card that is not listed",
         replace(GOOD, visit=CO_SIGNED.with_card((99,), 0))),
        ("algorithm-mismatch/esp256", "V5", "the header says ESP256, the device key is Ed25519",
         GOOD.with_visit(at_device={"protected": b"\xa2\x01\x28\x0d" + CO_SIGNED.credential})),
        ("issuer-unknown/iss", "V6", "an issuer that is not in the trust list",
         replace(GOOD, visit=CO_SIGNED.with_card((1,), "fr-autre"))),
        ("issuer-unknown/use-3", "V6", "a card signed by the key for offers", GOOD.with_visit(issuer=CNAM_OFFERS)),
        ("issuer-unknown/authority", "V6", "a card signed by the terminal authority", GOOD.with_visit(issuer=ANS)),
        ("issuer-key-not-valid/before-nbf", "V6", "the card's iat is before the key's nbf",
         replace(GOOD, visit=CO_SIGNED.with_card((6,), CARDS_NBF - 1))),
        ("issuer-signature/zeros", "V7", "64 zero bytes", GOOD.with_visit(at_credential={"signature": bytes(64)})),
    )  # fmt: skip
    for slug, step, comment, sheet in rows:
        yield refused(slug, (step,), comment, sheet)


def _challenges() -> Iterator[Case]:
    """H2 to H6; each presentation answers the challenge as it stands."""
    small = b"\x01" + bytes(31)
    rows: tuple[tuple[str, str, str, Sheet], ...] = (
        ("challenge-structure/unknown-key", "H2", "a claim that is not listed", GOOD.with_asked((99,), 0)),
        ("challenge-structure/lifetime-121", "H2", "a lifetime of 121 seconds", GOOD.with_asked((CHALLENGE, 4), 121)),
        ("challenge-structure/alg-eddsa", "H2", "alg -8", replace(GOOD, at_challenge={"protected": b"\xa1\x01\x27"})),
        ("certificate-structure/unknown-key", "H2", "a claim of the certificate that is not listed",
         GOOD.with_certified((99,), 0)),
        ("certificate-authority/iss", "H3", "an authority that is not in the trust list", GOOD.with_certified((1,), "fr-autre")),
        ("certificate-authority/category-8", "H3", "a category that the authority may not certify",
         GOOD.with_certified((TERMINAL, 3), [8])),
        ("certificate-authority/no-authorities", "H3", "a trust list without terminal authorities",
         replace(GOOD, trust=signed_trust({key: value for key, value in trust_claims().items() if key != 7}))),
        ("certificate-signature/zeros", "H4", "64 zero bytes", replace(GOOD, at_certificate={"signature": bytes(64)})),
        ("certificate-key/identity", "H4", "the terminal key is the identity", GOOD.with_certified((TERMINAL, 1), small)),
        ("challenge-signature/zeros", "H6", "64 zero bytes", replace(GOOD, at_challenge={"signature": bytes(64)})),
        ("challenge-signature/other-terminal", "H6", "signed by another terminal",
         replace(GOOD, at_challenge={"signer": HOSPITAL_KEY})),
        ("session-key/zero", "H6", "a session key of zeros", GOOD.with_asked((CHALLENGE, 5), bytes(32))),
    )  # fmt: skip
    for slug, step, comment, sheet in rows:
        yield refused(slug, (step,), comment, replace(sheet, answered=True))


def _bound() -> Iterator[Case]:
    """K1, V9, V10."""
    open_level = replace(SUITE_1, card=CAMILLE_BILLING)
    without = {key: value for key, value in asked_of(GOOD).items() if key != 6}
    identify = Sheet(ANSWER, asked=IDENTIFY.claims)
    rows: tuple[tuple[str, str, str, Sheet, str], ...] = (
        ("sheet-not-signed/open", "K1", "a presentation at level open", replace(GOOD, visit=open_level), BASE),
        ("sheet-not-signed/audience", "K1", "a presentation at level audience", replace(GOOD, visit=AT_COUNTER), BASE),
        ("sheet-not-signed/no-transaction", "K1", "a challenge without a transaction",
         replace(GOOD.with_asked((CHALLENGE,), without), answered=True), BASE),
        ("sheet-not-signed/identify", "K1", "another challenge, which has none, and its answer", identify, BASE),
        ("context-mismatch/other-challenge", "V9", "the answer to another challenge", replace(GOOD, visit=BILLING_ANSWER), BASE),
        ("context-mismatch/amount", "V9", "the amount was raised after the patient answered",
         GOOD.with_asked((CHALLENGE, 6, 3), 184000), BASE),
        ("context-mismatch/line", "V9", "the line was changed after the patient answered",
         GOOD.with_asked((CHALLENGE, 6, 2), "Autre"), BASE),
        ("context-mismatch/nonce", "V9", "another nonce",
         replace(GOOD, asked=asked_with(CO_SIGN, {}, derive("care-sheet", "nonce", 16)).claims), BASE),
        ("context-mismatch/zeros", "V9", "64 zero bytes", GOOD.with_visit(at_device={"signature": bytes(64)}), BASE),
        ("context-mismatch/other-phone", "V9", "signed by another phone",
         GOOD.with_visit(at_device={"signer": OTHER_PHONE_1}), BASE),
        ("context-mismatch/code-key", "V9", "signed by the code key", GOOD.with_visit(at_device={"signer": CODE_1}), BASE),
        ("context-mismatch/relabelled", "V9", "signed at level open, claimed at level challenge",
         GOOD.with_visit(at_device={"aad": SUITE_1_OPEN}), BASE),
        ("context-mismatch/p256-high-s", "V9", "suite 2: n - s in place of s", _high(), BASE_2),
        ("context-mismatch/no-code-claims", "V9", "without code: the claims were changed after signing", _counted(), NO_CODE_ID),
        ("code-signature/zeros", "V10", "64 zero bytes", GOOD.with_visit(at_code={"signature": bytes(64)}), BASE),
        ("code-signature/wrong-code", "V10", "signed by the key of a wrong code",
         GOOD.with_visit(at_code={"signer": OTHER_CODE}), BASE),
        ("code-signature/other-challenge", "V10", "the code layer is for another challenge",
         GOOD.with_visit(at_code={"aad": answering(BILLING, "co-signed", open_level).presentation.code_layer.aad}), BASE),
    )  # fmt: skip
    for slug, step, comment, sheet, base in rows:
        yield refused(slug, (step,), comment, sheet, base=base)


SUITE_1_OPEN = aad("presentation-device", 1, 0, sha256(CO_SIGNED.credential), None)


def _high() -> Sheet:
    good = PHONE_2.sign(SUITE_2_SHEET.visit.presentation.device_layer.to_be_signed)
    return SUITE_2_SHEET.with_visit(at_device={"signature": high(good)})


def _counted() -> Sheet:
    device = NO_CODE_SHEET.visit.device
    signature = device.sign(NO_CODE_SHEET.visit.presentation.device_layer.to_be_signed)
    changed = NO_CODE_SHEET.visit.with_claims((-65538, 3), 43)
    return Sheet(replace(changed, at_device={"signature": signature}))


def _sheets() -> Iterator[Case]:
    """K2."""
    for slug, comment, sheet in (
        ("other", "another sheet", b"another sheet"),
        ("empty", "an empty sheet", b""),
        ("trailing", "a byte after the sheet", SHEET + b"\n"),
        ("cut", "the last byte is missing", SHEET[:-1]),
        ("bit", "one bit of the sheet turned", SHEET[:-1] + bytes([SHEET[-1] ^ 1])),
        ("crlf", "the sheet with other line ends", SHEET.replace(b"\n", b"\r\n")),
        ("digest", "the digest in place of the sheet", sha256(SHEET)),
    ):
        yield refused(f"sheet-mismatch/{slug}", ("K2",), comment, replace(GOOD, sheet=sheet))
