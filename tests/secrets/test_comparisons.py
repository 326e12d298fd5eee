"""Secrets, and what is made of them, are compared with ``hmac.compare_digest`` and with nothing else.

By name: an operand of ``==``, ``!=``, ``in`` or ``not in`` that is called as secrets are called here is a fault, unless it is in
the list below with a reason. It is a test of names and not of data flow; the names are those that the code uses.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "vitaletoken"
#: Words of names, between underscores, that stand for a secret, or for a MAC or a hash that an attacker could approach.
SECRET_WORDS = {
    "secret", "secrets", "seed", "scalar", "passphrase", "password", "pin", "code", "mac", "hmac", "tag", "check", "prf", "nir",
    "digits", "characters", "numbers", "token", "guess", "typed", "answer", "hash", "proof", "proofed", "pseudonym",
    "commitment", "salt",
}  # fmt: skip
#: Modules in which names such as ``code`` are never the person's: error codes, the vectors' fields, what a verb prints.
ERROR_CODES = ("conformance/", "cli/")
#: Comparisons that are right, as ``file: source``, and why.
PERMITTED = {
    "rules/code.py: code == code[0] * 6": "a new code's form, on the phone of the person who types it",
    "rules/code.py: code in _RUN": "as above",
    "rules/code.py: code[::-1] in _RUN": "as above",
    "rules/code.py: code in dates": "as above: dates are of the phone's owner",
    "rules/enrolment.py: device.public == claims.code_key": "two public keys, of one message",
    "rules/introduction.py: device.public == code_key": "as above",
    "rules/grant.py: claims.device_key.public == claims.code_key": "as above",
    "renewer.py: before.change.code != chosen": "what is kept of two codes; that of the one typed was compared by its key, in "
    "constant time, and where it was another one, has a salt that was drawn just now",
    "rules/code_change.py: change.code == code": "as above",
    "rules/code_change.py: change.code != code": "as above",
    "adapters/wallet.py: connection.execute('SELECT salt FROM file').fetchall() != [(self._salt,)]": "the file's salt stands in "
    "it, in clear",
    "wire/credential.py: own.digits() != other.digits()": "both are of one card, which its issuer signed",
}


def comparisons(source: str) -> Iterator[tuple[str, bool]]:
    """Each comparison for equality or membership in ``source``, and whether it has a secret's name in it."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Compare):
            continue
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, (ast.Eq, ast.NotEq, ast.In, ast.NotIn)):
                text = " ".join((ast.unparse(left), _SIGNS[type(operator)], ast.unparse(right)))
                yield text, secret(left) or (secret(right) and not isinstance(operator, (ast.In, ast.NotIn)))
            left = right


_SIGNS: dict[type[ast.cmpop], str] = {ast.Eq: "==", ast.NotEq: "!=", ast.In: "in", ast.NotIn: "not in"}


def secret(node: ast.expr) -> bool:
    """Whether the value of ``node`` has a secret's name: a variable, an attribute, an item of one, what a call gives."""
    if isinstance(node, ast.Subscript):
        return secret(node.value)
    if isinstance(node, ast.Call):
        return secret(node.func)
    if isinstance(node, (ast.Tuple, ast.List)):
        return any(secret(each) for each in node.elts)
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    if name.isupper() or name[:1].isupper():  # a constant or a class
        return False
    words = set(name.lower().split("_"))
    return bool(SECRET_WORDS & words) and not words & {"size", "count"}


def faults() -> Iterator[str]:
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        if not place.startswith(ERROR_CODES):
            for text, suspect in comparisons(path.read_text(encoding="utf-8")):
                if suspect:
                    yield f"{place}: {text}"


def test_no_secret_is_compared_in_a_time_that_tells() -> None:
    assert sorted(set(faults()) - PERMITTED.keys()) == []


def test_what_is_permitted_is_still_there() -> None:
    assert sorted(PERMITTED.keys() - set(faults())) == []


@pytest.mark.parametrize(
    ("place", "call"),
    [
        ("keyholder.py", "hmac.compare_digest(key.public, tried.key)"),
        ("renewer.py", "hmac.compare_digest(key.public, change.code.key)"),
        ("rules/mail_code.py", "hmac.compare_digest(self.mac, _mac(code if is_code else '', application, key))"),
        ("rules/number.py", "hmac.compare_digest(one.digits().encode(), other.digits().encode())"),
        ("rules/enrolment.py", "hmac.compare_digest(commitment(number), request.commitment)"),
        ("rules/unlock.py", "hmac.compare_digest(claims.nonce, nonce)"),
        ("desk_records.py", "hmac.compare_digest(proofed, self.pseudonym(keeper))"),
        ("adapters/wallet.py", "hmac.compare_digest(_as_bytes(row[1]), self._cipher.check)"),
        ("rules/enrolment.py", "hmac.compare_digest(claims.card.code_key, code_key)"),
    ],
)
def test_codes_numbers_and_what_is_made_of_them_are_compared_so(place: str, call: str) -> None:
    tree = ast.parse((PACKAGE / place).read_text(encoding="utf-8"))
    calls = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert call in calls


@pytest.mark.parametrize(
    "source",
    [
        "secret == other", "self._prf_secret != given", "seed[:8] == b''", "mac.finalize() == tag", "given in (secret, old)",
        "(a, typed_code) == kept", "x == session_secret", "number.digits() == b", "1 < 2 == passphrase",
        "(a, its.proofed) == (b, c)",
    ],
)  # fmt: skip
def test_a_fault_is_found(source: str) -> None:
    found = [suspect for _, suspect in comparisons(source)]
    assert any(found) == (source != "given in (secret, old)")


@pytest.mark.parametrize(
    "source",
    ["len(secret) != 32", "code is None", "hmac.compare_digest(a, secret)", "Code.X == other", "name in codes_known"],
)
def test_what_is_no_fault_is_not(source: str) -> None:
    assert not any(suspect for _, suspect in comparisons(source))


def test_equality_of_secret_holders_is_identity() -> None:
    """``==`` of two signing keys or ciphers compares no secret: the classes have no equality of their own."""
    from vitaletoken.adapters.keystore import SoftwareDeviceKey, SoftwareSigner
    from vitaletoken.crypto.rows import RowCipher
    from vitaletoken.crypto.signing import SigningKey

    for kind in (SigningKey, SoftwareSigner, SoftwareDeviceKey, RowCipher):
        assert kind.__eq__ is object.__eq__


def test_the_modules_left_out_hold_no_comparison_of_what_was_typed() -> None:
    """In the command line one thing is: whether a new passphrase or code was typed the same twice, by one person."""
    typed = [
        line.strip()
        for path in (PACKAGE / "cli").rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"(getpass\(.*\)|passphrase|secrets?\.\w+\(.*\)) *(==|!=)", line)
    ]
    assert typed == ['if again and getpass.getpass(f"{what}, again: ") != answer:']
