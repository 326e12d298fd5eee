"""``import vitaletoken`` costs what it uses: no pictures, no sockets, no database, no command line; and it explains itself."""

from __future__ import annotations

import json
import pydoc
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

import vitaletoken

ROOT = Path(__file__).resolve().parent.parent

#: What the core must not bring with it: each has its reason in another module, imported when that is used.
FOREIGN = (
    "segno", "zxingcpp", "pyzbar", "PIL", "numpy", "argparse", "socket", "ssl", "http", "http.client", "urllib.request",
    "sqlite3", "asyncio", "multiprocessing", "subprocess", "tempfile", "logging", "email", "secrets", "random", "uuid",
    "select", "json", "ctypes", "pytest", "hypothesis", "setuptools", "vitaletoken.cli", "vitaletoken.conformance",
    "vitaletoken.adapters", "vitaletoken.adapters.database",
    "vitaletoken.adapters.files", "vitaletoken.adapters.keystore", "vitaletoken.adapters.memory",
    "vitaletoken.adapters.qr", "vitaletoken.adapters.sqlite", "vitaletoken.adapters.system",
)  # fmt: skip


@cache
def modules_after(*statements: str) -> frozenset[str]:
    """What a new interpreter has loaded after these statements."""
    program = "\n".join(
        [*statements, "import sys", "names = sorted(sys.modules)", "import json", "print(json.dumps(names))"]
    )
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return frozenset(json.loads(result.stdout))


#: The three dependencies alone; what they bring is theirs.
DEPENDENCIES = (
    "import cbor2",
    "import nacl.bindings, nacl.exceptions",
    "from cryptography.exceptions import InvalidSignature, InvalidTag",
    "from cryptography.hazmat.primitives import hashes, hmac",
    "from cryptography.hazmat.primitives.asymmetric import ec, utils, x25519",
    "from cryptography.hazmat.primitives import hpke",
    "ec.ECDSA(hashes.SHA256())",  # loads the whole of its backend
    "from cryptography.hazmat.primitives.ciphers import aead",
    "from cryptography.hazmat.primitives.kdf import argon2, hkdf",
)


@pytest.mark.parametrize("module", FOREIGN)
def test_the_core_does_not_import(module: str) -> None:
    assert module not in modules_after("import vitaletoken") - modules_after(*DEPENDENCIES)


def test_the_list_above_can_be_wrong() -> None:
    """The measurement sees what is imported: with a store in SQLite, sqlite3 is there."""
    brought = modules_after("import vitaletoken.adapters.sqlite") - modules_after(*DEPENDENCIES)
    assert {"sqlite3", "vitaletoken.adapters", "vitaletoken.adapters.sqlite"} <= brought


def test_the_core_imports_the_core() -> None:
    own = {name for name in modules_after("import vitaletoken") if name.split(".")[0] == "vitaletoken"}
    assert {"vitaletoken.errors", "vitaletoken.verifier", "vitaletoken.wire.cbor", "vitaletoken.crypto.signing"} <= own


@pytest.mark.parametrize("module", ["vitaletoken.wire.text", "vitaletoken.adapters.qr", "vitaletoken.adapters.sqlite"])
def test_a_part_can_be_imported_first(module: str) -> None:
    """No order of imports is needed, and none goes in a circle."""
    assert module in modules_after(f"import {module}")


def test_importing_says_nothing() -> None:
    command = [sys.executable, "-W", "error", "-c", "import vitaletoken"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert (result.stdout, result.stderr) == ("", "")


def test_help_is_a_tour_of_the_roles() -> None:
    page = pydoc.plain(pydoc.render_doc(vitaletoken))
    for role, verbs in {
        "Issuer": ("offer", "issue", "issue_views", "revoke"),
        "Publisher": ("publish",),
        "Holder": ("enrol", "accept", "review", "present"),
        "Verifier": ("challenge", "verify"),
        "Updater": ("update",),
        "TerminalAuthority": ("certify",),
    }.items():
        assert f"class {role}" in page
        for verb in verbs:
            assert f"{verb}(" in page
    description = page[: page.index("PACKAGE CONTENTS")]
    for word in (
        "issuer", "holder", "verifier", "authority", "trust list", "status list", "InputError", "UsageError", "session",
    ):  # fmt: skip
        assert word in description


def test_every_public_name_is_there_and_explained() -> None:
    assert len(set(vitaletoken.__all__)) == len(vitaletoken.__all__)
    for name in vitaletoken.__all__:
        value = getattr(vitaletoken, name)
        assert value.__doc__, name
        assert not value.__doc__.startswith(f"{name}("), f"{name} has only the text that Python makes"


def test_the_tour_is_of_names_that_exist() -> None:
    """Each call in the docstring of the package is one that there is."""
    documented = vitaletoken.__doc__ or ""
    for role, verbs in {
        vitaletoken.Issuer: ("offer", "issue", "issue_views", "revoke"),
        vitaletoken.Publisher: ("publish",),
        vitaletoken.Holder: ("enrol", "accept", "review", "present"),
        vitaletoken.Verifier: ("challenge", "verify"),
        vitaletoken.Updater: ("update",),
        vitaletoken.TerminalAuthority: ("certify",),
    }.items():
        for verb in verbs:
            assert f"{role.__name__.lower().removeprefix('terminal')}.{verb}(" in documented
            assert callable(getattr(role, verb))


def test_the_version_is_the_distributions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert vitaletoken.__version__ == project["version"]
    assert {requirement.split(">")[0].strip() for requirement in project["dependencies"]} == {
        "cbor2",
        "cryptography",
        "pynacl",
    }
