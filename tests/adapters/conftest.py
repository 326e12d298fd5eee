"""A directory with pinned roots, and a history of trust lists for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.trust_lists import Lists
from tests.world import DAY, NOW, World, enrolled, signed_by
from vitaletoken import RootSet
from vitaletoken.adapters.files import FileTrust


@pytest.fixture(scope="module")
def world() -> World:
    return enrolled()


@pytest.fixture(scope="module")
def lists(world: World) -> Lists:
    """Versions 1 to 7. 3 and 5 exchange all the roots; each is dated a day after the one before."""
    generations = [world.root_signers, *([world._signer() for _ in range(3)] for _ in range(2))]
    made = {}
    current = generations[0]
    for version in range(1, 8):
        before, current = current, generations[(version >= 3) + (version >= 5)]
        roots = RootSet(2, tuple(signer.public_key for signer in current))
        claims = world.trust_claims(version=version, roots=roots, iat=NOW + version * DAY, exp=NOW + 90 * DAY)
        made[version] = signed_by(claims, dict.fromkeys([*before[:2], *current[:2]]))
    return made


@pytest.fixture
def directory(world: World, tmp_path: Path) -> Path:
    FileTrust.pin(tmp_path, world.roots)
    return tmp_path
