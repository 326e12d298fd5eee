"""The demo's fourth part: a card is lent to a neighbour for the pharmacy, from phone to phone and through the insurer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vitaletoken.adapters.qr import QrCode, write_qr
from vitaletoken.adapters.system import SystemEntropy
from vitaletoken.cli.demo_people import NEW_CODE, Life
from vitaletoken.cli.demo_visit import refused
from vitaletoken.cli.demo_world import DemoWorld, Phone, Stopwatch
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.holder import Presentation
from vitaletoken.rules.presentation import VerifiedPresentation
from vitaletoken.rules.signing import sign_presentation
from vitaletoken.verifier import Verifier
from vitaletoken.wire.presentation import MAX_LIFETIME, PresentationClaims
from vitaletoken.wire.registry import Binding, Category, Purpose, UserVerification
from vitaletoken.wire.text import serialize_text

NAME: Final = "Lucas Petit"
_CODE: Final = "935160"
_DAY: Final = 86_400
_PURPOSES: Final = (Purpose.IDENTIFICATION, Purpose.DISPENSING)
_PLACES: Final = (Category.PHARMACY,)


@dataclass(frozen=True)
class Lent:
    """A card that was lent, and shown at a pharmacy.

    Attributes:
        seen: what the terminal says. qr, size: of what was shown; bytes.
    """

    seen: VerifiedPresentation
    qr: QrCode
    size: int


@dataclass(frozen=True)
class Lending:
    """What happened.

    Attributes:
        introduction, handed_over: the QR codes that went from phone to phone.
        granted, by_issuer: each way.
    """

    introduction: QrCode
    handed_over: QrCode
    granted: Lent
    by_issuer: Lent
    refusals: list[dict[str, str]]
    files: dict[str, bytes]


def tell(world: DemoWorld, life: Life, watch: Stopwatch) -> Lending:
    """Nadia lends; her neighbour acts. Ends with a publication that terminals were given."""
    owner, other = life.phone.holder, world.phone("neighbour")
    terminal, strict = world.reader(delegates=True), world.reader(delegates=False)
    introduction = other.holder.introduce(NAME, _CODE, profile=Argon2Profile.CHEAPEST)
    known = owner.review_introduction(introduction)
    with watch.time("grant"):
        text = owner.grant(known, NEW_CODE, lifetime=3 * _DAY, purposes=_PURPOSES, categories=_PLACES, card=life.handle)
    with watch.time("receive"):
        handle = other.holder.receive(text, world.trust).handle
    granted = _shown(terminal, other, handle, "visit of the neighbour")
    with watch.time("lend"):
        until = world.clock.now() + 30 * _DAY
        order = owner.order(known, NEW_CODE, until=until, purposes=_PURPOSES, categories=_PLACES, card=life.handle)
        card = world.issuer.lend(order, known.raw)
        lent = other.holder.accept(card, world.trust)
    by_issuer = _shown(terminal, other, lent.handle, "another visit of the neighbour")

    def present(which: str = handle) -> str:
        return other.holder.present(_CODE, card=which).text

    admission = Purpose.ADMISSION
    refusals = [
        refused("other-purpose", "terminal", lambda: terminal.verify(present(), "visit 6", admission)),
        refused("other-phone", "phone", lambda: world.holder.receive(text, world.trust)),
        refused("without-code", "terminal", lambda: terminal.verify(_without_code(world, other, handle), "visit 7")),
        refused("no-delegates", "terminal", lambda: strict.verify(present(), "visit 8")),
    ]
    with world.clock.ahead(60):  # a grant counts that is no older than the list that withdraws
        world.issuer.withdraw_delegations(owner.wallet().card(life.handle).edition(until).claims.cti)
        world.publish()
        world.sync()
        refusals.append(refused("withdrawn", "terminal", lambda: terminal.verify(present(), "visit 9")))
        world.issuer.revoke(lent.claims.cti)
        world.publish()
        world.sync()
        refusals.append(
            refused("lent-card-revoked", "terminal", lambda: terminal.verify(present(lent.handle), "visit 10"))
        )
    files = {
        "introduction.txt": introduction.encode(),
        "lent.txt": text.encode(),
        "order.cbor": order,
        "lent.cbor": card,
    }
    return Lending(write_qr(introduction), write_qr(text), granted, by_issuer, refusals, files)


def _shown(terminal: Verifier, phone: Phone, card: str, visit: str) -> Lent:
    shown: Presentation = phone.holder.present(_CODE, card=card)
    seen = terminal.verify(shown.text, visit, Purpose.DISPENSING)
    return Lent(seen, write_qr(shown.text), len(shown.message))


def _without_code(world: DemoWorld, phone: Phone, handle: str) -> str:
    """What a phone that was found and tampered with can make: no app shows a card under a grant without the code (GRANT-4)."""
    now, card = world.clock.now(), phone.holder.wallet().card(handle)
    claims = PresentationClaims(
        iat=now,
        exp=now + MAX_LIFETIME,
        cti=SystemEntropy().random(8),
        user_verification=UserVerification.NONE,
        binding=Binding.OPEN,
        counter=card.presentations + 1,
        failed_tries=0,
        grant=card.grant,
    )
    key = phone.key
    return serialize_text(sign_presentation(claims, card.edition(now).minimal, key.public_key, key.sign, None))
