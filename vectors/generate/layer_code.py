"""Layers `code`, `code-choice` and `code-counter`: section 9."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from vectors.generate.cases import Case, Json
from vectors.generate.encoder import encode
from vectors.generate.fixtures import NOW
from vectors.generate.keys import PHONE_1, PHONE_2, DeviceKey, Ed25519Key, derive

PROFILES = {
    "default": (65536, 3, 1),
    "rfc9106-low-memory": (65536, 3, 4),
    "small-phone": (19456, 2, 1),
    "cheapest": (8, 1, 1),
}


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """RFC 2104."""
    return hmac.new(key, data, hashlib.sha256).digest()


def derivation(code: str, salt: bytes, profile: str, device: DeviceKey, prf_secret: bytes) -> dict[str, Json]:
    """The four formulas of section 9."""
    memory, passes, lanes = PROFILES[profile]
    stretch = Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory)
    s = stretch.derive(code.encode())
    h = hmac_sha256(prf_secret, b"vitaletoken/1 code-prf" + s)
    # HKDF (RFC 5869): extract, then the first block of expand.
    seed = hmac_sha256(hmac_sha256(salt, s + h), b"vitaletoken/1 code-key" + device.thumbprint + b"\x01")
    return {"s": s.hex(), "h": h.hex(), "seed": seed.hex(), "public": Ed25519Key(seed).public.hex()}


# fmt: off
# slug, code, profile, device, comment, flags
DERIVED: tuple[tuple[str, str, str, DeviceKey, str, tuple[str, ...]], ...] = (
    ("default", "472913", "default", PHONE_1, "the profile of phones", ("slow",)),
    ("rfc9106-low-memory", "472913", "rfc9106-low-memory", PHONE_1, "four lanes", ("slow",)),
    ("small-phone", "472913", "small-phone", PHONE_1, "the least that production permits", ("slow",)),
    ("cheapest", "472913", "cheapest", PHONE_1, "the profile of tests", ()),
    ("cheapest-suite-2", "472913", "cheapest", PHONE_2, "the thumbprint of a P-256 key in info", ()),
    ("leading-zeros", "000427", "cheapest", PHONE_1, "the code is text: its zeros count", ()),
    ("weak", "111111", "cheapest", PHONE_1, "what may not be chosen can still be tried", ()),
)

BAD_FORMS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("empty", "", "no digit", ("boundary",)),
    ("five", "47291", "five digits", ("boundary",)),
    ("seven", "4729130", "seven digits", ("boundary",)),
    ("letter", "47291a", "a letter", ()),
    ("space-before", " 72913", "a space in place of the first digit", ()),
    ("space-within", "472 913", "a space between digits", ()),
    ("line-feed", "472913\n", "a line feed after six digits", ("injection",)),
    ("minus", "-72913", "a number, but not six digits", ()),
    ("plus", "+72913", "a number, but not six digits", ()),
    ("underscore", "4_2913", "what some languages read as a number", ()),
    ("arabic-indic", "٤٧٢٩١٣", "digits of another script", ("injection",)),
    ("one-devanagari", "47291३", "one digit of another script", ("injection",)),
    ("full-width", "４７２９１３", "full-width digits", ("injection",)),
    ("superscript", "47291³", "a superscript, which some libraries call a digit", ("injection",)),
    ("zero-byte", "472913\0", "U+0000 after six digits", ("injection",)),
)
# fmt: on


def code_cases() -> Iterator[Case]:
    """The derivation, and the form of a code."""
    for slug, code, profile, device, comment, flags in DERIVED:
        case_id = f"code/derived/{slug}"
        salt, secret = derive(case_id, "salt", 16), derive(case_id, "prf secret")
        yield Case(
            case_id,
            ("C4", "CODE-1"),
            comment,
            _code_input(case_id, code, profile, device),
            derivation(code, salt, profile, device, secret),
            flags=flags,
        )
    base = "code/derived/cheapest"
    salt = derive(base, "salt", 16)
    for slug, comment, changed_salt, changed_secret in (
        (
            "other-salt",
            "the base with another salt",
            derive("code/derived/other-salt", "salt", 16),
            derive(base, "prf secret"),
        ),
        (
            "other-secret",
            "the base with another device secret: another code key",
            salt,
            derive("code/derived/other-secret", "prf secret"),
        ),
    ):
        given = {
            **_code_input(base, "472913", "cheapest", PHONE_1),
            "salt": changed_salt.hex(),
            "prf_secret": changed_secret.hex(),
        }
        yield Case(
            f"code/derived/{slug}",
            ("C4", "CODE-1"),
            comment,
            given,
            derivation("472913", changed_salt, "cheapest", PHONE_1, changed_secret),
        )
    for slug, code, comment, flags in BAD_FORMS:
        yield Case(
            f"code/code-form/{slug}",
            ("C1",),
            comment,
            _code_input(base, code, "cheapest", PHONE_1),
            "code-form",
            base,
            flags,
        )


def _code_input(case_id: str, code: str, profile: str, device: DeviceKey) -> dict[str, Json]:
    return {
        "code": code,
        "salt": derive(case_id, "salt", 16).hex(),
        "profile": profile,
        "device_key": encode(device.cose).hex(),
        "prf_secret": derive(case_id, "prf secret").hex(),
    }


BIRTH = "1984-07-12"
# fmt: off
# slug, code, birth date, comment
CHOSEN: tuple[tuple[str, str, str | None, str], ...] = (
    ("plain", "472913", BIRTH, "no pattern"),
    ("no-birth-date", "120784", None, "a date, but the person's is not known"),
    ("five-equal", "111112", BIRTH, "five equal digits and another"),
    ("five-equal-after", "211111", BIRTH, "another digit and five equal ones"),
    ("run-broken-at-end", "123457", BIRTH, "a run of five, then a step of two"),
    ("run-broken-at-start", "134567", BIRTH, "a step of two, then a run of five"),
    ("run-by-two", "024680", BIRTH, "a run by two"),
    ("up-and-down", "123432", BIRTH, "a run that turns"),
    ("pairs", "121212", BIRTH, "a repeated pair is not in the list"),
    ("birth-yyddmm", "841207", BIRTH, "year, day, month is not in the list"),
    ("birth-day-later", "130784", BIRTH, "the day after the birth date"),
    ("birth-century", "198407", BIRTH, "four digits of the year and the month are not in the list"),
)
# fmt: off
# fmt: on
WEAK: tuple[tuple[str, str, str | None, str, str], ...] = (
    *((f"repeated-{d}", str(d) * 6, BIRTH, "five-equal", "one digit six times") for d in range(10)),
    ("up-from-0", "012345", BIRTH, "run-broken-at-end", "a run up"),
    ("up-from-1", "123456", BIRTH, "run-broken-at-end", "a run up"),
    ("up-to-9", "456789", BIRTH, "run-broken-at-end", "a run up to 9"),
    ("up-through-0", "789012", BIRTH, "run-broken-at-end", "a run up through 9 to 0"),
    ("up-through-0-early", "901234", BIRTH, "run-broken-at-end", "a run up that begins with 9 to 0"),
    ("up-through-0-late", "567890", BIRTH, "run-broken-at-end", "a run up that ends with 9 to 0"),
    ("down-from-9", "987654", BIRTH, "run-broken-at-end", "a run down"),
    ("down-to-0", "543210", BIRTH, "run-broken-at-end", "a run down to 0"),
    ("down-through-9", "210987", BIRTH, "run-broken-at-end", "a run down through 0 to 9"),
    ("birth-ddmmyy", "120784", BIRTH, "no-birth-date", "the birth date as DDMMYY"),
    ("birth-mmddyy", "071284", BIRTH, "plain", "the birth date as MMDDYY"),
    ("birth-yymmdd", "840712", BIRTH, "plain", "the birth date as YYMMDD"),
    ("birth-2000", "010200", "2000-02-01", "plain", "a birth date in 2000, with zeros"),
    ("run-no-birth-date", "123456", None, "no-birth-date", "a run is refused without a birth date too"),
)
# fmt: on


def code_choice_cases() -> Iterator[Case]:
    """CODE-4."""
    for slug, code, birth, comment in CHOSEN:
        yield Case(
            f"code-choice/accepted/{slug}", ("C1", "C2", "CODE-4"), comment, {"code": code, "birth_date": birth}, {}
        )
    for slug, code, birth, base, comment in WEAK:
        given: dict[str, Json] = {"code": code, "birth_date": birth}
        yield Case(
            f"code-choice/code-weak/{slug}",
            ("C2", "CODE-4"),
            comment,
            given,
            "code-weak",
            f"code-choice/accepted/{base}",
        )
    for slug, code, comment, flags in (
        *BAD_FORMS,
        ("form-before-weak", "11111", "five equal digits: the form comes first", ("order",)),
    ):
        given = {"code": code, "birth_date": BIRTH}
        yield Case(
            f"code-choice/code-form/{slug}", ("C1",), comment, given, "code-form", "code-choice/accepted/plain", flags
        )


WAITS = (0, 0, 0, 60, 300, 900, 3600, 14400, 43200, 86400)


def code_counter_cases() -> Iterator[Case]:
    """CODE-2 and CODE-3."""

    def given(failed: int, last_try: int, now: int) -> dict[str, Json]:
        return {"failed": failed, "last_try": last_try, "now": now}

    for failed, wait in enumerate(WAITS):
        slug = f"code-counter/accepted/after-{failed}"
        yield Case(
            slug,
            ("C3", "CODE-2", "CODE-3"),
            f"{failed} failed: {wait} seconds have passed",
            given(failed, NOW - wait, NOW),
            {"failed": failed + 1, "last_try": NOW},
            flags=("boundary", "clock"),
        )
        if wait:
            yield Case(
                f"code-counter/code-delayed/after-{failed}",
                ("C3", "CODE-3"),
                f"{failed} failed: one second short of {wait}",
                given(failed, NOW - wait, NOW - 1),
                "code-delayed",
                slug,
                ("boundary", "clock"),
            )
    yield Case(
        "code-counter/accepted/never-tried",
        ("C3", "CODE-2"),
        "the first try",
        given(0, 0, NOW),
        {"failed": 1, "last_try": NOW},
    )
    for failed in (0, 2):
        yield Case(
            f"code-counter/accepted/clock-back-{failed}",
            ("C3", "CODE-3"),
            f"{failed} failed: no wait is due; the clock was set back, and the time of the last try stays",
            given(failed, NOW, NOW - 1),
            {"failed": failed + 1, "last_try": NOW},
            flags=("boundary", "clock"),
        )
    yield Case(
        "code-counter/code-delayed/clock-back",
        ("C3", "CODE-3"),
        "three failed; the clock was set back by an hour",
        given(3, NOW, NOW - 3600),
        "code-delayed",
        "code-counter/accepted/after-3",
        ("clock",),
    )
    yield Case(
        "code-counter/code-delayed/far-back",
        ("C3", "CODE-3"),
        "the clock was set back to 1970",
        given(3, NOW, 0),
        "code-delayed",
        "code-counter/accepted/after-3",
        ("clock",),
    )
    locked = "code-counter/code-locked"
    yield Case(
        f"{locked}/after-10",
        ("C3", "CODE-3"),
        "ten failed, a year ago",
        given(10, NOW - 365 * 86400, NOW),
        "code-locked",
        "code-counter/accepted/after-9",
        ("boundary",),
    )
    yield Case(
        f"{locked}/just-now",
        ("C3", "VERIFY-1"),
        "ten failed, the last one just now: locked comes before delayed",
        given(10, NOW, NOW),
        "code-locked",
        "code-counter/accepted/after-9",
        ("order",),
    )
