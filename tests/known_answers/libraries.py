"""What the bare libraries accept of the edge sets: `python -m tests.known_answers.libraries` writes docs/edge-cases.md.

Nothing of it is asserted but the column of this library, by the vectors and the tests: the others change with their versions,
and that they differ is why SIG-1, SIG-2, KEY-2 and SEAL-3 are checked here and not left to them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cryptography
import nacl
import nacl.bindings
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.backends.openssl import backend
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from nacl.exceptions import BadSignatureError

from vectors.generate.edges import Known, edge_keys
from vectors.generate.edwards import P
from vitaletoken.conformance import forms
from vitaletoken.crypto import sealing, signing
from vitaletoken.crypto.signing import ED25519, ESP256
from vitaletoken.errors import BadSignature

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "edge-cases.md"

#: Public key, message, signature.
Signed = tuple[bytes, bytes, bytes]
#: Of X25519, the u of the points of order 1, 2, 4 and 8 of the curve and its twist, and what else reduces to one of them.
SMALL_U = (
    0,
    1,
    P - 1,
    P,
    P + 1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)


def _says(check: Callable[[], object], *refusals: type[Exception]) -> bool:
    try:
        result = check()
    except refusals:
        return False
    return result is not False


def by_rule(algorithm: int) -> Callable[[Signed], bool]:
    """This library."""
    return lambda given: _says(lambda: signing.verify(algorithm, *given), BadSignature)


def ed25519_by_libsodium(given: Signed) -> bool:
    public, message, signature = given
    return _says(lambda: nacl.bindings.crypto_sign_open(signature + message, public), BadSignatureError)


def ed25519_by_openssl(given: Signed) -> bool:
    public, message, signature = given
    return _says(
        lambda: Ed25519PublicKey.from_public_bytes(public).verify(signature, message), InvalidSignature, ValueError
    )


def p256_by_openssl(given: Signed) -> bool:
    public, message, signature = given
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")

    def check() -> None:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))

    return _says(check, InvalidSignature, ValueError)


def x25519_by_libsodium(public: bytes) -> bool:
    return _says(lambda: nacl.bindings.crypto_scalarmult(b"\1" * 32, public), RuntimeError)


def x25519_by_openssl(public: bytes) -> bool:
    private = X25519PrivateKey.from_private_bytes(b"\1" * 32)
    return _says(lambda: private.exchange(X25519PublicKey.from_public_bytes(public)), ValueError)


@dataclass(frozen=True)
class Line:
    """How many of a set each accepts; None where a library has no such function."""

    what: str
    count: int
    ours: int
    libsodium: int | None
    openssl: int | None


def line(
    what: str,
    given: Iterable[Any],
    ours: Callable[[Any], bool],
    libsodium: Callable[[Any], bool] | None,
    openssl: Callable[[Any], bool] | None,
) -> Line:
    cases = list(given)
    assert cases, what

    def accepted(check: Callable[[Any], bool] | None) -> int | None:
        return None if check is None else sum(map(check, cases))

    return Line(what, len(cases), sum(map(ours, cases)), accepted(libsodium), accepted(openssl))


#: The sets of the layer `signature`: the beginnings of their ids, less `signature/`.
ED25519_SETS = {
    "good ones, the RFC's and another": ("ed25519/rfc8032", "ed25519/honest"),
    "spoiled, exchanged, zero": ("ed25519/wrong/",),
    "S of L or more": ("ed25519/s-plus",),
    "A of small order, the equation holds": ("ed25519/small-key/",),
    "A of mixed order, either equation holds": ("ed25519/mixed-key/",),
    "R of small order": ("ed25519/small-nonce/",),
    "R of mixed order": ("ed25519/mixed-nonce/",),
    "A no point": ("ed25519/key-off-curve",),
    "the twelve of *Taming the many EdDSAs*": ("ed25519/taming/",),
    "the grid of ZIP 215: small A, small R, S = 0": ("ed25519/grid/",),
}
P256_SETS = {
    "good ones, the RFC's and others": (
        "p256/rfc6979-test",
        "p256/rfc6979-sample-low",
        "p256/other-nonce",
        "p256/edges-honest",
    ),
    "high s": ("p256/rfc6979-sample-printed", "p256/wrong/high-s", "p256/s-half-and-one", "p256/s-greatest"),
    "r or s zero, n or above": (
        "p256/wrong/r-zero",
        "p256/wrong/s-zero",
        "p256/wrong/both-zero",
        "p256/wrong/r-is-n",
        "p256/wrong/s-is-n",
        "p256/wrong/r-greatest",
        "p256/wrong/r-plus-n",
    ),
    "the sum is the point at infinity": ("p256/infinity",),
    "other wrong ones": ("p256/wrong/",),
    "the key no point": ("p256/key/off-curve", "p256/key/x-"),
    "numbers at which the arithmetic takes another way": (
        "p256/digest/",
        "p256/multiplier/",
        "p256/key/base-point",
        "p256/x-above-n",
        "p256/s-one",
        "p256/s-half",
    ),
}


def set_of(case_id: str) -> str:
    """The set that a case of the layer belongs to: that of the longest beginning."""
    name = case_id.removeprefix("signature/")
    fitting = {
        beginning: what
        for what, beginnings in (ED25519_SETS | P256_SETS).items()
        for beginning in beginnings
        if name.startswith(beginning)
    }
    return fitting[max(fitting, key=len)]


def signed(what: str) -> Iterator[Signed]:
    """The cases of a set."""
    content = json.loads((ROOT / "vectors" / "signature.json").read_text("utf-8"))
    for case in content["cases"]:
        if set_of(case["id"]) == what:
            given = case["input"]
            public = forms.key(given["key"]).public
            yield public, bytes.fromhex(given["message"]), bytes.fromhex(given["signature"])


def lines() -> Iterator[tuple[str, list[Line]]]:
    """Heading, and the lines below it."""
    yield (
        "Ed25519 signatures (SIG-1)",
        [line(what, signed(what), by_rule(ED25519), ed25519_by_libsodium, ed25519_by_openssl) for what in ED25519_SETS],
    )
    yield (
        "Ed25519 public keys (KEY-2)",
        [
            line(
                what,
                keys,
                lambda key: signing.is_valid_key(ED25519, key),
                nacl.bindings.crypto_core_ed25519_is_valid_point,
                lambda key: _says(lambda: Ed25519PublicKey.from_public_bytes(key), ValueError),
            )
            for what, keys in ed25519_keys().items()
        ],
    )
    yield (
        "ECDSA on P-256 (SIG-2)",
        [line(what, signed(what), by_rule(ESP256), None, p256_by_openssl) for what in P256_SETS],
    )
    small = [(u + high_bit).to_bytes(32, "little") for u in SMALL_U for high_bit in (0, 2**255)]
    yield (
        "X25519 session keys (SEAL-3)",
        [
            line(
                "of small order, in all encodings",
                small,
                sealing.is_valid_session_key,
                x25519_by_libsodium,
                x25519_by_openssl,
            )
        ],
    )


def ed25519_keys() -> dict[str, list[bytes]]:
    """Public keys, by kind."""
    by_kind: dict[str, list[bytes]] = {"of prime order": [Known(scalar).encoding for scalar in range(1, 9)]}
    names = {"small-key": "of small order", "mixed-key": "of mixed order", "no-key": "no point, or not canonical"}
    for edge in edge_keys():
        keys = by_kind.setdefault(names[edge.slug.partition("/")[0]], [])
        if edge.public not in keys:
            keys.append(edge.public)
    return by_kind


def page() -> str:
    """The page; the same for the same versions."""
    openssl = " ".join(backend.openssl_version_text().split()[:2])
    out = [
        "# Edge cases, and what bare libraries say",
        "",
        "Written by `python -m tests.known_answers.libraries`, not by hand. Of each set, how many are accepted: by the rule of",
        "the [spec](../spec/vitaletoken.md), as this library has it, and by the libraries' own functions. The rule's column is",
        "held, in both implementations, by `vectors/signature.json`; the others are those of the versions named, and no test",
        "depends on them. For Ed25519 the rule is what this libsodium does, which is why it is used ([security](security.md)).",
        "",
        f"PyNaCl {nacl.__version__} with its libsodium; cryptography {cryptography.__version__} with {openssl}.",
    ]
    for heading, rows in lines():
        out += ["", f"## {heading}", "", "| set | cases | the rule | libsodium | OpenSSL |", "|---|--:|--:|--:|--:|"]
        out += [
            f"| {each.what} | {each.count} | {each.ours} | {_cell(each.libsodium, each)} | {_cell(each.openssl, each)} |"
            for each in rows
        ]
    out += [
        "",
        "In bold: more or fewer than the rule. A dash: the library has no such function.",
        "",
    ]
    return "\n".join(out)


def _cell(accepted: int | None, of: Line) -> str:
    if accepted is None:
        return "–"
    return str(accepted) if accepted == of.ours else f"**{accepted}**"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.known_answers.libraries", description="Write docs/edge-cases.md."
    )
    parser.add_argument("--out", type=Path, default=PAGE, help="another place to write to")
    parser.parse_args().out.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
