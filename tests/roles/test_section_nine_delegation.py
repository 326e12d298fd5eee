"""The design's words on delegation, clause by clause, as ``test_section_nine`` has its others.

Lending as the two phones and the terminal see it; how its messages are made and refused is in ``tests/rules``.
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from tests import forge, lending
from tests.forge import dec, put
from tests.lending import GRANT, HOUR, attempt, sha
from tests.neighbours import FOR, NAME, OTHER_CODE, Neighbours, new_phone
from tests.roles.test_section_nine import clauses
from tests.world import CODE, DAY, NOW
from vitaletoken import (
    Category,
    Code,
    Holder,
    Purpose,
    UsageError,
    VerifiedPresentation,
    Way,
)
from vitaletoken.wire.text import LENT_CARD_PREFIX, parse_text

DESIGN = """
Delegation (lend my card), two ways. Through the issuer (default, up to 30 days): an ordinary credential onto the delegate's
device and code keys with the acting person and the scope in it: 496 bytes, revocable singly. Offline (72 hours at most): a
grant signed by the grantor's code and device: credential digest, delegate's device and code keys, display name, nbf, exp,
purposes, terminal categories, id; one hop; it can only narrow; no bearer keys. The delegate's phone shows credential + grant +
its own two layers: about 790 bytes, version 20-L. The terminal is always told that a delegate acts, and who. Offline grants are
withdrawn by status value 3. A number of uses cannot be enforced offline: don't offer it.
"""

WAYS = pytest.mark.parametrize("way", Way)


@pytest.fixture
def town() -> Neighbours:
    return Neighbours()


def layers_of(grant: bytes) -> tuple[list[Any], list[Any], Any]:
    """Device layer, code layer, claims; read by hand."""
    outer = dec(grant)
    inner = dec(outer[2])
    return outer, inner, dec(inner[2])


def version(text: str) -> int:
    pytest.importorskip("segno")
    from vitaletoken.adapters.qr import Medium, write_qr

    return int(write_qr(text, medium=Medium.SCREEN).version)


def test_there_are_two_ways(town: Neighbours) -> None:
    """Delegation (lend my card), two ways."""
    assert {way.value for way in Way} == {"issuer", "grant"}
    found = [town.at(town.shown(town.lent(way)).text) for way in Way]
    assert [seen.delegate and seen.delegate.way for seen in found if isinstance(seen, VerifiedPresentation)] == list(
        Way
    )
    assert [loan.way for loan in town.camille.lent()] == list(Way)


def test_through_the_issuer_a_card_is_lent_for_30_days(town: Neighbours) -> None:
    """Through the issuer (default, up to 30 days):"""
    end = NOW + 30 * DAY
    lent = town.lent(Way.ISSUER, end)
    assert (lent.claims.iat, lent.claims.exp) == (NOW, end)
    town.w.clock.time = end - 1
    town.w.publish()
    assert isinstance(town.at(town.shown(lent).text), VerifiedPresentation)
    town.w.clock.time = NOW
    with pytest.raises(UsageError, match="30 days"):
        town.lent(Way.ISSUER, end + 1)


def test_the_lent_card_is_an_ordinary_one_on_the_delegate_s_keys_with_name_and_scope(town: Neighbours) -> None:
    """an ordinary credential onto the delegate's device and code keys with the acting person and the scope in it:"""
    keys = town.introduced().keys
    lent, own = town.lent(Way.ISSUER).claims, town.w.views().claims
    assert (lent.device_key, lent.card.code_key) == keys
    assert lent.card.acting is not None
    assert (lent.card.acting.name, lent.card.acting.scope) == (NAME, (FOR, (Category.PHARMACY,)))
    assert (lent.card.person, lent.card.beneficiary) == (own.card.person, own.card.beneficiary)


def test_it_is_shown_in_520_bytes(town: Neighbours) -> None:
    """496 bytes,

    520 at most with the name of the delegate, the scope and the longer of the two suites: version 16 at level L.
    """
    shown = town.shown(town.lent(Way.ISSUER))
    assert len(shown.message) <= 520
    assert version(shown.text) <= 16


def test_it_is_revocable_singly(town: Neighbours) -> None:
    """revocable singly."""
    one, other = (town.lent(Way.ISSUER, NOW + days * DAY) for days in (2, 3))
    town.w.issuer.revoke(one.claims.cti)
    town.w.publish()
    assert town.at(town.shown(one).text) is Code.CARD_REVOKED
    assert isinstance(town.at(town.shown(other).text), VerifiedPresentation)
    assert isinstance(town.at(town.camille.present(CODE).text), VerifiedPresentation)


def test_a_grant_is_good_for_72_hours_at_most(town: Neighbours) -> None:
    """Offline (72 hours at most):"""
    with pytest.raises(UsageError):
        town.granted(72 * HOUR + 1)
    lent = town.dominique.receive(town.granted(), town.w.trust)
    town.w.clock.time += 72 * HOUR - 1
    shown = town.shown(lent)
    assert isinstance(town.at(shown.text), VerifiedPresentation)
    town.w.clock.time += 1
    assert attempt(town.shown, lent) is Code.GRANT_OVER
    assert town.at(shown.text) is Code.GRANT_EXPIRED


def test_a_grant_is_signed_by_the_grantor_s_code_and_device(town: Neighbours) -> None:
    """a grant signed by the grantor's code and device:"""
    card, grant = dec(parse_text(town.granted(), LENT_CARD_PREFIX))
    outer, inner, _ = layers_of(grant)
    thief = lending.phone("thief")
    for key, layer, label in ((thief.device, outer, "grant-device"), (thief.code, inner, "grant-code")):
        forged = forge.sign1(key.sign, layer[0], forge.aad(label, sha(card)), layer[2])
        whole = forged if layer is outer else [*outer[:2], forge.enc(forged), outer[3]]
        text = lending.lent_card_text(card, forge.enc(whole))
        assert attempt(town.dominique.receive, text, town.w.trust) is Code.GRANT_SIGNATURE
    text = lending.lent_card_text(card, forge.enc([*outer[:2], forge.enc(inner), outer[3]]))
    assert town.dominique.receive(text, town.w.trust)
    guessed = attempt(town.camille.grant, town.introduced(), OTHER_CODE, lifetime=HOUR, purposes=FOR)
    assert guessed is Code.CODE_WRONG


def test_what_is_in_a_grant(town: Neighbours) -> None:
    """credential digest, delegate's device and code keys, display name, nbf, exp, purposes, terminal categories, id;

    The digest is signed, and not said again: the card stands beside the grant. There is no nbf: a grant begins when it is made,
    iat (docs/adr/0020).
    """
    keys = town.introduced().keys
    card, grant = dec(parse_text(town.granted(), LENT_CARD_PREFIX))
    claims = layers_of(grant)[2]
    assert set(claims) == {4, 6, 7, 8, GRANT}
    assert (claims[4], claims[6], len(claims[7])) == (NOW + 72 * HOUR, NOW, 8)
    assert claims[8][1] == forge.cose_key(-19, keys.device_key.public)
    assert claims[GRANT] == {1: keys.code_key, 2: NAME, 3: [1, 3], 4: [2]}
    renewed, *_ = town.w.issuer.renew(town.camille.renewal(CODE))
    exchanged = lending.lent_card_text(renewed, grant)
    assert attempt(town.dominique.receive, exchanged, town.w.trust) is Code.GRANT_SIGNATURE
    assert town.dominique.receive(lending.lent_card_text(card, grant), town.w.trust)


@WAYS
def test_one_hop(way: Way, town: Neighbours) -> None:
    """one hop;"""
    lent, third = town.lent(way), new_phone(town.w)
    introduction = town.introduced(third, "A third", "835261")
    dominique = town.dominique
    with pytest.raises(UsageError, match="lent"):
        dominique.grant(introduction, OTHER_CODE, lifetime=HOUR, purposes=FOR, card=lent.handle)
    with pytest.raises(UsageError, match="lent"):
        dominique.order(introduction, OTHER_CODE, until=NOW + DAY, purposes=FOR, card=lent.handle)


def test_a_grant_ends_with_the_card(town: Neighbours) -> None:
    town.w.clock.time = NOW + 13 * DAY
    town.w.publish()
    lent = town.dominique.receive(town.granted(), town.w.trust)
    terms = town.dominique.wallet().card(lent.handle).lent
    assert terms is not None
    assert terms.until == town.w.views().claims.exp == NOW + 14 * DAY
    town.w.clock.time = NOW + 14 * DAY - 1
    shown = town.shown(lent)
    town.w.clock.time += 1
    assert town.at(shown.text) is Code.CREDENTIAL_EXPIRED


@WAYS
def test_it_can_only_narrow(way: Way, town: Neighbours) -> None:
    """it can only narrow;"""
    alone = town.at(town.camille.present(CODE).text)
    assert isinstance(alone, VerifiedPresentation)
    lent = town.lent(way, NOW + DAY)
    found = town.at(town.shown(lent).text)
    assert isinstance(found, VerifiedPresentation)
    own = ("person", "beneficiary", "policyholder", "quality", "scheme", "rights_as_of", "rights_until", "nir")
    assert [getattr(found.card, name) for name in own] == [getattr(alone.card, name) for name in own]
    for purpose in Purpose:
        seen = town.at(town.shown(lent).text, purpose)
        assert isinstance(seen, VerifiedPresentation) if purpose in FOR else seen is Code.DELEGATION_SCOPE
    assert town.at(town.shown(lent).text, category=Category.DOCTOR) is Code.DELEGATION_SCOPE
    terms = town.dominique.wallet().card(lent.handle).lent
    assert terms is not None
    assert terms.until == NOW + DAY < town.w.views().claims.exp


@WAYS
def test_there_are_no_bearer_keys(way: Way, town: Neighbours) -> None:
    """no bearer keys.

    Whoever films what is handed over has nothing: it is for the keys of one phone.
    """
    thief, by_hand, w = new_phone(town.w), lending.phone("thief"), town.w
    thief.introduce(NAME, OTHER_CODE, profile=w.profile)
    if way is Way.GRANT:
        filmed = town.granted()
        card, grant = dec(parse_text(filmed, LENT_CARD_PREFIX))
        assert attempt(thief.receive, filmed, w.trust) is Code.GRANT_NOT_MINE
        assert town.at(forge.text(lending.presentation(card, by_hand, grant))) is Code.DEVICE_SIGNATURE
    else:
        lent = town.lent(way)
        filmed_card = town.dominique.wallet().card(lent.handle).stock[0].minimal
        assert attempt(thief.accept, filmed_card, w.trust) is Code.CREDENTIAL_NOT_MINE
        assert town.at(forge.text(lending.presentation(filmed_card, by_hand))) is Code.DEVICE_SIGNATURE


def test_a_card_under_a_grant_is_shown_in_800_bytes(town: Neighbours) -> None:
    """The delegate's phone shows credential + grant + its own two layers: about 790 bytes, version 20-L.

    800 at most, with the longer suites and all fields.
    """
    lent = town.lent(Way.GRANT)
    shown = town.shown(lent)
    card, grant = dec(parse_text(town.granted(), LENT_CARD_PREFIX))
    protected, _, payload, _ = dec(shown.message)
    assert protected[4:] == card
    own = dec(dec(payload)[2])[forge.PRESENTATION]
    assert len(own[5]) == len(grant)
    assert len(shown.message) <= 800
    assert version(shown.text) <= 20
    with pytest.raises(UsageError, match="code"):
        town.dominique.present(card=lent.handle)


@WAYS
def test_the_terminal_is_told_that_a_delegate_acts_and_who(way: Way, town: Neighbours) -> None:
    """The terminal is always told that a delegate acts, and who."""
    found = town.at(town.shown(town.lent(way)).text)
    assert isinstance(found, VerifiedPresentation)
    assert found.delegate == (NAME, way, NOW + 3 * DAY)
    assert found.card.person == town.w.beneficiary.person
    unasked = town.w.terminal(categories=(Category.PHARMACY,))
    assert attempt(unasked.verify, town.shown(town.lent(way)).text, "visit") is Code.DELEGATION_NOT_ALLOWED


def test_grants_are_withdrawn_by_status_3(town: Neighbours) -> None:
    """Offline grants are withdrawn by status value 3."""
    through, granted = town.lent(Way.ISSUER), town.lent(Way.GRANT)
    town.w.clock.time += 1
    town.w.issuer.withdraw_delegations(town.w.card_id())
    assert isinstance(town.at(town.shown(granted).text), VerifiedPresentation)  # as of the list that it has
    town.w.publish()
    assert town.at(town.shown(granted).text) is Code.DELEGATIONS_WITHDRAWN
    assert town.at(town.shown(through).text) is Code.CARD_SUSPENDED  # LEND-1
    assert isinstance(town.at(town.camille.present(CODE).text), VerifiedPresentation)


def test_a_number_of_uses_is_not_offered(town: Neighbours) -> None:
    """A number of uses cannot be enforced offline: don't offer it."""
    asked = {"self", "introduction", "code", "purposes", "categories", "card"}
    assert set(inspect.signature(Holder.grant).parameters) == asked | {"lifetime"}
    assert set(inspect.signature(Holder.order).parameters) == asked | {"until"}
    lent = town.lent(Way.GRANT)
    assert all(isinstance(town.at(town.shown(lent).text), VerifiedPresentation) for _ in range(5))
    owner, dominique = lending.phone("Camille"), lending.phone("Dominique")
    town_by_hand = lending.Town()
    card = town_by_hand.card(owner)
    once = lending.grant(card, owner, dominique, put((GRANT, 5), 1))
    assert town_by_hand.outcome(lending.presentation(card, dominique, once)) is Code.GRANT_STRUCTURE


def test_each_sentence_has_a_test() -> None:
    assert clauses(__name__) == " ".join(DESIGN.split())
