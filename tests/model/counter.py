"""The library's terminals in the places of the model's: the same keys, lists, challenges, clock and memory."""

from __future__ import annotations

from typing import Any

from tests.forge import base45
from tests.model import concrete as c
from tests.model import people as p
from tests.model.explore import Step
from tests.model.messages import CHALLENGE
from tests.model.properties import Made, Used
from tests.model.terms import Term, digest, payload
from tests.model.visit import Session, State, Visit
from tests.world import AUTHORITY_ID, DAY, ISSUER_ID, NOW, STATUS_URI, SeededEntropy, StandingClock, StandingStopwatch
from vitaletoken import (
    AuthorityEntry,
    Category,
    Environment,
    InputError,
    IssuerEntry,
    IssuerKey,
    Policy,
    RootSet,
    Terminal,
    TrustAnchor,
    TrustListClaims,
    Verifier,
    verify_certificate,
    verify_status_list,
    verify_trust_list,
)
from vitaletoken.adapters.keystore import SoftwareSigner
from vitaletoken.adapters.memory import FixedTrust, MemoryChallengeStore, MemoryReplayStore, MemoryStatus
from vitaletoken.ports import OpenChallenge
from vitaletoken.rules.binding import Instant
from vitaletoken.rules.terminal import review
from vitaletoken.rules.trust import combine_trust_list, trust_list_tbs
from vitaletoken.wire.registry import Binding, KeyUse, Purpose, UserVerification

ACCEPTED = "accepted"


def trust_of(visit: Visit) -> Any:
    """The trust list in force: the attacker's key beside the issuer's and the authority's where k root keys are hers."""
    root = SoftwareSigner(c.signer("~root"))
    uses = (KeyUse.CREDENTIAL, KeyUse.STATUS_LIST, KeyUse.ENROLMENT_OFFER)

    def keys(own: Term, uses: tuple[KeyUse, ...]) -> tuple[IssuerKey, ...]:
        named = (own, p.ROGUE) if "trust" in visit.compromised else (own,)
        publics = [SoftwareSigner(c.signer(key)).public_key for key in named]
        return tuple(IssuerKey(public, uses, NOW - 365 * DAY, NOW + 365 * DAY) for public in publics)

    claims = TrustListClaims(
        version=1,
        iat=NOW - DAY,
        exp=NOW + 30 * DAY,
        environment=Environment.TEST,
        roots=RootSet(1, (root.public_key,)),
        issuers=(IssuerEntry(ISSUER_ID, "Issuer", keys(p.ISSUER, uses), STATUS_URI),),
        authorities=(
            AuthorityEntry(
                AUTHORITY_ID, "Authority", keys(p.AUTHORITY, (KeyUse.TERMINAL_CERTIFICATE,)), tuple(Category)
            ),
        ),
    )
    data = combine_trust_list(claims, {root.public_key: root.sign(trust_list_tbs(claims, root.public_key))})
    return verify_trust_list(data, TrustAnchor(claims.roots), Environment.TEST)


class Counter:
    """Both terminals, and what has been shown to whom.

    Args:
        lending: whether the terminals' policy lets people act for others.
    """

    def __init__(self, visit: Visit, *, lending: bool = False) -> None:
        self._visit = visit
        self._trust = trust_of(visit)
        self._clock = StandingClock()
        self._stopwatch = StandingStopwatch()
        self._challenges = {name: MemoryChallengeStore() for name in p.CERTIFICATES}
        self._replays = {name: MemoryReplayStore() for name in p.CERTIFICATES}
        self._asked: dict[tuple[str, str], bytes] = {}
        self._written: dict[Term, bytes] = {}
        self._writer = c.Writer()
        self._status = {name: MemoryStatus() for name in p.CERTIFICATES}
        for name, sticker in p.CERTIFICATES.items():
            self._writer.shown(sticker, c.certificate(sticker))
            self._take(name, p.NOTHING_REVOKED)
        self._verifiers = {
            name: Verifier(
                trust=FixedTrust(self._trust),
                status=self._status[name],
                replay=self._replays[name],
                clock=self._clock,
                policy=Policy(
                    environment=Environment.TEST,
                    least_binding=Binding(visit.least),
                    least_user_verification=UserVerification.NONE,
                    **({"delegates": True} if lending else {}),
                ),
                terminal=self._terminal(name),
                **({"categories": [Category(c.CATEGORIES[p.CATEGORIES[name]])]} if lending else {}),
            )
            for name in p.CERTIFICATES
        }

    def _terminal(self, name: str) -> Terminal:
        return Terminal(
            [verify_certificate(c.certificate(p.CERTIFICATES[name]), self._trust, NOW)],
            SoftwareSigner(c.signer(p.TERMINAL_KEYS[name])),
            challenges=self._challenges[name],
            stopwatch=self._stopwatch,
            entropy=SeededEntropy(),
        )

    # --- what happens

    def play(self, step: Step) -> str:
        """One step of a trace; the verdict where it is a terminal's or a phone's, and nothing otherwise."""
        match step.kind:
            case "tick":
                self._set(self._tick + 1)
            case "ask":
                self._ask(step.who, step.what, step.more)
            case "list":
                self._take(step.who, step.what)
            case "grant":
                self._writer.made(step.more.grant, step.more.card)
            case "present":
                return self._present(step.what)
            case "accept":
                return self.verdict(step.what, step.more)
            case _:
                raise AssertionError(step.kind)
        return ""

    @property
    def _tick(self) -> int:
        return (self._clock.time - NOW) // c.TICK

    def _set(self, tick: int) -> None:
        self._stopwatch.seconds += (tick - self._tick) * c.TICK
        self._clock.time = c.at(tick)

    def _ask(self, name: str, session: Session, term: Term) -> None:
        message = c.challenge(term, session.name)
        self._asked[name, session.name] = message
        self._written.setdefault(term, message)
        self._writer.shown(term, message)
        public = payload(term).session_key
        key = None if public is None else c.secret(public[1])
        opened = Instant(self._stopwatch.era, self._stopwatch.seconds)
        self._challenges[name].open(OpenChallenge(session.name, c.sha(message), message, key, opened, 120))

    def _take(self, name: str, term: Term) -> None:
        self._status[name].keep(verify_status_list(c.status_list(term), self._trust))

    def _present(self, made: Made) -> str:
        """An honest phone looks at what it is shown, and signs if it should."""
        self._writer.made(made.device_layer, made.card, self._context(made.shown))
        if made.shown is None:
            return ACCEPTED
        self._writer.shown(made.shown, self._bytes(made.shown))
        prefix = "VTC1:" if made.shown[2] == "challenge" else "VTT1:"
        try:
            review(prefix + base45(self._bytes(made.shown)), self._trust, self._clock.time)
        except InputError as refused:
            return str(refused.code)
        return ACCEPTED

    def _bytes(self, shown: Term) -> bytes:
        if shown in self._written:
            return self._written[shown]
        return c.challenge(shown) if shown[2] == "challenge" else c.certificate(shown)

    def _context(self, shown: Term | None) -> bytes | None:
        return None if shown is None else c.sha(self._bytes(shown))

    # --- verdicts

    def verdict(self, at: Session, message: Term) -> str:
        """What the library's terminal says in that session: accepted, or its code."""
        inner = message[3] if message[0] == "seal" else message
        asked = self._asked.get((at.terminal, at.name))
        held = {0: None, 1: c.sha(c.certificate(p.CERTIFICATES[at.terminal])), 2: asked and c.sha(asked)}
        data = self._writer.presentation(inner, held)
        text = "VT1:" + base45(data)
        if message[0] == "seal":
            about = next((self._bytes(term) for term in self._written if digest(term) == message[2]), b"")
            text = "VTS1:" + base45(c.sealed_to(data, message[1], about))
        try:
            self._verifiers[at.terminal].verify(text, at.name, Purpose(c.PURPOSES[at.purpose]))
        except InputError as refused:
            return str(refused.code)
        return ACCEPTED


def counter_at(visit: Visit, state: State, *, lending: bool = False) -> Counter:
    """Terminals that stand where the model's stand in ``state``, as far as one session of each is concerned."""
    counter = Counter(visit, lending=lending)
    sessions = {at[:2]: at for at in visit.bounds.sessions}
    for tick in range(state.time + 1):
        counter._set(tick)
        for name, session, is_open in sorted(state.asked, key=repr):
            if is_open.made_at == tick:
                counter._ask(name, sessions[name, session], is_open.challenge)
    for made in state.made:
        counter._present(made)
    for gave in state.gave:
        counter._writer.made(gave.grant, gave.card)
    for taken in state.taken:
        counter._take(p.T1, taken)
    for used in state.accepted:
        _remember(counter, used)
    return counter


def _remember(counter: Counter, used: Used) -> None:
    card, cti = used.key
    key = c.sha(c.credential(card))[:16] + c.sha(cti.encode())[:8]
    if used.level == CHALLENGE:
        asked = counter._asked[used.terminal, used.session]
        counter._challenges[used.terminal].answer(used.session, c.sha(asked), key)
    else:
        counter._replays[used.terminal].insert(key, used.session, NOW + DAY, NOW)
