"""The layers of what phones send each other and their issuer: renewals, unlocks, introductions, grants, lending orders."""

from __future__ import annotations

import hashlib
from typing import Any

from vitaletoken.conformance import forms, lists
from vitaletoken.rules.card_record import CardRecord, card_record
from vitaletoken.rules.grant import verify_lent_card
from vitaletoken.rules.introduction import review_introduction
from vitaletoken.rules.layers import PhoneKeys
from vitaletoken.rules.lending import verify_order
from vitaletoken.rules.renewal import verify_renewal
from vitaletoken.rules.unlock import verify_unlock
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.lending_order import parse_order
from vitaletoken.wire.registry import Status
from vitaletoken.wire.renewal import parse_renewal

Json = Any


def _card(case: Json) -> CardRecord:
    """The issuer's record of the case's card, which is in force."""
    return card_record(parse_credential(forms.binary(case["credential"])), Status.VALID)


def renewal(case: Json) -> Json:
    """F1 to F4: at its own time, and the first."""
    parsed = parse_renewal(forms.binary(case["bytes"]))
    claims = verify_renewal(parsed, _card(case), (), parsed.unverified_claims.iat).claims
    return {"new_code_key": claims.new_code_key and claims.new_code_key.hex()}


def unlock(case: Json) -> Json:
    """U1 to U4."""
    card = forms.binary(case["credential"])
    about = parse_credential(card).unverified_claims
    trust = lists.trust(case, case["environment"])
    nonce = forms.binary(case["nonce"])
    verify_unlock(
        forms.binary(case["bytes"]),
        about.iss,
        hashlib.sha256(card).digest(),
        nonce,
        trust,
        case["now"],
        is_lent=about.card.acting is not None,
    )
    return {}


def introduction(case: Json) -> Json:
    """I1 to I5."""
    claims = review_introduction(case["text"], case["now"]).claims
    return {"device_key": forms.key_json(claims.device_key), "code_key": claims.code_key.hex(), "name": claims.name}


def grant(case: Json) -> Json:
    """G1 to G4."""
    own = PhoneKeys(forms.key(case["device_key"]), forms.binary(case["code_key"]))
    lent = verify_lent_card(case["text"], own, lists.trust(case, case["environment"]), case["now"])
    claims = lent.grant.claims
    return {
        "name": claims.name,
        "iat": claims.iat,
        "exp": claims.exp,
        "id": claims.id.hex(),
        **forms.scope_json(claims.scope),
    }


def order(case: Json) -> Json:
    """L1 to L5; the layer knows nothing of earlier loans (L6)."""
    parsed = parse_order(forms.binary(case["bytes"]))
    claims = verify_order(parsed, _card(case), forms.binary(case["introduction"]), (), case["now"]).claims
    return {"until": claims.until, **forms.scope_json(claims.scope)}
