"""Each port of each role fails at each of its calls, before it has done its work and after: no verdict, and nothing twice."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.faults.ports import SCENES, Calls, PortFailed, Scene
from vitaletoken import ports

#: Methods of the ports that no scene has asked, and why.
ELSEWHERE: Final = {
    "HolderStore.load": "tests/roles: views of the wallet read it and do nothing",
    "IssuerRegister.lent_from": "tests/roles/test_lending_desk.py: it reads, and nothing is done after it",
    "IssuerLink.renew": "tests/roles/test_phone_renewing.py: where there is no network nothing has changed",
}

#: Calls whose failure keeps nobody waiting, and why.
WAITS: Final = {
    ("replaced_at_a_desk", "CardMaker.revoke"): "the new card is there, and the revocation of the old one stays due",
}


def calls_of(make: Callable[[Path, Calls], Scene], directory: Path) -> list[str]:
    """What is asked of the ports where none fails."""
    directory.mkdir()
    calls = Calls()
    scene = make(directory, calls)
    scene.act()
    names = list(calls.names)
    scene.after()
    return names


@pytest.mark.parametrize("make", SCENES, ids=lambda make: make.__name__)
def test_every_call_fails(make: Callable[[Path, Calls], Scene], tmp_path: Path) -> None:
    """The failure comes through as it is, nothing is returned, and the act can be done again and is done once.

    But for what can wait.
    """
    names = calls_of(make, tmp_path / "whole")
    assert names
    for number, name in enumerate(names):
        for after in (False, True):
            place = tmp_path / f"{number} {after}"
            place.mkdir()
            calls = Calls(number, after=after)
            scene = make(place, calls)
            if (make.__name__, name) in WAITS:
                assert scene.act() is not None
            else:
                with pytest.raises(PortFailed):
                    scene.act()
            assert calls.names[number] == name
            scene.after()


def test_all_ports_and_all_their_calls(tmp_path: Path) -> None:
    asked = {name for make in SCENES for name in calls_of(make, tmp_path / make.__name__)}
    inherited: dict[str, set[str]] = {}
    for protocol, kind in inspect.getmembers(ports, inspect.isclass):
        if getattr(kind, "_is_protocol", False) and kind.__module__ == ports.__name__:
            inherited[protocol] = {
                f"{protocol}.{name}" for name, member in vars(kind).items() if _is_call(name, member)
            }
    every = set().union(*inherited.values())
    missing = every - asked
    assert missing <= set(ELSEWHERE), sorted(missing - set(ELSEWHERE))
    assert asked - every <= {"TrustUpdates.current", "DeviceKey.sign"}, "what a port has from another"


def _is_call(name: str, member: Any) -> bool:
    return inspect.isfunction(member) and not name.startswith("_")
