"""Every reader of messages against the CDDL file: they accept the same bytes, and the same number of each kind.

The CDDL is read by ``cddl.py``, CBOR by ``reference_cbor.py``; the library has part in neither. Near misses are made of genuine
messages: each place in turn replaced by each interesting value, left out, or repeated. No signature is needed: reading
comes before believing.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import forge
from tests.examples import examples
from tests.fuzz import mutations
from tests.fuzz.mutations import Wrapped, at, changed, fold, paths, unfold
from tests.wire import reference_cbor, reference_messages
from tests.wire.cddl import TEXT, Cddl
from tests.wire.reference_messages import CDDL, SIZES, fault_of_presentation, is_message
from tests.world import CODE, FATHERS_DIGITS, FATHERS_NIR, NIR, NIR_DIGITS, NOW, camille, enrolled, ml_dsa_signer
from vitaletoken import Code, Malformed, Person, Quality, Sex
from vitaletoken.wire.certificate import parse_certificate
from vitaletoken.wire.challenge import parse_challenge
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.credential_glance import parse_credential_in
from vitaletoken.wire.delta import parse_delta
from vitaletoken.wire.enrolment import parse_offer, parse_request
from vitaletoken.wire.presentation import parse_presentation
from vitaletoken.wire.registry import Algorithm
from vitaletoken.wire.snapshot import parse_snapshot
from vitaletoken.wire.status_list import parse_status_list
from vitaletoken.wire.trust_list import parse_trust_list

Parse = Callable[[bytes], object]


def parse_whole_challenge(data: bytes) -> object:
    """The challenge and its certificate, as the CDDL has it; the library reads them one after the other (H2)."""
    return parse_certificate(parse_challenge(data).unverified_claims.certificate)


READERS: dict[str, tuple[Parse, Code | set[Code]]] = {
    "credential": (parse_credential, Code.CREDENTIAL_STRUCTURE),
    "trust-list": (parse_trust_list, Code.TRUST_LIST_STRUCTURE),
    "status-list": (parse_status_list, Code.STATUS_LIST_STRUCTURE),
    "status-snapshot": (parse_snapshot, Code.SNAPSHOT_STRUCTURE),
    "status-delta": (parse_delta, Code.DELTA_STRUCTURE),
    "enrolment-offer": (parse_offer, Code.OFFER_STRUCTURE),
    "enrolment-request": (parse_request, Code.REQUEST_STRUCTURE),
    "terminal-certificate": (parse_certificate, Code.CERTIFICATE_STRUCTURE),
    "challenge": (parse_whole_challenge, {Code.CHALLENGE_STRUCTURE, Code.CERTIFICATE_STRUCTURE}),
}


@cache
def genuine() -> dict[str, list[bytes]]:
    """Messages of each kind that have between them each optional claim, both suites, and both kinds of presentation."""
    full = camille(
        person=Person("Lefebvre", ("Élise", "Zoé", "Li"), Sex.FEMALE, name_in_use="Moreau", birth_rank=2),
        quality=Quality.CHILD,
        policyholder="somebody else",
        nir=NIR,
        policyholder_nir=FATHERS_NIR,
        rights_until=NOW // 86_400 + 9,
        portrait=bytes(range(32)),
    )
    found: dict[str, list[bytes]] = {kind: [] for kind in SIZES}
    for algorithm, beneficiary in ((Algorithm.ED25519, camille()), (Algorithm.ESP256, full)):
        world = enrolled(algorithm=algorithm, beneficiary=beneficiary)
        offer = world.issuer.offer()
        found["credential"] += [forge.credential_of(world), world.views().billing]
        found["presentation"] += [world.holder.present(code).message for code in (CODE, None)]
        found["enrolment-offer"].append(offer)
        found["enrolment-request"].append(forge.request(world, offer))
        found["status-list"].append(world.issuer.publish_status_list(capacity=64))
        found["trust-list"].append(forge.trust_list(world, _two_of_each, signers=world.root_signers))
        found["terminal-certificate"].append(forge.certificate(world, forge.put((forge.TERMINAL, 3), [1, 2, 4, 8])))
        found["challenge"] += [forge.challenge(world), forge.challenge(world, _bare)]
        lists = {0: b"one", 7: b"two"}
        second = [world.issuer_signer, ml_dsa_signer("issuer")] if algorithm is Algorithm.ESP256 else None
        found["status-snapshot"].append(forge.snapshot(world, forge.snapshot_claims(lists), signers=second))
        changes = [[0, [[1, forge.leb128(0, 5, 300)], [3, forge.leb128(16_384)]]], [7, [[0, forge.leb128(9)]]]]
        snapshot = found["status-snapshot"][-1]
        found["status-delta"].append(forge.delta(world, snapshot, snapshot, changes))
    found["trust-list"].append(
        forge.trust_list(world, _second_keys, signers=[*world.root_signers[:2], ml_dsa_signer("root")])
    )
    return found


def _bare(claims: Any) -> None:
    asked = claims[forge.CHALLENGE]
    asked[2], asked[3] = [1, 2, 3, 4, 5], 1
    del asked[5], asked[6]


def _two_of_each(claims: Any) -> None:
    key = claims[6][0][3][0]
    claims[6].append({1: "b.2-c", 2: "Sécurité", 3: [{**key, 2: [2]}, {**key, 2: [1, 3]}], 4: "https://other.example"})
    authority = claims[7][0]
    claims[7].append({**authority, 1: "b.2-c", 4: list(range(1, 9))})


def _second_keys(claims: Any) -> None:
    keys = [forge.cose_key(-49, ml_dsa_signer(name).public_key.public) for name in ("root", "other root")]
    claims[5][3] = keys
    entries = claims[6][0][3]
    entries[0][5] = [NOW, True]
    entries.append({1: keys[0], 2: [5], 3: 0, 4: NOW, 5: [0, False]})


# --- values

NUMBERS = sorted({int(n) + d for n in re.findall(r"-?\b\d+\b", re.sub(r";.*", "", TEXT)) for d in (-1, 0, 1)})
LENGTHS = sorted(
    {int(n) + d for size in re.findall(r"\.size \(?([\d.]+)", TEXT) for n in size.split("..") for d in (-1, 0, 1)}
)
INTERESTING = [
    *NUMBERS, 2**32, 2**64 - 1, -(2**64), NOW, NOW + 60,
    *(bytes(length) for length in {*LENGTHS, 15, 16, 17}),
    *("x" * length for length in {*LENGTHS, 0, 32, 33, 99, 100, 101, 199, 200, 201}),
    "é" * 50, "é" * 51, "-ab", "Ab", "a_b", "a.b-c", "a" * 31 + "\n", "\n", "\u202e", "e\u0301", "lst", "bits",
    NIR_DIGITS, FATHERS_DIGITS,
    "2840" + NIR_DIGITS[4:5] + "2A" + NIR_DIGITS[7:], "2840" + NIR_DIGITS[4:5] + "2C" + NIR_DIGITS[7:],
    "5" + NIR_DIGITS[1:], NIR_DIGITS + "12",
    True, False, None, 1.0, [], {}, [0], {0: 0}, {1: 0}, [[]], "application/statuslist+cwt",
]  # fmt: skip


OTHER_TYPES = (None, True, 0, 1, 1.0, b"", "x", [], {}, [0], {1: 0})


def near_misses(data: bytes, every: list[Any]) -> Iterator[bytes]:
    """``data`` with one change of its items, in the deterministic encoding: that of CBOR is not in question here."""
    tree = unfold(data)
    places = paths(tree)
    own = {at(tree, path) for path in places if isinstance(at(tree, path), (bytes, str, int))}
    for path in places:
        old = at(tree, path)
        for new in [*every, *sorted(own, key=repr)]:  # each place also gets what is right at another
            if type(new) is type(old) or new in OTHER_TYPES:
                yield written(changed(tree, path, lambda _, new=new: new))
        for new in _around(old):
            yield written(changed(tree, path, lambda _, new=new: new))


def _around(old: Any) -> Iterator[Any]:
    """What is nearly as it was."""
    if type(old) is int:
        yield from (old - 1, old + 1, -old, old + 60)
    elif isinstance(old, (bytes, str)):
        yield from (old[:-1], old + old[-1:], old[1:], old * 2)
    elif isinstance(old, list):
        yield from (old[:number] + old[number + 1 :] for number in range(len(old)))
        yield from ([*old, element] for element in old)
        yield old[::-1]
    elif isinstance(old, dict):
        for key in old:
            yield {other: value for other, value in old.items() if other != key}
            yield {(other if other != key else -99): value for other, value in old.items()}
        yield from ({**old, key: 1} for key in range(16) if key not in old)
        yield from ({**old, key: NIR_DIGITS} for key in (13, 14) if key not in old)
        yield from ({**old, key: bytes(8)} for key in (-1, -65536, -65540, 65535, "x", 11) if key not in old)
    elif isinstance(old, Wrapped):
        yield old.item
        yield Wrapped([old.item])


def written(tree: Any) -> bytes:
    return forge.enc(fold(tree))


# --- the comparison


def accepts(parse: Parse, code: Code | set[Code], data: bytes) -> bool:
    try:
        parse(data)
    except Malformed as error:
        refused = error.code
    else:
        return True
    assert refused in (code if isinstance(code, set) else {code})
    return False


@pytest.mark.parametrize("kind", READERS)
def test_near_misses_are_read_as_the_cddl_says(kind: str) -> None:
    parse, code = READERS[kind]
    outcomes: Counter[bool] = Counter()
    for message in genuine()[kind]:
        assert is_message(kind, message)
        for data in near_misses(message, INTERESTING):
            expected = is_message(kind, data)
            assert accepts(parse, code, data) == expected, data.hex()
            outcomes[expected] += 1
    assert outcomes[True] > 50, "near misses that all miss compare little"
    assert outcomes[False] > 1000


def fault(data: bytes) -> str | None:
    try:
        parse_credential_in(parse_presentation(data))
    except Malformed as refused:
        return refused.code.value
    return None


def test_near_misses_of_presentations_are_read_as_the_cddl_says() -> None:
    outcomes: Counter[str | None] = Counter()
    for message in genuine()["presentation"]:
        assert fault_of_presentation(message) is None
        for data in near_misses(message, INTERESTING):
            expected = fault_of_presentation(data)
            assert fault(data) == expected, data.hex()
            outcomes[expected] += 1
    assert set(outcomes) == {
        None, "cbor-profile", "cose-structure", "claims-structure", "credential-structure", "algorithm-mismatch",
    }  # fmt: skip


@pytest.mark.parametrize("kind", SIZES)
def test_random_changes_are_read_as_the_cddl_says(kind: str) -> None:
    """Several changes at once, also of the encoding, also across messages."""
    rng = random.Random(f"messages {kind}")
    corpus = genuine()[kind]
    trees = mutations.Trees(corpus)
    kinds = (mutations.flip_bits, mutations.edit_bytes, mutations.heads, trees.edit, trees.exchange, trees.exchange)
    for _ in range(4000):
        data = rng.choice(kinds)(rng, corpus)
        if kind == "presentation":
            assert fault(data) == fault_of_presentation(data), data.hex()
        else:
            assert accepts(*READERS[kind], data) == is_message(kind, data), data.hex()


# --- the innermost claims: a pattern over bytes, in the library

HEADS = st.builds(
    lambda number, size: reference_cbor.head(0, number % (24 if size == 0 else 1 << 8 * size), size),
    st.one_of(st.integers(0, 2**64 - 1), st.sampled_from([*NUMBERS, NOW, NOW + 1, NOW + 60, NOW + 61]).map(abs)),
    st.sampled_from([0, 1, 2, 4, 8]),
)
TIMES = st.sampled_from([0, 23, 24, 255, 256, 65_535, 65_536, NOW, 2**32 - 1, 2**32, 253402300739, 253402300799])


@st.composite
def claims_bytes(draw: st.DrawFn) -> bytes:
    """Presentation claims, each part good or not: heads of any length, numbers at the edges."""
    iat = draw(TIMES)
    exp = iat + draw(st.sampled_from([1, 60, 60, 0, 61, -1, 2**32]))
    parts = [
        reference_cbor.head(0, max(exp, 0)),
        reference_cbor.head(0, iat),
        reference_cbor.encode(draw(st.binary(min_size=8, max_size=8))),
        bytes([draw(st.integers(0, 3))]),
        bytes([draw(st.integers(0, 2))]),
        reference_cbor.head(0, draw(st.sampled_from([1, 1, 23, 24, 256, 65_536, 2**32 - 1, 2**32, 0]))),
        reference_cbor.head(0, draw(st.sampled_from([0, 1, 10, 24, 255, 256]))),
    ]
    if draw(st.booleans()):
        place = draw(st.integers(0, len(parts) - 1))
        parts[place] = draw(HEADS | st.binary(max_size=10))
    exp_, iat_, cti, verification, binding, counter, tries = parts
    own = b"\x01" + verification + b"\x02" + binding + b"\x03" + counter + b"\x04" + tries
    return b"\xa4\x04" + exp_ + b"\x06" + iat_ + b"\x07" + cti + b"\x3a\x00\x01\x00\x01\xa4" + own


@st.composite
def payloads(draw: st.DrawFn) -> bytes:
    """Claims, or a code layer that holds them; each piece of that good or not."""
    claims = draw(claims_bytes())
    if draw(st.booleans()):
        return claims
    protected = draw(st.sampled_from([b"\x43\xa1\x01\x32"] * 5 + [b"\x43\xa1\x01\x28", b"\x40", b"\x43\xa1\x01\x26"]))
    unprotected = draw(st.sampled_from([b"\xa0"] * 5 + [b"\xa1\x01\x32", b"\x80", b"\xf6"]))
    signature = draw(st.sampled_from([64] * 5 + [63, 65, 0]))
    length = draw(st.sampled_from([None] * 5 + [1, 2, 4]))
    inner = reference_cbor.head(2, len(claims), length) + claims
    array = draw(st.sampled_from([b"\x84"] * 5 + [b"\x83", b"\x98\x04", b"\x9f"]))
    return array + protected + unprotected + inner + reference_cbor.encode(b"\x5a" * signature)


@examples(4000)
@given(payloads())
def test_the_claims_are_read_as_the_cddl_says(payload: bytes) -> None:
    """The library reads them with one pattern over all their bytes; here they are decoded, walked and checked."""
    device = forge.enc(
        [b"\xa2\x01\x32\x0d" + genuine()["credential"][0], {}, payload, bytes(64)],
    )
    expected = fault_of_presentation(device)
    assert fault(device) == expected
    if expected is None:
        item = reference_messages.decoded(payload)
        claims = reference_messages.decoded(item[2]) if isinstance(item, list) else item
        own = claims[-65538]
        read = parse_presentation(device).unverified_claims
        assert (read.iat, read.exp, read.cti, read.counter) == (claims[6], claims[4], claims[7], own[3])
        assert (read.user_verification, read.binding, read.failed_tries) == (own[1], own[2], own[4])


def test_good_claims_are_among_the_examples() -> None:
    """Else the comparison above would be of refusals with refusals."""
    base = genuine()["presentation"][0]
    tree = unfold(base)
    accepted = 0
    for iat in (0, 23, 24, 255, 256, 65_535, 65_536, NOW, 2**32 - 1, 2**32, 253402300739):
        for lifetime in (1, 60):
            for counter in (1, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1):
                for tries in (0, 23, 24, 255):
                    edited = unfold(base)
                    claims = edited[2].item[2].item
                    claims.update({6: iat, 4: iat + lifetime})
                    claims[-65538].update({3: counter, 4: tries})
                    data = written(edited)
                    assert fault(data) is fault_of_presentation(data) is None
                    accepted += 1
    assert accepted == 704
    assert unfold(base) == tree


# --- sizes


def padded(kind: str, size: int) -> bytes:
    """A message of that kind in form and of exactly that size, made longer where the kind can be."""
    base = genuine()[kind][0]
    tree = unfold(base)
    if kind == "status-list":
        return grown(lambda n: changed(tree, (2, mutations._INSIDE, 65533, "lst"), lambda _: bytes(n)), size)
    if kind == "credential":
        names = [["x" * 100] * 4 + ["x" * n] for n in range(1, 101)]
        return _first(
            (changed(tree, (2, mutations._INSIDE, -65537, 3), lambda old, n=n: {**old, 2: n}) for n in names), size
        )
    raise AssertionError(kind)


def grown(make: Callable[[int], Any], size: int) -> bytes:
    length = size - len(written(make(0)))
    return _first((make(n) for n in range(length - 12, length + 1)), size)


def _first(trees: Iterator[Any], size: int) -> bytes:
    return next(data for data in map(written, trees) if len(data) == size)


@pytest.mark.parametrize("kind", ["credential", "status-list"])
def test_a_message_of_the_greatest_size_is_read_and_a_greater_one_is_not(kind: str) -> None:
    parse, code = READERS[kind]
    limit = SIZES[kind]
    assert accepts(parse, code, padded(kind, limit))
    for size in (limit + 1, limit + 9):
        data = padded(kind, size)
        assert CDDL.accepts(kind, reference_messages.decoded(data))
        assert not accepts(parse, code, data)


@pytest.mark.parametrize("kind", READERS)
def test_a_message_too_long_is_not_decoded(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import cbor2

    def unreachable(*_: object, **__: object) -> None:
        raise AssertionError("decoded although too long")

    monkeypatch.setattr(cbor2, "loads", unreachable)
    parse, code = READERS[kind]
    assert not accepts(parse, code, genuine()[kind][0] + bytes(SIZES[kind]))


# --- the validator itself


def test_the_validator_reads_the_whole_file() -> None:
    rules = set(re.findall(r"^([a-z][a-z0-9-]*)(?:<[^>]*>)?\s*=", TEXT, re.MULTILINE))
    assert CDDL.names() == rules
    assert {"message", "credential", "presentation", "sign1", "numeric-date", "name"} <= rules


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ("a = 1 / 2", [1, 2], [0, 3, True, "1"]),
        ("a = 1..3", [1, 2, 3], [0, 4, True, 1.0]),
        ("a = -5..-3", [-5, -3], [-2, -6]),
        ("a = bstr .size 2", [b"ab"], [b"a", b"abc", "ab"]),
        ("a = tstr .size (1..2)", ["a", "é"], ["", "abc", "éa", b"a"]),
        ('a = tstr .regexp "[a-z]+"', ["abc"], ["", "aB", "a\n"]),
        (
            'a = { 1: bool, ? "k": nil }',
            [{1: True}, {1: False, "k": None}],
            [{}, {1: 1}, {1: True, 2: 0}, {"k": None}, []],
        ),
        ("a = [x: 1, y: 2]", [[1, 2]], [[1], [2, 1], [1, 2, 3], {}]),
        ("a = [1*2 b]\nb = 7", [[7], [7, 7]], [[], [7, 7, 7], [8]]),
        ("a = bstr .cbor b\nb = {}", [b"\xa0"], [b"", b"\x80", b"\xa0\x00", {}]),
        ("a = bstr .cbor (b / c)\nb = 1\nc = 2", [b"\x01", b"\x02"], [b"\x03"]),
        ("a = p<b>\np<x> = [x, x]\nb = 1", [[1, 1]], [[1, 2], [1]]),
    ],
)
def test_the_validator_can_say_no(rule: str, good: list[Any], bad: list[Any]) -> None:
    cddl = Cddl(rule)
    assert [cddl.accepts("a", item) for item in good] == [True] * len(good)
    assert [cddl.accepts("a", item) for item in bad] == [False] * len(bad)


def test_what_the_file_says_of_sizes_is_what_is_used_here() -> None:
    for kind, size in SIZES.items():
        assert re.search(rf"^{kind} = .*at most {size:,} bytes", TEXT, re.MULTILINE)
