"""A validator for the part of CDDL (RFC 8610) that spec/vitaletoken.cddl uses, so that the readers are held to that file.

The items come from the reference reader of CBOR, byte strings with ``.cbor`` included. Whatever the file says in a comment
only (that one time is after another) is for the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.wire import reference_cbor

_NO_LIMIT = 1 << 32

Match = Callable[[Any], bool]
Scope = dict[str, Match]

FILE = Path(__file__).resolve().parent.parent.parent / "spec" / "vitaletoken.cddl"
TEXT = FILE.read_text(encoding="utf-8")

_TOKEN = re.compile(r'\s*("[^"]*"|\.\.|\.[a-z]+|-?\d+|[a-z][a-z0-9-]*|[\[\]{}()<>,:=/?*])')


@dataclass
class _Member:
    """An entry of a map or an array."""

    low: int
    high: int
    key: Any
    match: Match


class Cddl:
    """The rules of one CDDL file."""

    def __init__(self, text: str) -> None:
        self._rules: dict[str, tuple[list[str], list[str]]] = {}
        self._compiled: dict[str, Match] = {}
        for name, parameters, body in _rules(re.sub(r";.*", "", text)):
            assert name not in self._rules
            self._rules[name] = (parameters, body)
        for name, (parameters, _) in self._rules.items():
            if not parameters:
                self.rule(name)  # every rule can be read

    def names(self) -> set[str]:
        return set(self._rules)

    def rule(self, name: str, arguments: list[Match] | None = None) -> Match:
        parameters, body = self._rules[name]
        if not parameters and name in self._compiled:
            return self._compiled[name]
        parser = _Parser(self, body.copy(), dict(zip(parameters, arguments or [], strict=True)))
        match = parser.choice()
        assert parser.at_end(), f"{name}: {parser.rest()}"
        if not parameters:
            self._compiled[name] = match
        return match

    def accepts(self, name: str, item: Any) -> bool:
        return self.rule(name)(item)


def _rules(text: str) -> list[tuple[str, list[str], list[str]]]:
    starts = list(re.finditer(r"^([a-z][a-z0-9-]*)(?:<([^>]*)>)?\s*=", text, re.MULTILINE))
    found = []
    for number, start in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(text)
        parameters = [name.strip() for name in (start[2] or "").split(",") if name.strip()]
        found.append((start[1], parameters, _tokens(text[start.end() : end])))
    return found


def _tokens(body: str) -> list[str]:
    body, tokens = body.rstrip(), []
    while body:
        token = _TOKEN.match(body)
        assert token, f"cannot read {body[:40]!r}"
        tokens.append(token[1])
        body = body[token.end() :]
    return tokens


class _Parser:
    def __init__(self, rules: Cddl, tokens: list[str], scope: Scope) -> None:
        self._cddl, self._tokens, self._scope = rules, tokens, scope

    def at_end(self) -> bool:
        return not self._tokens

    def rest(self) -> str:
        return " ".join(self._tokens)

    def _next(self, expected: str | None = None) -> str:
        token = self._tokens.pop(0)
        assert expected in (None, token), f"expected {expected}, found {token}"
        return token

    def _peek(self, at: int = 0) -> str:
        return self._tokens[at] if at < len(self._tokens) else ""

    def choice(self) -> Match:
        options = [self._controlled()]
        while self._peek() == "/":
            self._next()
            options.append(self._controlled())
        return options[0] if len(options) == 1 else lambda item: any(option(item) for option in options)

    def _controlled(self) -> Match:
        base = self._single()
        operator = self._peek()
        if operator == ".size":
            self._next()
            low, high = self._sizes()
            return lambda item: base(item) and low <= len(item.encode() if isinstance(item, str) else item) <= high
        if operator == ".regexp":
            self._next()
            pattern = re.compile(self._next().strip('"'))
            return lambda item: base(item) and pattern.fullmatch(item) is not None
        if operator == ".cbor":
            self._next()
            inner = self._single()
            return lambda item: base(item) and _holds(item, inner)
        return base

    def _sizes(self) -> tuple[int, int]:
        if self._peek() != "(":
            size = int(self._next())
            return size, size
        self._next("(")
        low = int(self._next())
        self._next("..")
        high = int(self._next())
        self._next(")")
        return low, high

    def _single(self) -> Match:
        token = self._next()
        if token == "(":
            inner = self.choice()
            self._next(")")
            return inner
        if token == "{":
            return self._map()
        if token == "[":
            return self._array()
        if token.startswith('"'):
            return _value(token.strip('"'))
        if re.fullmatch(r"-?\d+", token):
            low = int(token)
            if self._peek() != "..":
                return _value(low)
            self._next("..")
            high = int(self._next())
            return lambda item: type(item) is int and low <= item <= high
        return self._named(token)

    def _named(self, name: str) -> Match:
        if name in self._scope:
            return self._scope[name]
        built_in = {"bstr": bytes, "tstr": str, "bool": bool, "nil": type(None)}.get(name)
        if built_in is not None:
            return lambda item: type(item) is built_in
        arguments = []
        if self._peek() == "<":
            self._next()
            arguments.append(self.choice())
            while self._peek() == ",":
                self._next()
                arguments.append(self.choice())
            self._next(">")
        return self._cddl.rule(name, arguments)

    def _members(self, end: str) -> list[_Member]:
        members = []
        while self._peek() != end:
            low, high = 1, 1
            if self._peek() == "?":
                self._next()
                low = 0
            elif self._peek() == "*":
                self._next()
                low, high = 0, _NO_LIMIT
            elif self._peek(1) == "*":
                low = int(self._next())
                self._next("*")
                high = int(self._next())
            key: Any = None
            if self._peek(1) == ":":
                token = self._next()
                key = int(token) if re.fullmatch(r"-?\d+", token) else token.strip('"')
                self._next(":")
            members.append(_Member(low, high, key, self.choice()))
            if self._peek() == ",":
                self._next()
        self._next(end)
        return members

    def _map(self) -> Match:
        members = {member.key: member for member in self._members("}")}

        def match(item: Any) -> bool:
            if type(item) is not dict or not set(item) <= set(members):
                return False
            return all(member.match(item[key]) if key in item else member.low == 0 for key, member in members.items())

        return match

    def _array(self) -> Match:
        members = self._members("]")
        if len(members) == 1:
            only = members[0]
            return lambda item: type(item) is list and only.low <= len(item) <= only.high and all(map(only.match, item))
        assert all((member.low, member.high) == (1, 1) for member in members)
        return lambda item: type(item) is list and _elements(members, item)


def _elements(members: list[_Member], items: list[Any]) -> bool:
    return len(items) == len(members) and all(member.match(item) for member, item in zip(members, items, strict=True))


def _value(expected: Any) -> Match:
    return lambda item: type(item) is type(expected) and item == expected


def _holds(data: bytes, inner: Match) -> bool:
    try:
        item = reference_cbor.decode(data)
    except reference_cbor.NotInProfile:
        return False
    return inner(item)
