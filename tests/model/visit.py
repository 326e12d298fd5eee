"""A visit: phones that present, terminals that ask and verify, and the attacker between them; with and without lending."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from tests.model import people as p
from tests.model.attacker import presentations, shown_to_phones, status_lists
from tests.model.explore import Move, Step
from tests.model.messages import (
    CHALLENGE,
    CODE,
    INTACT,
    NO_CODE,
    Asked,
    Broken,
    Claims,
    Granted,
    Scope,
    challenge,
    grant,
)
from tests.model.phone import answer, level_of, review
from tests.model.properties import Acceptance, Gave, Made, Used, judge_acceptance, judge_answer
from tests.model.terminal import Accepted, Open, View, decide, used_before, verify
from tests.model.terms import Knowledge, Term, learn, payload, pk


class Session(NamedTuple):
    """One care session: where, and for what; ``sealed``: its challenge asks for the billing view; ``asks``: it may have one."""

    terminal: str
    name: str
    purpose: str = p.LENT.purpose
    sealed: bool = False
    asks: bool = True


class Bounds(NamedTuple):
    """How much the honest roles do. A session accepts once; the attacker is bounded by nothing but what there is to accept.

    ``least`` is the least level that terminals take, where that is not the highest that phones are asked for.
    """

    alice: int = 1
    bob: int = 0
    grants: int = 0
    ticks: int = 1
    least: int | None = None
    cards: tuple[Term, ...] = (p.CARD,)
    without_code: bool = True
    sessions: tuple[Session, ...] = (Session(p.T1, "s1", sealed=True), Session(p.T1, "s2"), Session(p.T2, "s1"))
    known: tuple[Term, ...] = ()

    @property
    def lending(self) -> bool:
        return self.grants > 0 or bool(self.known)


class State(NamedTuple):
    """All that has happened, as far as anyone's next move depends on it."""

    time: int
    made: frozenset[Made]
    asked: frozenset[tuple[str, str, Open]]
    accepted: frozenset[Used]
    taken: frozenset[Term]
    gave: frozenset[Gave]
    known: Knowledge


class Visit(NamedTuple):
    """One scenario: the highest level that is asked for, what is compromised, what is left out, and the bounds."""

    level: int
    compromised: frozenset[str] = frozenset()
    broken: Broken = INTACT
    bounds: Bounds = Bounds()

    @property
    def least(self) -> int:
        return self.level if self.bounds.least is None else self.bounds.least

    @property
    def issuers(self) -> frozenset[Term]:
        return frozenset({pk(p.ISSUER)} | self._rogue())

    @property
    def authorities(self) -> frozenset[Term]:
        return frozenset({pk(p.AUTHORITY)} | self._rogue())

    def _rogue(self) -> set[Term]:
        return {pk(p.ROGUE)} if "trust" in self.compromised else set()

    def start(self) -> State:
        given = [term for name in sorted(self.compromised) for term in p.GIVEN[name]]
        known = learn(frozenset(), [*p.PUBLIC, *self.bounds.known, *given])
        empty: frozenset[Term] = frozenset()
        return State(0, empty, empty, empty, frozenset({p.NOTHING_REVOKED}), empty, known)

    def moves(self, state: State) -> Iterator[Move]:
        yield from self._ticks(state)
        yield from self._presents(state)
        yield from self._lends(state)
        yield from self._asks(state)
        yield from self._takes_lists(state)
        for session in self.bounds.sessions:
            yield from self._accepts(state, session)

    def _ticks(self, state: State) -> Iterator[Move]:
        if state.time < self.bounds.ticks:
            yield Move(Step("tick", "everyone"), state._replace(time=state.time + 1))

    # --- phones

    def _presents(self, state: State) -> Iterator[Move]:
        if len(state.made) == self.bounds.alice + self.bounds.bob:
            return
        shown = [term for term in self._shown(state) if self._review(term) is None]
        verified = (NO_CODE, CODE) if self.bounds.without_code else (CODE,)
        own = [(card, None) for card in self.bounds.cards]
        lent = [(gave.card, gave.grant) for gave in sorted(state.gave, key=repr) if gave.device == pk(p.BOB_DEVICE)]
        for who, count, cards in ((p.ALICE, self.bounds.alice, own), (p.BOB, self.bounds.bob, lent)):
            done = sum(made.who == who for made in state.made)
            if done < count:
                for card, under in cards:
                    for seen in shown:
                        for asked in verified if who == p.ALICE else (CODE,):
                            claims = Claims(
                                "claims", f"cti {done + 1} of {who}", state.time, asked, level_of(seen), under
                            )
                            yield self._present(state, who, card, claims, seen)

    def _shown(self, state: State) -> list[Term]:
        """What a phone can be made to read: nothing, a sticker, a challenge."""
        return [None, *shown_to_phones(state.known, self.authorities, range(self.least, self.level + 1))]

    def _review(self, shown: Term) -> str | None:
        return None if shown is None else review(self.broken, self.authorities, shown)

    def _present(self, state: State, who: str, card: Term, claims: Claims, shown: Term) -> Move:
        level = claims.level
        if level == CHALLENGE and payload(shown).session_key is not None and card == p.CARD:
            card = p.BILLING
        device, code = (p.DEVICE, p.CODE_KEY) if who == p.ALICE else (p.BOB_DEVICE, p.BOB_CODE)
        made, out = answer(self.broken, card, claims, shown, device, code)
        event = Made(who, state.time, card, level, shown, made[2])
        known = learn(state.known, [out])
        after = state._replace(made=state.made | {event}, known=known)
        return Move(Step("present", who, event, out), after, judge_answer(event, state.asked, known))

    def _lends(self, state: State) -> Iterator[Move]:
        if len(state.gave) >= self.bounds.grants:
            return
        to_bob, to_mallory = (p.BOB, p.BOB_DEVICE, p.BOB_CODE), (p.MALLORY, p.MALLORY_DEVICE, p.MALLORY_CODE)
        for card, (to, device, code) in product(self.bounds.cards, (to_bob, to_mallory)):
            granted = Granted("granted", pk(device), pk(code), p.LENT, state.time + 1)
            made = grant(self.broken, card, granted, p.DEVICE, p.CODE_KEY)
            gave = Gave(card, made, pk(device), pk(code), p.LENT, state.time + 1)
            after = state._replace(gave=state.gave | {gave}, known=learn(state.known, [made]))
            yield Move(Step("grant", p.ALICE, to, gave), after)

    # --- terminals

    def _asks(self, state: State) -> Iterator[Move]:
        if self.level != CHALLENGE:
            return
        for at in self.bounds.sessions:
            if at.asks and self._open(state, at) is None:
                again = "nonce-again" in self.broken
                nonce = f"nonce {at.terminal}" if again else f"nonce {at.terminal} {at.name}"
                session_key = f"~session key {nonce}" if at.sealed and not again else None
                public = None if session_key is None else pk(session_key)
                asked = Asked("asked", p.CERTIFICATES[at.terminal], nonce, public, at.purpose)
                made = challenge(p.TERMINAL_KEYS[at.terminal], asked)
                now_open = (at.terminal, at.name, Open(made, state.time, session_key))
                after = state._replace(asked=state.asked | {now_open}, known=learn(state.known, [made]))
                yield Move(Step("ask", at.terminal, at, made), after)

    @staticmethod
    def _open(state: State, at: Session) -> Open | None:
        return next((asked for terminal, name, asked in state.asked if (terminal, name) == at[:2]), None)

    def _takes_lists(self, state: State) -> Iterator[Move]:
        """T1 takes a status list that is newer than the one it holds; which it is given is the attacker's choice."""
        newest = max(payload(held).iat for held in state.taken)
        for given in status_lists(state.known, self.issuers):
            if payload(given).iat > newest:
                yield Move(Step("list", p.T1, given), state._replace(taken=state.taken | {given}))

    def view(self, state: State, at: Session) -> View:
        """What the terminal of a session goes by."""
        taken = state.taken if at.terminal == p.T1 else {p.NOTHING_REVOKED}
        newest = max((payload(held) for held in taken), key=lambda listed: listed.iat)
        seen = {
            used.key
            for used in state.accepted
            if used.terminal == at.terminal and used.session != at.name and used.level != CHALLENGE
        }
        is_open = self._open(state, at)
        if is_open is not None:
            here = (used.key for used in state.accepted if (*used[:2], used.level) == (*at[:2], CHALLENGE))
            is_open = is_open._replace(answered=next(here, None))
        return View(
            state.time,
            at.purpose,
            p.CATEGORIES[at.terminal],
            self.least,
            self.issuers,
            p.CERTIFICATES[at.terminal],
            is_open,
            newest.revoked,
            frozenset(seen),
        )

    def offered(self, state: State, at: Session) -> list[tuple[Term, Accepted | str]]:
        """What the attacker can show in a session, and the verdict on each."""
        view = self.view(state, at)
        messages = presentations(self.broken, state.known, view, lent=self.bounds.lending)
        return [(message, verify(self.broken, view, message)) for message in messages]

    def _accepts(self, state: State, at: Session) -> Iterator[Move]:
        """What a session can accept.

        An acceptance changes what its own session and its own replay key are answered later, and nothing else: so what can
        follow it is looked at for these alone; all else can as well come without it.
        """
        view = self.view(state, at)
        keys = {used.key for used in state.accepted}
        answered = any((*used[:2], used.level) == (*at[:2], CHALLENGE) for used in state.accepted)
        for message, got, key in acceptable(self.broken, state.known, view.forgetful(), self.bounds.lending):
            relevant = not keys or (answered and got.level == CHALLENGE) or key in keys
            if relevant and used_before(self.broken, view, got) is None:
                where = Scope(at.purpose, p.CATEGORIES[at.terminal])
                done = Acceptance(at.terminal, at.name, state.time, where, got)
                after = state._replace(accepted=state.accepted | {done.left_behind(state.made)})
                yield Move(Step("accept", at.terminal, at, message), after, judge_acceptance(done, view.open, state))


@lru_cache(maxsize=4096)
def acceptable(broken: Broken, known: Knowledge, view: View, lending: bool) -> tuple[tuple[Term, Accepted, Term], ...]:
    """What the attacker can show that a terminal accepts which has accepted nothing before; each with its replay key."""
    shown = presentations(broken, known, view, lent=lending)
    decided = ((message, decide(broken, view, message)) for message in shown)
    return tuple((message, got, got.replay_key) for message, got in decided if isinstance(got, Accepted))
