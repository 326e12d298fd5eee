"""Layer `status-list`: section 11, steps S1 to S4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.cases import Case
from vectors.generate.deflate import stored
from vectors.generate.fixtures import (
    DELEGATIONS_WITHDRAWN,
    ENTRIES,
    MSA_BASE,
    REVOKED,
    STATUS,
    SUSPENDED,
    VALID,
    status_claims,
)
from vectors.generate.keys import CNAM_STATUS, MSA, derive
from vectors.generate.messages import status_list
from vectors.generate.status_case import CLAIMS, accepted, refused, sealed
from vectors.generate.status_form import envelope_cases, form_cases
from vectors.generate.status_later import content_cases, issuer_cases, signature_cases


def status_cases() -> Iterator[Case]:
    """All steps."""
    size = 4 * len(ENTRIES)
    for slug, idx, value, comment in (
        ("valid", VALID, 0, "the entry is 0"),
        ("revoked", REVOKED, 1, "the entry is 1"),
        ("suspended", SUSPENDED, 2, "the entry is 2"),
        ("delegations-withdrawn", DELEGATIONS_WITHDRAWN, 3, "the entry is 3"),
        ("first", 0, 0, "the first entry"),
        ("last", size - 1, 1, "the last entry"),
        ("beyond", size, None, "one beyond the last entry"),
        ("far-beyond", 1048575, None, "the greatest index there is, beyond the list"),
    ):
        yield accepted(
            slug,
            ("S1", "S2", "S3", "S4", "STATUS-1"),
            comment,
            CLAIMS,
            value,
            size,
            *(["boundary"] if idx in {0, size - 1, size} else []),
            idx=idx,
        )
    for idx, value in enumerate((1, 2, 3, 0)):
        yield accepted(
            f"bit-order-{idx}",
            ("S4",),
            "one byte, 0x39: the entries are 1, 2, 3, 0, the lowest bits first",
            status_claims(lst=stored(b"\x39")),
            value,
            4,
            idx=idx,
        )
    msa = status_claims(MSA_BASE)
    yield accepted("second-issuer", ("S2",), "a key with all three uses", msa, 0, size, key=MSA, issuer="fr-msa")
    yield from form_cases()
    yield from envelope_cases()
    yield from issuer_cases()
    yield from signature_cases()
    yield from content_cases()
    yield from order_cases()


def order_cases() -> Iterator[Case]:
    bad_lst = status_claims(lst=b"")
    broken = replace(status_list(bad_lst, CNAM_STATUS), signature=derive("status-list/order", "r") * 2)
    other_base = {**CLAIMS, 2: "https://statut.autre.example/3"}
    for slug, code, step, data in (
        ("structure-then-issuer", "structure", "S1", sealed({**other_base, 99: 0})),
        (
            "issuer-then-signature",
            "issuer",
            "S2",
            replace(status_list(other_base, CNAM_STATUS), signature=bytes(64)).encode(),
        ),
        ("signature-then-content", "signature", "S3", broken.encode()),
    ):
        yield refused(f"order-{slug}", code, (step, "VERIFY-1"), f"two faults: {slug.replace('-', ' ')}", data, "order")


assert sealed(CLAIMS) == STATUS
