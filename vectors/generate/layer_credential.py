"""Layer `credential`: the form of a credential, step V5 without the presentation. Nothing is verified here."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate import p256
from vectors.generate.cases import Case
from vectors.generate.credential_acting import acting_cases
from vectors.generate.credential_case import (
    CARD,
    FULL,
    FULL_ID,
    SMALL_ID,
    accepted,
    changed,
    claims_with,
    names_for,
    refused,
)
from vectors.generate.credential_envelope import envelope_cases, payload_cases
from vectors.generate.credential_fields import FIELDS, key_cases, range_cases
from vectors.generate.editing import DROP, edit, faults
from vectors.generate.edwards import TORSION
from vectors.generate.encoder import Value
from vectors.generate.enrolled import NIR_CAMILLE, NIR_ELISE
from vectors.generate.fixtures import CAMILLE, CARD_EXP, ELISE, ZOE, Claims
from vectors.generate.keys import CNAM_CARDS
from vectors.generate.messages import credential
from vectors.generate.terminals import CAMILLE_BILLING, ELISE_BILLING


def credential_cases() -> Iterator[Case]:
    """Fields, limits, rules between fields, and the COSE_Sign1 around them."""
    yield accepted("policyholder", ("V5", "CBOR-6"), "a policyholder's card, without optional keys", CAMILLE)
    yield accepted("suite-2", ("V5", "CBOR-6"), "a P-256 device key", ZOE)
    yield accepted("child", ("V5", "CRED-2"), "a child's card with the alias of the policyholder", ELISE)
    yield accepted("billing", ("V5", "VIEW-1"), "the billing view of a policyholder's card", CAMILLE_BILLING)
    yield accepted(
        "billing-child", ("V5", "VIEW-1"), "a child's card with its own number and the policyholder's", ELISE_BILLING
    )
    yield accepted("every-key", ("V5", "CBOR-6"), "every key of the CDDL is there, the test mark too", FULL)
    for fault in faults(FULL, FIELDS):
        data = credential(fault.claims, CNAM_CARDS).encode()
        yield refused(
            fault.slug,
            ("V5", "CBOR-6" if fault.flag != "non-canonical" else "CBOR-1"),
            fault.comment,
            data,
            FULL_ID,
            fault.flag,
        )
    yield from range_cases()
    yield from key_cases()
    yield from rule_cases()
    yield from view_cases()
    yield from acting_cases()
    yield from envelope_cases()
    yield from payload_cases()


def view_cases() -> Iterator[Case]:
    """VIEW-1."""
    policyholder, child = "credential/accepted/billing", "credential/accepted/billing-child"
    for quality in (2, 4):
        yield accepted(
            f"billing-quality-{quality}",
            ("V5", "VIEW-1"),
            f"quality {quality} with both numbers",
            changed(ELISE_BILLING, (CARD, 4), quality),
        )
    rows: list[tuple[str, str, Value, str, str]] = [
        ("policyholder-with-both", "a policyholder's card with both numbers",
         edit(CAMILLE_BILLING, (CARD, 14), NIR_ELISE), policyholder, "unknown-key"),
        ("policyholder-with-both-equal", "a policyholder's card with its own number twice",
         edit(CAMILLE_BILLING, (CARD, 14), NIR_CAMILLE), policyholder, "unknown-key"),
        ("policyholder-with-other", "a policyholder's card with key 14 alone",
         edit(CAMILLE, (CARD, 14), NIR_CAMILLE), SMALL_ID, "unknown-key"),
        ("child-with-other", "a child's card with key 14 alone",
         edit(ELISE, (CARD, 14), NIR_CAMILLE), "credential/accepted/child", "unknown-key"),
        ("equal", "the policyholder's number is the child's", edit(ELISE_BILLING, (CARD, 14), NIR_ELISE), child, "range"),
    ]  # fmt: skip
    rows += [
        (f"quality-{quality}-without-other", f"quality {quality} with key 13 alone",
         edit(changed(ELISE, (CARD, 4), quality), (CARD, 13), NIR_ELISE), child, "missing-key")
        for quality in (2, 3, 4)
    ]  # fmt: skip
    for slug, comment, claims, base, flag in rows:
        data = credential(claims, CNAM_CARDS).encode()
        yield refused(f"view/{slug}", ("V5", "VIEW-1"), comment, data, base, flag)


def rule_cases() -> Iterator[Case]:
    def sealed(claims: Value) -> bytes:
        return credential(claims, CNAM_CARDS).encode()

    yield accepted(
        "exp-one-second-after",
        ("V5", "CRED-1"),
        "exp is one second after iat",
        claims_with((6,), CARD_EXP - 1),
        "boundary",
    )
    yield refused(
        "exp-is-iat",
        ("V5", "CRED-1"),
        "exp is iat",
        sealed(claims_with((6,), CARD_EXP)),
        "credential/accepted/exp-one-second-after",
        "boundary",
    )
    yield refused(
        "exp-before-iat",
        ("V5", "CRED-1"),
        "exp is a second before iat",
        sealed(claims_with((6,), CARD_EXP + 1)),
        "credential/accepted/exp-one-second-after",
        "boundary",
    )
    yield accepted(
        "rights-ended-before",
        ("V5",),
        "rights_until is before rights_as_of: that is no matter of form",
        claims_with((CARD, 8), ELISE[CARD][7] - 1),
    )
    yield accepted(
        "decomposed-name",
        ("V5", "CBOR-4"),
        "a name that is not in Normalization Form C: readers do not check",
        claims_with((CARD, 3, 1), "Lefe\u0300vre"),
    )
    small = TORSION[0].encode()
    odd: tuple[tuple[str, Claims, str], ...] = (
        ("small-order-device-key", claims_with((8, 1, -2), small), "the device key is a point of order 8"),
        ("small-order-code-key", claims_with((CARD, 1), small), "the code key is a point of order 8"),
        (
            "device-key-off-curve",
            changed(ZOE, (8, 1, -2), p256.P.to_bytes(32, "big")),
            "the P-256 device key is no point",
        ),
    )
    for slug, claims, comment in odd:
        yield accepted(slug, ("V5", "KEY-2"), f"{comment}: KEY-2 is asked at enrolment, not here", claims, "edge-key")
    for quality in (2, 3, 4):
        yield refused(
            f"no-policyholder/quality-{quality}",
            ("V5", "CRED-2"),
            f"quality {quality} without the policyholder's alias",
            sealed(edit(claims_with((CARD, 4), quality), (CARD, 11), DROP)),
            FULL_ID,
            "missing-key",
        )
    yield refused(
        "policyholder-of-policyholder",
        ("V5", "CRED-2"),
        "a policyholder's card with a policyholder's alias",
        sealed(edit(CAMILLE, (CARD, 11), ELISE[CARD][2])),
        SMALL_ID,
    )
    yield refused(
        "quality-becomes-1",
        ("V5", "CRED-2"),
        "a child's card with quality 1",
        sealed(changed(ELISE, (CARD, 4), 1)),
        "credential/accepted/child",
    )
    yield refused(
        "policyholder-is-beneficiary",
        ("V5", "CRED-2"),
        "the policyholder's alias is the beneficiary's",
        sealed(claims_with((CARD, 11), ELISE[CARD][2])),
        FULL_ID,
    )
    fits = claims_with((CARD, 3, 2), names_for(FULL, 768))
    yield accepted("768-bytes", ("V5", "CBOR-5"), "768 bytes in all", fits, "boundary", "limit")
    yield refused(
        "769-bytes",
        ("V5", "CBOR-5"),
        "769 bytes in all",
        sealed(claims_with((CARD, 3, 2), names_for(FULL, 769))),
        "credential/accepted/768-bytes",
        "boundary",
        "limit",
    )
