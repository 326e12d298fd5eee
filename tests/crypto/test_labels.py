"""Labels keep hashes, keys and MACs of one purpose apart from those of any other; and what is stored under one is found again."""

from __future__ import annotations

import hmac

import cbor2

from vitaletoken.crypto import labels
from vitaletoken.rules.number import pseudonym
from vitaletoken.wire.nir import BeneficiaryNir


def test_no_two_are_the_same() -> None:
    values = [value for name, value in vars(labels).items() if name.isupper()]
    assert len(values) > 30
    assert len(set(values)) == len(values)


def test_no_byte_label_begins_another() -> None:
    """Data of the caller's follows them with nothing between."""
    values = [value for name, value in vars(labels).items() if name.isupper() and isinstance(value, bytes)]
    assert not [(one, other) for one in values for other in values if one != other and other.startswith(one)]


def test_an_issuer_finds_what_an_earlier_version_stored() -> None:
    """The pseudonym of a number stands in the issuer's own store alone, so that no vector holds it."""
    nir = BeneficiaryNir("2550814168025")
    item = cbor2.dumps(["vitaletoken/1", "number-pseudonym", "2550814168025"])
    assert pseudonym(nir, bytes(32)) == hmac.digest(bytes(32), item, "sha256")
