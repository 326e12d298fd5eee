"""The realistic card fits: in bytes, and in a QR code that a phone's camera reads from a screen."""

from __future__ import annotations

import dataclasses
from functools import cache

import pytest

from tests.forge import credential_of
from tests.world import World, camille, enrolled
from vitaletoken import Argon2Profile, Environment
from vitaletoken.wire.presentation import MAX_SIZE
from vitaletoken.wire.registry import Algorithm
from vitaletoken.wire.text import MAX_CHARACTERS

PRESENTATION, CREDENTIAL, VERSION = 490, 295, 15


@cache
def production(algorithm: Algorithm) -> World:
    """Not the cheapest profile and no test mark: what would be shown in production."""
    return enrolled(
        algorithm=algorithm,
        environment=Environment.PRODUCTION,
        profile=Argon2Profile.SMALL_PHONE,
        beneficiary=camille(),
    )


@pytest.mark.parametrize("algorithm", Algorithm)
def test_the_credential(algorithm: Algorithm) -> None:
    assert len(credential_of(production(algorithm))) <= CREDENTIAL


@pytest.mark.parametrize("algorithm", Algorithm)
def test_the_presentation(algorithm: Algorithm) -> None:
    """With the code, and after many others: the counter may take three bytes more."""
    w = production(algorithm)
    first = w.present()
    assert len(first.message) <= PRESENTATION
    w.holder_store.update(lambda state: dataclasses.replace(state, presentations=2**16))
    assert len(w.present().message) <= PRESENTATION
    assert len(w.holder.present().message) <= PRESENTATION - 80


@pytest.mark.parametrize("algorithm", Algorithm)
def test_the_qr_code(algorithm: Algorithm) -> None:
    pytest.importorskip("segno")
    from vitaletoken.adapters.qr import Medium, write_qr

    code = write_qr(production(algorithm).present().text, medium=Medium.SCREEN)
    assert code.error == "L"
    assert code.version <= VERSION


def test_the_largest_presentation_is_still_a_qr_code() -> None:
    pytest.importorskip("segno")
    from vitaletoken.adapters.qr import Medium, write_qr
    from vitaletoken.wire.text import serialize_text

    text = serialize_text(bytes(MAX_SIZE))
    assert len(text) == MAX_CHARACTERS
    assert write_qr(text, medium=Medium.SCREEN).version <= 24


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_terminal_in_production_accepts_it(algorithm: Algorithm) -> None:
    w = production(algorithm)
    w.publish()
    assert w.verify(w.present()).grade.value == "full"
