"""Detached signatures by several keys over one content: of trust lists and of status snapshots (spec section 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vitaletoken.crypto import signing
from vitaletoken.errors import BadSignature, UsageError
from vitaletoken.wire import detached
from vitaletoken.wire.cose import CoseKey, CoseSign1, header_with_kid, sig_structure


def kid_of(key: CoseKey) -> bytes:
    """The key id of ``key`` (KEY-1)."""
    return signing.kid(key.algorithm, key.public)


def header_of(key: CoseKey) -> bytes:
    """The protected header of a detached signature by ``key``: {1: alg, 4: kid}."""
    return header_with_kid(kid_of(key), key.algorithm)


def named(keys: Iterable[CoseKey], layers: Iterable[CoseSign1]) -> list[tuple[CoseKey, CoseSign1]]:
    """Each of ``keys`` with each signature whose header is that key's."""
    by_header: dict[bytes, list[CoseKey]] = {}
    for key in dict.fromkeys(keys):
        by_header.setdefault(header_of(key), []).append(key)
    return [(key, layer) for layer in layers for key in by_header.get(layer.protected, ())]


def signers(
    keys: Iterable[CoseKey], layers: Iterable[CoseSign1], external_aad: bytes, payload: bytes
) -> frozenset[CoseKey]:
    """Those of ``keys`` that have a signature among ``layers`` that verifies: each once, however often it signed."""
    return frozenset(key for key, layer in named(keys, layers) if verifies(key, layer, external_aad, payload))


def verifies(key: CoseKey, layer: CoseSign1, external_aad: bytes, payload: bytes) -> bool:
    """Whether the signature, whose header is that of ``key``, verifies under it."""
    tbs = sig_structure(layer.protected, external_aad, payload)
    try:
        signing.verify(key.algorithm, key.public, tbs, layer.signature)
    except BadSignature:
        return False
    return True


def tbs(key: CoseKey, external_aad: bytes, payload: bytes) -> bytes:
    """The bytes that the holder of ``key`` signs to vouch for ``payload``."""
    return sig_structure(header_of(key), external_aad, payload)


def combine(payload: bytes, signatures: Mapping[CoseKey, bytes], max_signatures: int, max_size: int) -> bytes:
    """The file, from the payload and what each key's holder made over ``tbs``.

    Raises:
        UsageError: there are no signatures or too many, or the file is too long.
    """
    if not 1 <= len(signatures) <= max_signatures:
        raise UsageError(f"there must be 1 to {max_signatures} signatures")
    layers = tuple(CoseSign1(header_of(key), b"", made) for key, made in signatures.items())
    data = detached.serialize(payload, layers)
    if len(data) > max_size:
        raise UsageError(f"with its signatures it is longer than {max_size} bytes")
    return data
