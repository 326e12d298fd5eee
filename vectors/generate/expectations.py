"""What an accepted message says, in the form that README.md gives to CREDENTIAL and RESULT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vectors.generate.cases import Json
from vectors.generate.encoder import encode
from vectors.generate.fixtures import CAMILLE, HOUR, NOW, Claims, authority


def _hex(value: bytes | None) -> str | None:
    return None if value is None else value.hex()


def person_json(person: Claims) -> dict[str, Json]:
    """The beneficiary."""
    return {
        "family_name": person[1],
        "given_names": list(person[2]),
        "sex": person[3],
        "name_in_use": person.get(4),
        "birth_rank": person.get(5),
    }


def card_json(card: Claims) -> dict[str, Json]:
    """The card in CREDENTIAL."""
    return {
        "code_key": card[1].hex(),
        "alias": card[2].hex(),
        "person": person_json(card[3]),
        "quality": card[4],
        "scheme": list(card[5]),
        "status": list(card[6]),
        "rights_as_of": card[7],
        "rights_until": card.get(8),
        "enrolment": [card[9][0], card[9][1].hex()],
        "test": 10 in card,
        "policyholder": _hex(card.get(11)),
        "portrait": _hex(card.get(12)),
        "nir": card.get(13),
        "policyholder_nir": card.get(14),
        "acting": acting_json(card.get(15)),
    }


def named(names: Sequence[str], numbers: Sequence[int] | None) -> list[Json] | None:
    """Numbers of a registry by their names."""
    return None if numbers is None else [names[number - 1] for number in numbers]


def acting_json(acting: Claims | None) -> dict[str, Json] | None:
    """Who acts, in a card lent through the issuer."""
    if acting is None:
        return None
    return {"name": acting[1], "purposes": named(PURPOSES, acting[2]), "categories": named(CATEGORIES, acting.get(3))}


def credential_json(claims: Any) -> dict[str, Json]:
    """CREDENTIAL."""
    return {
        "iss": claims[1],
        "exp": claims[4],
        "iat": claims[6],
        "cti": claims[7].hex(),
        "device_key": encode(claims[8][1]).hex(),
        "card": card_json(claims[-65537]),
    }


QUALITIES = {1: "policyholder", 2: "spouse", 3: "child", 4: "other-dependant"}


def result(claims: Claims = CAMILLE, /, **differs: Json) -> dict[str, Json]:
    """RESULT for a presentation with code of a card, in time, on the fixture's status list; `differs` says what is otherwise."""
    card = claims[-65537]
    answer: dict[str, Json] = {
        "issuer": claims[1],
        "environment": "test" if 10 in card else "production",
        "alias": card[2].hex(),
        "person": person_json(card[3]),
        "quality": QUALITIES[card[4]],
        "policyholder": _hex(card.get(11)),
        "scheme": list(card[5]),
        "proofs": ["issuer", "device", "code"],
        "user_verification": "code",
        "binding": "open",
        "counter": 42,
        "failed_tries": 0,
        "grade": "full",
        "reasons": [],
        "skew": 0,
        "rights_as_of": card[7],
        "status_as_of": NOW - 6 * HOUR,
        "repeated": False,
        "purpose": "identification",
        "view": "billing" if 13 in card else "minimal",
        "sealed": False,
        "nir": card.get(13),
        "policyholder_nir": card.get(14),
        "transaction": None,
        "delegate": {"name": card[15][1], "way": "issuer", "until": claims[4]} if 15 in card else None,
    }
    assert differs.keys() <= answer.keys()
    return {**answer, **differs}


CATEGORIES = ("doctor", "pharmacy", "hospital", "paramedical", "laboratory", "transport", "public-desk", "other")
PURPOSES = ("identification", "billing", "dispensing", "admission", "records")
VIEWS = ("minimal", "billing")


def certificate_json(claims: Any, authority_name: str | None = None) -> dict[str, Json]:
    """CERTIFICATE."""
    terminal = claims[-65540]
    return {
        "authority": claims[1],
        "authority_name": authority_name or authority()[2],
        "terminal": terminal[2].hex(),
        "categories": [CATEGORIES[number - 1] for number in terminal[3]],
        "establishment": terminal[4],
        "name": terminal[5],
        "iat": claims[6],
        "exp": claims[4],
    }


def transaction_json(transaction: Claims | None) -> dict[str, Json] | None:
    """The transaction, in a challenge read or made."""
    if transaction is None:
        return None
    return {"digest": transaction[1].hex(), "line": transaction[2], "amount": transaction[3]}


def challenge_json(claims: Any) -> dict[str, Json]:
    """CHALLENGE."""
    asked = claims[-65541]
    return {
        "purposes": [PURPOSES[number - 1] for number in asked[2]],
        "view": VIEWS[asked[3] - 1],
        "lifetime": asked[4],
        "sealed": 5 in asked,
        "transaction": transaction_json(asked.get(6)),
    }
