"""What phones send an insurer, through its own doors: renewals, lending orders, enrolment requests.

Each input meets the same register and the same desk: what they are to keep is forgotten.
"""

from __future__ import annotations

import dataclasses
import hashlib
from functools import cache
from typing import Any, Final

from tests.desk import FATHER, KEYS, Letters
from tests.fuzz.targets import envelope, vectors
from tests.fuzz.targets.contract import NotAnInput, Shape, Target
from tests.fuzz.targets.layers import layer
from tests.world import SeededEntropy, StandingClock
from vectors.generate import fixtures
from vectors.generate.enrolled import CNAM_NUMBERS
from vectors.generate.keys import CNAM_OFFERS
from vitaletoken import Issuer
from vitaletoken.adapters.applications import MemoryApplications
from vitaletoken.adapters.keystore import SoftwareSigner
from vitaletoken.adapters.number_key import SoftwareNumberKey
from vitaletoken.adapters.register import MemoryRegister
from vitaletoken.crypto.signing import SigningKey
from vitaletoken.enrolment_desk import EnrolmentDesk
from vitaletoken.ports import RecordOutcome
from vitaletoken.rules.card_record import IssuedCard, IssuedCredential, IssuedRenewal
from vitaletoken.rules.records import Record
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.nir import BeneficiaryNir, Nir
from vitaletoken.wire.registry import Algorithm

#: Layers whose cases have cards that phones' messages are about.
_CARDS: Final = ("renewal", "order")


class _Register(MemoryRegister):
    """The cards of the vectors; nothing else is kept."""

    def __init__(self) -> None:
        super().__init__()
        for card in dict.fromkeys(card for name in _CARDS for card in vectors.inputs(name, "credential")):
            claims, digest = parse_credential(card).unverified_claims, hashlib.sha256(card).digest()
            held = IssuedCard(
                origin=digest,
                request_digest=digest,
                status=claims.card.status,
                reference=digest.hex(),
                made=claims.iat,
                credentials=(IssuedCredential(claims.cti, card),),
                commitment=digest,
            )
            super().record(held)

    def record(self, card: IssuedCard, lent_before: int = 0) -> RecordOutcome:
        return RecordOutcome.RECORDED

    def renew(self, cti: bytes, renewal: IssuedRenewal, earlier: int) -> bool:
        return True


class _Everybody:
    """Records in which each number is of a man with an account."""

    def find(self, number: Nir) -> Record | None:
        return dataclasses.replace(FATHER, nir=BeneficiaryNir(number.digits()))

    def named(self, _: str) -> tuple[Record, ...]:
        return ()


@cache
def _issuer() -> Issuer:
    parts: dict[str, Any] = {"clock": StandingClock(fixtures.NOW), "entropy": SeededEntropy("insurer")}
    return Issuer(
        "fr-cnam",
        SoftwareSigner(SigningKey(Algorithm.ED25519, CNAM_OFFERS.seed)),
        number_key=SoftwareNumberKey(CNAM_NUMBERS.secret),
        register=_Register(),
        status_uri=fixtures.CNAM_BASE,
        **parts,
    )


def _desk() -> EnrolmentDesk:
    """One at which nobody has applied yet."""
    return EnrolmentDesk(
        _issuer(),
        people=_Everybody(),
        mailer=Letters(),
        store=MemoryApplications(),
        clock=StandingClock(fixtures.NOW),
        entropy=SeededEntropy("desk"),
        keys=KEYS,
    )


def _renew(data: bytes) -> object:
    return _issuer().renew(data, stock=4)


def _lend(data: bytes) -> object:
    match envelope.unpack(data, 1)[1]:
        case [bytes(order), bytes(introduction)]:
            return _issuer().lend(order, introduction)
        case _:
            raise NotAnInput


def _submit(data: bytes) -> object:
    match envelope.unpack(data, 1)[1]:
        case [bytes(request), bytes(offer)]:
            return _desk().submit(request, offer)
        case _:
            raise NotAnInput


def _requests() -> list[bytes]:
    return [
        envelope.pack(0, [bytes.fromhex(case["input"][field]) for field in ("bytes", "offer")])
        for case in vectors.cases("request")
    ]


TARGETS: Final = (
    Target(
        "issuer-renew",
        _renew,
        lambda: vectors.inputs("renewal", "bytes"),
        1100,
        covers=(Issuer.renew,),
    ),
    Target(
        "issuer-lend",
        _lend,
        lambda: layer("order").seeds,
        2048,
        covers=(Issuer.lend,),
        shape=Shape.PARTS,
    ),
    Target(
        "desk-submit",
        _submit,
        _requests,
        3072,
        covers=(EnrolmentDesk.submit,),
        shape=Shape.PARTS,
    ),
)
