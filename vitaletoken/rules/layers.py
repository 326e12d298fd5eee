"""Messages that a phone signs with both its keys: making them, and proving possession of the keys (spec section 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from vitaletoken.errors import Code
from vitaletoken.rules import context
from vitaletoken.wire import cose
from vitaletoken.wire.cose import CoseKey, ed25519_key
from vitaletoken.wire.layers import Layers
from vitaletoken.wire.registry import Algorithm

#: Bytes to be signed in, 64 bytes out.
Sign = Callable[[bytes], bytes]


class PhoneKeys(NamedTuple):
    """The public keys that a card has, and that a phone proves: device key, and code key as 32 bytes."""

    device_key: CoseKey
    code_key: bytes

    def have_any_of(self, other: PhoneKeys) -> bool:
        """Whether the two have a key in common, in whichever role."""
        return not {self.device_key.public, self.code_key}.isdisjoint({other.device_key.public, other.code_key})


class LayerAads(NamedTuple):
    """external_aad of a message's device layer and code layer."""

    device: bytes
    code: bytes


def about_card(device_label: str, code_label: str, credential_digest: bytes) -> LayerAads:
    """Of a message about the exact card with that SHA-256; the labels are of ``crypto.labels``."""
    return LayerAads(context.card_aad(device_label, credential_digest), context.card_aad(code_label, credential_digest))


def sign_layers(payload: bytes, aads: LayerAads, algorithm: Algorithm, device_sign: Sign, code_sign: Sign) -> bytes:
    """The code layer inside the device layer. ``algorithm`` is that of the device key."""
    inner = cose.sign(code_sign, cose.HEADER_ED25519, aads.code, payload)
    return cose.sign(device_sign, cose.header_of_device(algorithm), aads.device, inner)


def require_layers(keys: PhoneKeys, layers: Layers, aads: LayerAads, code: Code) -> None:
    """Return if ``keys`` signed both layers; else raise the exception of ``code``."""
    context.require_signature(keys.device_key, layers.device_layer, aads.device, code)
    context.require_signature(ed25519_key(keys.code_key), layers.code_layer, aads.code, code)
