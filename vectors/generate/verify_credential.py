"""Layer `verify`, step V5."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.credential_case import names_for
from vectors.generate.editing import edit
from vectors.generate.encoder import Tag, encode
from vectors.generate.expectations import result
from vectors.generate.fixtures import IAT, NOW, Claims
from vectors.generate.keys import CNAM_CARDS, derive
from vectors.generate.messages import credential
from vectors.generate.verify_form import CREDENTIAL
from vectors.generate.visit import ID_2, SUITE_1, SUITE_2, Visit, accepted, refused


def credential_cases() -> Iterator[Case]:
    good = credential(SUITE_1.card, CNAM_CARDS)
    card = SUITE_1.card
    for slug, rule, comment, data in (
        ("one-byte", "CBOR-1", "one byte, which is no credential", b"\x00"),
        ("trailing", "CBOR-1", "a byte after the credential, in the header", CREDENTIAL + b"\0"),
        ("header-after", "CBOR-1", "a third header entry after the credential", CREDENTIAL + b"\x10\x00"),
        ("cut", "CBOR-1", "the last byte of the credential is missing", CREDENTIAL[:-1]),
        ("byte-string", "CBOR-6", "the credential in a byte string", encode(CREDENTIAL)),
        ("tagged", "CBOR-2", "tagged as COSE_Sign1", encode(Tag(18, good.parts))),
        ("alg-eddsa", "COSE-2", "alg -8", replace(good, protected=b"\xa2\x01\x27" + good.protected[3:]).encode()),
        (
            "unprotected",
            "COSE-1",
            "the kid where it is not signed",
            replace(good, unprotected={4: CNAM_CARDS.kid}).encode(),
        ),
        (
            "unknown-claim",
            "CBOR-6",
            "a claim that is not listed: nbf",
            credential(edit(card, (5,), IAT), CNAM_CARDS).encode(),
        ),
        (
            "unknown-in-card",
            "CBOR-6",
            "a key of the card that is not listed",
            credential(edit(card, (-65537, 15), 0), CNAM_CARDS).encode(),
        ),
        ("exp-is-iat", "CRED-1", "exp is iat", credential(edit(card, (4,), NOW - 30 * 86400), CNAM_CARDS).encode()),
        (
            "policyholder",
            "CRED-2",
            "a policyholder with a policyholder",
            credential(
                edit(card, (-65537, 11), derive("verify/credential-structure", "alias", 8)), CNAM_CARDS
            ).encode(),
        ),
        (
            "empty-name",
            "CBOR-6",
            "an empty family name",
            credential(edit(card, (-65537, 3, 1), ""), CNAM_CARDS).encode(),
        ),
        (
            "override-in-name",
            "CBOR-4",
            "a direction override in a name",
            credential(edit(card, (-65537, 3, 1), "\u202eMartin"), CNAM_CARDS).encode(),
        ),
        ("769-bytes", "CBOR-5", "a credential of 769 bytes, else in form", _sized(769)),
    ):
        yield refused(f"credential-structure/{slug}", ("V5", rule), comment, replace(SUITE_1, credential_bytes=data))
    yield accepted(
        "768-byte-credential",
        ("V5", "CBOR-5"),
        "a credential of 768 bytes",
        replace(SUITE_1, credential_bytes=_sized(768)),
        result(_long_names(768)),
        "boundary",
        "limit",
    )
    yield refused(
        "algorithm-mismatch/esp256-with-ed25519-key",
        ("V5", "CRED-4"),
        "the header says ESP256, the device key is Ed25519",
        _with_alg(SUITE_1, b"\x28"),
        "alg-confusion",
    )
    yield refused(
        "algorithm-mismatch/ed25519-with-p256-key",
        ("V5", "CRED-4"),
        "the header says Ed25519, the device key is P-256",
        _with_alg(SUITE_2, b"\x32"),
        "alg-confusion",
        base=ID_2,
    )


def as_map(claims: Any) -> Claims:
    return dict(claims)


def _with_alg(visit: Visit, alg: bytes) -> Visit:
    return replace(visit, at_device={"protected": b"\xa2\x01" + alg + b"\x0d" + visit.credential})


def _long_names(size: int) -> Claims:
    return as_map(edit(SUITE_1.card, (-65537, 3, 2), names_for(as_map(SUITE_1.card), size)))


def _sized(size: int) -> bytes:
    data = credential(_long_names(size), CNAM_CARDS).encode()
    assert len(data) == size
    return data
