"""The protocol with one thing left out: each has an attack that the search must find, or it would find none that matters.

The code is what the library answers when the attack's last message is shown to it: the protocol as it is refuses there.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tests.model import people as p
from tests.model.enrolment import Enrolment
from tests.model.explore import Scenario
from tests.model.messages import AUDIENCE, CHALLENGE, OPEN
from tests.model.visit import Bounds, Session, Visit


class Variant(NamedTuple):
    """``left_out`` is what the protocol lacks, ``rule`` where the spec has it, ``violates`` the property that falls."""

    left_out: str
    rule: str
    scenario: Scenario
    violates: str
    code: str | None


_PLAIN: Final = (Session(p.T1, "s1"), Session(p.T1, "s2"), Session(p.T2, "s1"))
_ELSEWHERE: Final = (Session(p.T1, "s1"), Session(p.T1, "s2", "billing"), Session(p.T2, "s1"))
_LENDING: Final = Bounds(alice=0, bob=1, grants=1, sessions=_ELSEWHERE)


def _visit(
    left_out: str, level: int, violates: str, rule: str, code: str | None, *stolen: str, **bounds: object
) -> Variant:
    at_most = 2 if level == CHALLENGE else 3
    with_bounds = Bounds(**{"sessions": _PLAIN[:at_most], **bounds})  # type: ignore[arg-type]  # fields by name
    return Variant(left_out, rule, Visit(level, frozenset(stolen), frozenset({left_out}), with_bounds), violates, code)


def _lending(left_out: str, violates: str, rule: str, code: str, *stolen: str, **bounds: object) -> Variant:
    scenario = Visit(OPEN, frozenset(stolen), frozenset({left_out}), _LENDING._replace(**bounds))
    return Variant(left_out, rule, scenario, violates, code)


def _enrolment(left_out: str, violates: str, rule: str) -> Variant:
    return Variant(left_out, rule, Enrolment(broken=frozenset({left_out})), violates, None)


VARIANTS: Final = (
    _visit("card-not-signed", OPEN, "person", "COSE-5", "device-signature"),
    _visit("device-key-of-anyone", OPEN, "possession", "V9", "device-signature"),
    _visit("context-not-signed", AUDIENCE, "binding", "COSE-5", "context-mismatch"),
    _visit("context-not-signed", CHALLENGE, "binding", "COSE-5", "context-mismatch"),
    _visit("levels-alike", CHALLENGE, "binding", "PRES-4", "binding-too-weak"),
    _visit("code-layer-unbound", CHALLENGE, "code", "COSE-5", "code-signature", "device"),
    _visit("code-key-of-anyone", OPEN, "code", "V10", "code-signature", "device"),
    _visit("code-only-claimed", OPEN, "code", "PRES-2", "claims-structure", "device"),
    _visit("time-not-checked", OPEN, "binding", "TIME-1", "presentation-expired"),
    _visit("challenge-without-end", CHALLENGE, "binding", "CHAL-3", "challenge-expired"),
    _visit("status-not-checked", OPEN, "revoked", "V13", "card-revoked"),
    _visit("no-replay-store", OPEN, "once", "REPLAY-2", "replayed"),
    _visit("answered-again", CHALLENGE, "once", "CHAL-2", "challenge-answered", "device"),
    _visit("nonce-again", CHALLENGE, "once", "CHAL-1", "context-mismatch"),
    _visit("certificate-not-checked", CHALLENGE, "asker", "CHAL-4", "certificate-authority"),
    _visit("challenge-not-checked", CHALLENGE, "asker", "CHAL-4", "challenge-signature"),
    _visit("answer-not-sealed", CHALLENGE, "number", "PRES-5", None, sessions=(Session(p.T1, "s1", sealed=True),)),
    _lending("grant-names-nobody", "delegation", "V9", "device-signature"),
    _lending("grant-by-anyone", "delegation", "V8", "grant-signature"),
    _lending("grant-without-code", "delegation", "V8", "grant-structure", "device"),
    _lending("grant-for-any-card", "delegation", "COSE-5", "grant-signature"),
    _lending("grant-without-end", "delegation", "V12", "grant-expired"),
    _lending("scope-not-checked", "delegation", "GRANT-3", "delegation-scope"),
    _lending("lent-card-lent-on", "delegation", "GRANT-2", "grant-hop", grants=0, known=(p.LENT_TO_MALLORY,)),
    _enrolment("no-enrolment-binding", "person", "CRED-3"),
    _enrolment("request-not-signed", "person", "ENROL-1"),
    _enrolment("identity-of-anyone", "person", "APPLY-1"),
    _enrolment("offer-answered-twice", "person", "ENROL-1"),
    _enrolment("order-without-introduction", "delegation", "L4"),
)
