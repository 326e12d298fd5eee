"""How each code of renewal, unlock and lending is provoked; those of V8 to V14 at a world's own terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests import forge, lending
from tests.forge import PRESENTATION, drop, put
from tests.lending import HOUR, Phone, Town, lent_card_text, phone, sha
from tests.world import ISSUER_ID, NOW, World
from vitaletoken import Code, verify_status_list
from vitaletoken.adapters.keystore import SoftwareDeviceKey
from vitaletoken.crypto.signing import SigningKey
from vitaletoken.rules.grant import verify_lent_card
from vitaletoken.rules.introduction import review_introduction
from vitaletoken.rules.lending import verify_order
from vitaletoken.rules.renewal import verify_renewal
from vitaletoken.rules.unlock import verify_unlock
from vitaletoken.wire.lending_order import parse_order
from vitaletoken.wire.registry import Purpose, Status
from vitaletoken.wire.renewal import parse_renewal

CAMILLE, DOMINIQUE, THIEF = phone("Camille"), phone("Dominique"), phone("Thief")
TOWN = Town()
CARD = TOWN.card(CAMILLE)
INTRODUCED = lending.introduction(DOMINIQUE)
NONCE = bytes(16)

Edit = forge.Edit


# --- at the terminal


class _Device:
    """A world's device key with the names of a ``SigningKey``."""

    def __init__(self, key: SoftwareDeviceKey) -> None:
        self.sign = key.sign
        self.algorithm, self.public = key.public_key


def owner_of(w: World) -> Phone:
    return Phone("the owner", _Device(w.device_key), forge.code_key(w))  # type: ignore[arg-type]


def granted(w: World, edit: Edit | None = None, *, to: Phone = DOMINIQUE, **options: object) -> bytes:
    return lending.grant(forge.credential_of(w), owner_of(w), to, edit, **options)  # type: ignore[arg-type]


def acted(w: World, given: bytes, purpose: Purpose = Purpose.IDENTIFICATION, *, code: bool = True) -> object:
    """Dominique shows the card of the world's phone to the world's terminal."""
    message = forge.presentation(
        w,
        put((PRESENTATION, 5), given),
        code=code,
        device_sign=DOMINIQUE.device.sign,
        code_sign=DOMINIQUE.code.sign,
        algorithm=DOMINIQUE.device.algorithm,
    )
    return w.verifier.verify(forge.text(message), "visit 1", purpose)


def withdrawn(w: World) -> object:
    given = granted(w)
    w.register.set_statuses({w.card_id(): Status.DELEGATIONS_WITHDRAWN})
    w.status.keep(verify_status_list(w.issuer.publish_status_list(), w.trust))
    return acted(w, given)


def later(w: World, seconds: int) -> object:
    given = granted(w, lifetime=HOUR)
    w.clock.time += seconds
    return acted(w, given)


# --- from phone to issuer, from issuer to phone, and from phone to phone


def renewed(edit: Edit | None = None, *, times: int = 0, iat: int = NOW, **options: SigningKey) -> object:
    parsed = parse_renewal(lending.renewal(CARD, CAMILLE, edit, iat=iat, **options))
    return verify_renewal(parsed, TOWN.record(CARD), (NOW,) * times, NOW)


def unlocked(data: bytes, issuer: str = ISSUER_ID, nonce: bytes = NONCE) -> object:
    return verify_unlock(data, issuer, sha(CARD), nonce, TOWN.trust, NOW)


def introduced(data: bytes, now: int = NOW) -> object:
    return review_introduction("VTI1:" + forge.base45(data), now)


def ordered(data: bytes, introduction: bytes = INTRODUCED, status: Status = Status.VALID, *, times: int = 0) -> object:
    return verify_order(parse_order(data), TOWN.record(CARD, status), introduction, (NOW,) * times, NOW)


def received(text: str, own: Phone = DOMINIQUE, now: int = NOW) -> object:
    return verify_lent_card(text, own.keys, TOWN.trust, now)


GIVEN = lending.grant(CARD, CAMILLE, DOMINIQUE)

PROVOCATIONS: Final[dict[Code, Callable[[World], object]]] = {
    Code.GRANT_STRUCTURE: lambda w: acted(w, b"no grant"),
    Code.GRANT_SIGNATURE: lambda w: acted(w, granted(w, code_by=THIEF.code)),
    Code.GRANT_HOP: lambda w: acted(w, granted(w, to=Phone("D.", DOMINIQUE.device, forge.code_key(w)))),
    Code.GRANT_CODE: lambda w: acted(w, granted(w), code=False),
    Code.DELEGATION_SCOPE: lambda w: acted(w, granted(w), Purpose.BILLING),
    Code.GRANT_NOT_YET_VALID: lambda w: acted(w, granted(w, iat=NOW + 61)),
    Code.GRANT_EXPIRED: lambda w: later(w, HOUR - 60),
    Code.DELEGATIONS_WITHDRAWN: withdrawn,
    Code.DELEGATION_NOT_ALLOWED: lambda w: acted(w, granted(w)),
    Code.RENEWAL_STRUCTURE: lambda _: renewed(drop((6,))),
    Code.RENEWAL_CARD: lambda _: verify_renewal(parse_renewal(lending.renewal(CARD, CAMILLE)), None, (), NOW),
    Code.RENEWAL_KEY: lambda _: renewed(new_code=CAMILLE.code),
    Code.RENEWAL_SIGNATURE: lambda _: renewed(code_by=THIEF.code),
    Code.RENEWAL_TIME: lambda _: renewed(iat=NOW + 301),
    Code.RENEWAL_THROTTLED: lambda _: renewed(times=8),
    Code.UNLOCK_STRUCTURE: lambda _: unlocked(b""),
    Code.UNLOCK_ISSUER: lambda _: unlocked(TOWN.unlock(CARD, NONCE), "somebody"),
    Code.UNLOCK_SIGNATURE: lambda _: unlocked(TOWN.unlock(TOWN.child(CAMILLE), NONCE)),
    Code.UNLOCK_NONCE: lambda _: unlocked(TOWN.unlock(CARD, NONCE), nonce=b"\1" * 16),
    Code.INTRODUCTION_TEXT: lambda _: review_introduction("VT1:", NOW),
    Code.INTRODUCTION_STRUCTURE: lambda _: introduced(b""),
    Code.INTRODUCTION_KEY: lambda _: introduced(
        lending.introduction(DOMINIQUE, put((lending.INTRODUCTION, 1), forge.SMALL_ORDER[0]))
    ),
    Code.INTRODUCTION_SIGNATURE: lambda _: introduced(lending.introduction(DOMINIQUE, signed_by=THIEF)),
    Code.INTRODUCTION_TIME: lambda _: introduced(INTRODUCED, NOW + 600),
    Code.ORDER_STRUCTURE: lambda _: ordered(b""),
    Code.ORDER_CARD: lambda _: ordered(lending.order(CARD, CAMILLE, INTRODUCED), status=Status.REVOKED),
    Code.ORDER_SIGNATURE: lambda _: ordered(lending.order(CARD, CAMILLE, INTRODUCED, code_by=THIEF.code)),
    Code.ORDER_INTRODUCTION: lambda _: ordered(
        lending.order(CARD, CAMILLE, INTRODUCED), lending.introduction(phone("another"))
    ),
    Code.ORDER_TIME: lambda _: ordered(lending.order(CARD, CAMILLE, INTRODUCED, until=NOW)),
    Code.ORDER_THROTTLED: lambda _: ordered(lending.order(CARD, CAMILLE, INTRODUCED), times=8),
    Code.GRANT_TEXT: lambda _: received("VTD1:00"),
    Code.GRANT_NOT_MINE: lambda _: received(lent_card_text(CARD, GIVEN), own=THIEF),
    Code.GRANT_OVER: lambda _: received(lent_card_text(CARD, GIVEN), now=NOW + 72 * HOUR),
}
