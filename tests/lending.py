"""A town in which people lend their cards: phones, cards, and what they sign, made by hand as spec section 14 gives it.

As in ``forge``, nothing of the library writes here but its signature schemes, so that a fault in its writers cannot hide
one in its readers. Each maker takes an ``edit`` of the innermost claims, and other signers than the right ones.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.forge import ALG, Edit, Item, aad, base45, cose_key, dec, edited, enc, header_kid, sign1
from tests.world import DAY, ISSUER_ID, NOW, STATUS_URI, StandingClock
from vitaletoken import (
    Code,
    Environment,
    InputError,
    IssuerEntry,
    IssuerKey,
    Policy,
    RootSet,
    TrustListClaims,
    VerifiedPresentation,
    VerifiedTrustList,
    Verifier,
    verify_status_list,
    verify_trust_list,
)
from vitaletoken.adapters.memory import FixedTrust, MemoryReplayStore, MemoryStatus
from vitaletoken.crypto.signing import SigningKey
from vitaletoken.rules.card_record import CardRecord, card_record
from vitaletoken.rules.credential import VerifiedCredential, verify_credential
from vitaletoken.rules.layers import PhoneKeys
from vitaletoken.rules.trust import TrustAnchor, combine_trust_list, trust_list_tbs
from vitaletoken.wire.cose import CoseKey, ed25519_key
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.registry import Algorithm, Category, KeyUse, Purpose, Status

T = TypeVar("T")

CARD, PRESENTATION, RENEWAL, UNLOCK = -65537, -65538, -65544, -65545
INTRODUCTION, GRANT, ORDER = -65546, -65547, -65548
HOUR = 3600
UNTIL = NOW + 20 * DAY

HEADER_CODE = b"\xa1\x01\x32"


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@dataclass(frozen=True)
class Phone:
    """A person with a phone: its device key, the code key of its owner's code."""

    name: str
    device: SigningKey
    code: SigningKey

    @property
    def keys(self) -> PhoneKeys:
        return PhoneKeys(CoseKey(Algorithm(self.device.algorithm), self.device.public), self.code.public)

    @property
    def header(self) -> bytes:
        return b"\xa1\x01" + ALG[self.device.algorithm]


def phone(name: str, algorithm: int = -19) -> Phone:
    device = SigningKey(algorithm, sha(f"device {name}".encode()))
    return Phone(name, device, SigningKey(-19, sha(f"code {name}".encode())))


def key_item(of: Phone) -> Item:
    return {1: cose_key(of.device.algorithm, of.device.public)}


def layers(by: Phone, aads: tuple[bytes, bytes], payload: bytes, code_by: SigningKey | None = None) -> bytes:
    """The code layer inside the device layer."""
    inner = sign1((code_by or by.code).sign, HEADER_CODE, aads[1], payload)
    return enc(sign1(by.device.sign, by.header, aads[0], enc(inner)))


def aads(kind: str, *more: Item) -> tuple[bytes, bytes]:
    return aad(f"{kind}-device", *more), aad(f"{kind}-code", *more)


# --- messages


def introduction(by: Phone, edit: Edit | None = None, *, iat: int = NOW, signed_by: Phone | None = None) -> bytes:
    claims = {6: iat, 8: key_item(by), INTRODUCTION: {1: by.code.public, 2: by.name}}
    return layers(signed_by or by, aads("introduction"), enc(edited(claims, edit)))


def grant(
    card: bytes,
    by: Phone,
    to: Phone,
    edit: Edit | None = None,
    *,
    iat: int = NOW - 60,
    lifetime: int = 72 * HOUR,
    purposes: tuple[int, ...] = (1, 3),
    categories: tuple[int, ...] | None = None,
    code_by: SigningKey | None = None,
    kind: str = "grant",
) -> bytes:
    """A grant of ``card`` by ``by``, whose keys should be the card's."""
    own = {1: to.code.public, 2: to.name, 3: list(purposes)}
    if categories is not None:
        own[4] = list(categories)
    claims = {4: iat + lifetime, 6: iat, 7: b"grant-id", 8: key_item(to), GRANT: own}
    return layers(by, aads(kind, sha(card)), enc(edited(claims, edit)), code_by)


def order(
    card: bytes,
    by: Phone,
    introduced: bytes,
    edit: Edit | None = None,
    *,
    iat: int = NOW,
    until: int = UNTIL,
    code_by: SigningKey | None = None,
    kind: str = "order",
) -> bytes:
    claims = {6: iat, 7: bytes(16), ORDER: {1: sha(card), 2: sha(introduced), 3: until, 4: [1, 3]}}
    return layers(by, aads(kind, sha(card)), enc(edited(claims, edit)), code_by)


def renewal(
    card: bytes,
    by: Phone,
    edit: Edit | None = None,
    *,
    iat: int = NOW,
    new_code: SigningKey | None = None,
    signed_by: SigningKey | None = None,
    code_by: SigningKey | None = None,
) -> bytes:
    """With ``new_code`` a change of the code; ``signed_by`` is who signs as the new code key."""
    claims: dict[int, Item] = {6: iat, 7: bytes(16), RENEWAL: {1: sha(card)}}
    if new_code is not None:
        claims[RENEWAL][2] = new_code.public
    payload = enc(edited(claims, edit))
    if new_code is not None:
        new_aad = aad("renewal-new-code", sha(card))
        payload = enc(sign1((signed_by or new_code).sign, HEADER_CODE, new_aad, payload))
    return layers(by, aads("renewal", sha(card)), payload, code_by)


def presentation(
    card: bytes,
    by: Phone,
    given: bytes | None = None,
    edit: Edit | None = None,
    *,
    now: int = NOW,
    code: bool = True,
    binding: int = 0,
    bound_to: bytes | None = None,
    suite: int | None = None,
    cti: bytes = b"a visit ",
) -> bytes:
    """What ``by`` shows of ``card``, under the grant ``given`` where there is one."""
    own: dict[int, Item] = {1: 3 if code else 0, 2: binding, 3: 70_000, 4: 0}
    if given is not None:
        own[5] = given
    payload = enc(edited({4: now + 60, 6: now, 7: cti, PRESENTATION: own}, edit))
    suite = suite or (1 if by.device.algorithm == -19 else 2)
    more = (suite, binding, sha(card), bound_to)
    if code:
        payload = enc(sign1(by.code.sign, HEADER_CODE, aad("presentation-code", *more), payload))
    header = b"\xa2\x01" + ALG[by.device.algorithm] + b"\x0d" + card
    return enc(sign1(by.device.sign, header, aad("presentation-device", *more), payload))


def lent_card_text(card: bytes, given: bytes) -> str:
    return "VTD1:" + base45(enc([card, given]))


# --- the town


class Town:
    """One issuer, one terminal, and cards onto whichever phones."""

    def __init__(self, environment: Environment = Environment.TEST) -> None:
        self.environment = environment
        self.clock = StandingClock()
        self.issuer = SigningKey(-19, sha(b"issuer"))
        self.root = SigningKey(-19, sha(b"root"))
        self.trust = self.trust_list()

    def trust_list(self, **changes: Any) -> VerifiedTrustList:
        root = ed25519_key(self.root.public)
        uses = (KeyUse.CREDENTIAL, KeyUse.STATUS_LIST, KeyUse.ENROLMENT_OFFER)
        key = IssuerKey(ed25519_key(self.issuer.public), uses, NOW - 365 * DAY, NOW + 365 * DAY)
        fields = {
            "version": 1,
            "iat": NOW - DAY,
            "exp": NOW + 60 * DAY,
            "environment": self.environment,
            "roots": RootSet(1, (root,)),
            "issuers": (IssuerEntry(ISSUER_ID, "Assurance maladie", (key,), STATUS_URI),),
        }
        claims = TrustListClaims(**{**fields, **changes})
        data = combine_trust_list(claims, {root: self.root.sign(trust_list_tbs(claims, root))})
        return verify_trust_list(data, TrustAnchor(claims.roots), self.environment)

    def card(self, owner: Phone, edit: Edit | None = None, *, idx: int = 7, exp: int = NOW + 14 * DAY) -> bytes:
        """A card onto ``owner``'s phone; by default of Camille, who is her own policyholder."""
        card: dict[int, Any] = {
            1: owner.code.public,
            2: b"camille ",
            3: {1: "Lefebvre-Moreau", 2: ["Camille", "Élise"], 3: 2},
            4: 1,
            5: [1, 751, 42],
            6: [0, idx],
            7: NOW // DAY,
            9: [1, bytes(16)],
        }
        if self.environment is Environment.TEST:
            card[10] = 1
        claims = {1: ISSUER_ID, 4: exp, 6: NOW - HOUR, 7: idx.to_bytes(8, "big"), 8: key_item(owner), CARD: card}
        return self.signed("credential", edited(claims, edit))

    def lent_card(
        self, owner: Phone, to: Phone, edit: Edit | None = None, *, binding: bytes = bytes(16), exp: int = UNTIL
    ) -> bytes:
        """The same beneficiary onto the delegate's keys, lent for identification and dispensing at pharmacies."""
        card = dec(dec(self.card(owner))[2])[CARD]
        card.update({1: to.code.public, 6: [0, 8], 9: [1, binding], 15: {1: to.name, 2: [1, 3], 3: [2]}})

        def lend(claims: Item) -> None:
            claims.update({CARD: card})
            if edit is not None:
                edit(claims)

        return self.card(to, lend, idx=8, exp=exp)

    def child(self, parent: Phone) -> bytes:
        """A child's card on the parent's phone, under the parent's keys."""
        person = {1: "Lefebvre-Moreau", 2: ["Zoé"], 3: 2}

        def edit(claims: Item) -> None:
            claims[CARD].update({2: b"zoe     ", 3: person, 4: 3, 11: b"camille "})

        return self.card(parent, edit, idx=9)

    def signed(self, label: str, claims: Item, *more: Item) -> bytes:
        header = header_kid(self.issuer.public)
        return enc(sign1(self.issuer.sign, header, aad(label, *more), enc(claims)))

    def unlock(self, card: bytes, nonce: bytes, edit: Edit | None = None) -> bytes:
        claims = {1: ISSUER_ID, 4: NOW + 600, 6: NOW, 7: nonce, UNLOCK: sha(card)}
        return self.signed("unlock", edited(claims, edit), sha(card))

    def verified(self, card: bytes) -> VerifiedCredential:
        return verify_credential(parse_credential(card), self.trust, NOW)

    def record(self, card: bytes, status: Status = Status.VALID) -> CardRecord:
        return card_record(parse_credential(card), status)

    def statuses(self, entries: Mapping[int, Status] | None = None, *, iat: int = NOW - HOUR) -> MemoryStatus:
        """The terminal's status list, with ``entries`` that are not valid."""
        content = bytearray(16)
        for idx, status in (entries or {}).items():
            content[idx // 4] |= status << 2 * (idx % 4)
        claims = {
            2: f"{STATUS_URI}/0",
            4: iat + 7 * DAY,
            6: iat,
            65533: {"lst": zlib.compress(bytes(content)), "bits": 2},
            65534: 5 * DAY,
        }
        header = enc({1: -19, 4: header_kid(self.issuer.public)[-8:], 16: "application/statuslist+cwt"})
        held = MemoryStatus()
        held.keep(verify_status_list(enc(sign1(self.issuer.sign, header, b"", enc(claims))), self.trust))
        return held

    def verify(
        self,
        message: bytes,
        *,
        now: int = NOW,
        purpose: Purpose = Purpose.IDENTIFICATION,
        categories: tuple[Category, ...] = (),
        status: MemoryStatus | None = None,
        **policy: Any,
    ) -> VerifiedPresentation:
        """What a terminal says that has seen nothing before and, unless told otherwise, lets people act for others."""
        options = {"environment": self.environment, "delegates": True, **policy}
        self.clock.time = now
        terminal = Verifier(
            trust=FixedTrust(self.trust),
            status=status or self.statuses(),
            replay=MemoryReplayStore(),
            clock=self.clock,
            policy=Policy(**options),
            categories=categories,
        )
        return terminal.verify_message(message, "visit 1", purpose)

    def outcome(self, message: bytes, **options: Any) -> VerifiedPresentation | Code:
        return attempt(self.verify, message, **options)


def attempt(call: Callable[..., T], *arguments: Any, **options: Any) -> T | Code:
    """What ``call`` returns, or the code with which it refuses."""
    try:
        return call(*arguments, **options)
    except InputError as refused:
        return refused.code
