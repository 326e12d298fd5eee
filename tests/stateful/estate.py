"""Everybody and everything of the story, and what all kinds of steps share: phones that are asked, QRs that are read."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.desk import KEYS, Letters, Records
from tests.forge import credential_claims
from tests.stateful.actors import Applied, Country, Granted, Handset, Introduced, Message, Refused, Till
from tests.stateful.cast import CHILD, DELEGATE, OWNER, PEOPLE, THIEF
from tests.stateful.model import LOCKED, WAITS, Asked, Card, Edition, Published, Shown, objection
from vitaletoken import (
    Category,
    Code,
    EnrolmentDesk,
    InputError,
    Presentation,
    Purpose,
    UsageError,
    UserVerification,
    VerifiedPresentation,
)
from vitaletoken.adapters.applications import MemoryApplications
from vitaletoken.rules.cards import CardKind
from vitaletoken.rules.wallet import Wallet

T = TypeVar("T")


@dataclass
class Story:
    """What happened in all runs together, for the test to look at: a test in which nothing is accepted proves nothing."""

    fired: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)

    @property
    def steps(self) -> int:
        return self.fired.total()

    def __str__(self) -> str:
        tables = {"accepted": self.accepted, "terminals said": self.answers, "steps": self.fired}
        lines = [f"{self.steps} steps"]
        for title, table in tables.items():
            lines += ["", f"{title}:", *(f"{count:8}  {name}" for name, count in table.most_common())]
        return "\n".join(lines)


def step(when: Callable[[Any], bool] | None = None, **strategies: Any) -> Callable[[Any], Any]:
    """A rule that is counted."""

    def decorate(function: Callable[..., None]) -> Any:
        @functools.wraps(function)
        def counted(self: Estate, **arguments: Any) -> None:
            self.story.fired[function.__name__] += 1
            function(self, **arguments)

        made = rule(**strategies)(counted)  # type: ignore[no-untyped-call]  # hypothesis's own
        return made if when is None else precondition(when)(made)

    return decorate


class Estate(RuleBasedStateMachine):
    """Four phones, two terminals, an insurer; and the books that the model keeps."""

    def __init__(self, story: Story) -> None:
        super().__init__()
        self.story = story
        self.country = Country()
        self.people, self.letters, self.applications = Records(PEOPLE), Letters(), MemoryApplications()
        self.open_desk()
        self.phones = {name: Handset(name, self.country) for name in (OWNER, DELEGATE, CHILD, THIEF)}
        self.tills = {
            "pharmacy": Till("pharmacy", Category.PHARMACY, 60, self.country),
            "doctor": Till("doctor", Category.DOCTOR, 300, self.country),
        }
        self.applied: list[Applied] = []
        self.made: dict[bytes, Edition] = {}
        self.aliases: dict[str, bytes] = {}
        self.shown: dict[str, Shown] = {}
        self.lists: list[Published] = []
        self.renewals: list[Message] = []
        self.orders: list[Message] = []
        self.answers: dict[bytes, tuple[bytes, ...]] = {}
        self.lent: list[tuple[Message, bytes]] = []
        self.introduced: list[Introduced] = []
        self.granted: list[Granted] = []
        self.unlocks: list[tuple[Handset, bytes]] = []

    @property
    def now(self) -> int:
        return self.country.clock.now()

    def open_desk(self) -> None:
        w = self.country
        self.desk = EnrolmentDesk(
            w.issuer,
            people=self.people,
            mailer=self.letters,
            store=self.applications,
            clock=w.clock,
            entropy=w.entropy,
            keys=KEYS,
        )

    def note(self, credential: bytes, card: Card) -> Edition:
        """The insurer has made this credential of ``card``."""
        claims = credential_claims(credential)
        edition = Edition(card, claims[7], claims[6], claims[4])
        return self.made.setdefault(hashlib.sha256(credential).digest(), edition)

    def edition_of(self, credential: bytes) -> Edition:
        return self.made[hashlib.sha256(credential).digest()]

    # --- a phone is asked to do something

    def on(self, phone: Handset, call: Callable[[], T], code: str | None = None) -> T | Refused:
        """What comes of ``call``; ``code`` is what was entered for it."""
        before = phone.store.load()
        outcome: T | Refused
        try:
            outcome = call()
        except InputError as refused:
            outcome = Refused(refused.code)
        except UsageError:
            outcome = Refused(None)
        after = phone.store.load()
        if code is not None and phone.code is not None:
            self._tried(phone, code, outcome, after)
        elif code is not None and not isinstance(outcome, Refused):
            phone.code = code
        if after.code is None:
            phone.code, phone.new_code, phone.failed, phone.last_try = None, None, 0, 0
        elif before.code is not None and before.code.key != after.code.key:
            phone.code, phone.new_code = phone.new_code, None
        return outcome

    def _tried(self, phone: Handset, code: str, outcome: object, after: Wallet) -> None:
        """A try is allowed, right or wrong, and counted, as the model says; not as the phone does."""
        now, is_right = phone.clock.now(), code == phone.code
        must_wait = phone.failed in WAITS and now < phone.last_try + WAITS[phone.failed]
        said = outcome.code if isinstance(outcome, Refused) else None
        if said is Code.CODE_LOCKED:
            assert phone.failed >= LOCKED
        elif said is Code.CODE_DELAYED:
            assert must_wait
        elif isinstance(outcome, Refused) and said is not Code.CODE_WRONG:
            # refused for something else: before the try, or after one that was right
            if is_right and after.code is not None and after.code.tries.failed == 0:
                phone.failed = 0
        else:
            assert phone.failed < LOCKED, "a locked phone tried a code"
            assert not must_wait, "a phone tried a code too early"
            assert is_right is not isinstance(outcome, Refused), "a code was taken for another"
            phone.failed = 0 if is_right else phone.failed + 1
            phone.last_try = max(phone.last_try, now)

    def keep_shown(
        self,
        phone: Handset,
        handle: str,
        made: Presentation,
        to: str | Asked | None,
        code: str | None,
        verification: UserVerification = UserVerification.CODE,
    ) -> Shown:
        """The phone has ``made`` this; what was entered for it was right, as the model says, or nothing was."""
        at, failed, terms = phone.clock.now(), phone.failed, phone.loans.get(handle)
        first, *others = [self.edition_of(held.minimal) for held in phone.store.load().card(handle).stock]
        edition = next((other for other in reversed(others) if other.iat <= at), first)
        shown = Shown(
            made.text, made.message, phone.name, edition, at, code is not None, verification, failed, terms, to
        )
        return self.shown.setdefault(made.text, shown)

    # --- a terminal reads something

    def scan(self, till: Till, text: str, session: str, purpose: Purpose) -> VerifiedPresentation | Code:
        """What it says; it must be what the model says, and of nobody but the model's person."""
        answer: VerifiedPresentation | Code
        try:
            answer = till.verifier.verify(text, session, purpose)
        except InputError as refused:
            answer = refused.code
        shown = self.shown.get(text)
        if shown is None:
            assert isinstance(answer, Code), "accepted what no phone has made"
            self.story.answers[f"forged: {answer}"] += 1
            return answer
        against = objection(shown, till.model, session, purpose, self.now, self.country.stopwatch.seconds)
        if isinstance(answer, Code):
            assert against is not None, f"refused as {answer} what is in order"
            self.story.answers[answer] += 1
            return answer
        assert against is None, f"accepted, though: {against}"
        self._told(answer, shown, till, session, purpose)
        return answer

    def _told(self, seen: VerifiedPresentation, shown: Shown, till: Till, session: str, purpose: Purpose) -> None:
        card, told, desk = shown.edition.card, seen.card, till.model
        assert (told.person, told.quality) == (card.person.person, card.person.quality), "another person"
        policyholder = card.person.policyholder
        assert told.beneficiary == self.alias(card.person.reference, told.beneficiary), "another person's alias"
        assert (told.policyholder is None) is (policyholder is None), "a policyholder of nobody's"
        if policyholder is not None and told.policyholder is not None:
            assert told.policyholder == self.alias(policyholder.reference, told.policyholder), "another policyholder"
        assert (told.nir, told.policyholder_nir) == (None, None), "a number in the open"
        assert ("code" in seen.proofs) is shown.code, "a code that nobody entered, or one that was not told"
        assert seen.claims.user_verification is shown.verification, "another user verification"
        assert seen.claims.binding is shown.binding, "another binding"
        assert (seen.purpose, seen.sealed) == (purpose, isinstance(shown.to, Asked) and shown.to.sealed)
        terms = shown.terms
        assert seen.delegate == (None if terms is None else (terms.name, terms.way, terms.until)), "another delegate"
        before = shown.to.answered is shown if isinstance(shown.to, Asked) else shown in desk.seen
        assert seen.repeated is before, "repeated, and not said so; or the other way round"
        if isinstance(shown.to, Asked):
            shown.to.answered = shown
        else:
            desk.seen[shown] = session
        self._count(shown, seen)

    def _count(self, shown: Shown, seen: VerifiedPresentation) -> None:
        kinds = [shown.binding.name.lower(), "with the code" if shown.code else "without the code"]
        kinds.append("for nobody else" if shown.terms is None else f"lent by {shown.terms.way}")
        kinds.append("a dependant's" if seen.card.policyholder else "a policyholder's")
        kinds += ["repeated"] if seen.repeated else []
        self.story.answers["accepted"] += 1
        self.story.accepted.update(kinds)

    def alias(self, reference: str, told: bytes) -> bytes:
        """One for each person, and never another's."""
        assert all(told != alias for person, alias in self.aliases.items() if person != reference), "one alias for two"
        return self.aliases.setdefault(reference, told)

    # --- what holds after each step

    @invariant()
    def tries_are_counted(self) -> None:
        for phone in self.phones.values():
            code = phone.store.load().code
            assert (code is None) is (phone.code is None), "a code that is not there"
            assert code is None or code.tries.failed == phone.failed, "tries are not as the model counts them"

    @invariant()
    def on_each_phone_are_its_own_cards(self) -> None:
        """Of the person whose number was typed, or lent to this phone; whatever was accepted and renewed in between."""
        for phone in self.phones.values():
            for held in phone.store.load().cards:
                editions = [self.edition_of(edition.minimal) for edition in held.stock]
                if held.kind is not CardKind.LENT:
                    assert {e.card.person for e in editions} == {phone.persons[held.handle]}, "another person's card"
                    assert {(e.card.device, e.card.loan) for e in editions} == {(phone.name, None)}, (
                        "another phone's card"
                    )
                else:
                    assert phone.loans[held.handle].to == phone.name, "a card lent to another"
