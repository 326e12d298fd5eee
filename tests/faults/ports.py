"""Ports that fail at one call: each scene is one act of a role, and what has to hold after it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests import forge
from tests.desk import FATHER, KEYS, Office, of
from tests.lending import introduction, order, phone, renewal, sha
from tests.lending_codes import owner_of
from tests.nation import Nation, day, found_in, holds
from tests.world import AUTHORITY_ID, CODE, World, camille, enrolled
from vitaletoken import Category, Code, Holder, InputError, Issuer, Purpose, TerminalAuthority
from vitaletoken.adapters.memory import FixedTrust, MemoryTimeFloor
from vitaletoken.enrolment_desk import EnrolmentDesk
from vitaletoken.publisher import Publisher
from vitaletoken.rules.application import State
from vitaletoken.updater import Updater
from vitaletoken.wire.registry import Status

BILLING: Final = Purpose.BILLING


class PortFailed(Exception):
    """No error that anything here knows."""


class Calls:
    """Counts the calls of all ports of a role; the one of number ``fails`` fails, before it is done or after it."""

    def __init__(self, fails: int = -1, *, after: bool = False) -> None:
        self._fails = fails
        self._after = after
        self.names: list[str] = []

    def made(self, protocol: str, name: str, function: Callable[..., Any], arguments: Any, options: Any) -> Any:
        self.names.append(f"{protocol}.{name}")
        fails = len(self.names) - 1 == self._fails
        if fails and not self._after:
            raise PortFailed
        result = function(*arguments, **options)
        if fails:
            raise PortFailed
        return result

    def port(self, protocol: str, real: Any) -> Any:
        """``real``, as a port of that name in ``vitaletoken.ports``."""
        return _Port(self, protocol, real)


class _Port:
    def __init__(self, calls: Calls, protocol: str, real: Any) -> None:
        self._told, self._protocol, self._real = calls, protocol, real

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if not callable(found):
            return found
        return lambda *arguments, **options: self._told.made(self._protocol, name, found, arguments, options)


class Scene(NamedTuple):
    """``act`` is done once, with ports that may fail. ``after`` is what has to hold then, with ports that work."""

    act: Callable[[], object]
    after: Callable[[], None]


def refusal_of(function: Callable[..., object], *arguments: Any) -> Code | None:
    try:
        function(*arguments)
    except InputError as refused:
        return refused.code
    return None


# --- terminals


def _parts(w: World, calls: Calls) -> dict[str, Any]:
    return {
        "trust": calls.port("TrustStore", FixedTrust(w.trust)),
        "status": calls.port("StatusSource", w.status),
        "replay": calls.port("ReplayStore", w.replay),
        "clock": calls.port("Clock", w.clock),
        "floor": calls.port("TimeFloor", MemoryTimeFloor()),
    }


def _desk(w: World, calls: Calls) -> dict[str, Any]:
    return {
        "signer": calls.port("Signer", w.terminal_signer),
        "challenges": calls.port("ChallengeStore", w.challenges),
        "stopwatch": calls.port("MonotonicClock", w.stopwatch),
        "entropy": calls.port("Entropy", w.entropy),
    }


def verified(_: Path, calls: Calls) -> Scene:
    """A QR at a terminal that only reads."""
    w = enrolled()
    shown = w.present().text
    verifier = w.terminal(**_parts(w, calls))

    def after() -> None:
        w.verifier.verify(shown, "visit 1")
        assert refusal_of(w.verifier.verify, shown, "visit 2") is Code.REPLAYED

    return Scene(lambda: verifier.verify(shown, "visit 1"), after)


def _asked(w: World) -> tuple[str, str]:
    """Two answers to one challenge."""
    asked = w.asking().challenge("visit", [BILLING])
    asker = w.holder.review(asked.text, w.trust).asker
    return w.holder.present(CODE, to=asker).text, w.holder.present(CODE, to=asker).text


def answer_verified(_: Path, calls: Calls) -> Scene:
    """A sealed answer."""
    w = enrolled()
    first, second = _asked(w)
    desk = w.desk()
    for name, port in _desk(w, calls).items():  # which a terminal asks when it starts too: that is another scene
        setattr(desk, f"_{name}", port)
    verifier = w.terminal(**_parts(w, calls), terminal=desk)

    def after() -> None:
        w.asking().verify(first, "visit", BILLING)
        assert refusal_of(w.asking().verify, second, "visit", BILLING) is Code.CHALLENGE_ANSWERED

    return Scene(lambda: verifier.verify(first, "visit", BILLING), after)


def old_answer_refused(_: Path, calls: Calls) -> Scene:
    """An answer that comes too late, for which the challenge is deleted."""
    w = enrolled()
    desk = w.desk()
    first, _ = _asked(w)
    w.stopwatch.seconds += 500
    for name, port in _desk(w, calls).items():
        setattr(desk, f"_{name}", port)
    verifier = w.terminal(**_parts(w, calls), terminal=desk)

    def after() -> None:
        assert refusal_of(w.asking().verify, first, "visit", BILLING) is not None

    def act() -> None:
        assert refusal_of(verifier.verify, first, "visit", BILLING) is Code.CHALLENGE_EXPIRED

    return Scene(act, after)


def asked(_: Path, calls: Calls) -> Scene:
    """A challenge is made, by a terminal that starts."""
    w = enrolled()

    def act() -> object:
        return w.terminal(**_parts(w, calls), terminal=w.desk(**_desk(w, calls))).challenge("visit", [BILLING])

    def after() -> None:
        first, second = _asked(w)
        assert not w.asking().verify(first, "visit", BILLING).repeated
        assert refusal_of(w.asking().verify, second, "visit", BILLING) is Code.CHALLENGE_ANSWERED

    return Scene(act, after)


def updated(directory: Path, calls: Calls) -> Scene:
    """New lists, and a new trust list, from a mirror."""
    nation = Nation(directory)
    nation.publish()
    store = nation.store()
    nation.updater(store).update()
    before = nation.insurers[0].statuses()
    day(nation)
    nation.put_trust_list()
    updater = Updater(
        mirror=calls.port("Mirror", nation.mirror),
        trust=calls.port("TrustUpdates", nation.trust),
        status=calls.port("StatusStore", store),
        clock=calls.port("Clock", nation.clock),
        floor=calls.port("TimeFloor", nation.floor),
    )

    def after() -> None:
        (insurer,) = nation.insurers
        assert found_in(store, insurer) in (before, insurer.statuses())
        assert nation.trust.current().claims.version in (1, 2)
        nation.updater(store).update()
        assert holds(store, insurer)
        assert nation.trust.current().claims.version == 2
        store.close()

    return Scene(updater.update, after)


# --- issuers


def published(_: Path, calls: Calls) -> Scene:
    """A publication."""
    w = enrolled()
    w.issuer.suspend(w.card_id())

    def publisher(**ports: Any) -> Publisher:
        parts: dict[str, Any] = {"register": w.register, "clock": w.clock, "signer": w.issuer_signer, **ports}
        return Publisher("fr-cnam", status_uri="https://status.example/fr-cnam", capacity=1 << 20, **parts)

    first = publisher().publish(None)
    failing = publisher(
        register=calls.port("IssuerRegister", w.register),
        clock=calls.port("Clock", w.clock),
        signer=calls.port("Signer", w.issuer_signer),
    )

    def after() -> None:
        assert publisher().publish(first).sequence == 2
        assert list(w.register.statuses(0).values()) == [Status.SUSPENDED]

    return Scene(lambda: failing.publish(first), after)


class _Rights:
    def find(self, reference: str) -> None:
        return None


def _issuer(w: World, calls: Calls) -> Issuer:
    return Issuer(
        "fr-cnam",
        calls.port("Signer", w.issuer_signer),
        number_key=calls.port("NumberKey", w.number_key),
        register=calls.port("IssuerRegister", w.register),
        clock=calls.port("Clock", w.clock),
        entropy=calls.port("Entropy", w.entropy),
        status_uri="https://status.example/fr-cnam",
        environment=w.environment,
        rights=calls.port("RightsSource", _Rights()),
    )


def _count(w: World) -> int:
    return len(w.register._held)  # type: ignore[attr-defined]


def issued(_: Path, calls: Calls) -> Scene:
    """The first card: one, however often it is asked for, with one alias, one number and one index."""
    w = World()
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, w.beneficiary.nir, profile=w.profile)
    failing = _issuer(w, calls)

    def after() -> None:
        views = w.issuer.issue_views(request, offer, camille())
        assert w.issuer.issue_views(request, offer, camille()) == views
        w.holder.accept(views.minimal, w.trust, views.billing)
        assert _count(w) == 1

    return Scene(lambda: failing.issue_views(request, offer, camille()), after)


def offered(_: Path, calls: Calls) -> Scene:
    """An offer, of which nothing is kept."""
    w = World()
    failing = _issuer(w, calls)

    def after() -> None:
        assert w.enrol()

    return Scene(failing.offer, after)


def renewed(_: Path, calls: Calls) -> Scene:
    """A renewal: answered once, and the same ever after."""
    w = enrolled()
    message = renewal(forge.credential_of(w), owner_of(w))
    failing = _issuer(w, calls)

    def after() -> None:
        answer = w.issuer.renew(message, stock=2)
        assert w.issuer.renew(message) == answer
        held = w.register.find_cti(w.card_id())
        assert held is not None
        assert len(held.renewals) == 1

    return Scene(lambda: failing.renew(message, stock=2), after)


def lent(_: Path, calls: Calls) -> Scene:
    """A card that is lent: one for one order."""
    w = enrolled()
    introduced = introduction(phone("Dominique"))
    message = order(forge.credential_of(w), owner_of(w), introduced)
    failing = _issuer(w, calls)

    def after() -> None:
        answer = w.issuer.lend(message, introduced)
        assert w.issuer.lend(message, introduced) == answer
        assert w.register.answer_to(sha(message)) is not None
        assert _count(w) == 2

    return Scene(lambda: failing.lend(message, introduced), after)


def revoked(_: Path, calls: Calls) -> Scene:
    """A revocation, and an unlock before it."""
    w = enrolled()
    failing = _issuer(w, calls)

    def act() -> None:
        failing.unlock(w.card_id(), bytes(16))
        failing.revoke(w.card_id())

    def after() -> None:
        w.issuer.revoke(w.card_id())
        assert list(w.register.statuses(0).values()) == [Status.REVOKED]

    return Scene(act, after)


def certified(_: Path, calls: Calls) -> Scene:
    """A terminal's certificate."""
    w = World()
    failing = TerminalAuthority(
        AUTHORITY_ID, calls.port("Signer", w.authority_signer), clock=calls.port("Clock", w.clock)
    )

    def act() -> object:
        return failing.certify(
            w.terminal_signer.public_key, b"terminal", (Category.PHARMACY,), establishment="690012345", name="Pharmacie"
        )

    def after() -> None:
        assert w.certificate()

    return Scene(act, after)


# --- an enrolment desk


def enrolled_at_a_desk(_: Path, calls: Calls) -> Scene:
    """The whole way to a card: each step once, the rest by who comes after the failure."""
    office = Office()
    person = office.phone(FATHER)
    application = hashlib.sha256(person.request).digest()
    failing = EnrolmentDesk(
        calls.port("CardMaker", office.world.issuer),
        people=calls.port("People", office.people),
        mailer=calls.port("Mailer", office.mail),
        store=calls.port("ApplicationStore", office.store),
        clock=calls.port("Clock", office.clock),
        entropy=calls.port("Entropy", office.world.entropy),
        keys=KEYS,
    )

    def way(desk: EnrolmentDesk) -> bytes:
        if office.store.find(application) is None:
            desk.submit(person.request, person.offer)
        state = desk.find(application).state
        if state is State.REQUESTED:
            if not office.mail.sent or desk.find(application).code.tries:
                office.clock.time += 600
                desk.send_code(application)
            desk.confirm(application, office.code)
        desk.identify(application, of(FATHER))
        desk.decide(application)
        credential = desk.issue(application)
        desk.settle()
        return credential

    def after() -> None:
        credential = way(office.desk)
        assert office.desk.issue(application) == credential
        person.holder.accept(credential, office.world.trust)
        held = office.desk.find(application)
        assert held.state is State.ISSUED
        assert held.code.tries >= 1
        assert _count(office.world) == 1

    return Scene(lambda: way(failing), after)


def replaced_at_a_desk(_: Path, calls: Calls) -> Scene:
    """A card that takes the place of the one before, which is then revoked: not before, and in the end in any case."""
    office = Office()
    old = office.answer(office.phone(FATHER), FATHER)
    application = office.approved(FATHER)
    failing = EnrolmentDesk(
        calls.port("CardMaker", office.world.issuer),
        people=calls.port("People", office.people),
        mailer=calls.port("Mailer", office.mail),
        store=calls.port("ApplicationStore", office.store),
        clock=calls.port("Clock", office.clock),
        entropy=calls.port("Entropy", office.world.entropy),
        keys=KEYS,
    )

    def after() -> None:
        revoked = list(office.world.register.statuses(0).values())
        assert office.desk.find(application.id).state is State.ISSUED or not revoked
        new = office.desk.issue(application.id)
        assert new != old
        office.desk.settle()
        assert list(office.world.register.statuses(0).values()) == [Status.REVOKED]

    return Scene(lambda: failing.issue(application.id), after)


# --- a phone


def presented(_: Path, calls: Calls) -> Scene:
    """A presentation with the code: the try is counted, and not given back by a failure."""
    w = enrolled()
    failing = Holder(
        calls.port("DeviceKey", w.device_key),
        store=calls.port("HolderStore", w.holder_store),
        clock=calls.port("Clock", w.clock),
        entropy=calls.port("Entropy", w.entropy),
    )
    shown = w.present().claims.counter

    def after() -> None:
        assert w.tries().failed in ({1} if calls.names[-1] == "DeviceKey.prf" else {0, 1})
        assert w.present().claims.counter > shown
        assert w.tries().failed == 0

    return Scene(lambda: failing.present(CODE), after)


SCENES: Final = (
    verified,
    answer_verified,
    old_answer_refused,
    asked,
    updated,
    published,
    issued,
    offered,
    renewed,
    lent,
    revoked,
    certified,
    enrolled_at_a_desk,
    replaced_at_a_desk,
    presented,
)
