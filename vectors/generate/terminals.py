"""The invented terminals, what they ask for, and the billing views of cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vectors.generate.encoder import Value
from vectors.generate.enrolled import NIR_CAMILLE, NIR_ELISE, NIR_ZOE
from vectors.generate.fixtures import CAMILLE, DAY, ELISE, NOW, ZOE, Claims
from vectors.generate.hpke import Sealing, X25519Key
from vectors.generate.keys import ANS, DESK_KEY, HOSPITAL_KEY, PHARMACY_KEY, Ed25519Key, derive
from vectors.generate.messages import aad, certificate, challenge, sha256

TERMINAL, CHALLENGE = -65540, -65541
MADE_AT = NOW - 5
"""When the challenges are made."""


def terminal(name: str, key: Ed25519Key, categories: Sequence[int], establishment: str, shown: str) -> Claims:
    """What is certified."""
    identifier = derive(f"fixture/terminal/{name}", "id", 8)
    return {1: key.public, 2: identifier, 3: list(categories), 4: establishment, 5: shown}


def certificate_claims(what: Claims, authority: str = "fr-ans") -> Claims:
    """A certificate for most of a year."""
    return {1: authority, 4: NOW + 300 * DAY, 6: NOW - 60 * DAY, TERMINAL: what}


PHARMACY = certificate_claims(terminal("pharmacy", PHARMACY_KEY, [2], "690099001", "Pharmacie de la Gare, Lyon"))
HOSPITAL = certificate_claims(terminal("hospital", HOSPITAL_KEY, [1, 3], "750099001", "Hôpital de l'Étang, urgences"))
DESK = certificate_claims(terminal("desk", DESK_KEY, [7], "21690099000017", "Mairie, guichet 3"))
CERT_PHARMACY, CERT_HOSPITAL, CERT_DESK = (certificate(claims, ANS).encode() for claims in (PHARMACY, HOSPITAL, DESK))
RENEWED = {**PHARMACY, 4: NOW + 360 * DAY, 6: NOW - DAY}
CERT_RENEWED = certificate(RENEWED, ANS).encode()
"""For the same terminal and key, a year later."""

SHEET = b"feuille de soins no. 2026-11-24/17\npharmacie 690099001\n2 delivrances, 18,40 EUR\n"
TRANSACTION: Claims = {1: sha256(SHEET), 2: "Délivrance de 2 articles", 3: 1840}


def session_key(name: str) -> X25519Key:
    """The session key of a challenge of this name."""
    return X25519Key(derive(f"fixture/challenge/{name}", "session key"))


def ephemeral_key(name: str) -> X25519Key:
    """A phone's ephemeral key."""
    return X25519Key(derive(f"fixture/sealed/{name}", "ephemeral key"))


def info_for(challenge_bytes: bytes) -> bytes:
    """SEAL-1."""
    return aad("sealed-answer", sha256(challenge_bytes))


@dataclass(frozen=True)
class Asked:
    """A challenge, and the private half of its session key."""

    claims: Value
    key: Ed25519Key = PHARMACY_KEY
    secret: X25519Key | None = None

    @property
    def message(self) -> bytes:
        """The challenge."""
        return challenge(self.claims, self.key).encode()

    @property
    def digest(self) -> bytes:
        """The context of an answer."""
        return sha256(self.message)

    def sealing(self, name: str) -> Sealing:
        """What seals an answer to it; the ephemeral key is of this name."""
        assert self.secret is not None
        return Sealing(self.secret.public, info_for(self.message), ephemeral_key(name))


def challenge_claims(
    name: str,
    purposes: Sequence[int] = (1,),
    view: int = 1,
    transaction: Claims | None = None,
    *,
    certified: bytes = CERT_PHARMACY,
    sealed: bool = True,
) -> Claims:
    """A challenge, good for a minute. Its nonce and its session key are those of the name."""
    asked: Claims = {1: certified, 2: list(purposes), 3: view, 4: 60}
    if sealed:
        asked[5] = session_key(name).public
    if transaction is not None:
        asked[6] = transaction
    return {6: MADE_AT, 7: derive(f"fixture/challenge/{name}", "nonce", 16), CHALLENGE: asked}


IDENTIFY = Asked(challenge_claims("identify"), secret=session_key("identify"))
IN_THE_OPEN = Asked(challenge_claims("in-the-open", sealed=False))
BILLING = Asked(challenge_claims("billing", (1, 2), 2), secret=session_key("billing"))
CO_SIGN = Asked(challenge_claims("co-sign", (2, 3), 2, TRANSACTION), secret=session_key("co-sign"))


def with_numbers(card: Claims, nir: str, policyholder: str | None = None) -> Claims:
    """The billing view of a credential's claims."""
    numbers: Claims = {13: nir} if policyholder is None else {13: nir, 14: policyholder}
    return {**card, -65537: {**card[-65537], **numbers}}


CAMILLE_BILLING = with_numbers(CAMILLE, NIR_CAMILLE)
ZOE_BILLING = with_numbers(ZOE, NIR_ZOE)
ELISE_BILLING = with_numbers(ELISE, NIR_ELISE, NIR_CAMILLE)
