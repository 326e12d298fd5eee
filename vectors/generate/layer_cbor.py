"""Layer `cbor`: section 4, CBOR-1 to CBOR-5, for an item alone."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.cases import Case
from vectors.generate.encoder import Pairs, Raw, Tag, Value, Wide, encode

LIMIT = 1064


def nested(depth: int, inner: Value = 0) -> Value:
    """An item inside `depth` arrays."""
    for _ in range(depth):
        inner = [inner]
    return inner


def nested_maps(depth: int) -> Value:
    """The same with maps."""
    inner: Value = 0
    for _ in range(depth):
        inner = {0: inner}
    return inner


# fmt: off
# slug, item, rule, comment, flags
ACCEPTED: tuple[tuple[str, Value, str, str, tuple[str, ...]], ...] = (
    *((f"integer/{n}", n, "CBOR-2", f"RFC 8949 appendix A: {n}", ("rfc",))
      for n in (0, 1, 10, 23, 24, 25, 100, 1000, 1000000, 1000000000000, 18446744073709551615, -18446744073709551616,
                -1, -10, -100, -1000)),
    ("integer/255", 255, "CBOR-1", "the greatest in one further byte", ("boundary",)),
    ("integer/256", 256, "CBOR-1", "the least in two further bytes", ("boundary",)),
    ("integer/65535", 65535, "CBOR-1", "the greatest in two further bytes", ("boundary",)),
    ("integer/65536", 65536, "CBOR-1", "the least in four further bytes", ("boundary",)),
    ("integer/4294967295", 4294967295, "CBOR-1", "the greatest in four further bytes", ("boundary",)),
    ("integer/4294967296", 4294967296, "CBOR-1", "the least in eight further bytes", ("boundary",)),
    ("integer/-24", -24, "CBOR-1", "the least negative number in the head alone", ("boundary",)),
    ("integer/-25", -25, "CBOR-1", "the first negative number with a further byte", ("boundary",)),
    ("integer/-256", -256, "CBOR-1", "the last negative number with one further byte", ("boundary",)),
    ("integer/-257", -257, "CBOR-1", "the first negative number with two", ("boundary",)),
    ("simple/false", False, "CBOR-2", "RFC 8949 appendix A: false", ("rfc",)),
    ("simple/true", True, "CBOR-2", "RFC 8949 appendix A: true", ("rfc",)),
    ("simple/null", None, "CBOR-2", "RFC 8949 appendix A: null", ("rfc",)),
    ("bytes/empty", b"", "CBOR-2", "RFC 8949 appendix A: h''", ("rfc",)),
    ("bytes/four", b"\x01\x02\x03\x04", "CBOR-2", "RFC 8949 appendix A: h'01020304'", ("rfc",)),
    ("bytes/not-cbor", b"\x1c\xff", "CBOR-2", "what is in a byte string is not looked at", ()),
    ("bytes/longest", bytes(LIMIT - 3), "CBOR-5", "1,064 bytes in all", ("boundary", "limit")),
    ("text/empty", "", "CBOR-2", 'RFC 8949 appendix A: ""', ("rfc",)),
    ("text/ietf", "IETF", "CBOR-2", 'RFC 8949 appendix A: "IETF"', ("rfc",)),
    ("text/quote-backslash", '"\\', "CBOR-2", "RFC 8949 appendix A: a quote and a backslash", ("rfc",)),
    ("text/two-bytes", "\u00fc", "CBOR-2", "RFC 8949 appendix A: U+00FC", ("rfc",)),
    ("text/three-bytes", "\u6c34", "CBOR-2", "RFC 8949 appendix A: U+6C34", ("rfc",)),
    ("text/four-bytes", "\U00010151", "CBOR-2", "RFC 8949 appendix A: U+10151", ("rfc",)),
    ("text/last-code-point", "\U0010ffff", "CBOR-2", "U+10FFFF is valid UTF-8, though no character", ("boundary",)),
    ("text/before-surrogates", "\ud7ff", "CBOR-2", "U+D7FF, the last before the surrogates", ("boundary",)),
    ("text/after-surrogates", "\ue000", "CBOR-2", "U+E000, the first after the surrogates", ("boundary",)),
    ("text/decomposed", "Ele\u0301onore", "CBOR-2", "not in Normalization Form C: readers do not check it", ()),
    ("array/empty", [], "CBOR-2", "RFC 8949 appendix A: []", ("rfc",)),
    ("array/three", [1, 2, 3], "CBOR-2", "RFC 8949 appendix A: [1, 2, 3]", ("rfc",)),
    ("array/nested", [1, [2, 3], [4, 5]], "CBOR-3", "RFC 8949 appendix A: [1, [2, 3], [4, 5]]", ("rfc",)),
    ("array/twenty-five", list(range(1, 26)), "CBOR-1", "RFC 8949 appendix A: [1, ..., 25]", ("rfc",)),
    ("map/empty", {}, "CBOR-2", "RFC 8949 appendix A: {}", ("rfc",)),
    ("map/integers", {1: 2, 3: 4}, "CBOR-2", "RFC 8949 appendix A: {1: 2, 3: 4}", ("rfc",)),
    ("map/text-keys", {"a": 1, "b": [2, 3]}, "CBOR-2", 'RFC 8949 appendix A: {"a": 1, "b": [2, 3]}', ("rfc",)),
    ("map/in-array", ["a", {"b": "c"}], "CBOR-3", 'RFC 8949 appendix A: ["a", {"b": "c"}]', ("rfc",)),
    ("map/five", {c: c.upper() for c in "abcde"}, "CBOR-2", "RFC 8949 appendix A: a map of five", ("rfc",)),
    ("map/order", {10: 0, 100: 0, -1: 0, "z": 0, "aa": 0}, "CBOR-1",
     "keys in bytewise order of their encodings: 10, 100, -1, \"z\", \"aa\" (RFC 8949 section 4.2.1, less the keys not allowed)",
     ("rfc",)),
    ("map/same-number-as-text", {1: 0, "1": 0}, "CBOR-1", "1 and \"1\" are two keys", ()),
    ("depth/8-arrays", nested(8), "CBOR-3", "eight arrays in one another", ("boundary",)),
    ("depth/8-maps", nested_maps(8), "CBOR-3", "eight maps in one another", ("boundary",)),
    ("depth/8-empty", nested(7, []), "CBOR-3", "the eighth is empty", ("boundary",)),
    ("depth/in-bytes", nested(8, encode(nested(8))), "CBOR-3", "CBOR in a byte string starts counting anew", ("boundary",)),
    ("depth/beside", [nested(7), nested(7), nested_maps(7)], "CBOR-3", "three of them beside one another, none deeper than 8",
     ()),
)
# fmt: on

INSIDE = (0x20, 0x7E, 0xA0, 0x2027, 0x202F, 0x2065, 0x206A)
OUTSIDE = (0x00, 0x09, 0x0A, 0x0D, 0x1B, 0x1F, 0x7F, 0x80, 0x85, 0x9F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2066, 0x2069)
EDGES = (0x00, 0x1F, 0x7F, 0x80, 0x9F, 0x2028, 0x202E, 0x2066, 0x2069)

# fmt: off
# slug, bytes, rule, base below cbor/accepted/, comment, flags
REFUSED: tuple[tuple[str, bytes, str, str, str, tuple[str, ...]], ...] = (
    ("empty", b"", "CBOR-1", "integer/0", "no item at all", ("boundary",)),
    ("trailing/zero", b"\x00\x00", "CBOR-1", "integer/0", "a byte after the item", ("non-canonical",)),
    ("trailing/after-map", encode({1: 2, 3: 4}) + b"\xa0", "CBOR-1", "map/integers", "a second item after the first",
     ("non-canonical",)),
    ("trailing/break", b"\x80\xff", "CBOR-1", "array/empty", "a break after an item of definite length", ()),
    ("cut/head", b"\x19\x01", "CBOR-1", "integer/256", "the head ends before its last byte", ()),
    ("cut/bytes", b"\x44\x01\x02\x03", "CBOR-1", "bytes/four", "a byte string ends one byte early", ("boundary",)),
    ("cut/text", b"\x64IET", "CBOR-1", "text/ietf", "a text string ends one byte early", ("boundary",)),
    ("cut/array", b"\x83\x01\x02", "CBOR-1", "array/three", "an array ends one item early", ("boundary",)),
    ("cut/map", b"\xa2\x01\x02\x03", "CBOR-1", "map/integers", "a map ends before its last value", ("boundary",)),
    ("cut/bytes-claims-2-to-63", bytes.fromhex("5b7fffffffffffffff00"), "CBOR-1", "bytes/four",
     "a byte string that claims nearly 2^63 bytes", ("bomb",)),
    ("cut/array-claims-2-to-32", bytes.fromhex("9affffffff00"), "CBOR-1", "array/three",
     "an array that claims 2^32 - 1 items", ("bomb",)),
    ("cut/map-claims-2-to-63", bytes.fromhex("bb7fffffffffffffff0000"), "CBOR-1", "map/integers",
     "a map that claims nearly 2^63 entries", ("bomb",)),
    ("width/23-in-one-byte", encode(Wide(23, 1)), "CBOR-1", "integer/23", "23 needs no further byte",
     ("non-canonical", "boundary")),
    ("width/0-in-one-byte", encode(Wide(0, 1)), "CBOR-1", "integer/0", "0 needs no further byte", ("non-canonical",)),
    ("width/255-in-two", encode(Wide(255, 2)), "CBOR-1", "integer/255", "255 needs one further byte",
     ("non-canonical", "boundary")),
    ("width/65535-in-four", encode(Wide(65535, 4)), "CBOR-1", "integer/65535", "65,535 needs two",
     ("non-canonical", "boundary")),
    ("width/4294967295-in-eight", encode(Wide(4294967295, 8)), "CBOR-1", "integer/4294967295",
     "4,294,967,295 needs four", ("non-canonical", "boundary")),
    ("width/-1-in-one-byte", encode(Wide(-1, 1)), "CBOR-1", "integer/-1", "-1 needs no further byte", ("non-canonical",)),
    ("width/bytes-length", encode(Wide(b"\x01\x02\x03\x04", 1)), "CBOR-1", "bytes/four", "a length with a wider head",
     ("non-canonical",)),
    ("width/text-length", encode(Wide("IETF", 2)), "CBOR-1", "text/ietf", "a length with a wider head", ("non-canonical",)),
    ("width/array-length", encode(Wide([1, 2, 3], 1)), "CBOR-1", "array/three", "a length with a wider head",
     ("non-canonical",)),
    ("width/map-length", encode(Wide({1: 2, 3: 4}, 4)), "CBOR-1", "map/integers", "a length with a wider head",
     ("non-canonical",)),
    ("width/map-key", encode(Pairs(((Wide(1, 1), 2), (3, 4)))), "CBOR-1", "map/integers", "a key with a wider head",
     ("non-canonical",)),
    ("width/inside", encode([1, [2, Wide(3, 1)], [4, 5]]), "CBOR-1", "array/nested", "the fault two arrays deep",
     ("non-canonical",)),
    ("indefinite/bytes", bytes.fromhex("5f42010243030405ff"), "CBOR-1", "bytes/four",
     "RFC 8949 appendix A: (_ h'0102', h'030405')", ("rfc", "non-canonical")),
    ("indefinite/text", bytes.fromhex("7f657374726561646d696e67ff"), "CBOR-1", "text/ietf",
     'RFC 8949 appendix A: (_ "strea", "ming")', ("rfc", "non-canonical")),
    ("indefinite/array", bytes.fromhex("9fff"), "CBOR-1", "array/empty", "RFC 8949 appendix A: [_ ]", ("rfc", "non-canonical")),
    ("indefinite/array-inside", bytes.fromhex("83018202039f0405ff"), "CBOR-1", "array/nested",
     "RFC 8949 appendix A: [1, [2, 3], [_ 4, 5]]", ("rfc", "non-canonical")),
    ("indefinite/map", bytes.fromhex("bf61610161629f0203ffff"), "CBOR-1", "map/text-keys",
     'RFC 8949 appendix A: {_ "a": 1, "b": [_ 2, 3]}', ("rfc", "non-canonical")),
    ("indefinite/map-in-array", bytes.fromhex("826161bf61626163ff"), "CBOR-1", "map/in-array",
     'RFC 8949 appendix A: ["a", {_ "b": "c"}]', ("rfc", "non-canonical")),
    ("order/integers", encode(Pairs(((3, 4), (1, 2)))), "CBOR-1", "map/integers", "the keys change places", ("non-canonical",)),
    ("order/length-first", encode(Pairs(((10, 0), (-1, 0), (100, 0), ("z", 0), ("aa", 0)))), "CBOR-1", "map/order",
     "the older length-first order (RFC 8949 section 4.2.3)", ("non-canonical",)),
    ("order/negative-before-positive", encode(Pairs(((-1, 0), (10, 0), (100, 0), ("z", 0), ("aa", 0)))), "CBOR-1", "map/order",
     "order by number", ("non-canonical",)),
    ("order/inside", encode(["a", Pairs((("c", 0), ("b", 0)))]), "CBOR-1", "map/in-array", "the fault in an inner map",
     ("non-canonical",)),
    ("twice/same-value", encode(Pairs(((1, 2), (1, 2), (3, 4)))), "CBOR-1", "map/integers", "a key twice, with one value",
     ("non-canonical",)),
    ("twice/other-value", encode(Pairs(((1, 2), (1, 3), (3, 4)))), "CBOR-1", "map/integers", "a key twice, with two values",
     ("non-canonical",)),
    ("twice/other-width", encode(Pairs(((1, 2), (Wide(1, 1), 3)))), "CBOR-1", "map/integers",
     "a key twice, once with a wider head", ("non-canonical",)),
    ("twice/text", encode(Pairs((("a", 1), ("a", 1)))), "CBOR-1", "map/text-keys", "a text key twice", ("non-canonical",)),
    ("key/bytes", encode(Pairs(((b"a", 1),))), "CBOR-2", "map/text-keys", "a byte string as a key", ("wrong-type",)),
    ("key/true", encode(Pairs(((True, 1),))), "CBOR-2", "map/integers", "true as a key", ("wrong-type",)),
    ("key/null", encode(Pairs(((None, 1),))), "CBOR-2", "map/integers", "null as a key", ("wrong-type",)),
    ("key/array", encode(Pairs((([], 1),))), "CBOR-2", "map/integers", "an array as a key", ("wrong-type",)),
    ("key/map", encode(Pairs((({}, 1),))), "CBOR-2", "map/integers", "a map as a key", ("wrong-type",)),
    ("key/float", encode(Pairs(((Raw(bytes.fromhex("f93c00")), 1),))), "CBOR-2", "map/integers", "1.0 as a key",
     ("wrong-type",)),
    ("tag/time", bytes.fromhex("c11a514b67b0"), "CBOR-2", "integer/4294967295", "RFC 8949 appendix A: 1(1363896240)", ("rfc",)),
    ("tag/date-text", b"\xc0" + encode("2013-03-21T20:04:00Z"), "CBOR-2", "text/ietf",
     'RFC 8949 appendix A: 0("2013-03-21T20:04:00Z")', ("rfc",)),
    ("tag/bignum", bytes.fromhex("c249010000000000000000"), "CBOR-2", "integer/18446744073709551615",
     "RFC 8949 appendix A: 2^64 as a big number", ("rfc", "boundary")),
    ("tag/negative-bignum", bytes.fromhex("c349010000000000000000"), "CBOR-2", "integer/-18446744073709551616",
     "RFC 8949 appendix A: -2^64 - 1 as a big number", ("rfc", "boundary")),
    ("tag/base16", bytes.fromhex("d74401020304"), "CBOR-2", "bytes/four", "RFC 8949 appendix A: 23(h'01020304')", ("rfc",)),
    ("tag/embedded-cbor", bytes.fromhex("d818456449455446"), "CBOR-2", "bytes/four", "RFC 8949 appendix A: 24(h'6449455446')",
     ("rfc",)),
    ("tag/self-described", bytes.fromhex("d9d9f700"), "CBOR-2", "integer/0", "the tag that says: this is CBOR (55799)", ()),
    ("tag/cose-sign1", encode(Tag(18, [1, 2, 3])), "CBOR-2", "array/three", "the tag of COSE_Sign1", ()),
    ("tag/shared", encode(Tag(28, [1, 2, 3])), "CBOR-2", "array/three", "tag 28 marks a value to be shared", ("bomb",)),
    ("tag/reference", encode([Tag(28, 1), Tag(29, 0), 3]), "CBOR-2", "array/three", "tag 29 refers to a shared value",
     ("bomb",)),
    ("tag/cycle", encode(Tag(28, [Tag(29, 0)])), "CBOR-2", "array/nested", "an array that contains itself", ("bomb",)),
    ("tag/exponential", b"\xd8\x1c\x82" * 8 + b"\x00\x00" + b"".join(bytes([0xD8, 0x1D, n]) for n in range(7, 0, -1)),
     "CBOR-2", "depth/8-arrays",
     "each of eight shared arrays refers to the one inside it again: 2^8 leaves, if it is followed", ("bomb",)),
    ("tag/inside", encode({1: Tag(1, 2), 3: 4}), "CBOR-2", "map/integers", "a tag on a value in a map", ()),
    ("float/half", bytes.fromhex("f93c00"), "CBOR-2", "integer/1", "RFC 8949 appendix A: 1.0", ("rfc",)),
    ("float/single", bytes.fromhex("fa47c35000"), "CBOR-2", "integer/1", "RFC 8949 appendix A: 100000.0", ("rfc",)),
    ("float/double", bytes.fromhex("fb3ff199999999999a"), "CBOR-2", "integer/1", "RFC 8949 appendix A: 1.1", ("rfc",)),
    ("float/zero", bytes.fromhex("f90000"), "CBOR-2", "integer/0", "RFC 8949 appendix A: 0.0", ("rfc",)),
    ("float/negative-zero", bytes.fromhex("f98000"), "CBOR-2", "integer/0", "RFC 8949 appendix A: -0.0", ("rfc",)),
    ("float/infinity", bytes.fromhex("f97c00"), "CBOR-2", "integer/1", "RFC 8949 appendix A: Infinity", ("rfc",)),
    ("float/nan", bytes.fromhex("f97e00"), "CBOR-2", "integer/1", "RFC 8949 appendix A: NaN", ("rfc",)),
    ("float/inside", bytes.fromhex("8301f9400003"), "CBOR-2", "array/three", "2.0 in an array", ()),
    ("simple/undefined", b"\xf7", "CBOR-2", "simple/null", "RFC 8949 appendix A: undefined", ("rfc",)),
    ("simple/16", b"\xf0", "CBOR-2", "simple/true", "RFC 8949 appendix A: simple(16)", ("rfc",)),
    ("simple/0", b"\xe0", "CBOR-2", "simple/false", "simple(0)", ()),
    ("simple/255", b"\xf8\xff", "CBOR-2", "simple/true", "RFC 8949 appendix A: simple(255)", ("rfc",)),
    ("simple/true-in-two-bytes", b"\xf8\x15", "CBOR-2", "simple/true", "simple(21) in two bytes, which is not well-formed",
     ("non-canonical",)),
    ("simple/break", b"\xff", "CBOR-2", "simple/null", "a break with nothing to break", ()),
    *((f"reserved/{byte:02x}", bytes([byte]) + bytes(8), "CBOR-2", "integer/0",
       f"RFC 8949 appendix F: the head {byte:02x} is reserved", ("rfc",))
      for byte in (0x1C, 0x3D, 0x5E, 0x7C, 0x9D, 0xBE, 0xDC, 0xFD)),
    ("reserved/integer-indefinite", b"\x1f\xff", "CBOR-2", "integer/0",
     "RFC 8949 appendix F: an integer has no indefinite form", ("rfc",)),
    *((f"utf8/{slug}", encode(Raw(bytes([0x60 + len(octets)]) + octets)), "CBOR-2", base, comment, ("injection",))
      for slug, octets, base, comment in (
          ("lone-continuation", b"\x80", "text/two-bytes", "a continuation byte with nothing before it"),
          ("cut", b"\xc3", "text/two-bytes", "a sequence of two ends after one"),
          ("cut-of-four", b"\xf0\x90\x85", "text/four-bytes", "a sequence of four ends after three"),
          ("latin-1", b"\xc9lise", "text/two-bytes", "Latin-1 in place of UTF-8"),
          ("overlong-slash", b"\xc0\xaf", "text/two-bytes", "a slash in two bytes"),
          ("overlong-zero", b"\xc0\x80", "text/two-bytes", "U+0000 in two bytes, as some call it modified UTF-8"),
          ("overlong-three", b"\xe0\x80\xaf", "text/three-bytes", "a slash in three bytes"),
          ("surrogate", b"\xed\xa0\x80", "text/before-surrogates", "U+D800, half of a surrogate pair"),
          ("surrogate-pair", b"\xed\xa0\x80\xed\xb0\x80", "text/before-surrogates",
           "a surrogate pair, each half as three bytes"),
          ("above-10ffff", b"\xf4\x90\x80\x80", "text/last-code-point", "U+110000, one too far"),
          ("five-bytes", b"\xf8\x88\x80\x80\x80", "text/four-bytes", "a sequence of five"),
          ("ff", b"\xff", "text/two-bytes", "a byte that UTF-8 never has"),
      )),
    ("utf8/in-key", b"\xa1\x61\xff\x01", "CBOR-2", "map/text-keys", "invalid UTF-8 in a key", ("injection",)),
    ("control/in-key", encode({"a\n": 1}), "CBOR-4", "map/text-keys", "a line feed in a key", ("injection",)),
    ("control/inside", encode([1, ["a\u202eb", 3], [4, 5]]), "CBOR-4", "array/nested", "a direction override two arrays deep",
     ("injection",)),
    ("depth/9-arrays", encode(nested(9)), "CBOR-3", "depth/8-arrays", "nine arrays", ("boundary", "bomb")),
    ("depth/9-maps", encode(nested_maps(9)), "CBOR-3", "depth/8-maps", "nine maps", ("boundary", "bomb")),
    ("depth/9-empty", encode(nested(8, [])), "CBOR-3", "depth/8-empty", "the ninth is empty", ("boundary", "bomb")),
    ("depth/9-mixed", encode(nested(4, {0: nested(4)})), "CBOR-3", "depth/8-arrays", "eight arrays and a map",
     ("boundary", "bomb")),
    ("depth/1000", b"\x81" * 1000 + b"\x00", "CBOR-3", "depth/8-arrays", "a thousand arrays", ("bomb",)),
    ("limit/1065", encode(bytes(LIMIT - 2)), "CBOR-5", "bytes/longest", "1,065 bytes in all", ("boundary", "limit")),
)
# fmt: on


def cbor_cases() -> Iterator[Case]:
    """What the profile allows and what it does not."""
    for slug, item, rule, comment, flags in ACCEPTED:
        yield Case(f"cbor/accepted/{slug}", ("V2", rule), comment, {"bytes": encode(item).hex()}, {}, flags=flags)
    for code_point in INSIDE:
        yield Case(
            f"cbor/accepted/code-point/{code_point:04x}",
            ("V2", "CBOR-4"),
            f"U+{code_point:04X} in a text, the last or the first beside a range that is not allowed",
            {"bytes": encode(f"a{chr(code_point)}b").hex()},
            {},
            flags=("boundary",),
        )
    for slug, data, rule, base, comment, flags in REFUSED:
        yield Case(
            f"cbor/{slug}", ("V2", rule), comment, {"bytes": data.hex()}, "cbor-profile", f"cbor/accepted/{base}", flags
        )
    for code_point in OUTSIDE:
        yield Case(
            f"cbor/control/{code_point:04x}",
            ("V2", "CBOR-4"),
            f"U+{code_point:04X} in a text",
            {"bytes": encode(f"a{chr(code_point)}b").hex()},
            "cbor-profile",
            "cbor/accepted/code-point/0020",
            ("injection", "boundary") if code_point in EDGES else ("injection",),
        )
