"""Importing costs what is used: no pictures, no sockets, no database, no command line, no other role; and it explains itself."""

from __future__ import annotations

import ast
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
    "select", "json", "ctypes", "pkcs11", "pytest", "hypothesis", "setuptools", "vitaletoken.cli", "vitaletoken.conformance",
    "vitaletoken.adapters", "vitaletoken.adapters.database",
    "vitaletoken.adapters.files", "vitaletoken.adapters.keystore", "vitaletoken.adapters.memory",
    "vitaletoken.adapters.qr", "vitaletoken.adapters.sqlite", "vitaletoken.adapters.system",
)  # fmt: skip


#: Modules of roles, which no other role needs.
ISSUERS = ("issuer", "publisher", "card_press", "enrolments", "renewals", "lending_desk", "enrolment_desk")
HOLDERS = ("holder", "keyholder", "presenter", "renewer", "lender")
VERIFIERS = ("verifier", "terminal")
#: What the documentation of the package shows of each role.
TOUR = {
    "Issuer": ("offer", "issue", "issue_views", "renew", "lend", "unlock", "revoke"),
    "Publisher": ("publish",),
    "EnrolmentDesk": ("submit", "confirm", "identify", "decide", "issue"),
    "Holder": (
        *("enrol", "accept", "review", "present", "rotate", "refresh", "renewal", "accept_renewal", "change_code"),
        *("ask_unlock", "unlock", "introduce", "review_introduction", "order", "grant", "receive", "lent"),
    ),
    "Verifier": ("challenge", "verify"),
    "Updater": ("update",),
    "TerminalAuthority": ("certify",),
}
#: By which name an object of the role goes there, where it is not the role's own.
CALLED = {"EnrolmentDesk": ("desk",), "TerminalAuthority": ("authority",), "Holder": ("holder", "delegate")}


#: Every name that the package has: it imports none of them before it is asked for.
ALL = "from vitaletoken import *"


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
    assert module not in modules_after(ALL) - modules_after(*DEPENDENCIES)


def test_the_list_above_can_be_wrong() -> None:
    """The measurement sees what is imported: with a store in SQLite, sqlite3 is there."""
    brought = modules_after("import vitaletoken.adapters.sqlite") - modules_after(*DEPENDENCIES)
    assert {"sqlite3", "vitaletoken.adapters", "vitaletoken.adapters.sqlite"} <= brought


def test_the_core_imports_the_core() -> None:
    own = {name for name in modules_after(ALL) if name.split(".")[0] == "vitaletoken"}
    assert {"vitaletoken.errors", "vitaletoken.verifier", "vitaletoken.wire.cbor", "vitaletoken.crypto.signing"} <= own


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    assert {name for name in modules_after("import vitaletoken") if name.startswith("vitaletoken")} == {"vitaletoken"}


@pytest.mark.parametrize(
    ("role", "module", "others"),
    [
        ("Verifier", "verifier", (*ISSUERS, *HOLDERS, "authority", "updater", "rules.records", "rules.wallet")),
        ("Holder", "holder", (*ISSUERS, *VERIFIERS, "authority", "updater", "rules.records", "rules.status")),
        ("Issuer", "issuer", (*HOLDERS, *VERIFIERS, "authority", "updater", "enrolment_desk", "rules.wallet")),
        ("EnrolmentDesk", "enrolment_desk", (*HOLDERS, *VERIFIERS, "authority", "updater", "issuer", "rules.wallet")),
    ],
)
def test_a_role_does_not_bring_the_others(role: str, module: str, others: tuple[str, ...]) -> None:
    brought = modules_after(f"from vitaletoken import {role}")
    assert f"vitaletoken.{module}" in brought
    assert not brought.intersection(f"vitaletoken.{other}" for other in others)


def test_names_come_from_where_type_checkers_are_told() -> None:
    """The table of names says the same as the imports for type checkers, and the same as ``__all__``."""
    tree = ast.parse((ROOT / "vitaletoken" / "__init__.py").read_text(encoding="utf-8"))
    told = {
        alias.asname or alias.name: (str(node.module).removeprefix("vitaletoken."), alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("vitaletoken.")
        for alias in node.names
    }
    assert told == vitaletoken._HOMES
    assert sorted(told) == sorted(vitaletoken.__all__)
    assert set(vitaletoken.__all__) <= set(dir(vitaletoken))


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'vitaletoken' has no attribute 'Verifyer'"):
        vitaletoken.Verifyer  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("module", ["vitaletoken.wire.text", "vitaletoken.adapters.qr", "vitaletoken.adapters.sqlite"])
def test_a_part_can_be_imported_first(module: str) -> None:
    """No order of imports is needed, and none goes in a circle."""
    assert module in modules_after(f"import {module}")


def test_importing_says_nothing() -> None:
    command = [sys.executable, "-W", "error", "-c", ALL]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert (result.stdout, result.stderr) == ("", "")


def test_help_is_a_tour_of_the_roles() -> None:
    page = pydoc.plain(pydoc.render_doc(vitaletoken))
    for role, verbs in TOUR.items():
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
    for role, verbs in TOUR.items():
        for verb in verbs:
            assert any(f"{name}.{verb}(" in documented for name in CALLED.get(role, (role.lower(),))), verb
            assert callable(getattr(getattr(vitaletoken, role), verb))


def test_the_version_is_the_distributions() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert vitaletoken.__version__ == project["version"]
    assert {requirement.split(">")[0].strip() for requirement in project["dependencies"]} == {
        "cbor2",
        "cryptography",
        "pynacl",
    }
