"""Ready-made policies for four places, each demand with its reason.

A profile is a starting point: what a place demands is for those who run it to decide, and the reasons are there to be
disagreed with. ``profile.policy(environment)`` makes the ``Policy``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from vitaletoken.rules.policy import MAX_SKEW, NORMAL_SKEW, Demand, Policy
from vitaletoken.wire.registry import Binding, Environment, Purpose, UserVerification


@dataclass(frozen=True, slots=True)
class Reasoned:
    """A demand, and in a sentence why it is that one."""

    demand: Demand
    reason: str


@dataclass(frozen=True, slots=True)
class Profile:
    """The demands of a kind of place.

    Attributes:
        name: short, as a configuration file would write it.
        place: where it is meant for.
        otherwise: the demand for each purpose that isn't in ``purposes``.
        skew_limit: seconds, with ``skew_reason`` in a sentence.
    """

    name: str
    place: str
    otherwise: Reasoned
    purposes: Mapping[Purpose, Reasoned]
    skew_limit: int
    skew_reason: str

    def policy(self, environment: Environment = Environment.PRODUCTION) -> Policy:
        """The policy of this profile for that environment."""
        return Policy(
            environment,
            self.otherwise.demand.least_binding,
            self.otherwise.demand.least_user_verification,
            self.skew_limit,
            {purpose: reasoned.demand for purpose, reasoned in self.purposes.items()},
        )


def _demand(binding: Binding, user_verification: UserVerification, reason: str) -> Reasoned:
    return Reasoned(Demand(binding, user_verification), reason)


def _for(demands: dict[Purpose, Reasoned]) -> Mapping[Purpose, Reasoned]:
    return MappingProxyType(demands)


PHARMACY_COUNTER: Final = Profile(
    name="pharmacy-counter",
    place="a pharmacy's counter with a screen that the customer sees, a scanner, and a network that may be down",
    otherwise=_demand(
        Binding.CHALLENGE,
        UserVerification.CODE,
        "What is not foreseen here opens or costs something, so it takes all that a counter can ask for.",
    ),
    purposes=_for(
        {
            Purpose.IDENTIFICATION: _demand(
                Binding.AUDIENCE,
                UserVerification.DEVICE_UNLOCK,
                "Who is there is asked dozens of times an hour, often of someone who fetches for the family: the sticker and an "
                "unlocked phone keep copies of other people's QRs out without holding up the queue.",
            ),
            Purpose.DISPENSING: _demand(
                Binding.CHALLENGE,
                UserVerification.CODE,
                "Medicines on somebody else's rights are the fraud worth a relay, and the screen to show a challenge is there.",
            ),
            Purpose.BILLING: _demand(
                Binding.CHALLENGE,
                UserVerification.CODE,
                "A bill is the patient's signature on an amount: they have to have seen it, and to have answered for it.",
            ),
        }
    ),
    skew_limit=NORMAL_SKEW,
    skew_reason="A pharmacy's computer is on a network most of the day and has the right time.",
)

DOCTORS_OFFICE: Final = Profile(
    name="doctors-office",
    place="a doctor's office: one patient at a time, who knows the doctor, and a screen that can be turned round",
    otherwise=_demand(
        Binding.CHALLENGE,
        UserVerification.CODE,
        "Health records and whatever comes later are worth more than the ten seconds that a challenge takes in a consultation.",
    ),
    purposes=_for(
        {
            Purpose.IDENTIFICATION: _demand(
                Binding.OPEN,
                UserVerification.DEVICE_UNLOCK,
                "The secretary reads the card while the patient sits down, and the doctor sees who is there: a fresh QR from an "
                "unlocked phone is enough to find the file.",
            ),
            Purpose.BILLING: _demand(
                Binding.CHALLENGE,
                UserVerification.CODE,
                "The patient signs the care sheet, and the insurer pays on that signature.",
            ),
            Purpose.RECORDS: _demand(
                Binding.CHALLENGE,
                UserVerification.CODE,
                "A reading that opens health records has to be this patient's own answer to this doctor, now.",
            ),
        }
    ),
    skew_limit=NORMAL_SKEW,
    skew_reason="The office's computer is on a network most of the day and has the right time.",
)

HOME_VISIT_OFFLINE: Final = Profile(
    name="home-visit-offline",
    place="a nurse with a tablet in a patient's home, on a round of many hours with no network",
    otherwise=_demand(
        Binding.CHALLENGE,
        UserVerification.CODE,
        "The tablet shows a challenge as well as a counter does, with no network; and nobody at a bedside is in a hurry.",
    ),
    purposes=_for(
        {
            Purpose.IDENTIFICATION: _demand(
                Binding.OPEN,
                UserVerification.NONE,
                "The nurse knows the patient and is in their home, and the phone may lie out of reach of hands that can't unlock "
                "it: what is wanted is the right file.",
            ),
            Purpose.BILLING: _demand(
                Binding.CHALLENGE,
                UserVerification.CODE,
                "That care was given behind a closed door rests on the patient's signature alone, so it is the strongest; "
                "who cannot give a code is billed with the plastic card or on paper.",
            ),
        }
    ),
    skew_limit=MAX_SKEW,
    skew_reason="After days without a network two clocks differ by minutes; a challenge is timed by the tablet alone.",
)

HOSPITAL_ADMISSION: Final = Profile(
    name="hospital-admission",
    place="a hospital's admission desk and emergency room, where some patients cannot speak or move",
    otherwise=_demand(
        Binding.CHALLENGE,
        UserVerification.CODE,
        "At the desk there is a screen and time: what is not foreseen here takes all that can be asked for.",
    ),
    purposes=_for(
        {
            Purpose.IDENTIFICATION: _demand(
                Binding.OPEN,
                UserVerification.DEVICE_UNLOCK,
                "At the desk, a fresh QR from an unlocked phone is enough to find the file of someone who stands there.",
            ),
            Purpose.ADMISSION: _demand(
                Binding.OPEN,
                UserVerification.NONE,
                "An unconscious patient's phone may be shown by whoever came with them, without a code and without scanning "
                "anything: a name and a scheme to begin care with, marked as degraded, to be confirmed when the patient can.",
            ),
            Purpose.BILLING: _demand(
                Binding.CHALLENGE,
                UserVerification.CODE,
                "A stay costs thousands and is billed at leisure: the patient can be asked once they can answer.",
            ),
        }
    ),
    skew_limit=NORMAL_SKEW,
    skew_reason="A hospital's computers have the right time; a phone that differs more is a reason to ask again.",
)

#: All of them.
PROFILES: Final = (PHARMACY_COUNTER, DOCTORS_OFFICE, HOME_VISIT_OFFLINE, HOSPITAL_ADMISSION)
