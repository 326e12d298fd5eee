"""What is recognised at a glance is what the general readers make of it: the same structure, or left to them.

What is accepted is held against the CDDL in ``test_messages``, by way of the glance; here two readers of the library are held
against each other, values and all.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import cbor2
import pytest

from tests.fuzz import mutations
from tests.wire.test_messages import INTERESTING, genuine, near_misses
from tests.world import NIR
from vitaletoken import InputError
from vitaletoken.errors import NotInForm
from vitaletoken.wire import credential_glance, patterns
from vitaletoken.wire.credential import parse_credential, serialize_claims
from vitaletoken.wire.credential_glance import parse_credential_at_a_glance
from vitaletoken.wire.presentation import _at_a_glance, _step_by_step

Glance = Callable[[bytes], object]

LONGEST_PRESENTATION = 1064  # vitaletoken.cddl


def of_credential(data: bytes) -> object:
    """None where the glance leaves it to the general reader; where it refuses by itself, the general reader refuses too."""
    try:
        return credential_glance._at_a_glance(data)
    except NotInForm:
        with pytest.raises(InputError):
            parse_credential(data)
        return None


KINDS: dict[str, tuple[Glance, Glance]] = {
    "credential": (of_credential, parse_credential),
    "presentation": (_at_a_glance, _step_by_step),
}


def changed(kind: str) -> Iterator[bytes]:
    """Near misses of genuine messages, and random changes of their bytes, heads and items."""
    corpus = genuine()[kind]
    for message in corpus:
        yield from near_misses(message, INTERESTING)
    rng, trees = random.Random(f"glance {kind}"), mutations.Trees(corpus)
    kinds = (mutations.flip_bits, mutations.edit_bytes, mutations.heads, trees.edit, trees.exchange)
    for _ in range(4000):
        yield rng.choice(kinds)(rng, corpus)


@pytest.mark.parametrize("kind", KINDS)
def test_a_glance_sees_what_the_general_reader_sees(kind: str) -> None:
    glance, general = KINDS[kind]
    recognised = 0
    for data in changed(kind):
        seen = glance(data)
        if seen is not None:
            recognised += 1
            assert seen == general(data), data.hex()
    assert recognised > 100, "a glance that recognises nothing agrees with everything"


@pytest.mark.parametrize("data", genuine()["credential"])
def test_genuine_credentials_are_recognised(data: bytes) -> None:
    assert of_credential(data) == parse_credential_at_a_glance(data) == parse_credential(data)


def test_what_is_recognised_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A glance that leaves everything to the general reader would be right, and of no use."""
    expected = [parse_credential(data) for data in genuine()["credential"]]
    monkeypatch.setattr(credential_glance, "parse_credential", None)
    assert [parse_credential_at_a_glance(data) for data in genuine()["credential"]] == expected


def test_presentations_with_the_code_are_recognised_and_others_left() -> None:
    recognised = [_at_a_glance(data) is not None for data in genuine()["presentation"]]
    assert recognised == [True, False, True, False]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 7, 8, 9, 100])
def test_what_ends_early_is_left_and_then_refused(size: int) -> None:
    data = genuine()["presentation"][0][:size]
    assert _at_a_glance(data) is None
    with pytest.raises(InputError):
        _step_by_step(data)


@pytest.mark.parametrize(
    ("count", "encoded", "expected"),
    [
        (1, b"\x61a", ("a",)),
        (2, b"\x61a\x62\xc3\xa9", ("a", "é")),
        (1, b"\x78\x18" + b"x" * 24, ("x" * 24,)),
        (1, b"\x78\x64" + b"x" * 100, ("x" * 100,)),
        (1, b"\x78\x17" + b"x" * 23, None),  # not the shortest head
        (1, b"\x78\x01a", None),
        (1, b"\x61a\x61b", None),
        (2, b"\x61a", None),
        (1, b"\x62a", None),
        (1, b"\x60", None),
        (1, b"\x78", None),
        (1, b"\x41a", None),  # a byte string
        (1, b"\x98\x18" + b"x" * 24, None),
        (1, b"\x61\xff", None),
        (1, b"\x63\xe2\x80\xae", None),  # U+202E
        (1, b"\x78\x65" + b"x" * 101, None),
    ],
)
def test_texts_are_split_by_their_heads(count: int, encoded: bytes, expected: tuple[str, ...] | None) -> None:
    assert patterns.texts(count, encoded) == expected


@pytest.mark.parametrize(
    ("head", "content", "expected"),
    [
        (b"\x61", b"a", "a"),
        (b"\x77", b"x" * 23, "x" * 23),
        (b"\x78\x18", b"x" * 24, "x" * 24),
        (b"\x78\x64", b"x" * 100, "x" * 100),
        (b"\x62", b"a", None),
        (b"\x78\x19", b"x" * 24, None),
        (b"\x78\x78", b"x" * 24, None),  # as long as if the length were a head
        (b"\x78\x65", b"x" * 101, None),
        (b"\x61", b"\xff", None),
        (b"\x63", b"\xe2\x80\xae", None),  # U+202E
    ],
)
def test_a_text_is_as_long_as_its_head_says(head: bytes, content: bytes, expected: str | None) -> None:
    assert patterns.text(head, content) == expected


@pytest.mark.parametrize("department", [b"2A", b"2B"])
def test_a_number_from_corsica_is_recognised_in_capitals_alone(department: bytes) -> None:
    """A small letter is no second way to write a number (``nir`` in vitaletoken.cddl), and is refused by both readers."""
    data = next(data for data in genuine()["credential"] if NIR.digits().encode() in data)
    number = NIR.digits().encode()
    corsican = data.replace(number, number[:5] + department + number[7:])
    assert of_credential(corsican) == parse_credential(corsican)
    small = data.replace(number, number[:5] + department.lower() + number[7:])
    for parse in (parse_credential, parse_credential_at_a_glance):
        with pytest.raises(InputError):
            parse(small)


@pytest.mark.parametrize(("size", "recognised"), [(251, False), (252, True), (600, True)])
def test_a_presentation_of_a_credential_with_a_head_of_three_bytes_is_recognised(size: int, recognised: bool) -> None:
    header, unprotected, payload, signature = cbor2.loads(genuine()["presentation"][0])
    data = cbor2.dumps([header[:4] + bytes(size), unprotected, payload, signature])
    assert (_at_a_glance(data) is not None) is recognised
    assert _step_by_step(data).credential == bytes(size)


def test_the_longest_presentation_is_recognised_and_no_longer_one() -> None:
    header, unprotected, payload, signature = cbor2.loads(genuine()["presentation"][0])
    around = len(cbor2.dumps([header[:4] + bytes(600), unprotected, payload, signature])) - 600
    longest, longer = (
        cbor2.dumps([header[:4] + bytes(size - around), unprotected, payload, signature])
        for size in (LONGEST_PRESENTATION, LONGEST_PRESENTATION + 1)
    )
    assert _at_a_glance(longest) == _step_by_step(longest)
    assert _at_a_glance(longer) is None
    with pytest.raises(InputError):
        _step_by_step(longer)


def test_a_presentation_full_of_line_feeds_is_recognised() -> None:
    """A byte like any other, in the length of a layer too; to a pattern it is not, unless it is told."""
    header, unprotected, payload, _ = cbor2.loads(genuine()["presentation"][0])
    inner_header, inner_unprotected, claims, _ = cbor2.loads(payload)
    cti = cbor2.loads(claims)[7]
    layer = cbor2.dumps([inner_header, inner_unprotected, claims.replace(cti, b"\n" * 8), b"\n" * 64])
    data = cbor2.dumps([header, unprotected, layer, b"\n" * 64])
    assert _at_a_glance(data) == _step_by_step(data)


@pytest.mark.parametrize("number", range(len(genuine()["credential"])))
def test_a_credential_full_of_line_feeds_is_recognised(number: int) -> None:
    data = genuine()["credential"][number]
    claims = parse_credential(data).unverified_claims
    card = claims.card
    whole = card._replace(
        code_key=b"\n" * 32,
        beneficiary=b"\n" * 8,
        rights_as_of=0x0A0A,
        rights_until=card.rights_until and 0x0A0B,
        enrolment=card.enrolment._replace(binding=b"\n" * 16),
        policyholder=card.policyholder and b"\n" * 7 + b"\0",
        portrait=card.portrait and b"\n" * 32,
    )
    fed = claims._replace(cti=b"\n" * 8, iat=0x0A0A0A0A, exp=0x0A0A0A0A + claims.exp - claims.iat, card=whole)
    header, unprotected, _, _ = cbor2.loads(data)
    written = cbor2.dumps([header, unprotected, serialize_claims(fed), b"\n" * 64])
    assert of_credential(written) == parse_credential(written)
