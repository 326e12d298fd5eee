"""Messages made by hand: what a world's own keys would sign if someone else held the pen.

Each function takes the genuine message of an enrolled world, lets ``edit`` change the decoded claims, and signs again, in
the way that spec/vitaletoken.md gives and with raw cbor2: nothing of the library writes here, so that a fault in its
writers cannot hide one in its readers. Headers, external_aad, keys and unprotected headers can be replaced too.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from tests.world import CODE, DAY, ISSUER_ID, NIR, NOW, World
from vitaletoken.adapters.keystore import SoftwareSigner
from vitaletoken.crypto.signing import SigningKey
from vitaletoken.rules.wallet import code_of

Item = Any
Edit = Callable[[Any], None]
Sign = Callable[[bytes], bytes]

CARD, PRESENTATION, ENROLMENT, TERMINAL, CHALLENGE, SNAPSHOT, DELTA = range(-65537, -65544, -1)
#: The number and the salt of requests made here.
NUMBER = (NIR.digits(), bytes(range(16)))
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
ALG = {-19: b"\x32", -9: b"\x28"}

#: Points of small order, canonically encoded: the identity first. Under each of them some signature verifies more than it
#: should, in a verifier that does not look.
SMALL_ORDER = tuple(
    bytes.fromhex(point)
    for point in (
        "01" + "00" * 31,
        "00" * 32,
        "00" * 31 + "80",
        "ec" + "ff" * 30 + "7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    )
)


# --- items


def enc(item: Item) -> bytes:
    """Core Deterministic Encoding of anything cbor2 knows, also of what the profile forbids."""
    return cbor2.dumps(_ordered(item))


def _ordered(item: Item) -> Item:
    if isinstance(item, dict):
        return {key: _ordered(item[key]) for key in sorted(item, key=cbor2.dumps)}
    if isinstance(item, list):
        return [_ordered(element) for element in item]
    return item


def dec(data: bytes) -> Item:
    return cbor2.loads(data)


def put(path: tuple[Any, ...], value: Item) -> Edit:
    """An edit that sets what is at ``path``."""

    def edit(item: Item) -> None:
        for key in path[:-1]:
            item = item[key]
        item[path[-1]] = value

    return edit


def drop(path: tuple[Any, ...]) -> Edit:
    """An edit that takes away what is at ``path``."""

    def edit(item: Item) -> None:
        for key in path[:-1]:
            item = item[key]
        del item[path[-1]]

    return edit


def both(*edits: Edit | None) -> Edit:
    """One edit after the other."""

    def edit(item: Item) -> None:
        for change in edits:
            if change is not None:
                change(item)

    return edit


def edited(item: Item, edit: Edit | None) -> Item:
    item = copy.deepcopy(item)
    if edit is not None:
        edit(item)
    return item


# --- layers


def sign1(sign: Sign, protected: bytes, aad: bytes, payload: bytes, *, unprotected: Item | None = None) -> list[Item]:
    """[protected, {}, payload, signature]"""
    tbs = enc(["Signature1", protected, aad, payload])
    return [protected, {} if unprotected is None else unprotected, payload, sign(tbs)]


def aad(label: str, *more: Item) -> bytes:
    return enc(["vitaletoken/1", label, *more])


def thumbprint(key: dict[int, Item]) -> bytes:
    """Of a COSE_Key with an uncompressed point, as RFC 9679 gives it."""
    members = (1, -1, -2, -3) if key[1] == 2 else (1, -1, -2)
    return hashlib.sha256(enc({member: key[member] for member in members})).digest()


def kid(public: bytes) -> bytes:
    """Of an Ed25519 key, or of an ML-DSA-65 key."""
    if len(public) == 1952:
        return hashlib.sha256(enc({1: 7, 3: -49, -1: public})).digest()[:8]
    return thumbprint({1: 1, -1: 6, -2: public})[:8]


def header_kid(public: bytes) -> bytes:
    return enc({1: -49 if len(public) == 1952 else -19, 4: kid(public)})


def base45(data: bytes) -> str:
    """RFC 9285, the slow way."""
    out = ""
    for at in range(0, len(data), 2):
        group = data[at : at + 2]
        number = int.from_bytes(group, "big")
        for _ in range(len(group) + 1):
            number, digit = divmod(number, 45)
            out += ALPHABET[digit]
    return out


def text(message: bytes, prefix: str = "VT1:") -> str:
    return prefix + base45(message)


# --- messages of a world


def credential_of(world: World) -> bytes:
    return world.views().minimal


def credential_claims(credential: bytes) -> Item:
    return dec(dec(credential)[2])


def code_key(world: World, code: str = CODE) -> SigningKey:
    return world.holder._code_signing_key(code, code_of(world.holder_store.load()))


def credential(
    world: World,
    edit: Edit | None = None,
    *,
    signer: SoftwareSigner | None = None,
    protected: bytes | None = None,
    label: str = "credential",
    genuine: bytes | None = None,
    layer: Edit | None = None,
    payload: bytes | None = None,
) -> bytes:
    """The credential on the world's phone, with other claims, signed by the world's issuer or by ``signer``.

    ``layer`` edits the COSE_Sign1 after it was signed; ``payload`` takes the place of the claims' encoding.
    """
    signer = signer or world.issuer_signer
    if payload is None:
        payload = enc(edited(credential_claims(genuine or credential_of(world)), edit))
    header = header_kid(signer.public_key.public) if protected is None else protected
    return enc(edited(sign1(signer.sign, header, aad(label), payload), layer))


def claims(world: World, *, code: bool = True, counter: int = 1) -> dict[int, Item]:
    """Presentation claims of now."""
    now = world.clock.now()
    return {
        4: now + 60,
        6: now,
        7: world.entropy.random(8),
        PRESENTATION: {1: 3 if code else 0, 2: 0, 3: counter, 4: 0},
    }


def presentation(
    world: World,
    edit: Edit | None = None,
    *,
    credential: bytes | None = None,
    code: bool = True,
    device_sign: Sign | None = None,
    code_sign: Sign | None = None,
    algorithm: int | None = None,
    context: bytes | None = None,
    header: Callable[[bytes], bytes] | None = None,
    code_header: bytes = b"\xa1\x01\x32",
    code_layer: Edit | None = None,
    device_layer: Edit | None = None,
    payload: bytes | None = None,
) -> bytes:
    """A presentation, with other claims, signed by the world's phone, or by ``device_sign`` and ``code_sign``.

    ``header`` makes another protected header of the genuine one; ``code_layer`` and ``device_layer`` edit a layer after it
    was signed; ``payload`` takes the place of all that is inside the device layer.
    """
    card = credential_of(world) if credential is None else credential
    innermost = edited(claims(world, code=code), edit)
    alg = algorithm or int(world.device_key.public_key.algorithm)
    own = innermost.get(PRESENTATION) if isinstance(innermost, dict) else None
    binding = own.get(2, 0) if isinstance(own, dict) else 0
    more = (1 if alg == -19 else 2, binding, hashlib.sha256(card).digest(), context)
    inner = enc(innermost)
    if code:
        code_sign = code_sign or code_key(world).sign
        inner = enc(edited(sign1(code_sign, code_header, aad("presentation-code", *more), inner), code_layer))
    if payload is not None:
        inner = payload
    protected = b"\xa2\x01" + ALG[alg] + b"\x0d" + card
    if header is not None:
        protected = header(protected)
    device_sign = device_sign or world.device_key.sign
    return enc(edited(sign1(device_sign, protected, aad("presentation-device", *more), inner), device_layer))


def trust_list(
    world: World,
    edit: Edit | None = None,
    *,
    signers: list[SoftwareSigner] | None = None,
    label: str = "trust-list",
    whole: Edit | None = None,
    payload: bytes | None = None,
) -> bytes:
    """The world's trust list with other claims, signed by two of its root keys or by ``signers``."""
    if payload is None:
        payload = enc(edited(dec(dec(world.trust_list)[0]), edit))
    signers = world.root_signers[:2] if signers is None else signers
    return enc(edited([payload, detached(signers, aad(label), payload)], whole))


def detached(signers: Iterable[SoftwareSigner], external_aad: bytes, payload: bytes) -> list[Item]:
    """Detached signatures."""
    layers = [sign1(s.sign, header_kid(s.public_key.public), external_aad, payload) for s in signers]
    return [[protected, unprotected, None, made] for protected, unprotected, _, made in layers]


def snapshot_claims(lists: Mapping[int, bytes], *, sequence: int = 1, iat: int = NOW) -> dict[int, Item]:
    """Of a snapshot of the world's issuer that names these inflated lists."""
    named = [[number, len(lists[number]), hashlib.sha256(lists[number]).digest()] for number in sorted(lists)]
    return {1: ISSUER_ID, 4: iat + 7 * DAY, 6: iat, 65534: DAY, SNAPSHOT: {1: sequence, 2: named}}


def snapshot(
    world: World,
    claims: dict[int, Item],
    edit: Edit | None = None,
    *,
    signers: list[SoftwareSigner] | None = None,
    label: str = "status-snapshot",
    whole: Edit | None = None,
) -> bytes:
    """A snapshot with these claims, signed by the world's issuer or by ``signers``."""
    payload = enc(edited(claims, edit))
    signers = [world.issuer_signer] if signers is None else signers
    return enc(edited([payload, detached(signers, aad(label), payload)], whole))


def payload_digest(snapshot: bytes) -> bytes:
    return hashlib.sha256(dec(snapshot)[0]).digest()


def leb128(*numbers: int) -> bytes:
    out = b""
    for number in numbers:
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(number & 0x7F)
        out += bytes([digit | 0x80 for digit in digits[:-1]] + digits[-1:])
    return out


def delta(
    world: World,
    start: bytes,
    to: bytes,
    changes: list[Item],
    edit: Edit | None = None,
    *,
    signer: SoftwareSigner | None = None,
    label: str = "status-delta",
    layer: Edit | None = None,
) -> bytes:
    """A delta between the snapshots ``start`` and ``to``; ``changes`` are [list, [[value, gaps], ...]]."""
    signer = signer or world.issuer_signer
    claims = {1: ISSUER_ID, DELTA: {1: payload_digest(start), 2: payload_digest(to), 3: changes}}
    header = header_kid(signer.public_key.public)
    return enc(edited(sign1(signer.sign, header, aad(label), enc(edited(claims, edit))), layer))


def status_list(
    world: World,
    edit: Edit | None = None,
    *,
    signer: SoftwareSigner | None = None,
    protected: bytes | None = None,
    external_aad: bytes = b"",
    layer: Edit | None = None,
    payload: bytes | None = None,
) -> bytes:
    """The world's status list, with other claims, signed by its issuer or by ``signer``."""
    signer = signer or world.issuer_signer
    if payload is None:
        payload = enc(edited(dec(dec(world.issuer.publish_status_list())[2]), edit))
    if protected is None:
        protected = enc({1: -19, 4: kid(signer.public_key.public), 16: "application/statuslist+cwt"})
    return enc(edited(sign1(signer.sign, protected, external_aad, payload), layer))


def offer(
    world: World,
    edit: Edit | None = None,
    *,
    signer: SoftwareSigner | None = None,
    label: str = "enrolment-offer",
    layer: Edit | None = None,
    protected: bytes | None = None,
) -> bytes:
    """An offer of the world's issuer, with other claims, signed by it or by ``signer``."""
    signer = signer or world.issuer_signer
    payload = enc(edited(dec(dec(world.issuer.offer())[2]), edit))
    header = header_kid(signer.public_key.public) if protected is None else protected
    return enc(edited(sign1(signer.sign, header, aad(label), payload), layer))


def request(
    world: World,
    offer: bytes,
    edit: Edit | None = None,
    *,
    device_sign: Sign | None = None,
    code_sign: Sign | None = None,
    device_header: bytes | None = None,
    code_header: bytes = b"\xa1\x01\x32",
    labels: tuple[str, str] = ("enrolment-request-device", "enrolment-request-code"),
    number: tuple[str, bytes] | None = None,
    sealed: bytes | None = None,
    code_layer: Edit | None = None,
    device_layer: Edit | None = None,
) -> bytes:
    """An answer to ``offer`` from the world's phone, with other claims, signed by its keys or by others.

    ``number`` is the NIR and the salt that are committed to and sealed; ``sealed`` takes the place of the latter.
    """
    device = world.device_key.public_key
    alg = int(device.algorithm)
    innermost = {
        6: world.clock.now(),
        8: {1: cose_key(alg, device.public)},
        ENROLMENT: {
            1: code_key(world).public,
            2: hashlib.sha256(offer).digest(),
            3: commitment(*(number or NUMBER)),
            4: sealed_number(world, offer, *(number or NUMBER)) if sealed is None else sealed,
        },
    }
    inner = sign1(code_sign or code_key(world).sign, code_header, aad(labels[1]), enc(edited(innermost, edit)))
    header = b"\xa1\x01" + ALG[alg] if device_header is None else device_header
    payload = enc(edited(inner, code_layer))
    return enc(edited(sign1(device_sign or world.device_key.sign, header, aad(labels[0]), payload), device_layer))


def commitment(nir: str, salt: bytes) -> bytes:
    return hashlib.sha256(enc(["vitaletoken/1", "number", salt, nir])).digest()


def sealed_number(world: World, offer: bytes, *number: Item, label: str = "enrolment-number") -> bytes:
    """Sealed to the world's issuer, with HPKE as ``cryptography`` has it: no library code of ours."""
    key = X25519PublicKey.from_public_bytes(world.number_key.public_key)
    info = aad(label, hashlib.sha256(offer).digest())
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305).encrypt(enc(list(number)), key, info=info)


def certificate(
    world: World,
    edit: Edit | None = None,
    *,
    signer: SoftwareSigner | None = None,
    label: str = "terminal-certificate",
    protected: bytes | None = None,
    layer: Edit | None = None,
    payload: bytes | None = None,
) -> bytes:
    """A certificate of the world's terminal, with other claims, signed by its authority or by ``signer``."""
    signer = signer or world.authority_signer
    if payload is None:
        payload = enc(edited(dec(dec(world.certificate().raw)[2]), edit))
    header = header_kid(signer.public_key.public) if protected is None else protected
    return enc(edited(sign1(signer.sign, header, aad(label), payload), layer))


#: An X25519 private key for challenges made by hand.
SESSION_SECRET = bytes(range(1, 33))


def challenge(
    world: World,
    edit: Edit | None = None,
    *,
    certificate: bytes | None = None,
    sign: Sign | None = None,
    label: str = "challenge",
    protected: bytes = b"\xa1\x01\x32",
    layer: Edit | None = None,
    payload: bytes | None = None,
) -> bytes:
    """A challenge of the world's terminal: for identification and billing, sealed, with a transaction; edited."""
    if payload is None:
        claims = {
            6: world.clock.now(),
            7: world.entropy.random(16),
            CHALLENGE: {
                1: world.certificate().raw if certificate is None else certificate,
                2: [1, 2],
                3: 2,
                4: 120,
                5: X25519PrivateKey.from_private_bytes(SESSION_SECRET).public_key().public_bytes_raw(),
                6: {1: hashlib.sha256(b"care sheet").digest(), 2: "Ordonnance, 3 articles", 3: 2345},
            },
        }
        payload = enc(edited(claims, edit))
    return enc(edited(sign1(sign or world.terminal_signer.sign, protected, aad(label), payload), layer))


def sealed(message: bytes, session_key: bytes, challenge: bytes) -> bytes:
    """``message`` as a sealed answer to ``challenge``."""
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    info = aad("sealed-answer", hashlib.sha256(challenge).digest())
    return suite.encrypt(message, X25519PublicKey.from_public_bytes(session_key), info=info)


def cose_key(algorithm: int, public: bytes) -> dict[int, Item]:
    if algorithm == -49:
        return {1: 7, 3: -49, -1: public}
    if algorithm == -19:
        return {1: 1, 3: -19, -1: 6, -2: public}
    return {1: 2, 3: -9, -1: 1, -2: public[1:], -3: public[0] == 3}
