"""What is sent, as terms: the layers and labels of the table in spec section 5. Who weakens the protocol says so in ``broken``.

Times are whole ticks: a presentation, a challenge and a grant are good in the tick in which they were made, and no later.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tests.model.terms import Knowledge, Term, digest, payload, pk, sign

OPEN, AUDIENCE, CHALLENGE = range(3)
LEVELS = ("open", "audience", "challenge")
NO_CODE, CODE = 0, 3

#: What is left out of the protocol; empty for the protocol as it is.
Broken = frozenset[str]
INTACT: Broken = frozenset()


class Scope(NamedTuple):
    """What was lent: for one purpose, at one category of establishment."""

    purpose: str
    category: str


class Card(NamedTuple):
    """What an issuer says of a card. ``number`` is in the billing view alone, ``acting`` in a card lent through the issuer."""

    kind: str
    person: str
    device: Term
    code: Term
    id: str
    number: Term = None
    acting: Scope | None = None
    binding: Term = None


class Claims(NamedTuple):
    """Innermost in a presentation."""

    kind: str
    cti: str
    iat: int
    verified: int
    level: int
    grant: Term = None


class Granted(NamedTuple):
    """Innermost in a grant."""

    kind: str
    device: Term
    code: Term
    scope: Scope
    exp: int


class Certified(NamedTuple):
    """Innermost in a terminal certificate."""

    kind: str
    key: Term
    terminal: str
    category: str


class Asked(NamedTuple):
    """Innermost in a challenge; with a session key it asks for the billing view, sealed."""

    kind: str
    certificate: Term
    nonce: str
    session_key: Term
    purpose: str


class Listed(NamedTuple):
    """Innermost in a status list."""

    kind: str
    iat: int
    revoked: tuple[str, ...]


def credential(issuer: Term, card: Card) -> Term:
    return sign(issuer, "credential", (), card)


def presented(broken: Broken, card: Term, level: int, context: Term) -> Term:
    """The aad of a presentation's device layer (COSE-5)."""
    bound: Term = (level, context)
    if not broken.isdisjoint({"context-not-signed", "level-not-signed"}):
        bound = None
    elif "level-in-claims-alone" in broken:
        bound = (None, context)
    return (None if "card-not-signed" in broken else digest(card), bound)


def code_presented(broken: Broken, card: Term, level: int, context: Term) -> Term:
    """The aad of a presentation's code layer (COSE-5)."""
    if "code-layer-unbound" in broken:
        return ()
    return presented(broken, card, level, context)


def presentation(
    broken: Broken, card: Term, claims: Claims, context: Term, device: Term, code: Term | None
) -> tuple[str, Term, Term]:
    """By the keys ``device`` and, where the code was asked, ``code``."""
    inner: Term = claims
    if code is not None:
        inner = sign(code, "presentation-code", code_presented(broken, card, claims.level, context), claims)
    return wrapped(broken, card, claims.level, context, device, inner)


def wrapped(broken: Broken, card: Term, level: int, context: Term, device: Term, inner: Term) -> tuple[str, Term, Term]:
    """``inner``, claims or a code layer, under a device layer."""
    return ("presentation", card, sign(device, "presentation-device", presented(broken, card, level, context), inner))


def code_layer(device_layer: Term) -> Term | None:
    inner = payload(device_layer)
    return inner if inner[0] == "sign" else None


def claims_of(device_layer: Term) -> Claims:
    inner = payload(device_layer)
    return payload(inner) if inner[0] == "sign" else inner


def about_card(broken: Broken, card: Term) -> Term:
    """The aad of grants and of lending orders."""
    return () if "grant-for-any-card" in broken else (digest(card),)


def grant(broken: Broken, card: Term, granted: Granted, device: Term, code: Term) -> Term:
    about = about_card(broken, card)
    inner: Term = granted
    if "grant-without-code" not in broken:
        inner = sign(code, "grant-code", about, granted)
    return sign(device, "grant-device", about, inner)


def granted_in(term: Term) -> Granted:
    inner = payload(term)
    return payload(inner) if inner[0] == "sign" else inner


def certificate(authority: Term, key: Term, terminal: str, category: str) -> Term:
    return sign(authority, "terminal-certificate", (), Certified("terminal", pk(key), terminal, category))


def challenge(key: Term, asked: Asked) -> Term:
    return sign(key, "challenge", (), asked)


def status_list(issuer: Term, listed: Listed) -> Term:
    return sign(issuer, "status-list", (), listed)


@lru_cache(maxsize=4096)
def of_kind(known: Knowledge, kind: str) -> tuple[Term, ...]:
    """The structures of a kind among ``known``, in one order for all runs."""
    return tuple(sorted((term for term in known if isinstance(term, tuple) and term[0] == kind), key=repr))


@lru_cache(maxsize=4096)
def signatures(known: Knowledge, label: str) -> tuple[Term, ...]:
    """The signatures with a label among ``known``, in one order for all runs."""
    return tuple(term for term in of_kind(known, "sign") if term[2] == label)
