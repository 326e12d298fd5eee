from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.lab import Lab, quick_keys


@pytest.fixture(autouse=True)
def _without_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("VITALETOKEN_PASSPHRASE_FILE", raising=False)
    with quick_keys():
        yield


@pytest.fixture(scope="session", params=[1, 2], ids=["suite-1", "suite-2"])
def made_of_each(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Lab:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    with quick_keys():
        lab.make_all(request.param)
    return lab


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    with quick_keys():
        lab.make_all()
    return lab


@pytest.fixture
def lab_of_each(made_of_each: Lab, tmp_path: Path) -> Lab:
    """A lab in which a phone has a card and a terminal has the lists, once for each suite."""
    return _copy(made_of_each, tmp_path)


@pytest.fixture
def lab(made_once: Lab, tmp_path: Path) -> Lab:
    """The same, for suite 1."""
    return _copy(made_once, tmp_path)


@pytest.fixture
def empty_lab(tmp_path: Path) -> Lab:
    """A passphrase and a person, nothing else."""
    lab = Lab(tmp_path)
    lab.prepare()
    return lab


def _copy(made: Lab, tmp_path: Path) -> Lab:
    at = tmp_path / "lab"
    shutil.copytree(made.at, at, symlinks=True)
    return Lab(at)
