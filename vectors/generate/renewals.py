"""Renewals of the fixture's cards, with and without a change of the code."""

from __future__ import annotations

from vectors.generate.double import Double
from vectors.generate.fixtures import CARD_CAMILLE, CARD_ZOE, NOW, Claims
from vectors.generate.keys import CODE_1, CODE_2, PHONE_1, PHONE_2, DeviceKey, Ed25519Key, derive, ed25519
from vectors.generate.messages import sha256

RENEWAL = -65544
NEW_CODE_1, NEW_CODE_2 = (ed25519(f"fixture/phone/suite-{suite}", "second code seed") for suite in (1, 2))


def renewal(
    about: bytes = CARD_CAMILLE,
    device: DeviceKey = PHONE_1,
    code: Ed25519Key = CODE_1,
    new_code: Ed25519Key | None = None,
) -> Double:
    """Section 12.4: a minute old."""
    what: Claims = {1: sha256(about)}
    if new_code is not None:
        what[2] = new_code.public
    claims: Claims = {6: NOW - 60, 7: derive("fixture/renewal", "nonce", 16), RENEWAL: what}
    return Double("renewal", claims, device, code, about, new_code)


RENEWAL_1, RENEWAL_2 = renewal(), renewal(CARD_ZOE, PHONE_2, CODE_2)
CHANGE_1 = renewal(new_code=NEW_CODE_1)
CHANGE_2 = renewal(CARD_ZOE, PHONE_2, CODE_2, NEW_CODE_2)
