"""The number (NIR): its form, its key, and that one kind is never the other, nor shown."""

from __future__ import annotations

import pickle
import traceback

import pytest

from tests.world import FATHERS_DIGITS as FATHERS_NIR
from tests.world import NIR_DIGITS as NIR
from tests.world import NOW, enrolled
from vitaletoken import BeneficiaryNir, PolicyholderNir, UsageError
from vitaletoken.wire.credential import parse_credential, serialize_claims
from vitaletoken.wire.nir import Nir

KINDS = (BeneficiaryNir, PolicyholderNir)


def by_hand(number: str) -> str:
    """The key, in the words of the specification."""
    digits = number.replace("2A", "19").replace("2B", "18") if number[5:7] in ("2A", "2B") else number
    return f"{97 - int(digits) % 97:02}"


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("2690549588157", "80"),  # as on sample cards
        ("2550814168025", "38"),
        ("1110699111001", by_hand("1110699111001")),
        ("1851219123456", by_hand("1851219123456")),
        ("185122A123456", by_hand("1851219123456")),
        ("185122B123456", by_hand("1851218123456")),
    ],
)
def test_the_key(number: str, key: str) -> None:
    assert BeneficiaryNir(number).key == key == by_hand(number)
    for typed in (number, number + key, f"{number[0]} {number[1:3]} {number[3:]} {key}", (number + key).lower()):
        assert BeneficiaryNir.parse(typed).digits() == number


def test_every_key_there_is() -> None:
    """01 to 97, each two digits."""
    keys = {BeneficiaryNir(f"1850175{n:06}").key for n in range(97)}
    assert keys == {f"{n:02}" for n in range(1, 98)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "typed",
    [
        "", "2", NIR[:-1], NIR + "1", NIR + "001", "0" + NIR[1:], "5" + NIR[1:], "9" + NIR[1:], NIR[:5] + "2C" + NIR[7:],
        NIR[:5] + "A2" + NIR[7:], NIR + "\n", "\u0662" + NIR[1:], NIR[:-1] + "\u0663", NIR[:-1] + "²",
        NIR + f"{(int(by_hand(NIR)) + 1) % 97:02}", NIR + "00", NIR + "-1", NIR + "+1", "-" + NIR, NIR + by_hand(NIR) + "0",
    ],
)  # fmt: skip
def test_what_is_no_number_is_the_typists_fault_and_is_not_repeated(kind: type[Nir], typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        kind.parse(typed)
    assert len(typed) < 5 or typed not in str(caught.value)


def test_one_kind_is_not_the_other() -> None:
    mine, his = BeneficiaryNir(NIR), PolicyholderNir(NIR)
    assert mine != his
    assert {mine, his, BeneficiaryNir(NIR)} == {mine, his}
    with pytest.raises(UsageError):
        Nir(NIR)


def test_one_kind_does_not_go_where_the_other_belongs() -> None:
    """A type checker says so first; a program that has none gets no card."""
    world = enrolled()
    claims = parse_credential(world.views().billing).unverified_claims
    mixed_up = claims._replace(card=claims.card._replace(nir=PolicyholderNir(FATHERS_NIR)))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="read back as others"):
        serialize_claims(mixed_up)
    assert claims.iat == NOW


@pytest.mark.parametrize("kind", KINDS)
def test_it_does_not_show_itself(kind: type[Nir]) -> None:
    number = kind(NIR)
    try:
        raise ValueError(number)
    except ValueError:
        trace = traceback.format_exc()
    for shown in (repr(number), str(number), f"{number}", f"{number!r:>40}", repr([number]), trace):
        assert NIR not in shown
        assert NIR[1:5] not in shown


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_a_value(kind: type[Nir]) -> None:
    number = kind(NIR)
    assert pickle.loads(pickle.dumps(number)) == number
    with pytest.raises(AttributeError):
        number._characters = FATHERS_NIR  # type: ignore[misc]
