"""Signs again what was changed, with the keys of the vectors: so fuzzing gets behind the signatures.

Whatever is changed in a message, its innermost layer is signed first, then each one around it. Which label a layer has, and which
key, is told by its claims, its header and the keys that it names; where a key is not known here, some other one signs.
"""

from __future__ import annotations

import hashlib
import random
from typing import Any, Final

from tests.forge import aad, enc
from tests.fuzz.engine.keyring import Key, Pair, keyring, sign
from tests.fuzz.engine.trees import folded
from tests.fuzz.mutations import Wrapped
from vitaletoken.crypto import labels
from vitaletoken.wire import registry

Item = Any

#: The label with which a message of one signature is signed, by the private claim in it.
LABELS: Final[dict[int, str]] = {
    registry.CARD_CLAIM: labels.CREDENTIAL,
    registry.TERMINAL_CLAIM: labels.TERMINAL_CERTIFICATE,
    registry.CHALLENGE_CLAIM: labels.CHALLENGE,
    registry.SNAPSHOT_CLAIM: labels.STATUS_SNAPSHOT,
    registry.DELTA_CLAIM: labels.STATUS_DELTA,
    registry.UNLOCK_CLAIM: labels.UNLOCK,
}
#: The labels with which a phone signs with both its keys: of the device layer and of the code layer in it.
LAYERED: Final[dict[int, tuple[str, str]]] = {
    registry.PRESENTATION_CLAIM: (labels.PRESENTATION_DEVICE, labels.PRESENTATION_CODE),
    registry.ENROLMENT_CLAIM: (labels.ENROLMENT_REQUEST_DEVICE, labels.ENROLMENT_REQUEST_CODE),
    registry.RENEWAL_CLAIM: (labels.RENEWAL_DEVICE, labels.RENEWAL_CODE),
    registry.INTRODUCTION_CLAIM: (labels.INTRODUCTION_DEVICE, labels.INTRODUCTION_CODE),
    registry.GRANT_CLAIM: (labels.GRANT_DEVICE, labels.GRANT_CODE),
    registry.ORDER_CLAIM: (labels.ORDER_DEVICE, labels.ORDER_CODE),
}
#: Of these, those whose claims name the keys that sign, and those that name the exact card whose keys do.
_NAMES_KEYS: Final = (registry.ENROLMENT_CLAIM, registry.INTRODUCTION_CLAIM)
_NAMES_CARD: Final = (registry.RENEWAL_CLAIM, registry.ORDER_CLAIM)
_PRESENTATION: Final = registry.PRESENTATION_CLAIM
#: The claim of a status list, labels of headers, and the key under which a presentation has a grant.
_STATUS_LIST: Final = 65533
_ALG, _KID, _TYP, _KCWT = 1, 4, 16, 13
_GRANT: Final = 5


class Unsignable(Exception):
    """Not a message that is known here."""


def resign(item: Item, rng: random.Random, contexts: list[bytes]) -> Item:
    """The unfolded message ``item`` signed anew, each layer in its place.

    Args:
        contexts: digests that a presentation may be bound to.

    Raises:
        Unsignable: it is no signed message, or so much was changed that nobody could sign it.
    """
    try:
        return _signed(item, rng, contexts)
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Unsignable from error


def _signed(item: Item, rng: random.Random, contexts: list[bytes]) -> Item:
    if not isinstance(item, list):
        raise Unsignable
    if len(item) == 2:
        return _detached(item, rng) if isinstance(item[1], list) else _lent(item, rng)
    if len(item) != 4:
        raise Unsignable
    header = _opened(item[0])
    if isinstance(header, dict) and _KCWT in header:
        return _presentation(item, header, rng, contexts)
    content = _opened(item[2])
    if isinstance(content, list):
        return _double(item, rng)
    return _plain(item, header, content, rng)


def _opened(part: Item) -> Item:
    return part.item if isinstance(part, Wrapped) else part


def _bytes(part: Item) -> bytes:
    """A byte string, decoded or not."""
    whole = folded(part)
    if not isinstance(whole, bytes):
        raise Unsignable
    return whole


def _digest(message: Item) -> bytes:
    """SHA-256 of an unfolded message."""
    return hashlib.sha256(enc(folded(message))).digest()


def _sign1(key: Key, item: list[Item], external_aad: bytes) -> list[Item]:
    protected, unprotected, payload, _ = item
    tbs = enc(["Signature1", _bytes(protected), external_aad, _bytes(payload)])
    return [protected, unprotected, payload, sign(key, tbs)]


# --- one signature


def _label_in(claims: Item, otherwise: str) -> tuple[str, int | None]:
    """The label of a message with these claims, and the private claim that tells; some messages have none."""
    return next(((label, claim) for claim, label in LABELS.items() if claim in claims), (otherwise, None))


def _plain(item: list[Item], header: Item, claims: Item, rng: random.Random) -> list[Item]:
    if not isinstance(claims, dict):
        raise Unsignable
    label, claim = _label_in(claims, labels.ENROLMENT_OFFER)
    if isinstance(header, dict) and _KID in header:
        key = keyring().named(header[_KID], rng)
        if _TYP in header and _STATUS_LIST in claims:
            return _sign1(key, item, b"")
        return _sign1(key, item, aad(label, *([claims[claim]] if claim == registry.UNLOCK_CLAIM else [])))
    if claim == registry.CHALLENGE_CLAIM:
        return _challenge(item, claims, rng)
    raise Unsignable


def _challenge(item: list[Item], claims: Item, rng: random.Random) -> list[Item]:
    """The certificate in it first, then the challenge with the key that it certifies."""
    asked = dict(claims[registry.CHALLENGE_CLAIM])
    certificate = _opened(asked[1])
    public = _opened(certificate[2])[registry.TERMINAL_CLAIM][1]
    asked[1] = Wrapped(_signed(certificate, rng, []))
    payload = Wrapped({**claims, registry.CHALLENGE_CLAIM: asked})
    return _sign1(keyring().of(public, rng), [item[0], item[1], payload, item[3]], aad(labels.CHALLENGE))


# --- both keys of a phone


def _double(item: list[Item], rng: random.Random, card: Item = None) -> list[Item]:
    """The code layer first, then the device's around it; in a change of the code, that of the new code before both.

    Args:
        card: the one that a grant is for, which names it nowhere.
    """
    code_layer = _opened(item[2])
    innermost = _opened(code_layer[2])
    claims = _opened(innermost[2]) if isinstance(innermost, list) else innermost
    claim = next((each for each in LAYERED if each in claims), None)
    if claim is None:
        raise Unsignable
    device_label, code_label = LAYERED[claim]
    pair, more = _signers(claim, claims, card)
    if isinstance(innermost, list):
        new_code = keyring().of(claims[claim].get(2), rng)
        innermost = _sign1(new_code, innermost, aad(labels.RENEWAL_NEW_CODE, *more))
        code_layer = [*code_layer[:2], Wrapped(innermost), code_layer[3]]
    inner = _sign1(keyring().of(pair.code, rng), code_layer, aad(code_label, *more))
    outer = [item[0], item[1], Wrapped(inner), item[3]]
    return _sign1(keyring().of(pair.device, rng), outer, aad(device_label, *more))


def _signers(claim: int, claims: Item, card: Item) -> tuple[Pair, list[Item]]:
    """Who signs a message with these claims, and what stands in its external_aad after the label."""
    if claim in _NAMES_KEYS:
        return _pair_in(claims, claim), []
    if claim in _NAMES_CARD:
        about = claims[claim][1]
        return keyring().of_card(about), [about]
    if card is None:
        raise Unsignable
    return _pair_in(_opened(card[2]), registry.CARD_CLAIM), [_digest(card)]


def _pair_in(claims: Item, claim: int) -> Pair:
    """The keys in a card, a request, an introduction or a grant."""
    return Pair(claims[8][1][-2], claims[claim][1])


def _lent(item: list[Item], rng: random.Random) -> list[Item]:
    """A card, and the grant of it by its own keys."""
    card = _signed(_opened(item[0]), rng, [])
    return [Wrapped(card), Wrapped(_double(_opened(item[1]), rng, card))]


def _presentation(item: list[Item], header: Item, rng: random.Random, contexts: list[bytes]) -> list[Item]:
    """The credential in the header, the grant where there is one, the code layer, and the device layer around all."""
    card = _signed(header[_KCWT], rng, [])
    content = _opened(item[2])
    coded = isinstance(content, list)
    claims, pair = _acting(_opened(content[2]) if coded else content, card, rng)
    binding = claims[_PRESENTATION][2]
    context = rng.choice(contexts) if contexts and binding else None
    more = (1 if header[_ALG] == -19 else 2, binding, _digest(card), context)
    payload = Wrapped(claims)
    if coded:
        code_key = keyring().of(pair.code, rng)
        payload = Wrapped(_sign1(code_key, [*content[:2], payload, content[3]], aad(labels.PRESENTATION_CODE, *more)))
    protected = Wrapped({**header, _KCWT: card})
    device = keyring().of(pair.device, rng)
    return _sign1(device, [protected, item[1], payload, item[3]], aad(labels.PRESENTATION_DEVICE, *more))


def _acting(claims: Item, card: Item, rng: random.Random) -> tuple[Item, Pair]:
    """The claims of a presentation with the grant in them signed by the card's keys; and whose keys sign the presentation."""
    grant = _opened(claims[_PRESENTATION].get(_GRANT))
    if not isinstance(grant, list):
        return claims, _pair_in(_opened(card[2]), registry.CARD_CLAIM)
    grant = _double(grant, rng, card)
    granted = _opened(_opened(grant[2])[2])
    claims = {**claims, _PRESENTATION: {**claims[_PRESENTATION], _GRANT: Wrapped(grant)}}
    return claims, _pair_in(granted, registry.GRANT_CLAIM)


# --- lists


def _detached(item: list[Item], rng: random.Random) -> list[Item]:
    """Each Ed25519 signature of a list; those of ML-DSA-65 stay as they are, since one takes a tenth of a second here."""
    payload, layers = item
    external_aad, signed = aad(_label_in(_opened(payload), labels.TRUST_LIST)[0]), []
    for layer in layers:
        header = _opened(layer[0])
        if header.get(_ALG) == -19:
            key = keyring().named(header.get(_KID), rng)
            made = _sign1(key, [layer[0], layer[1], payload, b""], external_aad)
            signed.append([layer[0], layer[1], None, made[3]])
        else:
            signed.append(layer)
    return [payload, signed]
