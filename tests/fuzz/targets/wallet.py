"""What a phone takes into its wallet, through ``Holder``: cards, renewed cards, unlocks, cards lent to it; and introductions.

An input meets a wallet of the vectors' scene, and whatever is made of that is forgotten, so that each meets the same one. A
phone's keys are the vectors' too; it signs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial
from typing import Any, Final

from tests.fuzz.targets import envelope
from tests.fuzz.targets.contract import NotAnInput, Shape, Target
from tests.fuzz.targets.layers import layer
from tests.fuzz.targets.vectors import Json
from tests.world import StandingClock
from vectors.generate import fixtures, renewals
from vectors.generate.enrolled import NUMBER_CAMILLE, NUMBER_ZOE, enrolment_binding
from vectors.generate.keys import CNAM_CARDS, PHONE_1, derive
from vectors.generate.messages import credential
from vectors.generate.terminals import CAMILLE_BILLING, ZOE_BILLING
from vitaletoken import Holder
from vitaletoken.conformance import forms, lists
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.rules.cards import (
    AskedUnlock,
    CardChange,
    CardKind,
    CodeChange,
    Edition,
    Introduced,
    PendingEnrolment,
    PersonalCode,
    WalletCard,
    handle_of,
)
from vitaletoken.rules.layers import PhoneKeys
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire.cose import CoseKey, ed25519_key
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.enrolment import Number, parse_request
from vitaletoken.wire.introduction import parse_introduction
from vitaletoken.wire.nir import BeneficiaryNir
from vitaletoken.wire.renewal import parse_renewal

Part = envelope.Part
_CARD: Final = -65537
_OF_ANYBODY: Final = bytes(16)


class _Unchanging:
    """A wallet that is what it was again after each change."""

    def __init__(self, wallet: Wallet) -> None:
        self._wallet = wallet

    def load(self) -> Wallet:
        return self._wallet

    def update(self, change: Callable[[Wallet], Wallet]) -> Wallet:
        return change(self._wallet)


class _PublicHalf:
    """A device key that nothing here asks for more."""

    def __init__(self, public_key: CoseKey) -> None:
        self.public_key = public_key


class _NoEntropy:
    """What no phone draws from that is only sent something."""


class Phone:
    """A phone at one moment."""

    def __init__(self, wallet: Wallet, device_key: CoseKey, trust: VerifiedTrustList | None, now: int) -> None:
        parts: dict[str, Any] = {"store": _Unchanging(wallet), "clock": StandingClock(now), "entropy": _NoEntropy()}
        self.holder = Holder(_PublicHalf(device_key), **parts)  # type: ignore[arg-type]  # its public half is enough
        self._trust = trust

    @property
    def trust(self) -> VerifiedTrustList:
        """The trust list that it holds."""
        assert self._trust is not None
        return self._trust


def _code(key: bytes) -> PersonalCode:
    return PersonalCode(_OF_ANYBODY, Argon2Profile.DEFAULT, key)


def _trust(case: Json) -> VerifiedTrustList:
    return lists.trust(case, case["environment"])


# --- what the scenes of the vectors make of a phone


def _accepting(case: Json) -> Phone:
    """A phone that has asked for a card, and has introduced itself where a card was lent to it."""
    request, number = forms.binary(case["request"]), Number(BeneficiaryNir(case["nir"]), forms.binary(case["salt"]))
    asked = parse_request(request).unverified_claims
    keys, introductions = PhoneKeys(asked.device_key, asked.code_key), tuple[Introduced, ...]()
    if case["renewal"] is not None:  # the binding is made over it in the same way
        request = forms.binary(case["renewal"])
        keys = keys._replace(code_key=parse_renewal(request).unverified_claims.new_code_key or keys.code_key)
    if case["introduction"] is not None:
        shown = forms.binary(case["introduction"])
        introduced = parse_introduction(shown).unverified_claims
        keys, introductions = PhoneKeys(introduced.device_key, introduced.code_key), (Introduced(shown, case["now"]),)
    pending = (PendingEnrolment(CardKind.OWN, request, case["now"], number),)
    wallet = Wallet(_code(keys.code_key), pending=pending, introductions=introductions)
    return Phone(wallet, keys.device_key, _trust(case), case["now"])


def _locked(case: Json) -> Phone:
    """A phone that has asked the issuer of its card to unlock it."""
    card = forms.binary(case["credential"])
    claims, handle = parse_credential(card).unverified_claims, handle_of(card)
    kind = CardKind.OWN if claims.card.acting is None else CardKind.LENT
    held = WalletCard(handle, kind, b"", (Edition(card),))
    unlock = AskedUnlock(handle, forms.binary(case["nonce"]))
    wallet = Wallet(_code(claims.card.code_key), cards=(held,), unlock=unlock)
    return Phone(wallet, claims.device_key, _trust(case), case["now"])


def _lent_to(case: Json) -> Phone:
    """A phone without a card."""
    wallet = Wallet(_code(forms.binary(case["code_key"])))
    return Phone(wallet, forms.key(case["device_key"]), _trust(case), case["now"])


def _lending(case: Json) -> Phone:
    """Whose phone looks at an introduction does not matter."""
    return Phone(Wallet(), ed25519_key(PHONE_1.public), None, case["now"])


@cache
def _phone(name: str, make: Callable[[Json], Phone], number: int) -> Phone:
    return make(layer(name).scenes[number])


def _given(name: str, make: Callable[[Json], Phone], data: bytes) -> tuple[Phone, list[Part]]:
    number, parts = envelope.unpack(data, len(layer(name).scenes))
    return _phone(name, make, number), parts


def _accept(data: bytes) -> object:
    phone, parts = _given("accept", _accepting, data)
    match parts:
        case [bytes(card), bytes(billing)]:
            return phone.holder.accept(card, phone.trust, billing or None)
        case _:
            raise NotAnInput


def _unlock(data: bytes) -> None:
    phone, parts = _given("unlock", _locked, data)
    match parts:
        case [bytes(message)]:
            phone.holder.unlock(message, phone.trust)
        case _:
            raise NotAnInput


def _text(parts: list[Part]) -> str:
    match parts:
        case [bytes(text)]:
            return text.decode("utf-8", "surrogateescape")
        case _:
            raise NotAnInput


def _receive(data: bytes) -> object:
    phone, parts = _given("grant", _lent_to, data)
    return phone.holder.receive(_text(parts), phone.trust)


def _introduced(data: bytes) -> object:
    phone, parts = _given("introduction", _lending, data)
    return phone.holder.review_introduction(_text(parts))


# --- answers to renewals: several cards at once, of which the vectors have no layer


def _stock(views: Iterable[Json], count: int) -> list[bytes]:
    """As an issuer answers: cards whose windows follow each other, of each its minimal view, and its billing view if there is."""
    return [_card(view, place) for place in range(count) for view in views]


def _card(view: Json, place: int) -> bytes:
    fortnight = 14 * fixtures.DAY
    start, cti = fixtures.NOW + place * fortnight, derive(f"fixture/renewed/{place}", "cti", 8)
    return credential({**view, 4: start + fortnight, 6: start, 7: cti}, CNAM_CARDS).encode()


#: A card, its billing view, its number, a change of the code, the new code key, and the request that the card answered.
_RENEWED: Final = (
    (fixtures.CAMILLE, CAMILLE_BILLING, NUMBER_CAMILLE, renewals.CHANGE_1, renewals.NEW_CODE_1, fixtures.REQUEST_1),
    (fixtures.ZOE, ZOE_BILLING, NUMBER_ZOE, renewals.CHANGE_2, renewals.NEW_CODE_2, fixtures.REQUEST_2),
)


def _renewing(number: int) -> Phone:
    """A phone that has asked for its card anew; an odd number, one that changes its code with that."""
    card, _, typed, change, new_code, request = _RENEWED[number // 2]
    data = credential(card, CNAM_CARDS).encode()
    claims, handle = parse_credential(data).unverified_claims, handle_of(data)
    own = Number(BeneficiaryNir(typed.nir), typed.salt)
    held = WalletCard(handle, CardKind.OWN, request.encode(), (Edition(data),), number=own)
    changing = CodeChange(_code(new_code.public), (CardChange(handle, (change.encode(),)),)) if number % 2 else None
    wallet = Wallet(_code(claims.card.code_key), cards=(held,), change=changing)
    return Phone(wallet, claims.device_key, _trust(fixtures.trusted()), fixtures.NOW + 1)


_renewing_phone = cache(_renewing)


def _accept_renewal(data: bytes) -> object:
    number, parts = envelope.unpack(data, 2 * len(_RENEWED))
    phone = _renewing_phone(number)
    match parts:
        case [list(answers)]:
            handle = phone.holder.wallet().cards[0].handle
            return phone.holder.accept_renewal(handle, answers, phone.trust)
        case _:
            raise NotAnInput


def _answers() -> Iterator[bytes]:
    for place, (card, billing, typed, change, new_code, _) in enumerate(_RENEWED):
        bound = enrolment_binding(change.encode(), typed)
        for given in ((card, billing), (card,)):
            new = [{**view, _CARD: {**view[_CARD], 1: new_code.public, 9: [1, bound]}} for view in given]
            for count in (1, 2, 4):
                yield envelope.pack(2 * place, [_stock(given, count)])
                yield envelope.pack(2 * place + 1, [_stock(given, count)])
                yield envelope.pack(2 * place + 1, [_stock(new, count)])


def _target(name: str, run: Callable[[bytes], object], seeds: str, *covers: Callable[..., object]) -> Target:
    found = partial(layer, seeds)
    return Target(name, run, lambda: found().seeds, 4096, covers=covers, shape=Shape.PARTS)


TARGETS: Final = (
    _target("phone-accept", _accept, "accept", Holder.accept),
    Target(
        "phone-accept-renewal",
        _accept_renewal,
        _answers,
        8192,
        covers=(Holder.accept_renewal,),
        shape=Shape.PARTS,
    ),
    _target("phone-unlock", _unlock, "unlock", Holder.unlock),
    _target("phone-receive", _receive, "grant", Holder.receive),
    _target("phone-introduction", _introduced, "introduction", Holder.review_introduction),
)
