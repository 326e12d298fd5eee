"""From the model to the library: terms as bytes, and the model's terminals as real ones.

Bytes are made with ``tests.forge`` alone, by the protocol as it is: where a trace is of a broken variant, whose signatures lack
something, honest phones sign what they should, and the attacker signs what comes closest to what is asked.
"""

from __future__ import annotations

import hashlib
import zlib
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.forge import (
    ALG,
    CARD,
    CHALLENGE,
    PRESENTATION,
    TERMINAL,
    Item,
    aad,
    cose_key,
    enc,
    header_kid,
    sealed,
    sign1,
)
from tests.model import people as p
from tests.model.messages import Asked, Card, Certified, Claims, Granted, Listed, claims_of, granted_in
from tests.model.terms import Term, digest, payload
from tests.world import AUTHORITY_ID, DAY, ISSUER_ID, NOW, STATUS_URI
from vitaletoken.crypto.signing import SigningKey

#: Seconds of one tick: more than a presentation's life and the permitted skew, and than a challenge's.
TICK: Final = 200
GRANT: Final = -65547
PURPOSES: Final = {"billing": 2, "dispensing": 3}
CATEGORIES: Final = {"pharmacy": 2, "hospital": 3}
INDICES: Final = {"card 1": 1, "card 2": 2, "card 3": 3, "card 4": 4, "card 9": 9}
ED25519_HEADER: Final = b"\xa1\x01\x32"


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def secret(key: Term) -> bytes:
    """32 bytes for a key of the model: the same for each run."""
    return sha(repr(key).encode())


@cache
def signer(key: Term) -> SigningKey:
    return SigningKey(-19, secret(key))


def public(key: Term) -> bytes:
    """Of a ("pk", key)."""
    return signer(key[1]).public


def session_public(key: Term) -> bytes:
    """X25519, of a ("pk", session key)."""
    return X25519PrivateKey.from_private_bytes(secret(key[1])).public_key().public_bytes_raw()


def at(tick: int) -> int:
    return NOW + TICK * tick


@cache
def credential(term: Term) -> bytes:
    card: Card = payload(term)
    names = {p.ALICE: ["Alice"], p.CHILD: ["Zoé"], p.MALLORY: ["Mallory"]}[card.person]
    own: dict[int, Any] = {
        1: public(card.code),
        2: sha(card.person.encode())[:8],
        3: {1: "Lefebvre-Moreau", 2: names, 3: 2},
        4: 1,
        5: [1, 751, 42],
        6: [0, INDICES[card.id]],
        7: NOW // DAY,
        9: [1, bytes(16)],
        10: 1,
    }
    if card.person == p.CHILD:
        own.update({4: 3, 11: sha(p.ALICE.encode())[:8]})
    if card.number is not None:
        own[13] = "2840975110123"
    if card.acting is not None:
        own[15] = {1: "Mallory", 2: [PURPOSES[card.acting.purpose]], 3: [CATEGORIES[card.acting.category]]}
    claims = {
        1: ISSUER_ID,
        4: NOW + 14 * DAY,
        6: NOW - 3600,
        7: sha(card.id.encode())[:8],
        8: {1: cose_key(-19, public(card.device))},
        CARD: own,
    }
    return _by(term[1], "credential", claims)


def _by(key: Term, label: str, claims: Item) -> bytes:
    """Signed by a key that is named by its kid."""
    own = signer(key)
    return enc(sign1(own.sign, header_kid(own.public), aad(label), enc(claims)))


@cache
def certificate(term: Term) -> bytes:
    certified: Certified = payload(term)
    terminal = {
        1: public(certified.key),
        2: sha(certified.terminal.encode())[:8],
        3: [CATEGORIES[certified.category]],
        4: "690012345",
        5: f"Terminal {certified.terminal}",
    }
    claims = {1: AUTHORITY_ID, 4: NOW + DAY, 6: NOW - DAY, TERMINAL: terminal}
    return _by(term[1], "terminal-certificate", claims)


def challenge(term: Term, session: str = "") -> bytes:
    """``session`` tells apart the nonces of a terminal that, in a variant, gives one nonce twice."""
    asked: Asked = payload(term)
    own: dict[int, Item] = {1: certificate(asked.certificate), 2: [PURPOSES[asked.purpose]], 3: 1, 4: 120}
    if asked.session_key is not None:
        own.update({3: 2, 5: session_public(asked.session_key)})
    claims = {6: NOW, 7: sha(f"{asked.nonce} {session}".encode())[:16], CHALLENGE: own}
    return enc(sign1(signer(term[1]).sign, ED25519_HEADER, aad("challenge"), enc(claims)))


@cache
def status_list(term: Term) -> bytes:
    listed: Listed = payload(term)
    content = bytearray(16)
    for card in listed.revoked:
        content[INDICES[card] // 4] |= 1 << 2 * (INDICES[card] % 4)
    claims = {
        2: f"{STATUS_URI}/0",
        4: NOW + 7 * DAY,
        6: NOW - 3600 + listed.iat,
        65533: {"lst": zlib.compress(bytes(content)), "bits": 2},
        65534: DAY,
    }
    own = signer(term[1])
    header = enc({1: -19, 4: header_kid(own.public)[-8:], 16: "application/statuslist+cwt"})
    return enc(sign1(own.sign, header, b"", enc(claims)))


class Writer:
    """Presentations and grants as bytes. It is told which signatures honest phones made over what, and what was shown them."""

    def __init__(self) -> None:
        self._meant: dict[Term, tuple[Term, bytes | None]] = {}
        self._bytes: dict[Term, bytes] = {}

    def shown(self, term: Term, data: bytes) -> None:
        """``term`` is these bytes: a sticker or a challenge, as what its digest is a context."""
        self._bytes.setdefault(digest(term), data)

    def made(self, layer: Term, card: Term, context: bytes | None = None) -> None:
        """An honest phone signed ``layer``: about ``card``, in this context."""
        self._meant[layer] = (card, context)
        if payload(layer)[0] == "sign":
            self._meant[payload(layer)] = (card, context)

    def presentation(self, message: Term, held: dict[int, bytes | None]) -> bytes:
        """``held`` is the context that the terminal holds for each level: for what a broken variant's attacker leaves out."""
        _, card, layer = message
        claims = claims_of(layer)
        inner = payload(layer)
        content = enc(self._claims(claims, card))
        if inner[0] == "sign":
            own, _ = self._aad("presentation-code", inner, card, claims.level, held)
            content = enc(sign1(signer(inner[1]).sign, ED25519_HEADER, own, content))
        own, about = self._aad("presentation-device", layer, card, claims.level, held)
        header = b"\xa2\x01" + ALG[-19] + b"\x0d"
        tbs = enc(["Signature1", header + credential(about), own, content])
        return enc([header + credential(card), {}, content, signer(layer[1]).sign(tbs)])

    def _aad(
        self, label: str, layer: Term, card: Term, level: int, held: dict[int, bytes | None]
    ) -> tuple[bytes, Term]:
        """The external_aad under ``layer``, and the card that it is about: what the term says, or whoever signed it meant."""
        about, context = self._meant.get(layer, (card, held.get(level)))
        match layer[3]:
            case (("hash", named), (signed_level, bound)):
                about, level = named, signed_level
                context = None if bound is None else self._bytes_digest(bound)
        return aad(label, 1, level, sha(credential(about)), context), about

    def _bytes_digest(self, bound: Term) -> bytes:
        return sha(self._bytes[bound])

    def _claims(self, claims: Claims, card: Term) -> Item:
        iat = at(claims.iat)
        own: dict[int, Item] = {1: claims.verified, 2: claims.level, 3: 1, 4: 0}
        if claims.grant is not None:
            own[5] = self.grant(claims.grant, card)
        return {4: iat + 60, 6: iat, 7: sha(claims.cti.encode())[:8], PRESENTATION: own}

    def grant(self, term: Term, card: Term) -> bytes:
        granted: Granted = granted_in(term)
        match term[3]:
            case (("hash", named),):
                about = sha(credential(named))
            case _:
                about = sha(credential(self._meant.get(term, (card, None))[0]))
        scope = {3: [PURPOSES[granted.scope.purpose]], 4: [CATEGORIES[granted.scope.category]]}
        claims = {
            4: at(granted.exp),
            6: NOW - 60,
            7: b"grant-id",
            8: {1: cose_key(-19, public(granted.device))},
            GRANT: {1: public(granted.code), 2: "Mallory", **scope},
        }
        content = enc(claims)
        inner = payload(term)
        if inner[0] == "sign":
            content = enc(sign1(signer(inner[1]).sign, ED25519_HEADER, aad("grant-code", about), content))
        return enc(sign1(signer(term[1]).sign, ED25519_HEADER, aad("grant-device", about), content))


def sealed_to(message: bytes, to: Term, about: bytes) -> bytes:
    """``message`` sealed to a ("pk", session key), as an answer to the challenge ``about``."""
    return sealed(message, session_public(to), about)
