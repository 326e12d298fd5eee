"""What an issuer keeps of applications: changed in one step with all others for the same number, and finished by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from vitaletoken.errors import Code, InputError, refusal
from vitaletoken.ports import ApplicationStore, CardMaker, Clock
from vitaletoken.rules import application as rules
from vitaletoken.rules.application import Application, Revocation


class Unsettled(NamedTuple):
    """A card that was replaced and is still in force.

    Attributes:
        application: the one that it answers, which says so: its revocation is due.
        failure: what the revocation raised.
    """

    application: Application
    failure: Exception


class ApplicationKeeper:
    """An issuer's applications, and the cards that answer them.

    Args:
        issuer: revokes the cards that were replaced.
    """

    def __init__(self, issuer: CardMaker, store: ApplicationStore, clock: Clock) -> None:
        self._issuer = issuer
        self._store = store
        self._clock = clock

    def find(self, application_id: bytes) -> Application:
        """An application as it is now.

        Raises:
            Rejected: ``application-state``: there is none.
        """
        return rules.aged(self._found(application_id), self._clock.now())

    def settle(self) -> None:
        """Do what is due without anybody asking: end applications whose time is over, revoke cards that were replaced.

        To be called when the desk opens, and once a day: after a crash it finishes what was begun. A revocation that fails
        stays due and holds up nothing else: its failure is raised when the rest is done, of several the first, with a note of
        how many there were. A desk that is to work on all the same calls ``try_to_settle``.
        """
        unsettled = self.try_to_settle()
        if unsettled:
            failure = unsettled[0].failure
            failure.add_note(f"{len(unsettled)} cards that were replaced could not be revoked: they stay due")
            raise failure

    def try_to_settle(self) -> tuple[Unsettled, ...]:
        """As ``settle``, but for a desk that works on while a revocation fails, each time perhaps: it is given back, to be told.

        Returns:
            What stays due, in the order of the store. Whatever the store itself raises is raised.
        """
        now = self._clock.now()
        tried = [(each, self._settle(each, now)) for each in self._store.due(now)]
        return tuple(Unsettled(each, failure) for each, failure in tried if failure is not None)

    def _settle(self, application: Application, now: int) -> Exception | None:
        """What is due for one application: the card first, so that a crash in between leaves it due.

        Returns:
            What the revocation failed with; it stays due then.
        """
        if application.revocation is Revocation.DUE:
            try:
                self._issuer.revoke(application.card)
            except Exception as failure:  # noqa: BLE001 - whatever the port raises, the others go on, and ``settle`` raises it
                return failure
        self._change_one(application.id, now, rules.settled)
        return None

    def _found(self, application_id: bytes) -> Application:
        application = self._store.find(application_id)
        if application is None:
            raise refusal(Code.APPLICATION_STATE)
        return application

    def _change_one(self, application_id: bytes, now: int, change: Callable[[Application], Application]) -> Application:
        return self._change(application_id, now, lambda mine, _: (change(mine),))

    def _change(
        self,
        application_id: bytes,
        now: int,
        change: Callable[[Application, tuple[Application, ...]], Iterable[Application]],
    ) -> Application:
        """The application after ``change`` of it and of the others for the same number, in one step. As ``rules.evolve``."""
        outcome: list[Application | InputError] = []

        def changed(held: tuple[Application, ...]) -> Iterable[Application]:
            after, result = rules.evolve(held, application_id, change, now)
            outcome.append(result)
            return after

        self._store.change(self._found(application_id).number, changed)
        if isinstance(outcome[-1], InputError):
            raise outcome[-1]
        return outcome[-1]
