"""Layers `text` and `keyboard`: section 3."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from vectors.generate import deflate
from vectors.generate.cases import Case
from vectors.generate.encoder import base45, text_of
from vectors.generate.fixtures import SHOWN_1, SHOWN_2
from vectors.generate.keys import derive
from vectors.generate.terminal_visit import ANSWER

# fmt: off
# slug, bytes, comment, flags
ACCEPTED: tuple[tuple[str, bytes, str, tuple[str, ...]], ...] = (
    ("rfc9285-ab", b"AB", "RFC 9285 section 4.3, example 1: BB8", ("rfc",)),
    ("rfc9285-hello", b"Hello!!", "RFC 9285 section 4.3, example 2: a last group of two characters", ("rfc",)),
    ("rfc9285-base-45", b"base-45", "RFC 9285 section 4.3, example 3", ("rfc",)),
    ("rfc9285-ietf", b"ietf!", "RFC 9285 section 4.4", ("rfc",)),
    ("presentation-suite-1", SHOWN_1.encode(), "a whole presentation of suite 1", ()),
    ("presentation-suite-2", SHOWN_2.encode(), "a whole presentation of suite 2", ()),
    ("empty", b"", "nothing after the prefix is Base45 of no bytes; that it is no message is found later", ("boundary",)),
    ("one-zero-byte", b"\x00", "a last group that begins with zero: 00", ()),
    ("leading-zero-bytes", b"\x00\x00\x01", "groups that begin with zero", ()),
    ("pair-greatest", b"\xff\xff", "FGW, the greatest group of three: 65,535", ("boundary",)),
    ("single-greatest", b"\xff", "U5, the greatest last group of two: 255", ("boundary",)),
    ("space-in-alphabet", b"\x00\x24", "the space is a character of the alphabet, here the first", ()),
    ("longest", b"".join(derive("text/accepted/longest", str(i)) for i in range(34))[:1064], "1,600 characters", ("boundary",)),
)
# fmt: on

BASE = "text/accepted/rfc9285-hello"
SHOWN = "text/accepted/presentation-suite-1"
SHOWN_TEXT = text_of(SHOWN_1.encode())

# fmt: off
# slug, text, code, rules, base, comment, flags
REFUSED: tuple[tuple[str, str, str, str, str, str, tuple[str, ...]], ...] = (
    ("text-too-long/1601", "VT1:" + "0" * 1597, "text-too-long", "TEXT-1", "text/accepted/longest",
     "1,601 characters", ("boundary", "limit")),
    ("text-too-long/longest-and-line-feed", text_of(ACCEPTED[-1][1]) + "\n", "text-too-long", "TEXT-1", "text/accepted/longest",
     "the line feed is character 1,601: the length comes first", ("boundary", "limit", "order")),
    ("text-too-long/other-prefix", "HC1:" + "0" * 1597, "text-too-long", "TEXT-1", "text/accepted/longest",
     "too long and another prefix: the length comes first", ("order",)),
    ("text-encoding/astral", "VT1:" + "\U00010041" * 1000, "text-encoding", "TEXT-1", BASE,
     "1,004 code points, which are 2,004 units of UTF-16: not too long", ("boundary", "limit")),
    ("text-prefix/empty", "", "text-prefix", "TEXT-2", BASE, "no text at all", ()),
    ("text-prefix/cut", "VT1", "text-prefix", "TEXT-2", BASE, "three characters of the prefix", ("boundary",)),
    ("text-prefix/lower-case", "vt1:%69 VD92EX0", "text-prefix", "TEXT-2", BASE, "vt1: in lower case", ()),
    ("text-prefix/next-version", "VT2:%69 VD92EX0", "text-prefix", "TEXT-2", BASE, "the prefix of another version", ()),
    ("text-prefix/other-message", "HC1:%69 VD92EX0", "text-prefix", "TEXT-2", BASE, "the prefix of another system", ()),
    ("text-prefix/certificate", "VTT1:%69 VD92EX0", "text-prefix", "TEXT-2",
     BASE, "the prefix of a terminal certificate, which a phone reads", ("cross-protocol",)),
    ("text-prefix/challenge", "VTC1:%69 VD92EX0", "text-prefix", "TEXT-2",
     BASE, "the prefix of a challenge, which a phone reads", ("cross-protocol",)),
    ("text-prefix/introduction", "VTI1:%69 VD92EX0", "text-prefix", "TEXT-2",
     BASE, "the prefix of an introduction, which a phone reads", ("cross-protocol",)),
    ("text-prefix/lent-card", "VTD1:%69 VD92EX0", "text-prefix", "TEXT-2",
     BASE, "the prefix of a card and grant, which a phone reads", ("cross-protocol",)),
    ("text-prefix/no-digit", "VT:%69 VD92EX0", "text-prefix", "TEXT-2", BASE, "no version", ()),
    ("text-prefix/unknown-letter", "VTX1:%69 VD92EX0", "text-prefix", "TEXT-2", BASE, "a letter of no message", ()),
    ("text-prefix/none", "%69 VD92EX0", "text-prefix", "TEXT-2", BASE, "Base45 without a prefix", ()),
    ("text-prefix/space-before", " VT1:%69 VD92EX0", "text-prefix", "TEXT-2", BASE, "a space before the prefix", ()),
    ("text-prefix/byte-order-mark", "\ufeffVT1:%69 VD92EX0", "text-prefix", "TEXT-2", BASE,
     "U+FEFF before the prefix", ("injection",)),
    ("text-prefix/full-width", "ＶＴ１:%69 VD92EX0", "text-prefix", "TEXT-2", BASE,
     "full-width letters, which compatibility normalisation would make the prefix", ("injection",)),
    ("text-prefix/unrepaired-keyboard", "VT&M569 VD9éEX0", "text-prefix", "TEXT-2", BASE,
     "what a French keyboard makes of the prefix: its repair is not of this layer", ()),
    ("text-prefix/and-encoding", "vt1:%69 vd92ex0", "text-prefix", "TEXT-2", BASE,
     "lower case throughout: the prefix comes first", ("order",)),
    ("text-encoding/lower-case", "VT1:%69 vD92EX0", "text-encoding", "TEXT-3", BASE, "one letter in lower case",
     ("non-canonical",)),
    ("text-encoding/length-1-mod-3", "VT1:%69 VD92EX", "text-encoding", "TEXT-3", BASE,
     "10 characters: one is left over", ("boundary",)),
    ("text-encoding/one-character", "VT1:0", "text-encoding", "TEXT-3", BASE, "a single character", ("boundary",)),
    ("text-encoding/pair-65536", "VT1:GGW", "text-encoding", "TEXT-3", "text/accepted/pair-greatest",
     "65,536, one above the greatest group (RFC 9285 section 4.4 names it)", ("boundary", "rfc")),
    ("text-encoding/pair-greatest-digits", "VT1::::", "text-encoding", "TEXT-3", "text/accepted/pair-greatest",
     "91,124: the greatest that three digits can say", ()),
    ("text-encoding/single-256", "VT1:V5", "text-encoding", "TEXT-3", "text/accepted/single-greatest",
     "256, one above the greatest last group", ("boundary",)),
    ("text-encoding/single-greatest-digits", "VT1:::", "text-encoding", "TEXT-3", "text/accepted/single-greatest",
     "2,024: the greatest that two digits can say", ()),
    ("text-encoding/trailing-line-feed", "VT1:%69 VD92EX0\n", "text-encoding", "TEXT-3", BASE,
     "a line feed at the end", ("injection",)),
    ("text-encoding/presentation-and-line-feed", SHOWN_TEXT + "\n", "text-encoding", "TEXT-3", SHOWN,
     "a whole presentation with a line feed at the end", ("injection",)),
    ("text-encoding/trailing-carriage-return", "VT1:%69 VD92EX0\r", "text-encoding", "TEXT-3", BASE,
     "a carriage return at the end", ("injection",)),
    ("text-encoding/trailing-crlf", "VT1:%69 VD92EX0\r\n", "text-encoding", "TEXT-3", BASE, "CR LF at the end", ("injection",)),
    ("text-encoding/three-line-feeds", "VT1:%69 VD92EX0\n\n\n", "text-encoding", "TEXT-3", BASE,
     "three line feeds, so that the length is right modulo 3", ("injection",)),
    ("text-encoding/tab", "VT1:%69\tVD92EX0", "text-encoding", "TEXT-3", BASE, "a tab in place of the space", ("injection",)),
    ("text-encoding/no-break-space", "VT1:%69\u00a0VD92EX0", "text-encoding", "TEXT-3", BASE,
     "U+00A0 in place of the space", ("injection",)),
    ("text-encoding/zero", "VT1:%69 VD92EX\0", "text-encoding", "TEXT-3", BASE, "U+0000 at the end", ("injection",)),
    ("text-encoding/underscore", "VT1:%69_VD92EX0", "text-encoding", "TEXT-3", BASE, "a character of no group", ()),
    ("text-encoding/padding", "VT1:%69 VD92EX0=", "text-encoding", "TEXT-3", BASE, "padding as in Base64", ()),
    ("text-encoding/arabic-digit", "VT1:%69 VD9٢EX0", "text-encoding", "TEXT-3", BASE,
     "U+0662, a digit two of another script", ("injection",)),
    ("text-encoding/full-width-letter", "VT1:%69 ＶD92EX0", "text-encoding", "TEXT-3", BASE,
     "U+FF36 in place of V", ("injection",)),
    ("text-encoding/long-s", "VT1:%69 VD92EXſ", "text-encoding", "TEXT-3", BASE,
     "U+017F, whose upper case is S", ("injection",)),
    ("text-encoding/1600-two-byte-characters", "VT1:" + "é" * 1596, "text-encoding", "TEXT-1", "text/accepted/longest",
     "1,600 characters but 3,196 bytes of UTF-8: the limit is in characters", ("boundary",)),
    ("text-encoding/trailing-space", "VT1:%69 VD92EX0 ", "text-encoding", "TEXT-3", BASE,
     "a space at the end: 12 characters, but the last group is above 65,535", ()),
)
# fmt: on


def text_cases() -> Iterator[Case]:
    """V1 alone."""
    for slug, data, comment, flags in ACCEPTED:
        case_id = f"text/accepted/{slug}"
        yield Case(case_id, ("V1", "TEXT-3"), comment, {"text": text_of(data)}, {"bytes": data.hex()}, flags=flags)
    compressed = deflate.stored(SHOWN_1.encode())
    assert zlib.decompress(compressed) == SHOWN_1.encode()
    yield Case(
        "text/accepted/compressed",
        ("V1", "TEXT-4"),
        "a zlib stream is only bytes: it is not inflated",
        {"text": text_of(compressed)},
        {"bytes": compressed.hex()},
    )
    for slug, text, code, rule, base, comment, flags in REFUSED:
        yield Case(f"text/{slug}", ("V1", rule), comment, {"text": text}, code, base, flags)


MEANT = "0123456789AZMQW:$%*-./"
ARRIVES = "à&é\"'(-è_çQW?AZM458):!"


def mistyped(text: str) -> str:
    """What a scanner set to a US keyboard types into a computer set to a French one."""
    return text.translate(str.maketrans(MEANT, ARRIVES))


# fmt: off
# slug, what arrives, what comes back, comment
KEYBOARD: tuple[tuple[str, str, str, str], ...] = (
    ("repaired/prefix-only", "VT&M", "VT1:", "the sign by which it is known, and no more"),
    ("repaired/table", "VT&M" + ARRIVES, "VT1:" + MEANT, "each column of the table"),
    ("repaired/stay", "VT&MBCDEFGHIJKLNOPRSTUVXY +", "VT1:BCDEFGHIJKLNOPRSTUVXY +", "the characters on the same key in both"),
    ("repaired/presentation-suite-1", mistyped(SHOWN_TEXT), SHOWN_TEXT, "a whole presentation"),
    ("repaired/presentation-suite-2", mistyped(text_of(SHOWN_2.encode())), text_of(SHOWN_2.encode()), "a whole presentation"),
    ("repaired/sealed-prefix-only", "VTS&M", "VTS1:", "the sign of a sealed answer, and no more"),
    ("repaired/sealed-table", "VTS&M" + ARRIVES, "VTS1:" + MEANT, "each column of the table, after the sign of a sealed answer"),
    ("repaired/sealed-answer", mistyped(ANSWER.text), ANSWER.text, "a whole sealed answer"),
    ("untouched/sealed-cut", "VTS&", "VTS&", "the sign of a sealed answer is not complete"),
    ("untouched/sealed-digit", "VTS&M0", "VTS&M0", "the sign of a sealed answer, and a 0: the text stays as it arrived"),
    ("untouched/sealed-right-keyboard", ANSWER.text, ANSWER.text, "a sealed answer: nothing to repair"),
    ("untouched/sealed-lower-case", "vts&mbb8", "vts&mbb8", "the sign of a sealed answer in lower case"),
    ("untouched/sealed-line-feed", "VTS&MBB_\n", "VTS&MBB_\n", "a sealed answer: the line end was to be removed before"),
    ("untouched/certificate", "VTT&MBB_", "VTT&MBB_", "a certificate comes to no terminal"),
    ("untouched/challenge", "VTC&MBB_", "VTC&MBB_", "a challenge comes to no terminal"),
    ("untouched/digit", "VT&M0", "VT&M0", "no key of these two keyboards turns into a 0: the text stays as it arrived"),
    ("untouched/right-keyboard", SHOWN_TEXT, SHOWN_TEXT, "nothing to repair"),
    ("untouched/empty", "", "", "nothing arrived"),
    ("untouched/cut", "VT&", "VT&", "the sign is not complete"),
    ("untouched/right-prefix-wrong-rest", "VT1:à&é", "VT1:à&é", "without the sign nothing is mapped"),
    ("untouched/lower-case", "vt&mbb8", "vt&mbb8", "the sign is in upper case"),
    ("untouched/sign-later", " VT&MBB_", " VT&MBB_", "the sign is not at the beginning"),
    ("untouched/lower-case-letter", "VT&MBb_", "VT&MBb_", "b is on no key that was meant: the text stays as it arrived, whole"),
    ("untouched/line-feed", "VT&MBB_\n", "VT&MBB_\n", "the line end was to be removed before; it cannot have been meant"),
    ("untouched/carriage-return", "VT&MBB_\r", "VT&MBB_\r", "the same with the other line end"),
    ("untouched/capital-a-grave", "VT&MÀ", "VT&MÀ", "À is not à"),
    ("untouched/decomposed", "VT&Me\u0301", "VT&Me\u0301", "e with U+0301 is not é: nothing is normalised"),
    ("untouched/percent-key", "VT&Mù", "VT&Mù", "a key of the French keyboard that no character of ours arrives as"),
    ("untouched/at-the-end", mistyped(SHOWN_TEXT) + "@", mistyped(SHOWN_TEXT) + "@", "the last character alone spoils it"),
)
# fmt: on


def keyboard_cases() -> Iterator[Case]:
    """The optional repair; there is no error here."""
    for slug, arrives, comes_back, comment in KEYBOARD:
        yield Case(f"keyboard/{slug}", ("TEXT-3",), comment, {"text": arrives}, {"text": comes_back})


assert base45(b"AB") == "BB8"
assert base45(b"Hello!!") == "%69 VD92EX0"
assert base45(b"base-45") == "UJCLQE7W581"
assert base45(b"ietf!") == "QED8WEX0"
