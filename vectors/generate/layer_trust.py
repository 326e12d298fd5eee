"""Layer `trust-list`: section 10. The other steps are in `trust_*`; here are T3, T4 and the order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vectors.generate import edwards
from vectors.generate.cases import Case
from vectors.generate.editing import edit
from vectors.generate.edwards import TORSION, B
from vectors.generate.encoder import Value
from vectors.generate.fixtures import NOW, TRUST, TRUST_TEST, Claims, signed_trust, trust_claims
from vectors.generate.keys import ROOTS, derive, ed25519_cose
from vectors.generate.messages import trust_list
from vectors.generate.roots import RootSet
from vectors.generate.trust_authorities import authority_cases
from vectors.generate.trust_case import STRUCTURE, accepted, refused
from vectors.generate.trust_form import form_cases
from vectors.generate.trust_post_quantum import post_quantum_cases
from vectors.generate.trust_signatures import CODE, bad_signature_cases, good_signature_cases
from vectors.generate.trust_versions import own_root_cases, version_cases
from vectors.generate.trust_withdrawn import withdrawn_cases


def trust_cases() -> Iterator[Case]:
    """All steps."""
    claims = trust_claims()
    yield from form_cases()
    yield from authority_cases(claims)
    yield from good_signature_cases(claims)
    yield from bad_signature_cases(claims)
    yield from key_cases(claims)
    yield from environment_cases(claims)
    yield from version_cases(claims)
    yield from own_root_cases(claims)
    yield from withdrawn_cases(claims)
    yield from post_quantum_cases()
    yield from order_cases(claims)


def key_cases(claims: Claims) -> Iterator[Case]:
    """T3: KEY-2, for issuers' keys and for the root keys in the list."""
    off_curve = next(y for y in range(2, 100) if edwards.recover(y, 0) is None)
    mixed = (int.from_bytes(derive("fixture/trust/mixed-key", "scalar"), "little") % edwards.L) * B
    above = next(y for y in range(3, 19) if edwards.recover(y, 0) is not None)
    encodings = (
        ("identity", TORSION[7].encode(), "the identity"),
        ("order-2", TORSION[3].encode(), "the point of order 2"),
        ("order-4", TORSION[1].encode(), "a point of order 4: 32 zero bytes or their twin"),
        ("order-8", TORSION[0].encode(), "a point of order 8"),
        ("mixed-order-2", (mixed + TORSION[3]).encode(), "a point of order 2 L"),
        ("mixed-order-4", (mixed + TORSION[1]).encode(), "a point of order 4 L"),
        ("mixed-order-8", (mixed + TORSION[0]).encode(), "a point of order 8 L"),
        ("off-curve", off_curve.to_bytes(32, "little"), "no point"),
        ("identity-y-plus-p", (edwards.P + 1).to_bytes(32, "little"), "the identity, its y as p + 1"),
        ("identity-negative-zero", (1 | 1 << 255).to_bytes(32, "little"), "the identity, with the sign of x = 0 set"),
        (
            "y-plus-p",
            (edwards.P + above).to_bytes(32, "little"),
            f"a point of large order, its y = {above} as p + {above}",
        ),
        ("all-ones", b"\xff" * 32, "32 bytes ff: y = 2^255 - 1, which is p + 18"),
    )
    for where, path in (("issuer", (6, 0, 3, 0, 1)), ("unused", (6, 1, 3, 0, 1)), ("root", (5, 2, 2))):
        chosen = encodings if where == "issuer" else encodings[4:8]
        for slug, x, comment in chosen:
            data = signed_trust(edit(claims, path, ed25519_cose(x)))
            yield refused(
                f"{where}-{slug}",
                "trust-list-key",
                ("T3", "KEY-2"),
                f"{NAMES[where]} is {comment}",
                data,
                "list",
                "edge-key",
            )


NAMES = {
    "issuer": "an issuer's key",
    "unused": "the only key of the second issuer",
    "root": "a key of the root set in the list",
}


def environment_cases(claims: Claims) -> Iterator[Case]:
    """T4; and that expiry is not asked here."""
    yield refused(
        "test-in-production",
        "trust-list-environment",
        ("T4",),
        "a list for tests where production is expected",
        TRUST_TEST,
        "list",
        "environment",
    )
    yield refused(
        "production-in-test",
        "trust-list-environment",
        ("T4",),
        "a production list where tests are expected",
        TRUST,
        "test-list",
        "environment",
        environment="test",
    )
    past = {**claims, 2: NOW - 400 * 86400, 3: NOW - 300 * 86400}
    yield accepted(
        "expired",
        ("T1", "TRUST-3"),
        "expired for most of a year: that is asked at each use, not here",
        past,
        None,
        "clock",
    )


def order_cases(claims: Claims) -> Iterator[Case]:
    """VERIFY-1, for these steps: two faults, of which the first decides."""
    bad_key = edit(claims, (6, 0, 3, 0, 1), ed25519_cose(TORSION[7].encode()))
    later = (8, bytes(32))
    alone = RootSet(1, ROOTS[:1]).json
    rows: tuple[tuple[str, str, str, Value, int, dict[str, Any]], ...] = (
        ("structure-then-signature", STRUCTURE, "T1", {**claims, 99: 0}, 1, {}),
        ("signature-then-key", CODE, "T2", bad_key, 1, {}),
        ("key-then-environment", "trust-list-key", "T3", bad_key, 2, {"environment": "test"}),
        ("environment-then-version", "trust-list-environment", "T4", claims, 2, {"environment": "test", "newest": later}),
        ("version-then-new-roots", "trust-list-rollback", "T5", claims, 1, {"newest": later, "roots": alone}),
        ("new-roots-then-post-quantum", "trust-list-new-roots", "T6", claims, 1, {"post_quantum": True, "roots": alone}),
    )  # fmt: skip
    for slug, code, step, value, signatures, inputs in rows:
        comment = f"two faults: {slug.replace('-', ' ')}"
        data = trust_list(value, ROOTS[:signatures])
        yield refused(f"order-{slug}", code, (step, "VERIFY-1"), comment, data, "list", "order", **inputs)
