"""The matrix is whole: every adapter that writes has a row, and every cell of a row is a test or a reason."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import FunctionType
from typing import Any, Final

import pytest

from tests.faults import test_clock, test_failing, test_locked, test_stopped, test_two_processes
from tests.faults.recovery import STORES
from tests.faults.rows import Column, Row
from vitaletoken import adapters

#: What the adapters have that keeps nothing on a disk, and why it has no row.
NOTHING_KEPT: Final = {
    "memory": "in this process's memory: there is nothing that a fault could leave",
    "applications.MemoryApplications": "in memory",
    "memory_register.MemoryRegister": "in memory",
    "qr": "makes and reads pictures in memory",
    "sticker": "makes a picture in memory",
    "system": "reads clocks and randomness",
    "number_key": "a key in memory",
    "wallet_rows": "bytes to values and back",
    "columns": "says of values from a row what they are",
    "keystore.SoftwareSigner": "a key in memory",
    "keystore.SoftwareDeviceKey": "a key in memory",
    "keystore.generate_signer": "makes a key in memory",
    "keystore.generate_device_key": "makes a key in memory",
    "keystore.load_signer": "reads",
    "keystore.load_device_key": "reads",
    "keystore.load_number_key": "reads",
    "keystore.load_symmetric_keys": "reads",
    "pkcs11.Pkcs11Token": "a session of somebody else's store, which keeps its own keys",
    "pkcs11.Pkcs11Signer": "a key in a token",
    "pkcs11.Pkcs11DeviceKey": "a key in a token",
    "files.Stamp": "reads",
    "files.read_roots": "reads",
    "files.read_message": "reads",
    "files.make_directory": "a part of FileTrust, FileStatus and MirrorWriter, which have rows",
}

#: Calls by which something is written.
WRITES: Final = {
    *("open", "fdopen", "mkdir", "unlink", "symlink_to", "hardlink_to", "write_bytes", "write_text", "rmtree", "touch"),
    *("write_atomic", "write_new", "make_directory", "write_roots", "Database"),
}

#: What holds each column, for each row to which it applies.
TESTS: Final[dict[Column, Any]] = {
    Column.KILLED: test_stopped.test_killed_at_every_write,
    Column.POWER: test_stopped.test_a_power_cut_at_every_write,
    Column.FULL: test_failing.test_a_full_disk,
    Column.BROKEN: test_failing.test_a_broken_disk,
    Column.READ_ONLY: test_failing.test_a_disk_that_becomes_read_only,
    Column.LOCKED: test_locked.test_while_another_has_the_lock,
    Column.PROCESSES: test_two_processes.test_both_at_once,
}


def defined() -> Iterator[tuple[str, Any]]:
    """The public classes and functions of ``vitaletoken.adapters``, by module and name."""
    for module in pkgutil.iter_modules(adapters.__path__):
        found = importlib.import_module(f"{adapters.__name__}.{module.name}")
        for name, member in inspect.getmembers(
            found, lambda each: inspect.isclass(each) or isinstance(each, FunctionType)
        ):
            if member.__module__ == found.__name__ and not name.startswith("_"):
                yield f"{module.name}.{name}", member


def covered() -> set[Any]:
    return {each for row in STORES for each in row.covers}


def test_every_adapter_that_writes_has_a_row() -> None:
    known = covered()
    left = {name for name, member in defined() if member not in known}
    unknown = {name for name in left if name not in NOTHING_KEPT and name.split(".")[0] not in NOTHING_KEPT}
    assert not unknown, "give it a row, or say why it needs none"
    names = {name for name, _ in defined()}
    assert all(name in left or name in {each.split(".")[0] for each in names} for name in NOTHING_KEPT), "of the past"


@pytest.mark.parametrize("name", sorted(name for name, member in defined() if member not in covered()))
def test_what_has_no_row_writes_nothing(name: str) -> None:
    """By the names of what it calls; reading a picture or a file opens one too."""
    member = dict(defined())[name]
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(member)))
    called = {_name(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    reads = {
        "qr.read_qr": {"open"},
        "files.read_message": {"open"},
        "files.make_directory": {"mkdir"},
        "pkcs11.Pkcs11Token": {"open"},
    }
    assert called & WRITES <= reads.get(name, set())


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


@pytest.mark.parametrize("column", Column, ids=str)
@pytest.mark.parametrize("row", STORES, ids=repr)
def test_every_cell_is_a_test_or_a_reason(row: Row, column: Column) -> None:
    if column in row.exempt:
        assert len(row.exempt[column]) > 15
    elif column is Column.CLOCK:
        tested = [name for test in vars(test_clock).values() for name in getattr(test, "rows", ())]
        assert row.name in tested
    else:
        (mark,) = [mark for mark in TESTS[column].pytestmark if mark.name == "parametrize" and mark.args[0] == "row"]
        assert row in mark.args[1]


def test_the_rows_have_names_of_their_own() -> None:
    assert len({row.name for row in STORES}) == len(STORES)
    assert all(row.steps for row in STORES)
