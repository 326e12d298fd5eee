"""The protocol with one thing left out: each has an attack that the search must find, or it would find none that matters.

The code is what the library answers when the attack's last message is shown to it: the protocol as it is refuses there.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tests.model import people as p
from tests.model.enrolment import Enrolment
from tests.model.explore import Scenario
from tests.model.messages import OPEN
from tests.model.plan import LENDING, LEVEL
from tests.model.visit import Bounds, Session, Visit


class Variant(NamedTuple):
    """``left_out`` is what the protocol lacks, ``rule`` where the spec has it, ``violates`` the property that falls.

    ``where`` is the scenario, as in ``expected.EXPECTED``.
    """

    left_out: str
    where: str
    rule: str
    scenario: Scenario
    violates: str
    code: str | None

    def __str__(self) -> str:
        return f"{self.left_out}, {self.where}, {self.violates}"


_SESSIONS: Final = (Session(p.T1, "s1"), Session(p.T1, "s2"), Session(p.T2, "s1"))
_MIXED: Final = Bounds(
    sessions=(_SESSIONS[0], *(at._replace(asks=False) for at in _SESSIONS[1:])), least=OPEN, ticks=0, without_code=False
)


def _visit(
    left_out: str, where: str, violates: str, rule: str, code: str | None, *stolen: str, **bounds: object
) -> Variant:
    within = (_MIXED if where == "mixed" else Bounds(sessions=_SESSIONS))._replace(**bounds)
    scenario = Visit(LEVEL[where], frozenset(stolen), frozenset({left_out}), within)
    return Variant(left_out, where, rule, scenario, violates, code)


def _lending(left_out: str, violates: str, rule: str, code: str, *stolen: str, **bounds: object) -> Variant:
    scenario = Visit(OPEN, frozenset(stolen), frozenset({left_out}), LENDING._replace(**bounds))
    return Variant(left_out, "lending", rule, scenario, violates, code)


def _enrolment(left_out: str, violates: str, rule: str) -> Variant:
    return Variant(left_out, "enrolment", rule, Enrolment(broken=frozenset({left_out})), violates, None)


_ALL: Final = ("open", "audience", "challenge", "mixed")
#: What V9 says where what was signed is not what is shown; in the mixed scenario the shortest attack is at level open.
_SIGNED: Final = {
    "open": "device-signature",
    "audience": "context-mismatch",
    "challenge": "context-mismatch",
    "mixed": "device-signature",
}
_SEALED: Final = (Session(p.T1, "s1", sealed=True), Session(p.T2, "s1"))

VARIANTS: Final = (
    *(_visit("card-not-signed", where, "person", "COSE-5", _SIGNED[where]) for where in _ALL),
    *(_visit("device-key-of-anyone", where, "possession", "V9", _SIGNED[where]) for where in _ALL),
    _visit("context-not-signed", "audience", "binding", "COSE-5", "context-mismatch"),
    _visit("context-not-signed", "audience", "elsewhere", "COSE-5", "context-mismatch"),
    _visit("context-not-signed", "challenge", "binding", "COSE-5", "context-mismatch"),
    _visit("context-not-signed", "challenge", "once", "COSE-5", "context-mismatch"),
    _visit("context-not-signed", "challenge", "elsewhere", "COSE-5", "context-mismatch"),
    _visit("level-not-signed", "challenge", "binding", "COSE-5", "binding-too-weak"),
    _visit("context-not-needed", "challenge", "binding", "PRES-4", "context-unknown"),
    _visit("context-not-needed", "challenge", "elsewhere", "PRES-4", "context-unknown"),
    _visit("less-than-an-answer", "mixed", "binding", "ASK-1", "binding-too-weak"),
    _visit("code-layer-unbound", "challenge", "code", "COSE-5", "code-signature", "device"),
    _visit("code-key-of-anyone", "open", "code", "V10", "code-signature", "device"),
    *(_visit("code-only-claimed", where, "code", "PRES-2", "claims-structure", "device") for where in _ALL),
    _visit("time-not-checked", "open", "binding", "TIME-1", "presentation-expired"),
    _visit("challenge-without-end", "challenge", "binding", "CHAL-3", "challenge-expired"),
    *(_visit("status-not-checked", where, "revoked", "V13", "card-revoked") for where in _ALL),
    *(_visit("no-replay-store", where, "once", "REPLAY-2", "replayed") for where in ("open", "audience", "mixed")),
    _visit("answered-again", "challenge", "once", "CHAL-2", "challenge-answered", "device"),
    _visit("nonce-again", "challenge", "once", "CHAL-1", "context-mismatch"),
    _visit("certificate-not-checked", "challenge", "asker", "CHAL-4", "certificate-authority"),
    *(_visit("challenge-not-checked", at, "asker", "CHAL-4", "challenge-signature") for at in ("challenge", "mixed")),
    *(_visit("answer-not-sealed", at, "number", "PRES-5", None, sessions=_SEALED) for at in ("challenge", "mixed")),
    _lending("grant-names-nobody", "delegation", "V9", "device-signature"),
    _lending("grant-names-nobody", "delegate", "V9", "device-signature"),
    _lending("delegate-without-code", "delegate", "GRANT-4", "grant-code", "bob"),
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
