"""The properties. Each is judged at the move that could violate it, against all that happened before.

possession   who is accepted as the card's owner has made this very device layer on their phone
code         where the verdict says that the code was entered, the owner entered it for this card, level and context
binding      an honest phone's signature counts only where and when it was meant: within its time, at level audience at the
             terminal of the certificate that the phone read, at level challenge in answer to the challenge that it read;
             and while a terminal waits for an answer nothing less counts
person       the person reported is whom the issuer made the card for, and whose card the phone showed
once         no presentation counts in two sessions of one terminal, and no challenge is answered by two presentations
elsewhere    no presentation counts at two terminals

             A presentation is known by its replay key alone, in whatever context or level it was taken: what an honest phone made
             counts once. Who has a card's device key signs one number for two places, which are two presentations with one
             number; a replay store takes those for one too (REPLAY-1), and so does ``once`` where that store is asked.
revoked      no terminal accepts a card of which it has taken a list that revokes it
delegation   whoever acts for someone was lent the card by its owner, device and code, to these keys, for this purpose and
             category, and it is not over; one hop
delegate     who is accepted under a grant to an honest delegate is that delegate: made this very device layer on their phone, for
             this card, with their code
asker        a phone answers in a terminal's name only what that terminal asked
number       the number is not known to the attacker
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tests.model import people as p
from tests.model.messages import AUDIENCE, CHALLENGE, CODE, Certified, Scope, granted_in
from tests.model.terminal import Accepted, Open
from tests.model.terms import Knowledge, Term, digest, payload, pk


class Made(NamedTuple):
    """An honest phone made a presentation after reading ``shown``."""

    who: str
    time: int
    card: Term
    level: int
    shown: Term
    device_layer: Term


class Gave(NamedTuple):
    """Alice's phone signed a grant, with her code."""

    card: Term
    grant: Term
    device: Term
    code: Term
    scope: Scope
    exp: int


class Used(NamedTuple):
    """What an acceptance leaves behind, for the terminal and for these properties; ``honest``: a phone made it, by its rules."""

    terminal: str
    session: str
    key: Term
    level: int
    honest: bool


class Acceptance(NamedTuple):
    """A terminal accepted; ``where`` is the session's purpose and the terminal's category."""

    terminal: str
    session: str
    time: int
    where: Scope
    accepted: Accepted

    def left_behind(self, made: Iterable[Made]) -> Used:
        got = self.accepted
        honest = any(one.device_layer == got.device_layer for one in made)
        return Used(self.terminal, self.session, got.replay_key, got.level, honest)


def judge_answer(made: Made, asked: Iterable[tuple[str, str, Open]], known: Knowledge) -> tuple[str, ...]:
    """What an honest phone's presentation violates."""
    violated = []
    if made.level == CHALLENGE:
        named: Certified = payload(payload(made.shown).certificate)
        if not any(terminal == named.terminal and is_open.challenge == made.shown for terminal, _, is_open in asked):
            violated.append("asker")
    if p.NUMBER in known:
        violated.append("number")
    return tuple(violated)


def judge_acceptance(done: Acceptance, open_: Open | None, state: Any) -> tuple[str, ...]:
    """What an acceptance violates, by the state before it."""
    got = done.accepted
    made = next((made for made in state.made if made.device_layer == got.device_layer), None)
    judged = {
        "binding": (made is None or _bound(done, made, open_)) and _answers(done, open_),
        "person": got.credential in p.ISSUED and (made is None or made.card == got.credential),
        "revoked": done.terminal != p.T1 or got.card.id not in _revoked(state.taken),
        **_used_once(done.left_behind(state.made), state.accepted),
    }
    if got.grant is not None or got.card.acting is not None:
        judged["delegation"] = _lent(done, state.gave)
        if got.grant is not None and granted_in(got.grant).device == pk(p.BOB_DEVICE):
            judged["delegate"] = made is not None and made.card == got.credential and got.code_layer is not None
    elif got.card.person in (p.ALICE, p.CHILD):
        judged["possession"] = made is not None
        if got.claims.verified == CODE:
            judged["code"] = any(_coded(got, made) for made in state.made)
    return tuple(name for name, holds in judged.items() if not holds)


def _bound(done: Acceptance, made: Made, open_: Open | None) -> bool:
    meant = made.level == done.accepted.level and (
        made.shown is None if done.accepted.context is None else digest(made.shown) == done.accepted.context
    )
    if made.level == AUDIENCE:
        return meant and done.time <= made.time and made.shown == p.CERTIFICATES[done.terminal]
    if made.level == CHALLENGE:
        return meant and open_ is not None and made.shown == open_.challenge and done.time <= open_.made_at
    return meant and done.time <= made.time


def _answers(done: Acceptance, open_: Open | None) -> bool:
    """Whether an answer was accepted, or none was awaited."""
    return done.accepted.level == CHALLENGE or open_ is None or done.time > open_.made_at


def _coded(got: Accepted, made: Made) -> bool:
    """Whether the code was entered on the owner's phone for what was accepted."""
    own = Accepted(made.card, made.device_layer, made.level, None if made.shown is None else digest(made.shown), None)
    return (
        own.code_layer is not None
        and own.code_layer == got.code_layer
        and (own.credential, own.level, own.context) == (got.credential, got.level, got.context)
    )


def _revoked(taken: Iterable[Term]) -> tuple[str, ...]:
    """By the issuer's own lists, whatever came after."""
    return payload(p.STOLEN).revoked if p.STOLEN in taken else ()


def _used_once(now: Used, before: Iterable[Used]) -> dict[str, bool]:
    others = [other for other in before if other[:2] != now[:2] and other.key == now.key]
    here = [other for other in others if other.terminal == now.terminal and _same(other, now)]
    there = [other for other in others if other.terminal != now.terminal and other.honest and now.honest]
    answers = [other for other in before if other[:2] == now[:2] and other.key != now.key]
    twice = now.level == CHALLENGE and any(other.level == CHALLENGE for other in answers)
    return {"once": not here and not twice, "elsewhere": not there}


def _same(one: Used, other: Used) -> bool:
    """Of two with one replay key at one terminal: whether they are one presentation, or a replay store must say that they are."""
    return (one.honest and other.honest) or CHALLENGE not in (one.level, other.level)


def _lent(done: Acceptance, gave: Iterable[Gave]) -> bool:
    got = done.accepted
    if got.grant is None:
        return got.credential == p.LENT_TO_MALLORY and done.where == p.LENT
    inner = got.code_layer
    return got.card.acting is None and any(
        got.grant == given.grant
        and got.credential == given.card
        and pk(got.device_layer[1]) == given.device
        and inner is not None
        and pk(inner[1]) == given.code
        and done.where == given.scope
        and done.time < given.exp
        for given in gave
    )
