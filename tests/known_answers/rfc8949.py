"""RFC 8949 appendix A, each row in its order, and the verdict of the profile (spec section 4).

What the profile accepts has a value; what it refuses has the rule, and what in the row is against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

BIG = ("CBOR-2", "a big number is a tag")
FLOAT = ("CBOR-2", "a floating-point number")
SIMPLE = ("CBOR-2", "a simple value other than true, false and null")
TAG = ("CBOR-2", "a tag")
INDEFINITE = ("CBOR-1", "an indefinite length")


@dataclass(frozen=True, slots=True)
class Accepted:
    """What it is read as."""

    value: Any


@dataclass(frozen=True, slots=True)
class Refused:
    """The first of the rules against it, and why."""

    rule: Literal["CBOR-1", "CBOR-2"]
    why: str


Row = tuple[str, str, Accepted | Refused]


def _yes(diagnostic: str, encoding: str, value: Any) -> Row:
    return diagnostic, encoding, Accepted(value)


def _no(diagnostic: str, encoding: str, reason: tuple[Any, str]) -> Row:
    return diagnostic, encoding, Refused(*reason)


TO_25 = list(range(1, 26))

#: Diagnostic notation, encoding, verdict.
ROWS: tuple[Row, ...] = (
    _yes("0", "00", 0),
    _yes("1", "01", 1),
    _yes("10", "0a", 10),
    _yes("23", "17", 23),
    _yes("24", "1818", 24),
    _yes("25", "1819", 25),
    _yes("100", "1864", 100),
    _yes("1000", "1903e8", 1000),
    _yes("1000000", "1a000f4240", 1_000_000),
    _yes("1000000000000", "1b000000e8d4a51000", 1_000_000_000_000),
    _yes("18446744073709551615", "1bffffffffffffffff", 2**64 - 1),
    _no("18446744073709551616", "c249010000000000000000", BIG),
    _yes("-18446744073709551616", "3bffffffffffffffff", -(2**64)),
    _no("-18446744073709551617", "c349010000000000000000", BIG),
    _yes("-1", "20", -1),
    _yes("-10", "29", -10),
    _yes("-100", "3863", -100),
    _yes("-1000", "3903e7", -1000),
    _no("0.0", "f90000", FLOAT),
    _no("-0.0", "f98000", FLOAT),
    _no("1.0", "f93c00", FLOAT),
    _no("1.1", "fb3ff199999999999a", FLOAT),
    _no("1.5", "f93e00", FLOAT),
    _no("65504.0", "f97bff", FLOAT),
    _no("100000.0", "fa47c35000", FLOAT),
    _no("3.4028234663852886e+38", "fa7f7fffff", FLOAT),
    _no("1.0e+300", "fb7e37e43c8800759c", FLOAT),
    _no("5.960464477539063e-8", "f90001", FLOAT),
    _no("0.00006103515625", "f90400", FLOAT),
    _no("-4.0", "f9c400", FLOAT),
    _no("-4.1", "fbc010666666666666", FLOAT),
    _no("Infinity", "f97c00", FLOAT),
    _no("NaN", "f97e00", FLOAT),
    _no("-Infinity", "f9fc00", FLOAT),
    _no("Infinity", "fa7f800000", FLOAT),
    _no("NaN", "fa7fc00000", FLOAT),
    _no("-Infinity", "faff800000", FLOAT),
    _no("Infinity", "fb7ff0000000000000", FLOAT),
    _no("NaN", "fb7ff8000000000000", FLOAT),
    _no("-Infinity", "fbfff0000000000000", FLOAT),
    _yes("false", "f4", False),
    _yes("true", "f5", True),
    _yes("null", "f6", None),
    _no("undefined", "f7", SIMPLE),
    _no("simple(16)", "f0", SIMPLE),
    _no("simple(255)", "f8ff", SIMPLE),
    _no('0("2013-03-21T20:04:00Z")', "c074323031332d30332d32315432303a30343a30305a", TAG),
    _no("1(1363896240)", "c11a514b67b0", TAG),
    _no("1(1363896240.5)", "c1fb41d452d9ec200000", TAG),
    _no("23(h'01020304')", "d74401020304", TAG),
    _no("24(h'6449455446')", "d818456449455446", TAG),
    _no('32("http://www.example.com")', "d82076687474703a2f2f7777772e6578616d706c652e636f6d", TAG),
    _yes("h''", "40", b""),
    _yes("h'01020304'", "4401020304", b"\x01\x02\x03\x04"),
    _yes('""', "60", ""),
    _yes('"a"', "6161", "a"),
    _yes('"IETF"', "6449455446", "IETF"),
    _yes('"\\"\\\\"', "62225c", '"\\'),
    _yes('"\\u00fc"', "62c3bc", "\u00fc"),
    _yes('"\\u6c34"', "63e6b0b4", "\u6c34"),
    _yes('"\\ud800\\udd51"', "64f0908591", "\U00010151"),
    _yes("[]", "80", []),
    _yes("[1, 2, 3]", "83010203", [1, 2, 3]),
    _yes("[1, [2, 3], [4, 5]]", "8301820203820405", [1, [2, 3], [4, 5]]),
    _yes("[1, 2, 3, ..., 25]", "98190102030405060708090a0b0c0d0e0f101112131415161718181819", TO_25),
    _yes("{}", "a0", {}),
    _yes("{1: 2, 3: 4}", "a201020304", {1: 2, 3: 4}),
    _yes('{"a": 1, "b": [2, 3]}', "a26161016162820203", {"a": 1, "b": [2, 3]}),
    _yes('["a", {"b": "c"}]', "826161a161626163", ["a", {"b": "c"}]),
    _yes(
        '{"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"}',
        "a56161614161626142616361436164614461656145",
        {letter: letter.upper() for letter in "abcde"},
    ),
    _no("(_ h'0102', h'030405')", "5f42010243030405ff", INDEFINITE),
    _no('(_ "strea", "ming")', "7f657374726561646d696e67ff", INDEFINITE),
    _no("[_ ]", "9fff", INDEFINITE),
    _no("[_ 1, [2, 3], [_ 4, 5]]", "9f018202039f0405ffff", INDEFINITE),
    _no("[_ 1, [2, 3], [4, 5]]", "9f01820203820405ff", INDEFINITE),
    _no("[1, [2, 3], [_ 4, 5]]", "83018202039f0405ff", INDEFINITE),
    _no("[1, [_ 2, 3], [4, 5]]", "83019f0203ff820405", INDEFINITE),
    _no("[_ 1, 2, 3, ..., 25]", "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", INDEFINITE),
    _no('{_ "a": 1, "b": [_ 2, 3]}', "bf61610161629f0203ffff", INDEFINITE),
    _no('["a", {_ "b": "c"}]', "826161bf61626163ff", INDEFINITE),
    _no('{_ "Fun": true, "Amt": -2}', "bf6346756ef563416d7421ff", INDEFINITE),
)
#: A row of RFC 7049 that RFC 8949 took out: simple values below 32 have no second byte.
NOT_WELL_FORMED = ("simple(24)", "f818")
