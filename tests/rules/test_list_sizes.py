"""Status lists of the least and of the greatest size can be packed."""

from __future__ import annotations

import pytest

from vitaletoken.rules.publication import pack
from vitaletoken.rules.status import CAPACITY
from vitaletoken.wire.registry import Status


@pytest.mark.parametrize("capacity", [4, CAPACITY])
def test_the_least_and_the_greatest_list(capacity: int) -> None:
    packed = pack({capacity - 1: Status.REVOKED}, capacity)
    assert len(packed) == capacity // 4
    assert packed[-1] == Status.REVOKED.value << 6
    assert not any(packed[:-1])
