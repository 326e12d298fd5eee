"""Messages as terms, and what can be learnt from them and made from them. Cryptography is perfect: a term is what it says.

A term is an atom (a string, a number, None) or a tuple whose first element is its kind:

    ("pk", key)                              the public half of a key
    ("sign", key, label, aad, payload)       a signature with its payload; label and aad are signed, as external_aad is
    ("hash", term)                           a digest
    ("kdf", code, prf, salt)                 the code key of section 9
    ("seal", public, info, term)             HPKE: read by who has the key of ``public``
    (any other kind, ...)                    a structure: whoever has it has its parts, and the other way round

Atoms that begin with ``~`` are secret; all others are known to everyone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Term = Any
Knowledge = frozenset[Term]

OPAQUE = ("pk", "hash", "kdf")


def pk(key: Term) -> Term:
    return ("pk", key)


def digest(term: Term) -> Term:
    return ("hash", term)


def sign(key: Term, label: str, aad: Term, payload: Term) -> Term:
    return ("sign", key, label, aad, payload)


def seal(public: Term, info: Term, term: Term) -> Term:
    return ("seal", public, info, term)


def signed(term: Term, public: Term, label: str, aad: Term) -> bool:
    """Whether ``term`` is a signature that verifies: under this key, of this label, over this aad."""
    return isinstance(term, tuple) and term[0] == "sign" and (pk(term[1]), term[2], term[3]) == (public, label, aad)


def payload(term: Term) -> Term:
    return term[4]


def secret(term: Term) -> bool:
    return isinstance(term, str) and term.startswith("~")


def derivable(term: Term, known: Knowledge) -> bool:
    """Whether whoever knows ``known``, already analysed, can make ``term``."""
    if term in known:
        return True
    if not isinstance(term, tuple):
        return not secret(term)
    match term:
        case ("pk", _):
            return True  # what is public is told to everyone
        case ("sign", key, _, _, content):
            return derivable(key, known) and derivable(content, known)
    return all(derivable(part, known) for part in term[1:])


def learn(known: Knowledge, new: Iterable[Term]) -> Knowledge:
    """``known`` and all that follows from ``new``: structures and signatures opened, and seals whose key is known."""
    out = set(known)
    todo = list(new)
    while todo:
        term = todo.pop()
        if term in out or not term or not (isinstance(term, tuple) or secret(term)):
            continue
        out.add(term)
        todo += _opened(term, frozenset(out))
        if secret(term):  # a key may open what was sealed before
            todo += [held[3] for held in out if isinstance(held, tuple) and held[0] == "seal" and held[1] == pk(term)]
    return frozenset(out)


def _opened(term: Term, known: Knowledge) -> list[Term]:
    if not isinstance(term, tuple) or term[0] in OPAQUE:
        return []
    if term[0] == "sign":
        return [payload(term)]
    if term[0] == "seal":
        return [term[3]] if term[1][1] in known else []
    return list(term[1:])
