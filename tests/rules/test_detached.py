"""Signatures side by side over one content: how many there may be, and how long the file (sections 10 and 11.2)."""

from __future__ import annotations

import pytest

from tests.world import World, enrolled
from vitaletoken import UsageError
from vitaletoken.rules.detached import combine
from vitaletoken.wire.cose import CoseKey

ANY_SIZE = 10_000


@pytest.fixture(scope="module")
def signatures() -> dict[CoseKey, bytes]:
    world: World = enrolled()
    return {signer.public_key: bytes(64) for signer in world.root_signers}


def test_as_many_signatures_as_are_allowed(signatures: dict[CoseKey, bytes]) -> None:
    assert combine(b"content", signatures, 3, ANY_SIZE)
    for given, most in ((signatures, 2), ({}, 3)):
        with pytest.raises(UsageError, match=f"1 to {most} signatures"):
            combine(b"content", given, most, ANY_SIZE)


def test_a_file_as_long_as_is_allowed(signatures: dict[CoseKey, bytes]) -> None:
    """With the signatures in it: a reader counts the file."""
    data = combine(b"content", signatures, 3, ANY_SIZE)
    assert combine(b"content", signatures, 3, len(data)) == data
    with pytest.raises(UsageError, match=f"longer than {len(data) - 1} bytes"):
        combine(b"content", signatures, 3, len(data) - 1)
