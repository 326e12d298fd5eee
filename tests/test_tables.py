"""The specification's tables and numbers, read from its text and compared with the code, so that neither can drift.

Nothing here is about behaviour: that a table's rows do what they say is for the other tests and the vectors.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path

import pytest

from vitaletoken import (
    Argon2Profile,
    Category,
    Code,
    Malformed,
    Policy,
    Purpose,
    Reason,
    Rejected,
    TerminalWarning,
    Untrusted,
    UsageError,
    View,
)
from vitaletoken.crypto import labels, mldsa, pin, sealing, signing
from vitaletoken.errors import CATALOGUE
from vitaletoken.rules import code as code_rules
from vitaletoken.rules import context, floor, policy, status
from vitaletoken.rules import delta as delta_rules
from vitaletoken.rules.steps import STEPS
from vitaletoken.rules.terminal import CLOCK_DIFFERENCE
from vitaletoken.wire import (
    cbor,
    certificate,
    challenge,
    cose,
    credential,
    delta,
    enrolment,
    fields,
    nir,
    presentation,
    registry,
    snapshot,
    status_list,
    text,
    trust_list,
)
from vitaletoken.wire.registry import Algorithm, Binding, Environment, KeyUse, Sex, Status, UserVerification, label

SPEC_DIRECTORY = Path(__file__).resolve().parent.parent / "spec"
SPEC = (SPEC_DIRECTORY / "vitaletoken.md").read_text(encoding="utf-8")
CDDL = (SPEC_DIRECTORY / "vitaletoken.cddl").read_text(encoding="utf-8")
CLASSES = {"malformed": Malformed, "untrusted": Untrusted, "rejected": Rejected}
TABLES = (
    "verify",
    "code",
    "trust",
    "status",
    "snapshot",
    "delta",
    "enrolment",
    "application",
    "renewal",
    "unlock",
    "terminal",
    "care-sheet",
    "introduction",
    "order",
    "grant",
)

Row = tuple[str, ...]


def table_after(marker: str, document: str = SPEC) -> list[Row]:
    """The rows, without head and rule, of the first markdown table after ``marker``; code marks taken off."""
    assert document.count(marker) == 1, f"{marker!r} should be in the specification once"
    lines = document.split(marker)[1].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append(tuple(cell.strip().strip("`") for cell in line.strip("|").split("|")))
    assert set("".join(rows[1])) <= {"-", ":"}
    assert len({len(row) for row in rows}) == 1
    return rows[2:]


def number(digits: str) -> int:
    return int(digits.replace(",", ""))


def said(pattern: str, document: str = SPEC) -> tuple[str, ...]:
    """The groups of the one place where the specification says ``pattern``; line breaks count as spaces."""
    found = re.findall(pattern, " ".join(document.split()))
    assert len(found) == 1, f"{pattern!r} found {len(found)} times"
    return (found[0],) if isinstance(found[0], str) else tuple(found[0])


# --- steps

ALL_ROWS = [row for table in TABLES for row in table_after(f"<!-- steps:{table} -->")]
#: Those that bring a code; G2 has only those of other steps.
ROWS = [row for row in ALL_ROWS if row[1] != "–"]


def test_every_table_of_steps_is_read() -> None:
    assert re.findall(r"<!-- steps:([\w-]+) -->", SPEC) == list(TABLES)


def test_a_row_without_a_code_of_its_own_names_the_steps_whose_codes_it_has() -> None:
    (row,) = [row for row in ALL_ROWS if row not in ROWS]
    assert row[:4] == ("G2 card", "–", "–", "–")
    named = re.findall(r"\b[A-Z]\d+\b", row[4])
    assert named == ["V5", "V6", "V7", "V8"]
    assert set(named) <= {entry.step for entry in CATALOGUE.values()}


def test_the_catalogue_has_the_codes_of_the_tables_in_their_order() -> None:
    codes = [row[1] for row in ROWS]
    assert len(set(codes)) == len(codes)
    assert codes == [code.value for code in Code] == [code.value for code in CATALOGUE]


@pytest.mark.parametrize("row", ROWS, ids=[row[1] for row in ROWS])
def test_each_row_is_as_in_the_catalogue(row: Row) -> None:
    step, code, kind, advice, _ = row
    entry = CATALOGUE[Code(code)]
    assert (entry.step, entry.kind, entry.advice.value) == (step.split()[0], CLASSES[kind], advice)


def test_the_steps_of_verification_are_in_order() -> None:
    listed: dict[str, list[str]] = {}
    for row in table_after("<!-- steps:verify -->"):
        listed.setdefault(row[0].split()[0], []).append(row[1])
    assert {step: [code.value for code in codes] for step, codes in STEPS if codes} == listed
    assert [step for step, codes in STEPS if codes] == list(listed)
    assert [step for step, _ in STEPS] == [f"V{n}" for n in range(1, 16)]
    assert all(codes for _, codes in STEPS)


def test_the_advice_and_the_classes_are_explained() -> None:
    for kind in CLASSES:
        assert f"*{kind}*" in SPEC
    for advice in {row[3] for row in table_after("<!-- steps:verify -->")}:
        assert f"*{advice}*" in SPEC


def test_every_rule_named_in_a_table_exists() -> None:
    named = {rule for row in ROWS for rule in re.findall(r"\b[A-Z]+-[0-9]+\b", row[-1])} - {"SHA-256", "DSA-65"}
    assert named <= set(re.findall(r"\*\*([A-Z]+-[0-9]+)\*\*", SPEC))
    assert "PRES-4" in named


def test_no_rule_has_its_id_twice() -> None:
    rules = re.findall(r"\*\*([A-Z]+-[0-9]+)\*\*", SPEC.split("## 2. ")[1])  # section 1 shows what an id looks like
    assert len(rules) == len(set(rules))


def test_the_grade_reasons_are_in_order() -> None:
    assert [row[0] for row in table_after("with one or more reasons, in this order:")] == [r.value for r in Reason]


# --- the personal code


def test_the_argon2_profiles() -> None:
    rows = table_after("The public half is certified in the credential; the private half exists only while signing.")
    assert [row[0] for row in rows] == [profile.label for profile in Argon2Profile]
    for name, memory, passes, lanes, _ in rows:
        profile = next(profile for profile in Argon2Profile if profile.label == name).value
        assert (profile.memory_kib, profile.passes, profile.lanes) == (number(memory), number(passes), number(lanes))


def test_the_waits() -> None:
    first, last, rest = said(r"wait\(0\.\.2\) = (\d); wait\((3\.\.9)\) = ((?:[\d,]+, )+[\d,]+)\.")
    assert last == "3..9"
    assert (int(first),) * 3 + tuple(number(wait) for wait in rest.split(", ")) == code_rules.WAITS
    prose, days, limit = said(
        r"After 3 failed tries the next ones wait ([\d, ]+) and ([\d,]+) seconds .*? after (\d+) the"
    )
    assert tuple(map(number, [*prose.split(", "), days])) == code_rules.WAITS[3:]
    assert code_rules.MAX_FAILED == int(limit) == len(code_rules.WAITS)
    assert f"| C3 counter | `code-locked` | rejected | contact-insurer | {limit} tries have failed |" in SPEC


def test_the_labels_of_the_code_key() -> None:
    prf, info = said(r'PRF\("([^"]+)" \|\| s\).*?info = "([^"]+)"')
    assert (prf.encode(), info.encode()) == (labels.CODE_PRF, labels.CODE_KEY)
    salt, secret = said(r"`salt` is (\d+) random bytes.*?HMAC-SHA-256 under a (\d+)-byte")
    assert (int(salt), int(secret)) == (pin.SALT_SIZE, pin.PRF_SIZE)


# --- policy and times


def test_the_policys_skew() -> None:
    low, high, default = map(number, said(r"`skew_limit`, seconds, (\d+) to (\d+), by default (\d+)\b"))
    assert (low, high, default) == (0, policy.MAX_SKEW, Policy().skew_limit)
    for skew in (low, high):
        assert Policy(skew_limit=skew).skew_limit == skew
    for skew in (low - 1, high + 1):
        with pytest.raises(UsageError):
            Policy(skew_limit=skew)
    assert number(said(r"the absolute value of skew is above (\d+)")[0]) == policy.NORMAL_SKEW


def test_the_time_floor() -> None:
    assert int(said(r"\*\*TIME-4\*\* Where now is more than (\d+) below")[0]) == floor.TOLERANCE
    assert (
        int(said(r"`snapshot-not-yet-valid` \|[^|]*\|[^|]*\| its iat is later than now \+ (\d+)")[0]) == floor.TOLERANCE
    )


def test_the_number_of_deltas() -> None:
    assert int(said(r"\*\*SYNC-1\*\*.*?the deltas from there, at most (\d+),")[0]) == delta_rules.MAX_DELTAS


def test_the_lifetime_of_a_presentation() -> None:
    assert int(said(r"\*\*PRES-1\*\* 1 ≤ exp - iat ≤ (\d+)")[0]) == presentation.MAX_LIFETIME
    assert f"exp, 1 to {presentation.MAX_LIFETIME} seconds after iat" in CDDL


# --- text and CBOR


def test_the_text() -> None:
    assert number(said(r"A text of more than ([\d,]+) characters")[0]) == text.MAX_CHARACTERS
    rows = table_after("A message is carried in a QR code as text: a prefix, and the message's bytes in Base45.")
    assert [(prefix, reader) for prefix, _, reader in rows] == [
        (text.PREFIX, "terminal"),
        (text.SEALED_PREFIX, "terminal"),
        (text.CERTIFICATE_PREFIX, "phone"),
        (text.CHALLENGE_PREFIX, "phone"),
        (text.INTRODUCTION_PREFIX, "the phone of who lends"),
        (text.LENT_CARD_PREFIX, "the phone of who is lent to"),
    ]
    assert text.serialize_text(b"") == text.PREFIX


def test_the_longest_presentation_fits_a_text() -> None:
    assert len(text.serialize_text(bytes(presentation.MAX_SIZE))) == text.MAX_CHARACTERS


def test_the_keyboard_table() -> None:
    arrived, meant = re.findall(r"^    (à .*)\n    (0 .*)$", SPEC, re.MULTILINE)[0]
    pairs = dict(zip(arrived.split(), meant.split(), strict=True))
    for start, prefix in zip(
        said(r"recognised by the text beginning `([^`]+)` or `([^`]+)`"), (text.PREFIX, text.SEALED_PREFIX), strict=True
    ):
        assert text.repair_keyboard(start + "".join(pairs)) == prefix + "".join(pairs.values())


def test_the_nesting() -> None:
    assert int(said(r"\*\*CBOR-3\*\* At most (\d+) arrays and maps")[0]) == cbor.MAX_DEPTH


def test_the_forbidden_characters() -> None:
    """CBOR-4 against the reader, for each code point there is."""
    ranges = re.findall(r"U\+([0-9A-F]{4})–U\+([0-9A-F]{4})", said(r"\*\*CBOR-4\*\* (.*?) \*Stops")[0])
    forbidden = {point for low, high in ranges for point in range(int(low, 16), int(high, 16) + 1)}
    assert len(forbidden) == 32 + 33 + 7 + 4
    refused = set()
    for point in [*range(0xD800), *range(0xE000, 0x110000)]:
        try:
            cbor.decode(_text_item(chr(point)), 8)
        except cbor.NotInForm:
            refused.add(point)
    assert refused == forbidden


def _text_item(character: str) -> bytes:
    encoded = character.encode()
    return bytes([0x60 + len(encoded)]) + encoded


# --- COSE

LAYERS = {row[0]: row for row in table_after("*Stops: signing one thing and\n  showing another.*")}


def test_the_headers() -> None:
    kid = b"k" * 8
    for alg in (Algorithm.ED25519, Algorithm.ESP256):
        device = cose.header_of_device(alg)
        assert device[:2] == bytes.fromhex(LAYERS["enrolment request, device layer"][2].removesuffix("` alg"))
        assert cose.header_with_credential(alg, b"credential") == b"\xa2\x01" + device[2:] + b"\x0d" + b"credential"
    assert LAYERS["presentation, device layer"][2] == "a201` alg `0d` credential"
    assert cose.header_of_device(Algorithm.ED25519)[2:].hex() == said(r"`alg` is the byte `(\w\w)` \(-19")[0]
    assert cose.header_of_device(Algorithm.ESP256)[2:].hex() == said(r"in suite 1 and `(\w\w)` \(-9")[0]
    for layer in ("presentation, code layer", "enrolment request, code layer", "challenge"):
        assert cose.HEADER_ED25519.hex() == LAYERS[layer][2]
    for layer in ("credential", "status delta", "enrolment offer", "terminal certificate"):
        assert cose.header_with_kid(kid) == bytes.fromhex(LAYERS[layer][2].removesuffix("` kid")) + kid
    for layer in ("trust list signature", "status snapshot signature"):
        starts = [
            bytes.fromhex(start.strip("`")) for start in LAYERS[layer][2].removesuffix("` kid").split("` kid; or `")
        ]
        assert [cose.header_with_kid(kid, alg) for alg in (Algorithm.ED25519, Algorithm.ML_DSA_65)] == [
            start + kid for start in starts
        ]
    start, typ_head, typ = said(r'`(a3\w+)` kid `(\w+)` "([^"]+)"')
    assert status_list.header(kid) == bytes.fromhex(start) + kid + bytes.fromhex(typ_head) + typ.encode()
    assert f'16: "{typ}"' in CDDL
    assert typ_head == f"1078{len(typ):02x}"


def test_the_external_aad() -> None:
    """The constants are the encodings of what the table's last column names."""

    def named(layer: str) -> list[str]:
        return re.findall(r'"([^"]+)"', LAYERS[layer][3])

    for layer, aad in {
        "credential": context.CREDENTIAL_AAD,
        "trust list signature": context.TRUST_LIST_AAD,
        "status snapshot signature": context.SNAPSHOT_AAD,
        "status delta": context.DELTA_AAD,
        "enrolment offer": context.OFFER_AAD,
        "terminal certificate": context.CERTIFICATE_AAD,
        "challenge": context.CHALLENGE_AAD,
        "enrolment request, device layer": context.REQUEST_DEVICE_AAD,
        "enrolment request, code layer": context.REQUEST_CODE_AAD,
    }.items():
        assert cbor.decode(aad, 100) == named(layer)
        assert LAYERS[layer][3] == f'enc(["{labels.PROTOCOL}", "{named(layer)[1]}"])'
    assert LAYERS["status list"][3] == "h''"
    assert context.STATUS_LIST_AAD == b""
    layers = {
        "presentation, device layer": labels.PRESENTATION_DEVICE,
        "presentation, code layer": labels.PRESENTATION_CODE,
    }
    for layer, name in layers.items():
        assert named(layer)[1] == name
        assert LAYERS[layer][3].split('", ')[2] == "suite, binding, SHA-256(credential), context])"
    for (suite, alg), binding, bound in itertools.product(
        enumerate((Algorithm.ED25519, Algorithm.ESP256), 1), Binding, (None, b"b" * 32)
    ):
        aads = context.presentation_aads(alg, binding, b"c" * 32, bound)
        for layer, aad in zip(layers, aads, strict=True):
            assert cbor.decode(aad, 200) == [*named(layer), suite, binding.value, b"c" * 32, bound]


def test_the_info_of_a_sealed_answer() -> None:
    name = said(r'info = enc\(\["vitaletoken/1", "([^"]+)", SHA-256\(challenge\)\]\)')[0]
    assert cbor.decode(context.sealed_answer_info(b"c" * 32), 100) == [labels.PROTOCOL, name, b"c" * 32]


def test_all_layers_are_kept_apart() -> None:
    aads = [row[3] for row in LAYERS.values()]
    assert len(aads) == 22
    assert len(set(aads)) == len(aads)


# --- registries

REGISTRIES = dict(table_after("Error\ncodes are never re-used for another meaning."))


@pytest.mark.parametrize(
    ("name", "enum"),
    [
        ("environment", Environment),
        ("key use", KeyUse),
        ("category", Category),
        ("purpose", Purpose),
        ("view", View),
        ("status", Status),
        ("sex", Sex),
    ],
)
def test_the_registries(name: str, enum: type[IntEnum]) -> None:
    values = re.sub(r" \([^)]*\)|; \d to \d .*", "", REGISTRIES[name])  # without what is said about them
    written = dict(re.findall(r"(\d) ([a-z ]+)", values))
    if enum is KeyUse:  # of two kinds of owner, and with what else each is for
        found = re.findall(r"(\d) ([a-z]+(?:,? [a-z]+)?)", REGISTRIES[name])
        written = {value: of.replace(",", "") for value, of in found}
    expected = {str(member.value): label(member).replace("-", " ") for member in enum}
    if enum is Status:
        expected["3"] = "valid with delegations withdrawn"
    assert written == expected


def test_the_registries_are_all_compared() -> None:
    assert set(REGISTRIES) == {"environment", "key use", "category", "purpose", "view", "status", "sex"}


def test_whose_use_a_key_has() -> None:
    own, others = said(r"of an issuer: ([^;]+); of a terminal authority: ([^|]+) \|")
    own = re.sub(r" \([^)]*\)", "", own)  # without what is said about them
    assert re.findall(r"(\d) [a-z]", own) == ["1", "2", "3", "5"]
    assert re.findall(r"\d", others) == [str(KeyUse.TERMINAL_CERTIFICATE.value)]


def test_who_has_the_right_to_the_billing_view() -> None:
    first, last = map(int, said(r"(\d) to (\d) have the right to the billing view"))
    assert set(range(first, last + 1)) == registry.CATEGORIES_WITH_BILLING


def test_the_numbers_of_a_presentation() -> None:
    rows = dict(
        table_after(
            "themselves when the code was not asked. Code layer: COSE_Sign1 by the code key; its payload is the claims."
        )
    )
    assert rows["-65538 / 1"] == "user verification: 0 none, 1 device unlock, 2 biometric, 3 personal code"
    assert [label(member) for member in UserVerification] == ["none", "device-unlock", "biometric", "code"]
    assert rows["-65538 / 2"] == "binding level: 0 open, 1 audience, 2 challenge"
    assert [(member.value, label(member)) for member in Binding] == [(0, "open"), (1, "audience"), (2, "challenge")]


def test_the_private_claims() -> None:
    claims = {of: int(n) for n, of in re.findall(r"(-\d+) \(([a-z ]+)\)", said(r"private claims are (.*?\))\.")[0])}
    assert claims == {
        "card": registry.CARD_CLAIM,
        "presentation": registry.PRESENTATION_CLAIM,
        "enrolment request": registry.ENROLMENT_CLAIM,
        "terminal": registry.TERMINAL_CLAIM,
        "challenge": registry.CHALLENGE_CLAIM,
        "snapshot": registry.SNAPSHOT_CLAIM,
        "delta": registry.DELTA_CLAIM,
        "renewal": registry.RENEWAL_CLAIM,
        "unlock": registry.UNLOCK_CLAIM,
        "introduction": registry.INTRODUCTION_CLAIM,
        "grant": registry.GRANT_CLAIM,
        "order": registry.ORDER_CLAIM,
    }
    assert {int(n) for n in re.findall(r"^ +(-\d{5,}):", CDDL, re.MULTILINE)} == set(claims.values())
    assert int(said(r"Claim (-\d+) is the card")[0]) == claims["card"]
    assert int(said(r"claim (-\d+) is the terminal")[0]) == claims["terminal"]
    assert int(said(r"claim (-\d+) is the challenge")[0]) == claims["challenge"]


# --- limits, from the CDDL


@pytest.mark.parametrize(
    ("rule", "limit"),
    [
        (r"^credential = .*at most ([\d,]+) bytes", credential.MAX_SIZE),
        (r"^presentation = .*at most ([\d,]+) bytes", presentation.MAX_SIZE),
        (r"^trust-list = .*at most ([\d,]+) bytes", trust_list.MAX_SIZE),
        (r"^status-list = .*at most ([\d,]+) bytes", status_list.MAX_SIZE),
        (r"^status-delta = .*at most ([\d,]+) bytes", delta.MAX_SIZE),
        (r"^status-snapshot = .*at most ([\d,]+) bytes", snapshot.MAX_SIZE),
        (r"^status-snapshot = \[[^]]*\[1\*(\d+) detached-signature\]", snapshot.MAX_SIGNATURES),
        (r"\[1\*(\d+) \[list: 0\.\.65535, size", snapshot.MAX_LISTS),
        (r"size: 1\.\.(\d+), digest\]", status_list.MAX_INFLATED),
        (r"^trust-list = \[[^]]*\[1\*(\d+) detached-signature\]", trust_list.MAX_SIGNATURES),
        (r"^ml-dsa-key  = .*size (\d+)", mldsa.PUBLIC_SIZE),
        (r"header-kid-pq, \{\}, nil, bstr \.size (\d+)", mldsa.SIGNATURE_SIZE),
        (r"^enrolment-offer = .*at most ([\d,]+) bytes", enrolment.MAX_OFFER_SIZE),
        (r"^enrolment-request = .*at most ([\d,]+) bytes", enrolment.MAX_REQUEST_SIZE),
        (r"^terminal-certificate = .*at most ([\d,]+) bytes", certificate.MAX_SIZE),
        (r"^challenge = .*at most ([\d,]+) bytes", challenge.MAX_SIZE),
        (r"^sealed-answer = bstr \.size \((\d+)\.\.", sealing.OVERHEAD),
        (r"^sealed-answer = bstr \.size \(48\.\.(\d+)\)", sealing.OVERHEAD + presentation.MAX_SIZE),
        (r"4: 1\.\.(\d+), +; lifetime, seconds", challenge.MAX_LIFETIME),
        (r"7: bstr \.size (\d+), +; cti: the nonce", challenge.NONCE_SIZE),
        (r"3: 0\.\.(\d+) +; the amount", challenge.MAX_AMOUNT),
        (r"3: \[1\*(\d) category\], +; rising", certificate.MAX_CATEGORIES),
        (r"^numeric-date +=.*\.\.(\d+)", fields.MAX_TIME),
        (r"^day +=.*\.\.(\d+)", fields.MAX_TIME // 86_400),
        (r"zlib \(RFC 1950\) of 1 to ([\d,]+) bytes", status_list.MAX_INFLATED),
        (r"^kid +=.*\.size (\d+)", cose.KID_SIZE),
        (r"^signature +=.*\.size (\d+)", cose.SIGNATURE_SIZE),
        (r'"bits": (\d+)', status_list.BITS),
        (r"^status-ref = \[list: 0\.\.\d+, idx: 0\.\.(\d+)\]", status.CAPACITY - 1),
        (r"^ed25519-key = \{ 1: 1, 3: (-\d+)", signing.ED25519),
        (r"^p256-key +=\s\{ 1: 2, 3: (-\d+)", signing.ESP256),
        (r"^ml-dsa-key +=\s\{ 1: 7, 3: (-\d+)", signing.ML_DSA_65),
    ],
)
def test_the_limits_of_the_cddl(rule: str, limit: int) -> None:
    found = re.findall(rule, CDDL, re.MULTILINE)
    assert len(found) == 1
    assert number(found[0]) == limit


def test_both_documents_give_the_same_limits() -> None:
    assert number(said(r"Inflation MUST stop at ([\d,]+) bytes")[0]) == status_list.MAX_INFLATED
    assert number(said(r"not exactly one zlib stream of 1 to ([\d,]+) bytes")[0]) == status_list.MAX_INFLATED
    assert int(said(r"A `kid` is the first (\d+) bytes")[0]) == cose.KID_SIZE
    assert status.CAPACITY == status_list.MAX_INFLATED * 8 // status_list.BITS


@pytest.mark.parametrize(
    ("rule", "enum"),
    [
        (r"^environment = (\d(?: / \d)*) ", Environment),
        (r"3: (\d(?: / \d)*), +; sex", Sex),
        (r"^quality +=\s(\d(?: / \d)*) ", registry.Quality),
        (r"^enrolment += \[method: (\d(?: / \d)*),", registry.EnrolmentMethod),
        (r"5: \[method: (\d(?: / \d)*), digest\]", registry.EnrolmentMethod),
        (r"1: (\d(?: / \d)*), +; user verification", UserVerification),
        (r"2: (\d(?: / \d)*), +; binding level", Binding),
        (r"3: (\d(?: / \d)*), +; view", View),
        (r"^key-use +=\s(\d(?: / \d)*) ", (KeyUse.CREDENTIAL, KeyUse.STATUS_LIST, KeyUse.ENROLMENT_OFFER)),
    ],
)
def test_the_enumerations_of_the_cddl(rule: str, enum: Iterable[IntEnum]) -> None:
    found = re.findall(rule, CDDL, re.MULTILINE)
    assert len(found) == 1
    assert [int(value) for value in found[0].split(" / ")] == [member.value for member in enum]


def test_the_ranges_of_the_cddl() -> None:
    """Enumerations that the CDDL gives as ranges."""
    for rule, enum in ((r"^category +=\s1\.\.(\d) ", Category), (r"^purpose +=\s1\.\.(\d) ", Purpose)):
        (last,) = re.findall(rule, CDDL, re.MULTILINE)
        assert list(enum) == list(range(1, int(last) + 1))
    (uses,) = re.findall(r"^key-use +=\s(\d(?: / \d)*) ", CDDL, re.MULTILINE)
    (other,) = re.findall(r"^authority-key = .*2: \[(\d)\]", CDDL, re.MULTILINE)
    (second,) = re.findall(r"^ +/ \{ 1: ml-dsa-key, 2: \[(\d)\]", CDDL, re.MULTILINE)
    assert [int(use) for use in (*uses.split(" / "), other, second)] == list(KeyUse)


def test_the_form_of_a_number() -> None:
    (form,) = re.findall(r'^nir = tstr \.regexp "([^"]+)"', CDDL, re.MULTILINE)
    for number_, good in (("2840975110123", True), ("284092A110123", True), ("2840", False), ("2840975110123 ", False)):
        assert bool(re.fullmatch(form, number_)) is good
        if good:
            assert nir.BeneficiaryNir(number_).digits() == number_
        else:
            with pytest.raises(UsageError):
                nir.BeneficiaryNir(number_)


def test_the_warnings_are_in_the_order_of_the_specification() -> None:
    told = said(r"The phone tells its app, in this order: (.*?) These are for a person")[0]
    assert re.findall(r"`([a-z-]+)`", told) == [warning.value for warning in TerminalWarning]
    assert int(re.findall(r"more than (\d+) seconds", told)[0]) == CLOCK_DIFFERENCE


def test_the_clocks_of_a_care_sheet_may_differ_as_much_as_a_policy_can_permit() -> None:
    assert (
        int(said(r"of V12 the rows of the card and of the grant \(with (\d+) in place of skew_limit\)")[0])
        == policy.MAX_SKEW
    )


def test_the_reader_of_tables_can_fail() -> None:
    """A marker that is not there, or twice, is an error."""
    with pytest.raises(AssertionError):
        table_after("<!-- steps:none -->")
    with pytest.raises(AssertionError):
        table_after("a", "a a")
    assert table_after("x", "x\n\n| h |\n|---|\n| `v` |\n\n| other |") == [("v",)]
