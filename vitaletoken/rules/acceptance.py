"""What a phone keeps of what its issuers answer: a card for a request (ENROL-2), and a stock for a renewal (RENEW-1)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, NamedTuple

from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.rules.cards import MAX_STOCK, CardKind, Edition, PendingEnrolment, WalletCard
from vitaletoken.rules.credential import VerifiedCredential, enrolment_binding
from vitaletoken.rules.enrolment import verify_own_billing_view, verify_own_credential
from vitaletoken.rules.layers import PhoneKeys
from vitaletoken.rules.number import commitment, is_same
from vitaletoken.rules.portraits import is_portrait
from vitaletoken.rules.renewal import require_same_person
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.rules.wallet import Wallet, code_of
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.enrolment import Number
from vitaletoken.wire.registry import View

#: Seconds for which a request can be answered: as long as an issuer keeps an application open.
REQUEST_LIFETIME: Final = 30 * 86_400


def begin(wallet: Wallet, enrolment: PendingEnrolment) -> Wallet:
    """With ``enrolment`` beside all the cards that there are. Requests that no issuer answers any more go.

    Raises:
        UsageError: no code has been chosen, or is being changed: the card would be for the old one; or a lent card is to be
            enrolled for.
    """
    require_can_enrol(wallet, enrolment.kind)
    code_of(wallet)
    return replace(wallet, pending=(*open_enrolments(wallet, enrolment.sent), enrolment))


def require_can_enrol(wallet: Wallet, kind: CardKind) -> None:
    """Raises ``UsageError`` as ``begin``, but for a code that is to be chosen."""
    if kind is CardKind.LENT:
        raise UsageError("a lent card comes from who lends it, not by an enrolment")
    if wallet.change is not None:
        raise UsageError("the personal code is being changed: enrol once the change is answered")


def open_enrolments(wallet: Wallet, now: int) -> tuple[PendingEnrolment, ...]:
    """Those that an issuer can still answer."""
    return tuple(each for each in wallet.pending if now < each.sent + REQUEST_LIFETIME)


# --- what a message from an issuer is an answer to


class Own(NamedTuple):
    """What a card must be tied to, to be this phone's own (A1).

    Attributes:
        request: the message that the binding is over, a request or a renewal.
    """

    request: bytes
    number: Number
    keys: PhoneKeys

    @property
    def binding(self) -> bytes:
        """CRED-3."""
        return enrolment_binding(hashlib.sha256(self.request).digest(), commitment(self.number))

    def __repr__(self) -> str:
        return f"Own(keys={self.keys!r})"  # the request has the number in it, sealed


def answered_by(wallet: Wallet, credential: bytes, keys: PhoneKeys) -> tuple[PendingEnrolment | WalletCard, Own]:
    """What of the phone's own ``credential`` says that it answers; where it is nothing, the latest, for which it is then refused.

    Nothing in it is believed yet. A card stands for the message that it answered itself: an issuer may send it again.

    Raises:
        Malformed: ``credential-structure``.
        UsageError: this phone has sent no request.
    """
    asked: list[PendingEnrolment | WalletCard] = [*wallet.own_cards, *wallet.pending]
    own = [(each, own_of(each, keys)) for each in asked]
    if not own:
        raise UsageError("this phone has sent no enrolment request")
    binding = binding_of((credential,))
    return next((each for each in own if each[1].binding == binding), own[-1])


def own_of(each: PendingEnrolment | WalletCard, keys: PhoneKeys) -> Own:
    """What the answer to it must be tied to. Raises ``UsageError`` for a card that is lent."""
    if each.number is None:
        raise UsageError("a card that is lent is not renewed by whom it is lent to")
    return Own(each.request, each.number, keys)


def binding_of(answers: Sequence[bytes]) -> bytes | None:
    """What the first card in an answer says of itself; None where there is none.

    Raises:
        Malformed: ``credential-structure``.
    """
    return next((parse_credential(data).unverified_claims.card.enrolment.binding for data in answers[:1]), None)


# --- verifying it


class Stock(NamedTuple):
    """Editions whose windows follow each other, all of them tied to this phone; and the first one's proof."""

    editions: tuple[Edition, ...]
    first: VerifiedCredential


def verify_stock(answers: Sequence[bytes], own: Own, trust: VerifiedTrustList, now: int) -> Stock:
    """All of an answer, or nothing: ENROL-2 and VIEW-2 for each card in it.

    Args:
        answers: 1 to 4 cards in the order of their windows, each one's minimal view and, where it has one, its billing view.

    Raises:
        Malformed: ``credential-structure``.
        Untrusted: ``issuer-unknown``, ``issuer-key-not-valid``, ``issuer-key-withdrawn``, ``issuer-signature``.
        Rejected: ``trust-list-expired``, ``credential-not-mine``, also where there are not 1 to 4 cards, their windows do not
            follow each other, or the number in a billing view is not the one that the phone's owner typed;
            ``credential-expired``, ``wrong-environment``.
    """
    editions = _editions(answers)
    if not 1 <= len(editions) <= MAX_STOCK:
        raise refusal(Code.CREDENTIAL_NOT_MINE)
    cards = [verify_views(edition.minimal, edition.billing or None, own, trust, now) for edition in editions]
    windows = [(card.claims.iat, card.claims.exp) for card in cards]
    if any(begin != end for (_, end), (begin, _) in pairwise(windows)):
        raise refusal(Code.CREDENTIAL_NOT_MINE)
    return Stock(editions, cards[0])


def _editions(answers: Sequence[bytes]) -> tuple[Edition, ...]:
    """The views put together. What is not in its place is left where a minimal view should be, for which it is refused."""
    editions: list[Edition] = []
    for data in answers:
        view = parse_credential(data).unverified_claims.card.view
        if view is View.BILLING and editions and not editions[-1].billing:
            editions[-1] = replace(editions[-1], billing=data)
        else:
            editions.append(Edition(data))
    return tuple(editions)


def verify_views(
    minimal: bytes, billing: bytes | None, own: Own, trust: VerifiedTrustList, now: int
) -> VerifiedCredential:
    """One card, of which None is the view that the issuer did not give: ENROL-2 and VIEW-2.

    Raises:
        Malformed, Untrusted, Rejected: as ``verify_stock``.
    """
    device_key, code_key = own.keys
    card = verify_own_credential(
        minimal, trust, now, request=own.request, number=own.number, device_key=device_key, code_key=code_key
    )
    if billing is not None:
        nir = verify_own_billing_view(billing, card, trust, now).claims.card.nir
        if nir is None or not is_same(nir, own.number.nir):
            raise refusal(Code.CREDENTIAL_NOT_MINE)
    return card


# --- keeping it


def accept(wallet: Wallet, answered: PendingEnrolment, edition: Edition) -> tuple[Wallet, str]:
    """With ``edition``, the answer to the request of ``answered``, and the handle of its card.

    It takes the place of the card of the same person, if there is one, whose handle and counter it goes on with. A portrait that
    is not the one of the new card goes.
    """
    before = next((card for card in wallet.cards if card.is_of_the_person_of(edition.claims)), None)
    kind, request, number = answered.kind, answered.request, answered.number
    if before is None:
        made = WalletCard(answered.handle, kind, request, (edition,), number=number)
    else:
        made = replace(restocked(before, (edition,)), kind=kind, request=request, number=number)
    pending = tuple(other for other in wallet.pending if other.request != answered.request)
    return replace(wallet, pending=pending).with_card(made), made.handle


def restock(wallet: Wallet, card: WalletCard, editions: tuple[Edition, ...], now: int) -> Wallet:
    """With ``editions`` as the stock of ``card``, which they renew.

    The edition of now stays before them where it is good still and the first of them has not begun, as with a phone whose clock
    is behind. An answer that is older than the edition of now changes nothing: it came late, or again.

    Raises:
        Rejected: ``credential-not-mine`` (RENEW-1).
    """
    require_of_the_person(card, editions)
    for edition in editions:
        require_same_person(card.edition(now).claims.card, edition.claims.card)
    # What is here already is not exchanged for less, as where an answer comes again without its billing view.
    here = {edition.minimal: edition for edition in card.stock}
    editions = tuple(each if each.billing else here.get(each.minimal, each) for each in editions)
    held, begin = card.edition(now), editions[0].claims.iat
    if begin < held.claims.iat or set(editions) <= set(card.stock):
        return wallet
    stays = now < begin and now < held.claims.exp
    return wallet.with_card(restocked(card, (held, *editions) if stays else editions))


def require_of_the_person(card: WalletCard, editions: tuple[Edition, ...]) -> None:
    """That a handle names one person's card, whatever is accepted for it.

    Raises:
        Rejected: ``credential-not-mine``, where one is of another person or issuer.
    """
    if not all(card.is_of_the_person_of(edition.claims) for edition in editions):
        raise refusal(Code.CREDENTIAL_NOT_MINE)


def restocked(card: WalletCard, stock: tuple[Edition, ...]) -> WalletCard:
    """With ``stock``; its portrait stays where it is that of one of them."""
    portrait = card.portrait if any(is_portrait(card.portrait, edition.claims) for edition in stock) else b""
    return replace(card, stock=stock, portrait=portrait)
