"""What the specification and the vectors define, for tests that compare other documents with them."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from vectors.generate.encoder import BASE45_ALPHABET, encode

ROOT = Path(__file__).resolve().parents[2]
SPEC = (ROOT / "spec" / "vitaletoken.md").read_text("utf-8")

RULE_OF_PREFIX = {
    "VT1:": "presentation",
    "VTS1:": "sealed-answer",
    "VTT1:": "terminal-certificate",
    "VTC1:": "challenge",
    "VTI1:": "introduction",
    "VTD1:": "lent-card",
}
"""What a text is, by its prefix, in the names of the CDDL."""
PREFIXES = tuple(RULE_OF_PREFIX)

SEALED_SIZES = range(48, 1112 + 1)


@cache
def rules() -> frozenset[str]:
    """Every rule id."""
    return frozenset(re.findall(r"\*\*([A-Z]+-\d+)\*\*", SPEC))


@cache
def steps() -> frozenset[str]:
    """Every step of the tables."""
    tables = re.findall(r"<!-- steps:[\w-]+ -->\n((?:\|.*\n)+)", SPEC)
    rows = [row for table in tables for row in table.splitlines()[2:]]
    return frozenset(row.split("|")[1].split()[0] for row in rows)


@cache
def vectors() -> dict[str, dict[str, Any]]:
    """Every case by its id, with its layer."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((ROOT / "vectors").glob("*.json")):
        content = json.loads(path.read_text("utf-8"))
        found |= {case["id"]: {"layer": content["layer"], **case} for case in content.get("cases", [])}
    return found


def refuses(case: dict[str, Any]) -> bool:
    """Whether something is refused in it, be it in a step of several, be it deltas in place of which the lists are taken."""
    if "error" in case["expect"]:
        return True
    accepted = case["expect"]["ok"]
    return any("error" in result for result in accepted.get("results", [])) or accepted.get("delta") is not None


def message_of(case: dict[str, Any]) -> bytes:
    """The message that a case is about, as it is on the wire: what is read, or what is made; sealed, where it is sealed.

    Of `status-sync` it is the first delta.
    """
    if "text" in case["input"]:
        return read_text(case["input"]["text"])[1]
    if "deltas" in case["input"]:
        return bytes.fromhex(case["input"]["deltas"][0])
    given = case["input"] if {"bytes", "sealed"} & set(case["input"]) else case["expect"]["ok"]
    return bytes.fromhex(given["sealed" if "sealed" in given else "bytes"])


def text_of(case: dict[str, Any]) -> str:
    """The text that is read, or made."""
    text: str = case["input"]["text"] if "text" in case["input"] else case["expect"]["ok"]["text"]
    return text


def read_text(text: str) -> tuple[str, bytes]:
    """What the prefix of a good text says that it is, and its bytes."""
    prefix = next(prefix for prefix in PREFIXES if text.startswith(prefix))
    return RULE_OF_PREFIX[prefix], from_base45(text.removeprefix(prefix))


def opened(sealed: bytes, secret: bytes, challenge: bytes) -> bytes | None:
    """SEAL-1, by another HPKE than that of the vectors' generator: what was sealed, or None if it does not open."""
    info = encode(["vitaletoken/1", "sealed-answer", hashlib.sha256(challenge).digest()])
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    if len(sealed) not in SEALED_SIZES:
        return None
    try:
        return suite.decrypt(sealed, X25519PrivateKey.from_private_bytes(secret), info=info)
    except InvalidTag:
        return None


def opened_with(case: dict[str, Any]) -> tuple[bytes, bytes] | None:
    """The secret and the challenge that a case of `unseal` or `verify` has for opening an answer."""
    if case["layer"] == "unseal":
        return bytes.fromhex(case["input"]["secret"]), bytes.fromhex(case["input"]["challenge"])
    held = case["input"]["terminal"]["challenge"]
    if held is None or held["secret"] is None:
        return None
    return bytes.fromhex(held["secret"]), bytes.fromhex(held["bytes"])


def from_base45(text: str) -> bytes:
    """RFC 9285 section 4.3, of good texts."""
    digits = [BASE45_ALPHABET.index(character) for character in text]
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    return b"".join(
        sum(digit * 45**place for place, digit in enumerate(group)).to_bytes(len(group) - 1, "big") for group in groups
    )


def missing_test(named: str) -> str | None:
    """What of a test's name, `tests/.../test_x.py` or that and `::test_y`, is not there."""
    file, _, function = named.partition("::")
    path = ROOT / file
    if not path.is_file():
        return file
    defined = {node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}
    return function if function and function not in defined else None
