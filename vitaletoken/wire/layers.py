"""Messages that a phone signs with both its keys: the code layer inside the device layer (spec sections 12.4 and 14)."""

from __future__ import annotations

from typing import NamedTuple

from vitaletoken.errors import NotInForm
from vitaletoken.wire import cose
from vitaletoken.wire.cose import CoseSign1
from vitaletoken.wire.registry import Algorithm


class Layers(NamedTuple):
    """Two COSE_Sign1 with headers in form, one the payload of the other. Nothing in them may be believed.

    Attributes:
        algorithm: that the device layer's header names.
    """

    algorithm: Algorithm
    device_layer: CoseSign1
    code_layer: CoseSign1

    def __repr__(self) -> str:
        return f"Layers(algorithm={self.algorithm!r})"


def parse_layers(data: bytes, max_size: int) -> Layers:
    """Both layers in ``data``, of at most ``max_size`` bytes: {alg} outside, {alg: Ed25519} inside. Raises ``NotInForm``."""
    device_layer = cose.parse_sign1(data, max_size)
    algorithm = cose.device_algorithm_in(device_layer.protected)
    code_layer = cose.parse_sign1(device_layer.payload, max_size)
    if code_layer.protected != cose.HEADER_ED25519:
        raise NotInForm("header is not {alg: Ed25519}")
    return Layers(algorithm, device_layer, code_layer)
