"""The realistic card fits: in bytes, and in a QR code that a phone's camera reads from a screen."""

from __future__ import annotations

import dataclasses
from functools import cache

import pytest

from tests import forge
from tests.forge import CARD, credential_of
from tests.world import CODE, DEVICE_ALGORITHMS, World, camille, child, enrolled
from vitaletoken import Argon2Profile, Beneficiary, Challenge, Environment, Purpose, Transaction, View, verify_challenge
from vitaletoken.wire.certificate import MAX_SIZE as MAX_CERTIFICATE
from vitaletoken.wire.certificate import parse_certificate
from vitaletoken.wire.challenge import MAX_SIZE as MAX_CHALLENGE
from vitaletoken.wire.challenge import parse_challenge
from vitaletoken.wire.presentation import MAX_SIZE
from vitaletoken.wire.registry import Algorithm
from vitaletoken.wire.text import MAX_CHARACTERS

PRESENTATION, CREDENTIAL, VERSION = 490, 295, 15
#: QR versions: on a screen at L, in print at M.
CHALLENGE_VERSION, SEALED_VERSION, STICKER_VERSION = 14, 17, 10


@cache
def production(algorithm: Algorithm) -> World:
    """Not the cheapest profile and no test mark: what would be shown in production."""
    return enrolled(
        algorithm=algorithm,
        environment=Environment.PRODUCTION,
        profile=Argon2Profile.SMALL_PHONE,
        beneficiary=camille(),
    )


@pytest.mark.parametrize("algorithm", DEVICE_ALGORITHMS)
def test_the_credential(algorithm: Algorithm) -> None:
    assert len(credential_of(production(algorithm))) <= CREDENTIAL


@pytest.mark.parametrize("algorithm", DEVICE_ALGORITHMS)
def test_the_presentation(algorithm: Algorithm) -> None:
    """With the code, and after many others: the counter may take three bytes more."""
    w = production(algorithm)
    first = w.present()
    assert len(first.message) <= PRESENTATION
    w.alter_card(presentations=2**16)
    assert len(w.present().message) <= PRESENTATION
    assert len(w.holder.present().message) <= PRESENTATION - 80


@pytest.mark.parametrize("algorithm", DEVICE_ALGORITHMS)
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


def asked(w: World) -> Challenge:
    """All that a challenge can have: a session key, and the transaction of a pharmacy's visit."""
    transaction = Transaction(b"\xa5" * 32, "Ordonnance du 22/11, 3 articles", 4710)
    return w.asking().challenge(
        "visit 1", [Purpose.BILLING, Purpose.DISPENSING], view=View.BILLING, transaction=transaction
    )


def test_the_challenge() -> None:
    pytest.importorskip("segno")
    from vitaletoken.adapters.qr import Medium, write_qr

    code = write_qr(asked(production(Algorithm.ED25519)).text, medium=Medium.SCREEN)
    assert (code.error, code.version <= CHALLENGE_VERSION) == ("L", True)


@pytest.mark.parametrize("beneficiary", [camille(), child()], ids=["adult", "child"])
@pytest.mark.parametrize("algorithm", DEVICE_ALGORITHMS)
def test_the_sealed_billing_view(algorithm: Algorithm, beneficiary: Beneficiary) -> None:
    """With one number or, of a child, with two and the policyholder's alias."""
    pytest.importorskip("segno")
    from vitaletoken.adapters.qr import Medium, write_qr

    w = enrolled(
        algorithm=algorithm,
        environment=Environment.PRODUCTION,
        profile=Argon2Profile.SMALL_PHONE,
        beneficiary=beneficiary,
    )
    w.alter_card(presentations=2**16)
    shown = w.holder.present(CODE, to=w.holder.review(asked(w).text, w.trust).asker)
    assert shown.view is View.BILLING
    code = write_qr(shown.text, medium=Medium.SCREEN)
    assert (code.error, code.version <= SEALED_VERSION) == ("L", True)


def test_the_sticker() -> None:
    pytest.importorskip("segno")
    from vitaletoken.adapters.qr import Medium, write_qr

    code = write_qr(production(Algorithm.ED25519).certificate().text, medium=Medium.PRINT)
    assert (code.error, code.version <= STICKER_VERSION) == ("M", True)


def test_the_largest_card_fits_a_sealed_text() -> None:
    """TEXT-1 leaves room for what sealing adds, whatever the names: no card can be asked for and not answered."""
    w = enrolled()
    billing = w.views().billing

    def padded(names: list[str]) -> bytes:
        return forge.credential(w, forge.put((CARD, 3, 2), names), genuine=billing)

    names = ["x" * 100] * 4
    longest = padded([*names, "x" * (768 - len(padded([*names, "x"])))])
    assert len(longest) == 768
    challenge = forge.challenge(w)
    asker = verify_challenge(challenge, w.trust, w.clock.now())
    edition = dataclasses.replace(w.views(), billing=longest)
    w.alter_card(stock=(edition,), presentations=2**32 - 2)
    shown = w.holder.present(CODE, to=asker)
    assert len(shown.text) <= MAX_CHARACTERS
    assert shown.view is View.BILLING


def test_the_limits_of_what_terminals_make_are_never_reached() -> None:
    """The longest of each kind, all texts full, is within its limit."""
    w = enrolled()
    own, asks = forge.TERMINAL, forge.CHALLENGE
    certificate = forge.certificate(
        w,
        forge.both(
            forge.put((1,), "a" * 32),
            forge.put((4,), 2**33),
            forge.put((6,), 2**33 - 1),
            forge.put((own, 3), [5, 6, 7, 8]),
            forge.put((own, 4), "x" * 20),
            forge.put((own, 5), "x" * 64),
        ),
    )
    challenge = forge.challenge(
        w,
        forge.both(
            forge.put((6,), 2**33),
            forge.put((asks, 2), [1, 2, 3, 4, 5]),
            forge.put((asks, 6), {1: bytes(32), 2: "x" * 100, 3: 99_999_999}),
        ),
        certificate=certificate,
    )
    assert parse_certificate(certificate)
    assert parse_challenge(challenge)
    assert len(certificate) <= MAX_CERTIFICATE
    assert len(challenge) <= MAX_CHALLENGE


@pytest.mark.parametrize("algorithm", DEVICE_ALGORITHMS)
def test_a_terminal_in_production_accepts_it(algorithm: Algorithm) -> None:
    w = production(algorithm)
    w.publish()
    assert w.verify(w.present()).grade.value == "full"
