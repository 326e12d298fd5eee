"""Status lists: what is in them, where their cards are, whose they are (spec section 11)."""

from __future__ import annotations

import random
import zlib
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import forge
from tests.examples import examples
from tests.forge import both, put
from tests.world import DAY, NOW, STATUS_URI, World, enrolled
from vitaletoken import Code, InputError, IssuerEntry, IssuerKey, UsageError, verify_status_list, verify_trust_list
from vitaletoken.adapters.memory import MemoryStatus
from vitaletoken.rules.publication import pack
from vitaletoken.rules.status import CAPACITY, VerifiedStatusList
from vitaletoken.wire.registry import KeyUse, Status


@cache
def shared() -> World:
    return enrolled()


@pytest.fixture
def world() -> World:
    return shared()


def refusal_of(data: bytes, world: World) -> Code | None:
    try:
        verify_status_list(data, world.trust)
    except InputError as refused:
        return refused.code
    return None


def with_lst(world: World, lst: bytes) -> bytes:
    return forge.status_list(world, put((65533, "lst"), lst))


# --- entries


@examples(100)
@given(st.dictionaries(st.integers(0, 1023), st.sampled_from(Status), max_size=60))
def test_each_entry_is_found_where_it_was_put(statuses: dict[int, Status]) -> None:
    world = shared()
    found = verify_status_list(with_lst(world, zlib.compress(pack(statuses, 1024))), world.trust)
    for idx in range(1024):
        assert found.find(idx) is statuses.get(idx, Status.VALID)
    assert found.find(1024) is found.find(-1) is found.find(CAPACITY) is None


def test_the_lowest_bits_come_first(world: World) -> None:
    """The example of the draft (2 bits an entry): 1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3 is c9 44 f9."""
    statuses = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
    assert pack({idx: Status(value) for idx, value in enumerate(statuses)}, 12) == b"\xc9\x44\xf9"
    found = verify_status_list(with_lst(world, zlib.compress(b"\xc9\x44\xf9")), world.trust)
    assert [found.find(idx) for idx in range(12)] == statuses
    assert found.find(12) is None


def test_a_full_list(world: World) -> None:
    rng = random.Random(2)
    entries = rng.randbytes(CAPACITY // 4)
    found = verify_status_list(with_lst(world, zlib.compress(entries)), world.trust)
    for idx in [0, 1, 2, 3, 4, CAPACITY - 1, *(rng.randrange(CAPACITY) for _ in range(2000))]:
        assert found.find(idx) == entries[idx // 4] >> 2 * (idx % 4) & 3
    assert found.find(CAPACITY) is None


@pytest.mark.parametrize("capacity", [-4, 0, 1, 2, 3, 5, CAPACITY + 4])
def test_a_capacity_out_of_range_is_a_usage_error(capacity: int) -> None:
    with pytest.raises(UsageError):
        pack({}, capacity)


@pytest.mark.parametrize("idx", [-1, 8, CAPACITY])
def test_an_index_out_of_range_is_a_usage_error(idx: int) -> None:
    with pytest.raises(UsageError):
        pack({idx: Status.REVOKED}, 8)


# --- content: exactly one zlib stream

GOOD = zlib.compress(bytes(range(100)), 9)
LARGEST = zlib.compress(bytes(262_144), 9)


def raw(data: bytes, wbits: int) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return compressor.compress(data) + compressor.flush()


def with_dictionary() -> bytes:
    compressor = zlib.compressobj(zdict=b"dictionary")
    return compressor.compress(b"dictionary" * 9) + compressor.flush()


def unfinished(flush: int) -> bytes:
    compressor = zlib.compressobj()
    return compressor.compress(b"data" * 9) + compressor.flush(flush)


@pytest.mark.parametrize(
    "lst", [GOOD, LARGEST, zlib.compress(b"\0"), zlib.compress(bytes(262_144), 0), raw(b"x" * 9, 9)]
)
def test_a_stream_of_1_to_262144_bytes_is_inflated(lst: bytes, world: World) -> None:
    assert verify_status_list(with_lst(world, lst), world.trust).entries == zlib.decompress(lst)


@pytest.mark.parametrize(
    "lst",
    [
        b"", b"\0", b"\x78", b"\x78\x9c", zlib.compress(b""), zlib.compress(bytes(262_145)), zlib.compress(bytes(262_145), 0),
        GOOD[:-1], GOOD[:-4], GOOD + b"\0", GOOD + GOOD, GOOD[:-1] + bytes([GOOD[-1] ^ 1]), LARGEST + b"\0", LARGEST[:-1],
        raw(b"data", -15), raw(b"data", 31), with_dictionary(), unfinished(zlib.Z_SYNC_FLUSH), unfinished(zlib.Z_FULL_FLUSH),
        bytes(range(256)), b"\x78\x9c" + b"\xff" * 50, zlib.compress(zlib.compress(bytes(300_000)))[:20],
    ],
    ids=lambda lst: lst[:12].hex() + f"-{len(lst)}",
)  # fmt: skip
def test_what_is_not_one_such_stream_is_refused(lst: bytes, world: World) -> None:
    assert refusal_of(with_lst(world, lst), world) is Code.STATUS_LIST_CONTENT


def test_a_bomb_is_not_inflated(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """STATUS-2: inflation stops, so that the size of what came out is bounded whatever went in."""
    taken: list[int] = []
    real = zlib.decompressobj

    class Watched:
        def __init__(self) -> None:
            self._inflater = real()

        def decompress(self, data: bytes, max_length: int) -> bytes:
            out = self._inflater.decompress(data, max_length)
            taken.append(len(out))
            return out

        def __getattr__(self, name: str) -> object:
            return getattr(self._inflater, name)

    bomb = zlib.compress(bytes(50_000_000), 9)
    assert len(bomb) < 60_000
    monkeypatch.setattr(zlib, "decompressobj", Watched)
    assert refusal_of(with_lst(world, bomb), world) is Code.STATUS_LIST_CONTENT
    assert sum(taken) <= 262_145


def test_nothing_is_inflated_before_the_signature_was_verified(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> None:
        raise AssertionError("inflated what nobody vouches for")

    monkeypatch.setattr(zlib, "decompressobj", unreachable)
    forged = forge.status_list(world, layer=put((3,), bytes(64)))
    assert refusal_of(forged, world) is Code.STATUS_LIST_SIGNATURE
    with pytest.raises(AssertionError):
        verify_status_list(forge.status_list(world), world.trust)


# --- whose list it is


@pytest.mark.parametrize(
    "sub",
    [
        *(STATUS_URI + tail for tail in (
            "", "/", "/00", "/01", "/-1", "/+1", "/ 1", "/1 ", "/65536", "/100000", "/999999999999", "/1/0", "//0", "/x",
            "/\u0661", "/\uff11", "/1e1", "/0x1", "/1_0", "/\u00b2", "?x/0", "%2f0", "\\0", "\u00e9/0",
        )),
        STATUS_URI.upper() + "/0", STATUS_URI[:-1] + "/0", STATUS_URI.replace("https", "http") + "/0", "/0", "0",
        "https://status.example/0", "https://status.example//fr-cnam/0", "https://status.example/x/../fr-cnam/0",
    ],
)  # fmt: skip
def test_a_name_that_is_not_exactly_an_issuers_is_refused(sub: str, world: World) -> None:
    """STATUS-3: bytes are compared, nothing is normalised; the number is decimal without a leading zero."""
    assert refusal_of(forge.status_list(world, put((2,), sub)), world) is Code.STATUS_LIST_ISSUER


@pytest.mark.parametrize("number", [0, 1, 9, 10, 42, 65_535])
def test_each_number_is_read(number: int, world: World) -> None:
    found = verify_status_list(forge.status_list(world, put((2,), f"{STATUS_URI}/{number}")), world.trust)
    assert (found.issuer, found.number) == ("fr-cnam", number)
    assert found.verified_under is world.trust


def neighbours(world: World) -> World:
    """Two issuers, one's URI the beginning of the other's; each has its own key, and one key for cards only."""
    other = world._signer()
    cards_only = world._signer()
    window = (NOW - DAY, NOW + DAY)
    base = world.trust.claims.issuers[0]
    ours = IssuerKey(world.issuer_signer.public_key, (KeyUse.CREDENTIAL, KeyUse.STATUS_LIST), *window)
    wrong_use = IssuerKey(cards_only.public_key, (KeyUse.CREDENTIAL, KeyUse.ENROLMENT_OFFER), *window)
    theirs = IssuerKey(other.public_key, (KeyUse.STATUS_LIST,), *window)
    issuers = (
        IssuerEntry(base.id, base.name, (ours, wrong_use), STATUS_URI),
        IssuerEntry("other", "Other", (theirs,), STATUS_URI + "/0"),
    )
    world.trust = verify_trust_list(
        world.signed_trust_list(world.trust_claims(issuers=issuers)), world.anchor, world.environment
    )
    world.other, world.cards_only = other, cards_only  # type: ignore[attr-defined]
    return world


def test_one_issuers_list_is_not_anothers() -> None:
    world = neighbours(enrolled())
    other, cards_only = world.other, world.cards_only  # type: ignore[attr-defined]
    mine, nested = f"{STATUS_URI}/0", f"{STATUS_URI}/0/0"
    assert refusal_of(forge.status_list(world, put((2,), mine)), world) is None
    assert refusal_of(forge.status_list(world, put((2,), nested), signer=other), world) is None
    assert verify_status_list(forge.status_list(world, put((2,), nested), signer=other), world.trust).issuer == "other"
    assert refusal_of(forge.status_list(world, put((2,), nested)), world) is Code.STATUS_LIST_ISSUER
    assert refusal_of(forge.status_list(world, put((2,), mine), signer=other), world) is Code.STATUS_LIST_ISSUER
    assert refusal_of(forge.status_list(world, put((2,), mine), signer=cards_only), world) is Code.STATUS_LIST_ISSUER


class OneList:
    """A source that gives the same list whatever it is asked for."""

    def __init__(self, held: VerifiedStatusList) -> None:
        self.held = held

    def find(self, issuer: str, number: int) -> VerifiedStatusList:
        return self.held


@pytest.mark.parametrize("another", ["number", "issuer"])
def test_a_source_that_gives_another_list_is_a_usage_error(another: str) -> None:
    """V13 is about the list that the card refers to; in another one, the entry at its index is somebody else's."""
    world = neighbours(enrolled())
    uri, signer = (f"{STATUS_URI}/1", None) if another == "number" else (f"{STATUS_URI}/0/0", world.other)  # type: ignore[attr-defined]
    held = verify_status_list(forge.status_list(world, put((2,), uri), signer=signer), world.trust)
    with pytest.raises(UsageError, match="another list"):
        world.terminal(status=OneList(held)).verify_message(forge.presentation(world), "visit 1")


@pytest.mark.parametrize(
    ("iat", "code"),
    [
        (NOW - 365 * DAY - 1, Code.STATUS_LIST_ISSUER),
        (NOW - 365 * DAY, None),
        (NOW + 365 * DAY - 1, None),
        (NOW + 365 * DAY, Code.STATUS_LIST_ISSUER),
    ],
)
def test_the_key_was_valid_when_it_signed(iat: int, code: Code | None, world: World) -> None:
    edit = both(put((6,), iat), put((4,), iat + 1))
    assert refusal_of(forge.status_list(world, edit), world) is code


def test_another_header_or_aad_is_another_message(world: World) -> None:
    """A credential's signature by the same key does not make a status list."""
    assert (
        refusal_of(forge.status_list(world, external_aad=forge.aad("credential")), world) is Code.STATUS_LIST_SIGNATURE
    )
    assert refusal_of(forge.credential_of(world), world) is Code.STATUS_LIST_STRUCTURE


# --- time


def test_expiry_and_age_are_of_the_time_of_use(world: World) -> None:
    found: VerifiedStatusList = verify_status_list(
        world.issuer.publish_status_list(ttl=100, lifetime=1000), world.trust
    )
    assert not found.has_expired(found.iat + 999)
    assert found.has_expired(found.iat + 1000)
    assert not found.is_old(found.iat + 99)
    assert found.is_old(found.iat + 100)


def test_the_newest_list_is_kept(world: World) -> None:
    def published(at: int) -> VerifiedStatusList:
        world.clock.time = at
        return verify_status_list(world.issuer.publish_status_list(capacity=64), world.trust)

    older, newer = published(NOW), published(NOW + 1)
    world.clock.time = NOW
    for order in ((older, newer), (newer, older)):
        assert MemoryStatus(order).find("fr-cnam", 0) is newer
    assert MemoryStatus([older]).find("fr-cnam", 1) is None
    assert MemoryStatus([older]).find("other", 0) is None
