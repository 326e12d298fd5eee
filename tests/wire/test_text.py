"""``VT1:`` text (spec section 3) against RFC 9285 and plain arithmetic; and the keyboard that is set to another country."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.forge import ALPHABET, base45
from vitaletoken import Code, Malformed
from vitaletoken.wire.text import (
    MAX_CHARACTERS,
    PREFIX,
    parse_terminal_text,
    parse_text,
    repair_keyboard,
    serialize_text,
)

LARGEST = 1064


def refusal_of(text: str) -> Code | None:
    try:
        parse_text(text)
    except Malformed as refused:
        return refused.code
    return None


# --- prefixes

PREFIXES = ("VT1:", "VTS1:", "VTT1:", "VTC1:")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_each_message_has_its_prefix(prefix: str) -> None:
    """TEXT-2: what has another one is another message."""
    text = serialize_text(b"message", prefix)
    assert text == prefix + base45(b"message")
    for expected in PREFIXES:
        if expected == prefix:
            assert parse_text(text, expected) == b"message"
        else:
            with pytest.raises(Malformed, match="text-prefix"):
                parse_text(text, expected)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_limit_is_one_for_all(prefix: str) -> None:
    """TEXT-1: of the whole text, prefix included, before anything else."""
    groups = (MAX_CHARACTERS - len(prefix)) // 3
    parse_text(prefix + "BB8" * groups, prefix)
    for text in (prefix + "BB8" * (groups + 1), "?" * (MAX_CHARACTERS + 1)):
        with pytest.raises(Malformed, match="text-too-long"):
            parse_text(text, prefix)


def test_a_phone_reads_two_and_has_one_code() -> None:
    assert parse_terminal_text(serialize_text(b"certificate", "VTT1:")) == ("VTT1:", b"certificate")
    assert parse_terminal_text(serialize_text(b"challenge", "VTC1:")) == ("VTC1:", b"challenge")
    for text in ("", "VT1:", "VTS1:", "VTT1", "VTC1", "VTT1:A", "VTC1:A", "VTT1:" + "0" * 1600, "VTC1:\n"):
        with pytest.raises(Malformed, match="terminal-text") as caught:
            parse_terminal_text(text)
        assert caught.value.__suppress_context__
    assert parse_terminal_text("VTT1:") == ("VTT1:", b"")


# --- RFC 9285


@pytest.mark.parametrize(
    ("data", "encoded"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0")],
)
def test_the_examples_of_the_rfc(data: bytes, encoded: str) -> None:
    """Sections 4.3 and 4.4."""
    assert serialize_text(data) == PREFIX + encoded
    assert parse_text(PREFIX + encoded) == data


def test_the_groups_too_large_of_the_rfc() -> None:
    """Section 6 names GGW (65,536) and ::: as what must be refused; FGW is 65,535."""
    assert parse_text("VT1:FGW") == b"\xff\xff"
    assert refusal_of("VT1:GGW") is Code.TEXT_ENCODING
    assert refusal_of("VT1::::") is Code.TEXT_ENCODING


def test_each_group_of_three_by_arithmetic() -> None:
    """All 91,125 of them, alone: each is accepted exactly when its value fits two bytes, and is that value."""
    accepted = 0
    for (c, one), (d, two), (e, three) in itertools.product(enumerate(ALPHABET), repeat=3):
        value = c + 45 * d + 2025 * e
        text = f"VT1:{one}{two}{three}"
        if value > 0xFFFF:
            assert refusal_of(text) is Code.TEXT_ENCODING
        else:
            assert parse_text(text) == value.to_bytes(2, "big")
            accepted += 1
    assert accepted == 65_536


def test_each_final_group_of_two_by_arithmetic() -> None:
    for (c, one), (d, two) in itertools.product(enumerate(ALPHABET), repeat=2):
        value = c + 45 * d
        for before, data in (("", b""), ("BB8", b"AB")):
            text = f"VT1:{before}{one}{two}"
            if value > 0xFF:
                assert refusal_of(text) is Code.TEXT_ENCODING
            else:
                assert parse_text(text) == data + bytes([value])


def test_a_group_too_large_is_found_wherever_it_stands() -> None:
    """Groups are computed all at once: none may carry into its neighbour, none may hide."""
    for count in (1, 2, 7, 355, 532):
        for place in {0, 1, count // 2, count - 1} & set(range(count)):
            for bad in ("GGW", ":::", "::W", "0:W", "00X"):
                groups = ["FGW"] * count
                groups[place] = bad
                good = "".join(groups[:place] + groups[place + 1 :])
                value = sum(ALPHABET.index(ch) * 45**n for n, ch in enumerate(bad))
                assert (refusal_of("VT1:" + "".join(groups)) is Code.TEXT_ENCODING) == (value > 0xFFFF)
                assert parse_text("VT1:" + good) == b"\xff\xff" * (count - 1)


# --- both ways


def test_every_length_comes_back() -> None:
    for size in range(LARGEST + 1):
        data = bytes((size * 7 + n * n) % 256 for n in range(size))
        text = serialize_text(data)
        assert text == PREFIX + base45(data)
        assert len(text) == 4 + 3 * (size // 2) + 2 * (size % 2)
        assert parse_text(text) == data


@examples(500)
@given(st.binary(max_size=LARGEST))
def test_what_is_written_is_read(data: bytes) -> None:
    text = serialize_text(data)
    assert text == PREFIX + base45(data)
    assert parse_text(text) == data


@examples(500)
@given(st.text(ALPHABET, max_size=MAX_CHARACTERS - 4))
def test_what_is_read_is_the_one_text_of_its_bytes(rest: str) -> None:
    """Two texts for one message would be two QRs with one replay key."""
    if refusal_of(PREFIX + rest) is None:
        assert serialize_text(parse_text(PREFIX + rest)) == PREFIX + rest


# --- refusals


def test_the_longest_text() -> None:
    """TEXT-1: 1,600 characters are looked at, 1,601 are not, whatever they are."""
    longest = serialize_text(bytes(LARGEST))
    assert len(longest) == MAX_CHARACTERS
    assert parse_text(longest) == bytes(LARGEST)
    for text in (longest + "0", "x" * 1601, "\n" * 1601, "\ud800" * 1601, "VT1:" + "é" * 1597):
        assert refusal_of(text) is Code.TEXT_TOO_LONG
    assert refusal_of("x" * 1600) is Code.TEXT_PREFIX


@pytest.mark.parametrize(
    "text",
    ["", "V", "VT1", "VT1.", "vt1:", "Vt1:BB8", "VT2:BB8", "VT10:BB8", "HC1:BB8", " VT1:BB8", "\ufeffVT1:BB8", "BB8"],
)
def test_another_prefix_is_refused(text: str) -> None:
    assert refusal_of(text) is Code.TEXT_PREFIX


def test_a_length_of_one_modulo_three_is_refused() -> None:
    for size in range(40):
        expected = Code.TEXT_ENCODING if size % 3 == 1 else None
        assert refusal_of("VT1:" + "0" * size) is expected


def test_every_other_character_is_refused_in_every_place() -> None:
    """Lower case, control characters of a keyboard wedge, digits of other scripts, characters that fold to ours."""
    others = [chr(n) for n in range(0x500) if chr(n) not in ALPHABET] + list("٣²Ａ\u212a\u2028\ud800\U0001f600")
    for other in others:
        for text in (f"{other}00", f"0{other}0", f"00{other}", f"000{other}0", f"0000{other}", f"000000{other}"):
            assert refusal_of("VT1:" + text) is Code.TEXT_ENCODING


@pytest.mark.parametrize("text", ["VT1:ABCé", "VT1:é", "VT1:\ud800AB"], ids=ascii)
def test_a_refusal_does_not_keep_the_text(text: str) -> None:
    """As the exception of an encoder would, behind the refusal."""
    with pytest.raises(Malformed) as caught:
        parse_text(text)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\t", " ", "\0", "\x1d", "\n\n", "="])
def test_a_line_end_is_refused(end: str) -> None:
    """TEXT-3. A blank is of the alphabet: it makes another length or another value."""
    for data in (b"AB", b"ABC", b"base-45"):
        text = serialize_text(data) + end
        assert refusal_of(text) is not None or parse_text(text) != data


@examples(2000)
@given(st.text(max_size=30) | st.text(ALPHABET + "\n€é", max_size=30).map(PREFIX.__add__))
def test_no_text_causes_a_foreign_exception(text: str) -> None:
    assert refusal_of(text) in {None, Code.TEXT_PREFIX, Code.TEXT_ENCODING}
    repair_keyboard(text)


# --- keyboards

# The keys of a keyboard in rows, as a US layout and as a French one (AZERTY) name them: what the same key press gives.
US = "1234567890-=" + "qwertyuiop[]" + "asdfghjkl;'" + "zxcvbnm,./" + " "
US_SHIFT = "!@#$%^&*()_+" + "QWERTYUIOP{}" + 'ASDFGHJKL:"' + "ZXCVBNM<>?" + " "
FRENCH = "&é\"'(-è_çà)=" + "azertyuiop^$" + "qsdfghjklmù" + "wxcvbn,;:!" + " "
FRENCH_SHIFT = "1234567890°+" + "AZERTYUIOP¨£" + "QSDFGHJKLM%" + "WXCVBN?./§" + " "
PRESSED = dict(zip(US + US_SHIFT, FRENCH + FRENCH_SHIFT, strict=True))


def through_a_french_keyboard(text: str) -> str:
    """A scanner that types as on a US keyboard, into a computer that is set to a French one."""
    return "".join(PRESSED[character] for character in text)


def test_the_two_keyboards_differ_where_the_specification_says() -> None:
    assert through_a_french_keyboard("VT1:") == "VT&M"
    differing = {character for character in ALPHABET if PRESSED[character] != character}
    assert differing == set("0123456789AZMQW:$%*-./")


def test_each_character_comes_back_from_a_french_keyboard() -> None:
    arrived = [through_a_french_keyboard(character) for character in ALPHABET]
    assert len(set(arrived)) == 45  # nothing is guessed
    for character, garbled in zip(ALPHABET, arrived, strict=True):
        assert repair_keyboard("VT&M" + garbled) == "VT1:" + character
    assert repair_keyboard("VT&M" + "".join(arrived)) == "VT1:" + ALPHABET


@examples(300)
@given(st.binary(max_size=200), st.sampled_from(["VT1:", "VTS1:"]))
def test_what_a_terminal_reads_comes_back_from_a_french_keyboard(data: bytes, prefix: str) -> None:
    text = serialize_text(data, prefix)
    garbled = through_a_french_keyboard(text)
    assert refusal_of(garbled) is Code.TEXT_PREFIX
    assert repair_keyboard(garbled) == text


@examples(300)
@given(st.text(ALPHABET, max_size=50))
def test_what_needs_no_repair_is_left_alone(rest: str) -> None:
    assert repair_keyboard(PREFIX + rest) == PREFIX + rest
    if not rest.startswith("VT&M"):
        assert repair_keyboard(rest) == rest


def test_what_cannot_have_been_meant_is_left_as_it_arrived() -> None:
    """A character that no key of ours gives on that keyboard, in any place, and all is left alone."""
    possible = {through_a_french_keyboard(character) for character in ALPHABET}
    for point in range(0x3000):
        if chr(point) not in possible:
            for garbled in (f"VT&M{chr(point)}", f"VT&MBB{chr(point)}C"):
                assert repair_keyboard(garbled) == garbled


def test_a_repair_is_not_done_twice() -> None:
    once = repair_keyboard(through_a_french_keyboard("VT1:" + ALPHABET))
    assert repair_keyboard(once) == once
