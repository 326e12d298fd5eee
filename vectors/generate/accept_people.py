"""Layer `accept`: cards made from another person's record (CRED-3, ENROL-4), and renewed cards (RENEW-2)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from vectors.generate.accept_billing import signed
from vectors.generate.accept_case import CARD, GOOD, SUITE_2, Delivery, accepted, refused
from vectors.generate.cases import Case
from vectors.generate.enrolled import NUMBER_CAMILLE, NUMBER_ZOE, Number, enrolment_binding
from vectors.generate.fixtures import (
    BINDING_1,
    BINDING_2,
    CAMILLE,
    LIST_NUMBER,
    NOW,
    TODAY,
    ZOE,
    Claims,
    alias,
    card_claims,
    offer_claims,
    request_claims,
)
from vectors.generate.keys import CNAM_OFFERS, CODE_1, PHONE_1, derive
from vectors.generate.messages import Request, offer
from vectors.generate.renewals import CHANGE_1, CHANGE_2, NEW_CODE_1, NEW_CODE_2, RENEWAL_1
from vectors.generate.terminals import with_numbers


@dataclass(frozen=True)
class Person:
    """Somebody of the family, or nearly; all their requests come from one phone, so that no key tells them apart."""

    name: str
    shown: Claims
    """`person` of the CDDL."""
    number: Number
    dependant: bool
    """Of the father."""

    @property
    def request(self) -> bytes:
        """The request for this person's card."""
        answered = offer(offer_claims(case_id=f"fixture/offer/{self.name}"), CNAM_OFFERS).encode()
        return Request(request_claims(PHONE_1, CODE_1, self.number, answered), PHONE_1, CODE_1).encode()

    def card(self, binding: bytes) -> Claims:
        """The card that an issuer makes from this person's record."""
        what: Claims = {
            1: CODE_1.public,
            2: alias(self.name),
            3: self.shown,
            4: 3 if self.dependant else 1,
            5: [1, 751, 34],
            6: [LIST_NUMBER, 100 + FAMILY.index(self)],
            7: TODAY - 1,
            9: [2, binding],
        }
        return card_claims({**what, 11: alias("father")} if self.dependant else what, PHONE_1)


def _person(name: str, given: str, sex: int, nir: str, dependant: bool = True, rank: int | None = None) -> Person:
    shown: Claims = {1: "Garnier", 2: [given], 3: sex}
    return Person(name, shown if rank is None else {**shown, 5: rank}, Number(name, nir), dependant)


FAMILY = (
    _person("father", "Jean", 1, "1690299000031", dependant=False),
    _person("son", "Luc", 1, "1120599000042"),
    _person("first-twin", "Anna", 2, "2150799000053", rank=1),
    _person("second-twin", "Lena", 2, "2150799000054", rank=2),
    _person("namesake", "Jean", 1, "1690299000065", dependant=False),
)
"""The namesake has the father's names, sex, and month of birth, and is nobody's relative."""
RULES = ("A1", "CRED-3", "ENROL-4")


def asked_by(person: Person) -> Delivery:
    """What a person's phone holds, with the right card."""
    request = person.request
    card = person.card(enrolment_binding(request, person.number))
    return Delivery(card=card, request=request, number=person.number)


def _mixed(asked: Person, recorded: Person) -> bytes:
    """The binding of one person's request, by the record of another."""
    return enrolment_binding(asked.request, asked.number, recorded.number.nir)


def people_cases() -> Iterator[Case]:
    """Every ordered pair: the card is made from the record of the second, the request is of the first."""
    for person in FAMILY:
        yield accepted(f"people-{person.name}", RULES, f"the {person.name}'s own card", asked_by(person))
    for asked, recorded in itertools.permutations(FAMILY, 2):
        card = recorded.card(_mixed(asked, recorded))
        yield refused(
            f"credential-not-mine/record-{asked.name}-gets-{recorded.name}",
            RULES,
            f"the {asked.name} asked; the card is made from the {recorded.name}'s record",
            replace(asked_by(asked), card=card),
            base=f"people-{asked.name}",
        )
    yield from _half_mixed()


def _half_mixed() -> Iterator[Case]:
    """One part of the answer is of another person."""
    father, son, first, second, namesake = FAMILY
    for asked, recorded in ((son, father), (father, son), (first, second), (second, first), (father, namesake)):
        pair = f"{asked.name}-gets-{recorded.name}"
        base = f"people-{asked.name}"
        good = asked_by(asked)
        yield refused(
            f"credential-not-mine/number-{pair}",
            RULES,
            f"the {asked.name}'s names, with the number of the {recorded.name}'s record",
            replace(good, card=asked.card(_mixed(asked, recorded))),
            base=base,
        )
        yield refused(
            f"credential-not-mine/answer-{pair}",
            ("A1", "CRED-3"),
            f"the answer to the {recorded.name}'s request, from the same phone",
            replace(good, card=asked_by(recorded).card),
            base=base,
        )
        typed = replace(good, number=replace(asked.number, nir=recorded.number.nir))
        yield refused(
            f"credential-not-mine/typed-{pair}",
            RULES,
            f"the {asked.name}'s card, where the {recorded.name}'s number was typed",
            typed,
            base=base,
        )
        numbers = with_numbers(
            asked.card(_mixed(asked, recorded)), recorded.number.nir, father.number.nir if asked.dependant else None
        )
        if numbers[CARD].get(14) != numbers[CARD][13]:
            yield refused(
                f"credential-not-mine/billing-{pair}",
                (*RULES, "VIEW-2"),
                f"the card is right, its billing view is made from the {recorded.name}'s record",
                replace(good, billing=signed(numbers)),
                base=base,
            )
    salted = replace(asked_by(son), number=replace(son.number, name="another salt"))
    yield refused(
        "credential-not-mine/salt", RULES, "the phone drew another salt for this number", salted, base="people-son"
    )


def renewed_cases() -> Iterator[Case]:
    """The card after a renewal: as before where the code stayed, with the renewal's binding where it changed."""
    later = {**CAMILLE, 6: NOW - 60, 7: derive("accept/renewed", "cti", 8)}
    yield accepted(
        "renewed", ("A1", "ENROL-2"), "a renewed card: the binding is the request's", replace(GOOD, card=later)
    )
    one, two = (
        _after(claims, new.public, enrolment_binding(change.encode(), number))
        for claims, new, change, number in (
            (CAMILLE, NEW_CODE_1, CHANGE_1, NUMBER_CAMILLE),
            (ZOE, NEW_CODE_2, CHANGE_2, NUMBER_ZOE),
        )
    )
    rules = ("A1", "CRED-3", "RENEW-2", "CODE-5")
    changed = replace(GOOD, card=one, renewal=CHANGE_1.encode())
    yield accepted("new-code", rules, "the card under a new code, with the renewal's binding", changed)
    yield accepted(
        "new-code-suite-2", rules, "the same in suite 2", replace(SUITE_2, card=two, renewal=CHANGE_2.encode())
    )
    for slug, comment, delivery in (
        ("old-binding", "the binding of the request", changed.with_card((CARD, 9, 1), BINDING_1)),
        ("old-code-key", "the old code key", changed.with_card((CARD, 1), CODE_1.public)),
        ("nothing-changed", "the card of before", replace(changed, card=later)),
        ("other-binding", "the binding of another person's request", changed.with_card((CARD, 9, 1), BINDING_2)),
        ("other-number", "the binding of the renewal, by another person's record",
         changed.with_card((CARD, 9, 1), enrolment_binding(CHANGE_1.encode(), NUMBER_CAMILLE, NUMBER_ZOE.nir))),
        ("other-renewal", "the binding of a renewal that did not change the code",
         changed.with_card((CARD, 9, 1), enrolment_binding(RENEWAL_1.encode(), NUMBER_CAMILLE))),
        ("of-both", "the binding of the request, over the renewal's code layer",
         changed.with_card((CARD, 9, 1), enrolment_binding(CHANGE_1.device_layer.payload, NUMBER_CAMILLE))),
        ("other-device", "cnf is another phone's key", changed.with_card((8, 1), NEW_CODE_1.cose)),
    ):  # fmt: skip
        yield refused(f"credential-not-mine/new-code-{slug}", rules, comment, delivery, base="new-code")
    yield refused(
        "credential-not-mine/new-code-not-asked",
        rules,
        "a card under a new code, which the phone has not asked for",
        replace(changed, renewal=None),
    )


def _after(claims: Claims, code_key: bytes, binding: bytes) -> Claims:
    """The card that answers a change of the code."""
    return {**claims, 6: NOW - 60, -65537: {**claims[-65537], 1: code_key, 9: [1, binding]}}
