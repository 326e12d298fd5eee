"""The phone before a terminal that says who it is: what it shows to whom, and what it never shows (PRES-5)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from tests import forge
from tests.crypto import reference_hpke
from tests.forge import CARD, CHALLENGE, both, drop, put
from tests.world import CODE, DAY, DEVICE_ALGORITHMS, NIR, NOW, World, child, enrolled
from vitaletoken import (
    Binding,
    Category,
    Code,
    InputError,
    Presentation,
    TrustAnchor,
    UsageError,
    UserVerification,
    VerifiedChallenge,
    View,
    verify_challenge,
    verify_trust_list,
)
from vitaletoken.rules.recipient import recipient_of
from vitaletoken.wire.registry import Algorithm

VISIT = "visit 1"


def refusal_of(function: Callable[..., object], *arguments: Any, **options: Any) -> Code | None:
    try:
        function(*arguments, **options)
    except InputError as refused:
        return refused.code
    return None


def challenge(w: World, edit: forge.Edit | None = None) -> VerifiedChallenge:
    return verify_challenge(forge.challenge(w, edit), w.trust, w.clock.now())


MINIMAL = put((CHALLENGE, 3), 1)
PLAIN = both(MINIMAL, drop((CHALLENGE, 5)))


def opened(w: World, shown: Presentation, asked: VerifiedChallenge) -> bytes:
    """What the terminal finds in a sealed answer; by hand."""
    info = forge.aad("sealed-answer", asked.digest)
    return reference_hpke.unseal(shown.message, forge.SESSION_SECRET, info)


def view_in(presentation: bytes) -> View:
    card = forge.credential_claims(forge.dec(presentation)[0][4:])[CARD]
    return View.BILLING if 13 in card else View.MINIMAL


# --- what is shown to whom


@pytest.mark.parametrize("algorithm", DEVICE_ALGORITHMS)
@pytest.mark.parametrize("code", [CODE, None])
def test_each_asker_gets_its_level(algorithm: Algorithm, code: str | None) -> None:
    w = enrolled(algorithm=algorithm)
    stated = UserVerification.NONE if code else UserVerification.DEVICE_UNLOCK
    for asker, binding, sealed, view in (
        (None, Binding.OPEN, False, View.MINIMAL),
        (w.certificate(), Binding.AUDIENCE, False, View.MINIMAL),
        (challenge(w, PLAIN), Binding.CHALLENGE, False, View.MINIMAL),
        (challenge(w, MINIMAL), Binding.CHALLENGE, True, View.MINIMAL),
        (challenge(w), Binding.CHALLENGE, True, View.BILLING),
    ):
        shown = w.holder.present(code, to=asker, user_verification=stated)
        assert (shown.claims.binding, shown.sealed, shown.view) == (binding, sealed, view)
        assert shown.text.startswith("VTS1:" if sealed else "VT1:")
        assert shown.claims.user_verification is (stated if code is None else UserVerification.CODE)


def test_the_counter_rises_over_all_of_them() -> None:
    """PRES-3: the views are one card on one phone."""
    w = enrolled()
    askers = [None, w.certificate(), challenge(w), challenge(w, MINIMAL), None]
    shown = [w.holder.present(CODE, to=asker) for asker in askers]
    assert [each.claims.counter for each in shown] == [1, 2, 3, 4, 5]
    assert len({each.claims.cti for each in shown}) == 5


def test_what_is_asked_for_is_shown_where_the_phone_has_it() -> None:
    w = enrolled()
    asked = challenge(w)
    assert view_in(opened(w, w.holder.present(CODE, to=asked), asked)) is View.BILLING
    declined = w.holder.present(CODE, to=asked, view=View.MINIMAL)
    assert view_in(opened(w, declined, asked)) is declined.view is View.MINIMAL
    w.alter_card(stock=(dataclasses.replace(w.views(), billing=b""),))
    without = w.holder.present(CODE, to=asked)
    assert view_in(opened(w, without, asked)) is without.view is View.MINIMAL
    with pytest.raises(UsageError, match="does not have"):
        w.holder.present(CODE, to=asked, view=View.BILLING)


def test_the_billing_view_is_shown_in_no_other_way() -> None:
    """PRES-5, for every combination there is; and nothing is spent on the attempt."""
    w = enrolled()
    before = w.holder_store.load()
    for asker in (None, w.certificate(), challenge(w, PLAIN), challenge(w, MINIMAL)):
        for code in (CODE, None):
            with pytest.raises(UsageError, match="nowhere else"):
                w.holder.present(code, to=asker, view=View.BILLING)
    assert w.holder_store.load() == before


@pytest.mark.parametrize("view", [None, View.BILLING])
def test_the_billing_view_takes_a_person(view: View | None) -> None:
    """PRES-5: not whoever has the phone in their hands, for whom the minimal view is there. Nothing is spent on the attempt."""
    w = enrolled()
    before = w.holder_store.load()
    with pytest.raises(UsageError, match="unlocked"):
        w.holder.present(to=challenge(w), view=view)
    assert w.holder_store.load() == before
    for level in (UserVerification.DEVICE_UNLOCK, UserVerification.BIOMETRIC):
        shown = w.holder.present(to=challenge(w), view=view, user_verification=level)
        assert (shown.view, shown.claims.user_verification) == (View.BILLING, level)
    assert w.holder.present(to=challenge(w), view=View.MINIMAL).view is View.MINIMAL
    w.alter_card(stock=(dataclasses.replace(w.views(), billing=b""),))
    assert w.holder.present(to=challenge(w)).view is View.MINIMAL


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda w: w.holder.review(forge.text(forge.challenge(w), "VTC1:"), w.trust), "pass review.asker"),
        (lambda w: w.holder.review(w.certificate().text, w.trust), "pass review.asker"),
        (lambda w: w.certificate().raw, "verified"),
        (lambda w: w.certificate().text, "verified"),
        (forge.challenge, "verified"),
        (lambda w: challenge(w).claims, "verified"),
        (lambda w: False, "verified"),
    ],
)
def test_a_presentation_is_for_an_asker_or_for_nobody(wrong: Callable[[World], Any], says: str) -> None:
    """What is no asker is never taken for nobody in particular: that would be shown to everybody."""
    w = enrolled()
    before = w.holder_store.load()
    for code in (CODE, None):
        with pytest.raises(UsageError, match=says):
            w.holder.present(code, to=wrong(w))
    assert w.holder_store.load() == before


@pytest.mark.parametrize("view", [1, 2, "billing"])
def test_a_view_is_one_of_the_two(view: Any) -> None:
    w = enrolled()
    with pytest.raises(UsageError, match="a view is"):
        w.holder.present(CODE, to=challenge(w), view=view)


def test_what_is_to_be_sealed_is_not_shown_in_the_open() -> None:
    """A session key without its challenge is nobody's answer; no app makes one."""
    w = enrolled()
    recipient = recipient_of(challenge(w), None, NOW)
    for made in (recipient, recipient._replace(session_key=None)):
        assert made.address(b"message")
    with pytest.raises(UsageError):
        recipient._replace(context=None).address(b"message")


@pytest.mark.parametrize("categories", [[7], [8]])
def test_who_has_no_right_to_the_numbers_gets_no_answer_at_all(categories: list[int]) -> None:
    """CHAL-4: H7 is asked again when it comes to signing, whoever skipped the review."""
    w = enrolled()
    entry = w.authority_entry(categories=tuple(Category))
    trust = verify_trust_list(
        w.signed_trust_list(w.trust_claims(authorities=(entry,))), TrustAnchor(w.roots), w.environment
    )
    certificate = forge.certificate(w, put((forge.TERMINAL, 3), categories))
    asked = verify_challenge(forge.challenge(w, certificate=certificate), trust, NOW)
    before = w.holder_store.load()
    for view in (None, *View):
        assert refusal_of(w.holder.present, CODE, to=asked, view=view) is Code.BILLING_REFUSED
    assert w.holder_store.load() == before


def test_no_try_is_spent_on_what_the_phone_does_not_have() -> None:
    w = enrolled()
    w.alter_card(stock=(dataclasses.replace(w.views(), billing=b""),))
    with pytest.raises(UsageError):
        w.holder.present("270518", to=challenge(w), view=View.BILLING)
    assert w.tries().failed == 0


def test_a_wrong_code_is_counted_for_an_asker_too() -> None:
    w = enrolled()
    assert refusal_of(w.holder.present, "270518", to=challenge(w)) is Code.CODE_WRONG
    assert (w.tries().failed, w.card().presentations) == (1, 0)


# --- both views are kept, or neither


def views(w: World) -> tuple[bytes, bytes, bytes]:
    """A new enrolment of the world's phone: the request, and the two views in answer to it."""
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, NIR, profile=w.profile)
    made = w.issuer.issue_views(request, offer, w.beneficiary)
    return request, made.minimal, made.billing


@pytest.mark.parametrize("beneficiary", [None, child()], ids=["adult", "child"])
def test_both_views_are_kept(beneficiary: Any) -> None:
    w = enrolled(**({"beneficiary": beneficiary} if beneficiary else {}))
    _, minimal, billing = views(w)
    accepted = w.holder.accept(minimal, w.trust, billing)
    assert (w.views().minimal, w.views().billing) == (minimal, billing)
    assert accepted.claims.card.nir is None


def test_a_card_accepted_alone_has_no_billing_view() -> None:
    """The one of the card before is not kept beside it. Its own is, when the same card comes again alone."""
    w = enrolled()
    assert w.views().billing != b""
    _, minimal, billing = views(w)
    w.holder.accept(minimal, w.trust)
    assert w.views().billing == b""
    for _ in range(2):
        w.holder.accept(minimal, w.trust, billing)
        assert w.views().billing == billing
        w.holder.accept(minimal, w.trust)
    assert w.views().billing == billing


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (put((7,), b"12345678"), Code.CREDENTIAL_NOT_MINE),
        (put((CARD, 6), [0, 1]), Code.CREDENTIAL_NOT_MINE),
        (put((4,), NOW + 15 * DAY), Code.CREDENTIAL_NOT_MINE),
        (put((6,), NOW - 1), Code.CREDENTIAL_NOT_MINE),
        (put((CARD, 3, 1), "Somebody-Else"), Code.CREDENTIAL_NOT_MINE),
        (put((CARD, 7), NOW // DAY + 1), Code.CREDENTIAL_NOT_MINE),
        (put((CARD, 2), b"12345678"), Code.CREDENTIAL_NOT_MINE),
        (drop((CARD, 13)), Code.CREDENTIAL_NOT_MINE),
        (put((CARD, 1), bytes(32)), Code.CREDENTIAL_NOT_MINE),
        (put((CARD, 14), "1550169123456"), Code.CREDENTIAL_STRUCTURE),
        (both(put((6,), NOW - 2), put((4,), NOW - 1)), Code.CREDENTIAL_EXPIRED),
        (drop((CARD, 10)), Code.WRONG_ENVIRONMENT),
        (put((1,), "somebody"), Code.ISSUER_UNKNOWN),
    ],
)
def test_a_billing_view_is_that_of_the_card(edit: forge.Edit, code: Code) -> None:
    """VIEW-2; and where it is refused, the card is not kept either."""
    w = enrolled()
    _, minimal, billing = views(w)
    before = w.holder_store.load()
    other = forge.credential(w, edit, genuine=billing)
    assert refusal_of(w.holder.accept, minimal, w.trust, other) is code
    assert w.holder_store.load() == before
    w.holder.accept(minimal, w.trust, forge.credential(w, genuine=billing))


def test_a_billing_view_of_another_issuer_signature_is_refused() -> None:
    w = enrolled()
    _, minimal, billing = views(w)
    forged = forge.credential(w, genuine=billing, label="enrolment-offer")
    assert refusal_of(w.holder.accept, minimal, w.trust, forged) is Code.ISSUER_SIGNATURE


def test_a_billing_view_is_not_taken_for_the_card() -> None:
    """It would be shown to everybody."""
    w = enrolled()
    _, minimal, billing = views(w)
    before = w.holder_store.load()
    for given in ((billing,), (billing, minimal), (billing, billing), (minimal, minimal)):
        card, *rest = given
        assert refusal_of(w.holder.accept, card, w.trust, *rest) is Code.CREDENTIAL_NOT_MINE
    assert w.holder_store.load() == before


# --- the card is the one that the code was tried for


@pytest.mark.parametrize("part", ["minimal", "billing"])
def test_a_view_exchanged_while_the_code_is_tried_is_not_presented(part: str) -> None:
    """Both views are of one card: the other one's number would go out under this one's code."""
    w = enrolled()
    other = forge.credential(w, put((7,), b"12345678"), genuine=getattr(w.views(), part))
    prf = w.device_key.prf

    def exchange(message: bytes) -> bytes:
        w.alter_card(stock=(dataclasses.replace(w.views(), **{part: other}),))
        return prf(message)

    w.device_key.prf = exchange  # type: ignore[method-assign]
    with pytest.raises(UsageError, match="exchanged"):
        w.holder.present(CODE, to=challenge(w))
    assert (w.card().presentations, w.tries().failed) == (0, 1)
