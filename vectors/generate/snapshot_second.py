"""Layer `snapshot`: the second signature, N4."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.encoder import Value, encode
from vectors.generate.fixtures import Claims, issuer_key, signed_trust, trust_claims, withdrawn
from vectors.generate.keys import CNAM_STATUS
from vectors.generate.messages import aad, detached, header_of, sig_structure
from vectors.generate.mldsa import CNAM_SECOND, PQ_STRANGER
from vectors.generate.snapshot_case import CLAIMS, accepted, refused, stages_of
from vectors.generate.snapshots import SECOND_ENTRY, TRUST_SECOND
from vectors.generate.trust_signatures import signed

CODE = "snapshot-post-quantum"
CONTENT = encode(CLAIMS)
IAT: int = CLAIMS[6]
ED, SECOND = (detached(CONTENT, key, "status-snapshot") for key in (CNAM_STATUS, CNAM_SECOND))
BOTH = signed(CONTENT, ED, SECOND)
RULES = ("N4", "SIG-3")


def trust_with_second(*entries: Claims, issuer: int = 0) -> bytes:
    """The trust list, an issuer having these keys besides its own."""
    claims = trust_claims()
    issuers = list(claims[6])
    issuers[issuer] = {**issuers[issuer], 3: [*issuers[issuer][3], *entries]}
    return signed_trust({**claims, 6: issuers})


def second_cases() -> Iterator[Case]:
    yield from _accepted()
    yield from _refused()


def _accepted() -> Iterator[Case]:
    required: dict[str, Any] = {"post_quantum": True, "trust": TRUST_SECOND}
    zeros = [*SECOND[:3], bytes(3309)]
    stages = stages_of(CLAIMS, CONTENT, (CNAM_STATUS, CNAM_SECOND))
    yield accepted(
        "post-quantum",
        RULES,
        "two signatures, which is required",
        CLAIMS,
        BOTH,
        "post-quantum",
        stages=stages,
        **required,
    )
    yield accepted(
        "post-quantum-first", RULES, "the ML-DSA-65 signature stands first", CLAIMS, signed(CONTENT, SECOND, ED),
        "post-quantum", **required,
    )  # fmt: skip
    yield accepted(
        "post-quantum-broken-besides", RULES, "one that does not verify, and one of the same key that does", CLAIMS,
        signed(CONTENT, zeros, ED, SECOND), "post-quantum", **required,
    )  # fmt: skip
    for slug, comment, layers in (
        (
            "post-quantum-not-required",
            "one signature, of Ed25519: the issuer has a key of use 5, but it is not required",
            [ED],
        ),
        ("post-quantum-broken", "an ML-DSA-65 signature that does not verify: it is not required", [ED, zeros]),
    ):
        data = signed(CONTENT, *layers)
        yield accepted(slug, RULES, comment, CLAIMS, data, "post-quantum", trust=TRUST_SECOND)
    yield accepted(
        "post-quantum-not-known",
        RULES,
        "an ML-DSA-65 signature, and the trust list has no such key",
        CLAIMS,
        BOTH,
        "post-quantum",
    )
    ends = trust_with_second({**SECOND_ENTRY, 4: IAT + 1})
    yield accepted(
        "post-quantum-key-last-second", ("N4", "TIME-1"), "iat is the last second of the key of use 5", CLAIMS, BOTH,
        "post-quantum", "boundary", post_quantum=True, trust=ends,
    )  # fmt: skip
    kept = trust_with_second(withdrawn(SECOND_ENTRY, IAT + 1, True))
    yield accepted(
        "post-quantum-key-kept", ("N4", "TRUST-6"), "the key of use 5 is withdrawn from the second after iat on, kept before",
        CLAIMS, BOTH, "post-quantum", "boundary", "rotation", post_quantum=True, trust=kept,
    )  # fmt: skip


def _layer(role: str = "status-snapshot", context: bytes = b"", key: Any = CNAM_SECOND) -> list[Value]:
    header = header_of(CNAM_SECOND)
    return [header, {}, None, key.sign(sig_structure(header, aad(role), CONTENT), context)]


def _refused() -> Iterator[Case]:
    signature = SECOND[3]
    assert isinstance(signature, bytes)
    turned = [*SECOND[:3], bytes([signature[0] ^ 1]) + signature[1:]]
    stranger = detached(CONTENT, PQ_STRANGER, "status-snapshot")
    gone, before = ({**SECOND_ENTRY, 4: IAT}, {**SECOND_ENTRY, 3: IAT + 1})
    rows: tuple[tuple[str, str, list[list[Value]], bytes, str | None], ...] = (
        ("none", "one signature, of Ed25519", [ED], TRUST_SECOND, None),
        ("none-of-issuer", "one signature, of Ed25519, and the issuer has no key of use 5", [ED], signed_trust(trust_claims()),
         None),
        ("zeros", "3,309 zero bytes", [ED, [*SECOND[:3], bytes(3309)]], TRUST_SECOND, None),
        ("bit", "a bit turned", [ED, turned], TRUST_SECOND, None),
        ("stranger", "by a key that is not in the trust list", [ED, stranger], TRUST_SECOND, None),
        ("other-key", "by another key under this kid", [ED, _layer(key=PQ_STRANGER)], TRUST_SECOND, None),
        ("other-issuer", "the key of use 5 is the other issuer's", [ED, SECOND],
         trust_with_second(issuer_key(CNAM_SECOND.cose, [5]), issuer=1), "cross-protocol"),
        ("trust-list-aad", "signed as a trust list", [ED, _layer("trust-list")], TRUST_SECOND, "cross-protocol"),
        ("context", "made with a context string, vitaletoken/1", [ED, _layer(context=b"vitaletoken/1")], TRUST_SECOND,
         "cross-protocol"),
        ("key-at-exp", "iat is exp of the key of use 5", [ED, SECOND], trust_with_second(gone), "boundary"),
        ("key-before-nbf", "iat is a second before nbf of the key of use 5", [ED, SECOND], trust_with_second(before), "boundary"),
        ("withdrawn", "the key of use 5 is withdrawn from iat on", [ED, SECOND],
         trust_with_second(withdrawn(SECOND_ENTRY, IAT, True)), "rotation"),
    )  # fmt: skip
    for slug, comment, layers, trust, flag in rows:
        flags = ["post-quantum", *([flag] if flag else [])]
        yield refused(
            f"{CODE}/{slug}", RULES, comment, signed(CONTENT, *layers), *flags, base="post-quantum", post_quantum=True,
            trust=trust,
        )  # fmt: skip
    yield refused(
        "snapshot-issuer/post-quantum-alone", ("N2", "SIG-3"), "an ML-DSA-65 signature, none of Ed25519",
        signed(CONTENT, SECOND), "post-quantum", base="post-quantum", post_quantum=True, trust=TRUST_SECOND,
    )  # fmt: skip
