"""Layer `request`: the sealed number and the commitment to it, step R5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.editing import edit
from vectors.generate.encoder import Tag, Value, Wide, encode
from vectors.generate.enrolled import (
    MSA_NUMBERS,
    NIR_CAMILLE,
    NIR_ELISE,
    NUMBER_CAMILLE,
    NUMBER_ELISE,
    Number,
    number_info,
)
from vectors.generate.fixtures import OFFER, OFFER_ELISE, REQUEST_1, request_claims
from vectors.generate.hpke import AES_128_GCM, AES_256_GCM, X25519Key
from vectors.generate.keys import CODE_1, PHONE_1, derive
from vectors.generate.messages import Request, aad, sha256
from vectors.generate.request_case import request_given, request_ok, request_refused
from vectors.generate.seal_faults import BROKEN, SMALL_ORDER, little

REQUEST, COMMITMENT, SEALED = -65539, 3, 4
RULES = ("R5", "ENROL-3")
NUMBER = NUMBER_CAMILLE
GOOD = NUMBER.sealed(OFFER)
SALT = NUMBER.salt


def with_sealed(sealed: bytes) -> Request:
    """The request with this in place of the sealed number, signed again."""
    return replace(REQUEST_1, claims=edit(REQUEST_1.claims, (REQUEST, SEALED), sealed))


def with_commitment(commitment: bytes) -> Request:
    """The request with another commitment, signed again."""
    return replace(REQUEST_1, claims=edit(REQUEST_1.claims, (REQUEST, COMMITMENT), commitment))


def number_cases() -> Iterator[Case]:
    """What opens, what does not, what is no number inside, what the commitment is not to."""
    yield from _accepted()
    for slug, comment, change in BROKEN:
        sealed = change(GOOD)
        if 49 <= len(sealed) <= 128:
            yield request_refused(f"request-number/{slug}", RULES, comment, with_sealed(sealed))
    for size in (49, 128):
        yield request_refused(
            f"request-number/{size}-zeros", RULES, f"{size} zero bytes", with_sealed(bytes(size)), "boundary", "limit"
        )
    yield from _sealed_otherwise()
    yield from _content()
    yield from _commitment()
    yield from _order()


def _accepted() -> Iterator[Case]:
    for slug, nir, comment in (
        ("corsica-2a", "285032A000001", "a number of Corsica, 2A"),
        ("corsica-2b", "185032B000001", "a number of Corsica, 2B"),
        ("provisional-3", "3850399000001", "a provisional number, which begins with 3"),
        ("provisional-4", "4850399000001", "a provisional number, which begins with 4"),
        ("temporary-7", "7850399000001", "a temporary number, which begins with 7"),
        ("temporary-8", "8850399000001", "a temporary number, which begins with 8"),
    ):
        number = Number(slug, nir)
        request = Request(request_claims(PHONE_1, CODE_1, number), PHONE_1, CODE_1)
        given = request_given(request.encode())
        yield Case(f"request/accepted/{slug}", RULES, comment, given, request_ok(request, number))
    sealing = NUMBER.sealing(OFFER)
    public = sealing.ephemeral.public
    marked = replace(sealing, sent=public[:31] + bytes([public[31] | 128]))
    request = with_sealed(marked.seal(NUMBER.plain))
    yield Case(
        "request/accepted/enc-high-bit",
        RULES,
        "the highest bit of enc is set, by the phone: X25519 ignores it, the key schedule has it",
        request_given(request.encode()),
        request_ok(request, NUMBER),
        flags=("edge-key",),
    )


def _sealed_otherwise() -> Iterator[Case]:
    good, info = NUMBER.sealing(OFFER), number_info(OFFER)
    rows = (
        ("info-empty", "an empty info", replace(good, info=b"")),
        ("info-other-offer", "sealed for another offer", replace(good, info=number_info(OFFER_ELISE))),
        ("info-offer", "the offer in info in place of its digest", replace(good, info=aad("enrolment-number", OFFER))),
        ("info-role", "info of a sealed answer", replace(good, info=aad("sealed-answer", sha256(OFFER)))),
        ("info-no-digest", "info without the offer's digest", replace(good, info=aad("enrolment-number"))),
        ("info-version", "info of vitaletoken/2", replace(good, info=info.replace(b"token/1", b"token/2"))),
        ("aad", "info in aad besides", replace(good, aad=info)),
        ("mode-psk", "the key schedule of mode psk", replace(good, mode=1)),
        ("aes-128", "AES-128-GCM", replace(good, aead=AES_128_GCM)),
        ("aes-256", "AES-256-GCM", replace(good, aead=AES_256_GCM)),
        ("hkdf-sha512", "the id of HKDF-SHA512 in the key schedule", replace(good, kdf=3)),
        ("second-message", "the nonce of a second message", replace(good, sequence=1)),
        ("other-recipient", "sealed to the other issuer", replace(good, recipient=MSA_NUMBERS.public)),
        ("other-enc", "enc is of another ephemeral key",
         replace(good, sent=X25519Key(derive("request/number", "other ephemeral key")).public)),
    )  # fmt: skip
    for slug, comment, sealing in rows:
        flags = ["cross-protocol"] if "other" not in slug else []
        yield request_refused(f"request-number/{slug}", RULES, comment, with_sealed(sealing.seal(NUMBER.plain)), *flags)
    for slug, u in SMALL_ORDER:
        zero = replace(good, sent=little(u), dh=bytes(32)).seal(NUMBER.plain)
        comment = f"enc has small order (u is {slug}), so that the shared value is zero"
        yield request_refused(f"request-number/small-order-{slug}", RULES, comment, with_sealed(zero), "edge-key")
    given = {**request_given(REQUEST_1.encode()), "secret": MSA_NUMBERS.secret.hex()}
    yield Case(
        "request/request-number/other-secret",
        RULES,
        "opened with the other issuer's key",
        given,
        "request-number",
        "request/accepted/suite-1",
    )


def _content() -> Iterator[Case]:
    """What is sealed is not `sealed-number`; the commitment is to the number that a careless reader would find."""
    plain: list[tuple[str, str, Value, str]] = [
        ("map", "a map", {0: NIR_CAMILLE, 1: SALT}, "wrong-type"),
        ("text", "the number alone", NIR_CAMILLE, "wrong-type"),
        ("number-alone", "an array of the number alone", [NIR_CAMILLE], "missing-key"),
        ("third", "a third element", [NIR_CAMILLE, SALT, 0], "unknown-key"),
        ("salt-first", "the salt before the number", [SALT, NIR_CAMILLE], "wrong-type"),
        ("nir-bytes", "the number as a byte string", [NIR_CAMILLE.encode(), SALT], "wrong-type"),
        ("nir-integer", "the number as an integer", [int(NIR_CAMILLE), SALT], "wrong-type"),
        ("salt-text", "the salt as text", [NIR_CAMILLE, "x" * 16], "wrong-type"),
        ("salt-15", "a salt of 15 bytes", [NIR_CAMILLE, SALT[:15]], "range"),
        ("salt-17", "a salt of 17 bytes", [NIR_CAMILLE, SALT + b"\0"], "range"),
        ("salt-empty", "an empty salt", [NIR_CAMILLE, b""], "range"),
        ("tagged", "tagged", Tag(24, [NIR_CAMILLE, SALT]), "non-canonical"),
        ("wide", "the array with a wider head", Wide([NIR_CAMILLE, SALT], 1), "non-canonical"),
    ]
    for slug, nir, comment in (
        ("with-key", NIR_CAMILLE + "63", "15 characters, with its key"),
        ("short", NIR_CAMILLE[:12], "12 characters"),
        ("first-5", "5" + NIR_CAMILLE[1:], "a first digit of no number"),
        ("lower-case", "285032a000001", "2a in lower case"),
        ("spaces", "2 85 03 99 000 001", "groups with spaces"),
        ("line-feed", NIR_CAMILLE + "\n", "a line feed at the end"),
        ("arabic-digit", NIR_CAMILLE[:12] + "١", "a last digit that is not ASCII"),
        ("empty", "", "no character"),
    ):
        plain.append((f"nir-{slug}", f"the number has {comment}", [nir, SALT], "range"))
    for slug, comment, value, flag in plain:
        nir, salt = NIR_CAMILLE, SALT
        if isinstance(value, list) and [type(part) for part in value] == [str, bytes]:
            nir, salt = value  # so that the form alone is at fault
        yield _holding(slug, comment, encode(value), flag, nir, salt)
    yield _holding("trailing", "a byte after the array", NUMBER.plain + b"\0", "non-canonical")
    yield _holding("indefinite", "an array of indefinite length", b"\x9f" + NUMBER.plain[1:] + b"\xff", "non-canonical")
    yield _holding("one-byte", "one byte, that is no array", b"\x00", "boundary")


def _holding(slug: str, comment: str, plain: bytes, flag: str, nir: str = NIR_CAMILLE, salt: bytes = SALT) -> Case:
    """The request commits to this number and salt."""
    request = with_sealed(NUMBER.sealing(OFFER).seal(plain))
    committed = sha256(aad("number", salt, nir))
    request = replace(request, claims=edit(request.claims, (REQUEST, COMMITMENT), committed))
    return request_refused(f"request-number/content-{slug}", RULES, f"what is sealed: {comment}", request, flag)


def _commitment() -> Iterator[Case]:
    for slug, commitment, comment in (
        ("other-number", NUMBER.commitment(NIR_ELISE), "to another number, with this salt"),
        ("other-salt", NUMBER_ELISE.commitment(NIR_CAMILLE), "to this number, with another salt"),
        ("other-person", NUMBER_ELISE.commitment(), "that of another person's request"),
        ("zeros", bytes(32), "32 zero bytes"),
        ("no-salt", sha256(aad("number", NIR_CAMILLE)), "without the salt"),
        ("bare", sha256(encode([SALT, NIR_CAMILLE])), "without protocol and role"),
        ("swapped", sha256(aad("number", NIR_CAMILLE, SALT)), "the number before the salt"),
        ("role", sha256(aad("enrolment", SALT, NIR_CAMILLE)), "of another role"),
        ("sealed", sha256(GOOD), "the digest of the sealed number"),
        ("plain", sha256(NUMBER.plain), "the digest of what is sealed"),
    ):
        request = with_commitment(commitment)
        yield request_refused(f"request-number/commitment-{slug}", RULES, f"the commitment is {comment}", request)
    father = Number("camille", NIR_ELISE)
    yield request_refused(
        "request-number/sealed-other-number",
        RULES,
        "another person's number is sealed, with this salt",
        with_sealed(father.sealed(OFFER)),
    )
    copied = REQUEST_1.claims
    for key, value in ((COMMITMENT, NUMBER_ELISE.commitment()), (SEALED, NUMBER_ELISE.sealed(OFFER_ELISE))):
        copied = edit(copied, (REQUEST, key), value)
    yield request_refused(
        "request-number/copied",
        RULES,
        "sealed number and commitment are copied from the answer to another offer",
        replace(REQUEST_1, claims=copied),
        "cross-protocol",
    )


def _order() -> Iterator[Case]:
    broken = with_sealed(bytes(80))
    rules = (*RULES, "VERIFY-1")
    yield request_refused(
        "request-offer/order-offer-then-number",
        ("R4", *rules[2:]),
        "held against another offer, and the number does not open",
        broken,
        "order",
        answered=OFFER_ELISE,
    )
    yield request_refused(
        "request-signature/order-signature-then-number",
        ("R3", *rules[2:]),
        "a signature of zeros, and the number does not open",
        replace(broken, at_code={"signature": bytes(64)}),
        "order",
    )
