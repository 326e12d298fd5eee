"""The attacker: every QR code and every line is hers. What she can show is what she has filmed, whole or layer by layer, and
what she can sign with keys that she has. She makes nothing longer than what its reader would read: the field values of what
she signs are those that the reader's own situation gives, since any other is refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.model import people as p
from tests.model.messages import (
    AUDIENCE,
    CHALLENGE,
    CODE,
    NO_CODE,
    OPEN,
    Asked,
    Broken,
    Card,
    Claims,
    Granted,
    Listed,
    Scope,
    certificate,
    challenge,
    credential,
    grant,
    of_kind,
    presentation,
    signatures,
    status_list,
    wrapped,
)
from tests.model.terminal import View
from tests.model.terms import Knowledge, Term, derivable, digest, payload, pk, seal

DEVICE_KEYS = (p.DEVICE, p.BOB_DEVICE, p.MALLORY_DEVICE, p.SECOND_DEVICE)
CODE_KEYS = (p.CODE_KEY, p.BOB_CODE, p.MALLORY_CODE, p.SECOND_CODE)
ISSUER_KEYS = (p.ISSUER, p.ROGUE)
#: The keys onto which she makes cards: her own, Alice's, and hers beside Alice's code key. Alice's device key beside her own
#: code key, where she has both, is as her own two.
FORGED = (
    (p.MALLORY_DEVICE, p.MALLORY_CODE),
    (p.DEVICE, p.CODE_KEY),
    (p.MALLORY_DEVICE, p.CODE_KEY),
)
LATER = 9
#: Of a challenge that she makes: the nonce, her own session key, and the purpose.
_RELAYED = ("nonce of Mallory", pk(p.ROGUE), p.LENT.purpose)


def credentials(known: Knowledge, issuers: frozenset[Term]) -> list[Term]:
    """Cards filmed; and cards in Alice's name, onto her keys or the attacker's, by an issuer key that the attacker has."""
    found = list(signatures(known, "credential"))
    for key in _signing(known, issuers):
        for device, code in FORGED:
            found.append(credential(key, Card("card", p.ALICE, pk(device), pk(code), "card 9")))
    return found


def _signing(known: Knowledge, accepted: frozenset[Term]) -> list[Term]:
    """An issuer key that the attacker has; where there are two, one does all that the other does."""
    return [key for key in ISSUER_KEYS if key in known and pk(key) in accepted][:1]


def grants(broken: Broken, known: Knowledge, view: View, cards: list[Term]) -> list[Term]:
    """No grant; those that were filmed; and those to the attacker's keys for what is asked here, by keys that she has."""
    found: list[Term] = [None, *signatures(known, "grant-device")]
    granted = Granted("granted", pk(p.SECOND_DEVICE), pk(p.SECOND_CODE), Scope(view.purpose, view.category), LATER)
    for card in cards:
        for device in _having(DEVICE_KEYS, known):
            owner = pk(device) == payload(card).device or "grant-by-anyone" in broken
            codes = _having(CODE_KEYS, known, "grant-without-code" in broken) if owner else []
            found += [grant(broken, card, granted, device, code) for code in codes]
    return found


def _having(keys: tuple[Term, ...], known: Knowledge, any_will_do: bool = False) -> list[Term]:
    have = [key for key in keys if derivable(key, known)]
    return have[:1] if any_will_do else have


def presentations(broken: Broken, known: Knowledge, view: View, *, lent: bool) -> Iterator[Term]:
    """What can be shown to a terminal in this situation. ``lent``: whether grants are in play."""
    cards = credentials(known, view.issuers)
    layers = signatures(known, "presentation-device")
    contexts = {OPEN: None, AUDIENCE: digest(view.certificate)}
    if view.open is not None:
        contexts[CHALLENGE] = digest(view.open.challenge)
    plain = [("presentation", card, layer) for card in cards for layer in layers]
    given = grants(broken, known, view, cards) if lent else [None]
    for card in cards:
        if card != p.MALLORYS:  # her own card is hers to show
            plain += _made(broken, known, view, card, given, contexts)
    yield from plain
    yield from of_kind(known, "seal")
    if view.open is not None and view.open.session_key is not None:
        to, info = pk(view.open.session_key), digest(view.open.challenge)
        yield from (seal(to, info, message) for message in plain)


def _made(
    broken: Broken, known: Knowledge, view: View, card: Term, given: list[Term], contexts: dict[int, Term]
) -> Iterator[Term]:
    names = sorted({"cti of Mallory"} | {claims.cti for claims in of_kind(known, "claims")})
    filmed = signatures(known, "presentation-code")
    for device in _having(DEVICE_KEYS, known):
        for level, context in contexts.items():
            for layer in filmed:
                yield wrapped(broken, card, level, context, device, layer)
            for cti in names:
                for under in given:
                    for code in (None, *_having(CODE_KEYS, known)):
                        claims = Claims("claims", cti, view.time, CODE if code else NO_CODE, level, under)
                        yield presentation(broken, card, claims, context, device, code)
                    if "code-only-claimed" in broken:
                        claims = Claims("claims", cti, view.time, CODE, level, under)
                        yield presentation(broken, card, claims, context, device, None)


def shown_to_phones(known: Knowledge, authorities: frozenset[Term], levels: range) -> list[Term]:
    """Stickers and challenges, for these levels: those that hang about or were filmed, and those that the attacker can sign."""
    stickers = list(signatures(known, "terminal-certificate"))
    if pk(p.ROGUE) in authorities:
        stickers.append(certificate(p.ROGUE, p.ROGUE, p.T1, p.CATEGORIES[p.T1]))
    read = stickers if AUDIENCE in levels else []
    if CHALLENGE not in levels:
        return read
    keys = [key for key in (p.ROGUE, *p.TERMINAL_KEYS.values()) if key in known]
    made = [challenge(key, Asked("asked", sticker, *_RELAYED)) for sticker in stickers for key in keys]
    own = certificate(p.ROGUE, p.ROGUE, p.T1, p.CATEGORIES[p.T1])
    made.append(challenge(p.ROGUE, Asked("asked", own, *_RELAYED)))
    return [*read, *signatures(known, "challenge"), *made]


def status_lists(known: Knowledge, issuers: frozenset[Term]) -> list[Term]:
    """Lists that were published, and one of her own by an issuer key that she has, that revokes nobody."""
    found = list(signatures(known, "status-list"))
    found += [status_list(key, Listed("list", LATER, ())) for key in _signing(known, issuers)]
    return found
