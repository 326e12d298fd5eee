"""HPKE in base mode, one message, with the suite of spec/vitaletoken.md section 13.3: the sender, from RFC 9180 and by hand.

The ephemeral key is the caller's, so that each run is the same, and so is the encoding in which its public half is sent: a sender
that wants to deceive is not held to the canonical one, nor to a point of great order.
"""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from tests import forge
from tests.fuzz import mutations
from tests.interop.counter import SMALL_ORDER, Counter
from tests.interop.roots import Input

KEM_SUITE = b"KEM" + bytes.fromhex("0020")
HPKE_SUITE = b"HPKE" + bytes.fromhex("002000010003")
#: Of presentations, in bytes: about the greatest that is opened.
LENGTHS = (0, 1, 600, 1063, 1064, 1065, 3000)


def seal(message: bytes, recipient: bytes, info: bytes, ephemeral: bytes) -> bytes:
    """enc || ct, as RFC 9180 has it."""
    private = X25519PrivateKey.from_private_bytes(ephemeral)
    shared = private.exchange(X25519PublicKey.from_public_bytes(recipient))
    return seal_with(message, recipient, info, enc=private.public_key().public_bytes_raw(), shared=shared)


def seal_with(message: bytes, recipient: bytes, info: bytes, *, enc: bytes, shared: bytes) -> bytes:
    """enc || ct, where ``shared`` is what the recipient's X25519 is to make of ``enc``."""
    prk = _extract(KEM_SUITE, b"", b"eae_prk", shared)
    secret = _expand(KEM_SUITE, prk, b"shared_secret", enc + recipient, 32)
    context = b"\0" + _extract(HPKE_SUITE, b"", b"psk_id_hash", b"") + _extract(HPKE_SUITE, b"", b"info_hash", info)
    scheduled = _extract(HPKE_SUITE, secret, b"secret", b"")
    key = _expand(HPKE_SUITE, scheduled, b"key", context, 32)
    nonce = _expand(HPKE_SUITE, scheduled, b"base_nonce", context, 12)
    return enc + ChaCha20Poly1305(key).encrypt(nonce, message, b"")


def _extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    """LabeledExtract of section 4."""
    return hmac.digest(salt, b"HPKE-v1" + suite + label + ikm, hashlib.sha256)


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand of section 4; one block is enough for all lengths here."""
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labeled + b"\x01", hashlib.sha256)[:length]


class Sealed:
    """Makes sealed answers to the challenges of a counter, right and wrong in every way; the presentations are anything."""

    def __init__(self, counter: Counter, messages: Sequence[bytes], rng: random.Random) -> None:
        self.counter, self.messages, self.rng = counter, messages, rng

    def one(self) -> tuple[str, Input]:
        """For the layer unseal, and what was done to it."""
        rng = self.rng
        makers = (self._genuine, self._changed, self._for_another, self._too_short, self._deceitful, self._small_order)
        make = rng.choice(makers)
        secret, challenge = rng.randbytes(32), rng.choice(self.counter.challenges).message
        own = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
        message = rng.randbytes(rng.choice(LENGTHS)) if rng.random() < 0.5 else rng.choice(self.messages)
        sealed = make(message, own, challenge)
        given = {"sealed": sealed.hex(), "secret": secret.hex(), "challenge": challenge.hex()}
        return make.__name__.lstrip("_"), given

    @staticmethod
    def _info(challenge: bytes) -> bytes:
        return forge.aad("sealed-answer", hashlib.sha256(challenge).digest())

    def _genuine(self, message: bytes, recipient: bytes, challenge: bytes) -> bytes:
        return seal(message, recipient, self._info(challenge), self.rng.randbytes(32))

    def _changed(self, message: bytes, recipient: bytes, challenge: bytes) -> bytes:
        genuine = self._genuine(message, recipient, challenge)
        kinds = (mutations.flip_bits, mutations.edit_bytes)
        return self.rng.choice(kinds)(self.rng, [genuine])

    def _for_another(self, message: bytes, recipient: bytes, challenge: bytes) -> bytes:
        """To another key, in answer to another challenge, or as another protocol's."""
        rng = self.rng
        other = X25519PrivateKey.from_private_bytes(rng.randbytes(32)).public_key().public_bytes_raw()
        infos = (self._info(rng.randbytes(9)), b"", challenge, hashlib.sha256(challenge).digest())
        if rng.random() < 0.3:
            return seal(message, other, self._info(challenge), rng.randbytes(32))
        return seal(message, recipient, rng.choice(infos), rng.randbytes(32))

    def _too_short(self, message: bytes, recipient: bytes, challenge: bytes) -> bytes:
        return self._genuine(message, recipient, challenge)[: self.rng.choice((0, 1, 31, 32, 33, 47))]

    def _deceitful(self, message: bytes, recipient: bytes, challenge: bytes) -> bytes:
        """The ephemeral key's public half with its highest bit set, which X25519 masks and the KEM's context does not."""
        private = X25519PrivateKey.from_private_bytes(self.rng.randbytes(32))
        enc = bytearray(private.public_key().public_bytes_raw())
        enc[31] |= 0x80
        shared = private.exchange(X25519PublicKey.from_public_bytes(recipient))
        return seal_with(message, recipient, self._info(challenge), enc=bytes(enc), shared=shared)

    def _small_order(self, message: bytes, recipient: bytes, challenge: bytes) -> bytes:
        """By somebody who does not know the shared secret but knows that it would be zero."""
        enc = self.rng.choice(SMALL_ORDER)
        return seal_with(message, recipient, self._info(challenge), enc=enc, shared=bytes(32))
