"""What a ``repr`` shows, for every dataclass and named tuple there is, those that come tomorrow too.

Each is made with a canary in every field of text or bytes. A field that shows is one of those below, whose names say that it is
for everybody's eyes; anything else is kept out with ``field(repr=False)`` or a ``__repr__`` of its own.
"""

from __future__ import annotations

import pytest

from tests.desk import FATHER
from tests.secrets.classes import canary, fields_of, made, records

#: Of bytes: ids, public keys and randomness that is sent in clear. Names that end in "digest" are, too.
PUBLIC_BYTES = {
    "cti", "kid", "nonce", "context", "binding", "era", "id", "terminal", "start", "to", "delta_from",
    "public", "key", "session_key", "code_key", "new_code_key", "sealing_key",
}  # fmt: skip
#: Of text: names of issuers and terminals, our own words, numbers of nobody. None is about a patient.
PUBLIC_TEXT = {
    "iss", "issuer", "issuer_name", "id", "name", "sub", "status_uri", "establishment", "line", "handle",
    "card", "gone", "session", "decoder", "error", "step", "reason", "place", "skew_reason", "missing",
}  # fmt: skip
#: Of one class alone: the digest of the portrait, which is the picture itself elsewhere; of a card at its issuer, what it answers
#: and what it was lent from; what a signature is bound to; where an insurer has opened its service.
PUBLIC_HERE = {
    ("Card", "portrait"), ("IssuedCard", "origin"), ("IssuedCard", "lender"), ("LayerAads", "device"), ("LayerAads", "code"),
    ("Eligibility", "territories"),
}  # fmt: skip
#: The command line and the vectors' runner: what they print is their output, of which tests/cli/test_secrets.py is the test.
SHOWN_ANYWAY = ("vitaletoken.cli", "vitaletoken.conformance")

RECORDS = [kind for kind in records() if not kind.__module__.startswith(SHOWN_ANYWAY)]


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: f"{kind.__module__.partition('.')[2]}.{kind.__qualname__}")
def test_only_what_is_for_everybody_shows(kind: type) -> None:
    value = made(kind)
    text = f"{value!r} {value}"
    for name, annotation in fields_of(kind).items():
        plain, as_hex = canary(name), canary(name).encode().hex()
        if plain not in text and as_hex not in text:
            continue
        public = PUBLIC_BYTES if "bytes" in annotation else PUBLIC_TEXT
        assert name in public or name.endswith("digest") or (kind.__name__, name) in PUBLIC_HERE, (
            f"{kind.__qualname__}.{name} ({annotation}) shows in its repr"
        )


def test_the_records_of_a_person_show_no_guardianship() -> None:
    """Which is neither text nor bytes: the search above does not see it."""
    assert "guardian" not in repr(FATHER)


def test_there_are_records() -> None:
    names = {kind.__name__ for kind in RECORDS}
    assert len(names) > 70
    assert names >= {
        "VerifiedPresentation",
        "CodeDerivation",
        "OpenChallenge",
        "Person",
        "BeneficiaryNir",
        "PersonalCode",
        "Application",
        "DeskKeys",
        "Record",
        "Loan",
        "Own",
    }


def test_the_names_above_are_in_use() -> None:
    """So that the lists do not grow old: each name is that of a field that shows, somewhere."""
    shown = {
        (kind.__name__, name)
        for kind in RECORDS
        for name in fields_of(kind)
        if canary(name) in repr(made(kind)) or canary(name).encode().hex() in repr(made(kind))
    }
    assert not (PUBLIC_BYTES | PUBLIC_TEXT) - {name for _, name in shown}
    assert shown >= PUBLIC_HERE


def test_a_field_that_shows_is_seen() -> None:
    from vitaletoken.ports import OpenChallenge
    from vitaletoken.wire.presentation import PresentationClaims

    assert canary("cti") in repr(made(PresentationClaims))
    assert canary("secret") not in repr(made(OpenChallenge))
    assert canary("session") in repr(made(OpenChallenge))
