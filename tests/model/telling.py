"""Traces and terms for a person to read."""

from __future__ import annotations

from collections.abc import Iterable

from tests.model.enrolment import innermost
from tests.model.explore import Step
from tests.model.messages import CODE, LEVELS, claims_of
from tests.model.properties import Made
from tests.model.terms import Term, payload


def tell(trace: Iterable[Step]) -> str:
    """One line a step."""
    return "\n".join(f"{number}. {_line(step)}" for number, step in enumerate(trace, 1))


def _line(step: Step) -> str:
    match step.kind:
        case "tick":
            return "the clock goes on: what was made until now is over"
        case "present":
            return f"{step.who}'s phone presents: {_made(step.what)}"
        case "grant":
            return f"Alice lends {payload(step.more.card).id} to {step.what}"
        case "ask":
            return f"{step.who} asks, session {step.what.name}"
        case "list":
            return f"{step.who} takes a status list that revokes {', '.join(payload(step.what).revoked) or 'nobody'}"
        case "accept":
            return f"{step.who} accepts, session {step.what.name} ({step.what.purpose}): {_shown(step.more)}"
        case "proof":
            return f"the issuer proofs {step.what}'s identity for {step.more}"
        case "request" | "take":
            asked = innermost(step.what)
            done = "Alice's phone requests" if step.kind == "request" else "the issuer takes a request for"
            return f"{done} a card: {asked.number}, onto {_key(asked.device[1])}, {asked.offer}"
        case "make" | "keep":
            card = payload(step.what)
            done = "Alice's phone keeps" if step.kind == "keep" else "the issuer makes"
            return f"{done} a card of {card.person}, onto {_key(card.device[1])}"
        case "order":
            return "Alice's phone orders a card for whoever introduced themselves"
        case "lend":
            return f"the issuer makes that card onto {_key(innermost(step.more).device[1])}"
    raise AssertionError(step.kind)


def _made(made: Made) -> str:
    claims = claims_of(made.device_layer)
    card = payload(made.card)
    code = "code entered" if claims.verified == CODE else "no code"
    return f"{card.id} of {card.person}, level {LEVELS[made.level]}, {code}, {claims.cti}"


def _shown(message: Term) -> str:
    if message[0] == "seal":
        return f"sealed: {_shown(message[3])}"
    _, credential, layer = message
    card, claims = payload(credential), claims_of(layer)
    under = " under a grant" if claims.grant is not None else ""
    code = "with a code layer" if payload(layer)[0] == "sign" else "without a code layer"
    by = f"{card.id} of {card.person}{under}, by {_key(layer[1])} {code}"
    return f"{by}, level {LEVELS[claims.level]}, {claims.cti}"


def _key(key: Term) -> str:
    return str(key).removeprefix("~")
