"""CBOR-7: texts are written in Unicode Normalization Form C, each of them, and nothing else about them changes."""

from __future__ import annotations

from unicodedata import normalize

from vitaletoken import Category, Person, Sex
from vitaletoken.wire.certificate import CertificateClaims
from vitaletoken.wire.challenge import Transaction

COMPOSED = "Zoé Hélène"
DECOMPOSED = normalize("NFD", COMPOSED)


def test_a_person() -> None:
    person = Person(DECOMPOSED, (DECOMPOSED, "Li", DECOMPOSED), Sex.FEMALE, DECOMPOSED, 2)
    assert person.in_nfc() == Person(COMPOSED, (COMPOSED, "Li", COMPOSED), Sex.FEMALE, COMPOSED, 2)


def test_a_person_without_a_name_in_use() -> None:
    assert Person(DECOMPOSED, ("Li",), Sex.MALE).in_nfc() == Person(COMPOSED, ("Li",), Sex.MALE)


def test_a_terminal() -> None:
    categories = (Category.PHARMACY,)
    claims = CertificateClaims("issuer", 1, 2, bytes(32), bytes(8), categories, DECOMPOSED, DECOMPOSED)
    assert claims.in_nfc() == CertificateClaims("issuer", 1, 2, bytes(32), bytes(8), categories, COMPOSED, COMPOSED)


def test_what_is_signed_for() -> None:
    assert Transaction(bytes(32), DECOMPOSED, 2650).in_nfc() == Transaction(bytes(32), COMPOSED, 2650)
