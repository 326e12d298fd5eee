"""The terminal: section 8's steps as one pure function, in their order and with their codes."""

from __future__ import annotations

from typing import NamedTuple

from tests.model.messages import (
    AUDIENCE,
    CHALLENGE,
    CODE,
    OPEN,
    Broken,
    Card,
    Claims,
    Granted,
    about_card,
    claims_of,
    code_layer,
    code_presented,
    granted_in,
    presented,
)
from tests.model.terms import Term, digest, payload, pk, signed


class Open(NamedTuple):
    """The challenge open for a session; ``session_key`` is the private half, ``answered`` the replay key that answered it."""

    challenge: Term
    made_at: int
    session_key: Term
    answered: Term = None


class View(NamedTuple):
    """What a terminal has before it when it is shown something.

    Attributes:
        issuers: public keys that may sign cards, by the trust list.
        revoked: ids of cards, by the newest status list held.
        seen: (card, cti) of what was accepted in another session, at levels open and audience.
    """

    time: int
    purpose: str
    category: str
    least: int
    issuers: frozenset[Term]
    certificate: Term
    open: Open | None
    revoked: tuple[str, ...]
    seen: frozenset[Term]

    def forgetful(self) -> View:
        """The same terminal as if it had accepted nothing."""
        return self._replace(seen=frozenset(), open=self.open and self.open._replace(answered=None))


class Accepted(NamedTuple):
    """A verified presentation."""

    credential: Term
    device_layer: Term
    level: int
    context: Term
    grant: Term

    @property
    def card(self) -> Card:
        return payload(self.credential)

    @property
    def claims(self) -> Claims:
        return claims_of(self.device_layer)

    @property
    def code_layer(self) -> Term | None:
        return code_layer(self.device_layer)

    @property
    def replay_key(self) -> Term:
        return (self.credential, self.claims.cti)


class _Refused(Exception):
    """A verdict, as in the library."""


def verify(broken: Broken, view: View, message: Term) -> Accepted | str:
    """The verdict on ``message``: what was accepted, or the code of the first failing step."""
    accepted = decide(broken, view, message)
    return accepted if isinstance(accepted, str) else used_before(broken, view, accepted) or accepted


def decide(broken: Broken, view: View, message: Term) -> Accepted | str:
    """V1 to V14: as ``verify``, of a terminal that has accepted nothing before."""
    try:
        return _decide(broken, view, message)
    except _Refused as refused:
        return str(refused)


def used_before(broken: Broken, view: View, accepted: Accepted) -> str | None:
    """V15: the code with which a presentation is refused that was accepted before, or whose challenge was answered."""
    if accepted.level != CHALLENGE:
        return "replayed" if accepted.replay_key in view.seen and "no-replay-store" not in broken else None
    answered = view.open and view.open.answered
    again = answered not in (None, accepted.replay_key) and "answered-again" not in broken
    return "challenge-answered" if again else None


def _refuse(condition: object, code: str) -> None:
    if condition:
        raise _Refused(code)


def _decide(broken: Broken, view: View, message: Term) -> Accepted:
    sealed = message[0] == "seal"
    if sealed:
        message = _opened(view, message)
    _, credential, device_layer = message
    claims, code = claims_of(device_layer), code_layer(device_layer)
    _refuse((claims.verified == CODE) != (code is not None) and "code-only-claimed" not in broken, "claims-structure")
    _refuse(pk(credential[1]) not in view.issuers, "issuer-unknown")
    card: Card = payload(credential)
    granted = None
    if claims.grant is not None:
        granted = _granted(broken, claims.grant, credential)
        _refuse(code is None and "delegate-without-code" not in broken, "grant-code")
    context = _bound(broken, view, credential, device_layer, granted)
    if code is not None:
        key = (granted or card).code
        if "code-key-of-anyone" in broken or ("grant-names-nobody" in broken and granted):
            key = pk(code[1])
        aad = code_presented(broken, credential, claims.level, context)
        _refuse(not signed(code, key, "presentation-code", aad), "code-signature")
    level = view.least if "level-not-signed" in broken else claims.level
    _in_place(broken, view, card, level, granted, sealed=sealed)
    if level != CHALLENGE and "time-not-checked" not in broken:
        _refuse(view.time > claims.iat, "presentation-expired")
    _refuse(granted is not None and view.time >= granted.exp and "grant-without-end" not in broken, "grant-expired")
    _refuse(card.id in view.revoked and "status-not-checked" not in broken, "card-revoked")
    return Accepted(credential, device_layer, level, context, claims.grant)


def _opened(view: View, message: Term) -> Term:
    """V1, a sealed answer."""
    asked = view.open
    if asked is None or asked.session_key is None:
        raise _Refused("seal-unknown")
    _, public, info, content = message
    _refuse((public, info) != (pk(asked.session_key), digest(asked.challenge)), "seal-broken")
    return content


def _granted(broken: Broken, grant: Term, credential: Term) -> Granted:
    """V8."""
    card: Card = payload(credential)
    about = about_card(broken, credential)
    inner = payload(grant)
    by_owner = signed(grant, card.device, "grant-device", about)
    if "grant-without-code" not in broken:
        by_owner = by_owner and signed(inner, card.code, "grant-code", about)
    granted: Granted = granted_in(grant)
    if "grant-by-anyone" in broken:
        by_owner = True
    _refuse(not by_owner, "grant-signature")
    own = {card.device, card.code}
    hops = card.acting is not None and "lent-card-lent-on" not in broken
    _refuse(hops or card.number is not None or own & {granted.device, granted.code}, "grant-hop")
    return granted


def _bound(broken: Broken, view: View, credential: Term, device_layer: Term, granted: Granted | None) -> Term:
    """V9; the context with which the device layer verifies."""
    claims = claims_of(device_layer)
    contexts = {
        OPEN: [None],
        AUDIENCE: [digest(view.certificate)],
        CHALLENGE: [digest(view.open.challenge)] if view.open else [],
    }
    held = contexts[view.least if "level-not-signed" in broken else claims.level]
    if not held and "context-not-needed" in broken:
        held = [device_layer[3][1][1]]
    _refuse(not held, "context-unknown")
    key = (granted or payload(credential)).device
    if "device-key-of-anyone" in broken or ("grant-names-nobody" in broken and granted):
        key = pk(device_layer[1])
    for context in held:
        if signed(device_layer, key, "presentation-device", presented(broken, credential, claims.level, context)):
            return context
    raise _Refused("device-signature" if claims.level == OPEN else "context-mismatch")


def _in_place(broken: Broken, view: View, card: Card, level: int, granted: Granted | None, *, sealed: bool) -> None:
    """V11."""
    in_time = view.open is not None and view.time <= view.open.made_at
    too_little = level != CHALLENGE and (sealed or in_time) and "less-than-an-answer" not in broken
    _refuse(level < view.least or too_little, "binding-too-weak")
    over = not in_time and not (view.open is None and "context-not-needed" in broken)
    _refuse(level == CHALLENGE and over and "challenge-without-end" not in broken, "challenge-expired")
    _refuse(card.number is not None and not (level == CHALLENGE and sealed), "billing-not-permitted")
    if "scope-not-checked" not in broken:
        for scope in (granted and granted.scope, card.acting):
            _refuse(scope and (view.purpose, view.category) != scope, "delegation-scope")
