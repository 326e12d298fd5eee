"""Status lists of the least and of the greatest size can be packed, numbered and compressed."""

from __future__ import annotations

import random
import zlib

import pytest

from tests import forge
from tests.world import DAY, NOW, STATUS_URI, World, enrolled
from vitaletoken import UsageError, verify_status_list
from vitaletoken.rules.publication import pack, sign_status_list
from vitaletoken.rules.status import CAPACITY
from vitaletoken.rules.trust import kid_of
from vitaletoken.wire.registry import Status


@pytest.mark.parametrize("capacity", [4, CAPACITY])
def test_the_least_and_the_greatest_list(capacity: int) -> None:
    packed = pack({capacity - 1: Status.REVOKED}, capacity)
    assert len(packed) == capacity // 4
    assert packed[-1] == Status.REVOKED.value << 6
    assert not any(packed[:-1])


def signed(world: World, number: int, entries: bytes) -> bytes:
    """By the issuer of the world."""
    key = world.issuer_signer
    return sign_status_list(
        key.sign,
        kid_of(key.public_key),
        base_uri=STATUS_URI,
        number=number,
        iat=NOW,
        exp=NOW + DAY,
        ttl=DAY,
        entries=entries,
    )


def test_the_numbers_of_lists_are_those_that_cards_can_name() -> None:
    """Two bytes of them (section 11)."""
    world = enrolled()
    for number in (0, 65535):
        assert verify_status_list(signed(world, number, bytes(16)), world.trust).number == number
    for number in (-1, 65536):
        with pytest.raises(UsageError, match="65535"):
            signed(world, number, bytes(16))


def test_a_list_is_as_small_as_zlib_can_make_it() -> None:
    """It is made once, and fetched by every terminal."""
    world = enrolled()
    random_ = random.Random(1)
    revoked = {random_.randrange(CAPACITY): Status.REVOKED for _ in range(20_000)}
    entries = pack(revoked)
    lst = forge.dec(forge.dec(signed(world, 0, entries))[2])[65533]["lst"]
    assert len(lst) == len(zlib.compress(entries, 9)) < len(zlib.compress(entries))
