"""Somebody who films both QRs, the challenge and the sealed answer, learns nothing about the patient."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests import forge
from tests.world import CODE, FATHERS_DIGITS, NIR_DIGITS, World, child, enrolled
from vitaletoken import Purpose, Transaction, View
from vitaletoken.wire.presentation import parse_presentation

TRANSACTION = Transaction(hashlib.sha256(b"care sheet").digest(), "Ordonnance, 3 articles", 2345)


def pieces(data: Any) -> Iterator[Any]:
    """Every value in a message, in all its layers: bytes that are CBOR are looked into, also in the middle of others."""
    if isinstance(data, bytes):
        yield data
        for at in (0, 4):  # 4: the credential in a presentation's header follows four bytes
            try:
                item = forge.dec(data[at:])
            except Exception:  # noqa: BLE001 - not CBOR, then
                continue
            if isinstance(item, (list, dict)):
                yield from pieces(item)
    elif isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from pieces(value)
    elif isinstance(data, list):
        for value in data:
            yield from pieces(value)
    else:
        yield data


def personal_data(w: World) -> dict[str, bytes | str]:
    """What a bystander should not learn, as bytes or text."""
    card = forge.credential_claims(w.views().billing)[forge.CARD]
    found: dict[str, bytes | str] = {
        "family name": card[3][1],
        "alias": card[2],
        "device key": w.device_key.public_key.public[-32:],
        "code key": card[1],
        "cti": forge.credential_claims(forge.credential_of(w))[7],
        "number": card[13],
        **{f"given name {number}": name for number, name in enumerate(card[3][2])},
    }
    if 14 in card:
        found |= {"policyholder's alias": card[11], "policyholder's number": card[14]}
    return found


def found_in(w: World, *texts: str) -> set[str]:
    """The names of the personal data that are in the texts, at any depth."""
    seen: list[Any] = []
    for text in texts:
        message = unbase45(text[text.index(":") + 1 :])
        seen += [text, message, *pieces(message)]
    whole = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in seen)
    return {
        name
        for name, value in personal_data(w).items()
        if (value if isinstance(value, bytes) else value.encode()) in whole
    }


def unbase45(text: str) -> bytes:
    """RFC 9285, the slow way."""
    out = b""
    for at in range(0, len(text), 3):
        group = [forge.ALPHABET.index(character) for character in text[at : at + 3]]
        out += sum(digit * 45**place for place, digit in enumerate(group)).to_bytes(len(group) - 1, "big")
    return out


@pytest.mark.parametrize("beneficiary", [None, child()], ids=["adult", "child"])
@pytest.mark.parametrize("view", View)
def test_a_bystander_who_films_both_learns_nothing_about_the_patient(view: View, beneficiary: Any) -> None:
    w = enrolled(**({"beneficiary": beneficiary} if beneficiary else {}))
    verifier = w.asking()
    asked = verifier.challenge("visit 1", [Purpose.BILLING], view=view, transaction=TRANSACTION)
    shown = w.holder.present(CODE, to=w.holder.review(asked.text, w.trust).asker)
    assert verifier.verify(shown.text, "visit 1", Purpose.BILLING).view is view
    assert found_in(w, asked.text, shown.text) == set()


def test_the_search_above_finds_what_is_there() -> None:
    """In the open all but the numbers can be read; and in what the terminal opens, everything."""
    w = enrolled(beneficiary=child())
    every = set(personal_data(w))
    assert len(every) == 10
    assert found_in(w, w.present().text) == every - {"number", "policyholder's number"}
    opened = forge.presentation(w, credential=w.views().billing)
    assert found_in(w, forge.text(opened)) == every
    assert (personal_data(w)["number"], personal_data(w)["policyholder's number"]) == (NIR_DIGITS, FATHERS_DIGITS)
    assert parse_presentation(unbase45(w.present().text[4:]))
