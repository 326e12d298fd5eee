"""The two views of a card: what the issuer signs, and that nobody's number stands where another's belongs (VIEW-1, VIEW-2)."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests import forge
from tests.forge import CARD
from tests.world import CODE, FATHERS_DIGITS, NIR, NIR_DIGITS, World, camille, child, enrolled
from vitaletoken import Beneficiary, BeneficiaryNir, PolicyholderNir, Quality, UsageError, View, Views
from vitaletoken.wire.credential import parse_credential


def issued(w: World, beneficiary: Beneficiary) -> Views:
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, NIR, profile=w.profile)
    return w.issuer.issue_views(request, offer, beneficiary)


@pytest.mark.parametrize(
    ("beneficiary", "numbers"), [(camille(), {13: NIR_DIGITS}), (child(), {13: NIR_DIGITS, 14: FATHERS_DIGITS})]
)
def test_the_views_differ_by_the_numbers_alone(beneficiary: Beneficiary, numbers: dict[int, str]) -> None:
    w = enrolled()
    views = issued(w, beneficiary)
    minimal, billing = (forge.credential_claims(view) for view in (views.minimal, views.billing))
    assert {key: value for key, value in billing[CARD].items() if key not in minimal[CARD]} == numbers
    for key in numbers:
        del billing[CARD][key]
    assert billing == minimal


def test_they_are_one_card_with_one_status() -> None:
    w = enrolled()
    views = issued(w, child())
    w.holder.accept(views.minimal, w.trust, views.billing)
    claims = [parse_credential(view).unverified_claims for view in (views.minimal, views.billing)]
    assert claims[0].cti == claims[1].cti
    assert [each.card.view for each in claims] == list(View)
    w.issuer.revoke(claims[0].cti)
    w.publish()
    status = w.status.find("fr-cnam", 0)
    assert status is not None
    assert {status.find(each.card.status.idx) for each in claims} == {1}


def test_issue_gives_the_minimal_view_of_the_same_card() -> None:
    """Whoever has numbers in its records need not give them out."""
    w = enrolled()
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, NIR, profile=w.profile)
    credential = w.issuer.issue(request, offer, child())
    assert not {13, 14} & set(forge.credential_claims(credential)[CARD])
    assert NIR_DIGITS.encode() not in credential


@pytest.mark.parametrize(
    "changes",
    [
        {"nir": None},
        {"policyholder_nir": None},
        {"policyholder_nir": PolicyholderNir(NIR_DIGITS)},
        {"quality": Quality.POLICYHOLDER, "policyholder": None},
        {"nir": PolicyholderNir(NIR_DIGITS)},
        {"policyholder_nir": BeneficiaryNir(FATHERS_DIGITS)},
    ],
    ids=[
        "none",
        "no father's",
        "one for both",
        "a policyholder with another's",
        "the wrong kind",
        "the other wrong kind",
    ],
)
def test_numbers_that_do_not_fit_are_not_signed_and_nothing_is_recorded(changes: dict[str, Any]) -> None:
    w = enrolled()
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, NIR, profile=w.profile)
    with pytest.raises(UsageError):
        w.issuer.issue_views(request, offer, dataclasses.replace(child(), **changes))
    assert w.issuer.issue_views(request, offer, child())  # the offer is still open


def test_a_beneficiary_does_not_show_numbers() -> None:
    shown = repr(child()) + repr(issued(enrolled(), child()))
    assert NIR_DIGITS not in shown
    assert FATHERS_DIGITS not in shown
