"""A credential has 768 bytes at most (vitaletoken.cddl), and what has so many can be issued."""

from __future__ import annotations

import pytest

from tests.wire.test_messages import genuine
from vitaletoken import UsageError
from vitaletoken.wire import cose
from vitaletoken.wire.credential import CredentialClaims, parse_credential, serialize_claims

LONGEST = 768


def named(family_size: int) -> CredentialClaims:
    """Claims that only the length of the family name tells apart."""
    claims = parse_credential(genuine()["credential"][0]).unverified_claims
    person = claims.card.person._replace(family_name="x" * family_size, given_names=("y" * 100,) * 4)
    return claims._replace(card=claims.card._replace(person=person))


def issued(claims: CredentialClaims) -> bytes:
    return cose.sign(lambda _: bytes(64), cose.header_with_kid(bytes(8)), b"", serialize_claims(claims))


def test_the_longest_is_issued_and_read_and_no_longer_one() -> None:
    # a name of 24 bytes has a head of two, as all longer ones
    most = 24 + LONGEST - len(issued(named(24)))
    assert 24 < most < 100
    longest = issued(named(most))
    assert len(longest) == LONGEST
    assert parse_credential(longest).unverified_claims == named(most)
    with pytest.raises(UsageError, match="too long"):
        serialize_claims(named(most + 1))
