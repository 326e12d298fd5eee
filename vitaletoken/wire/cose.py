"""COSE_Sign1 and COSE_Key in the forms that the specification permits (spec section 5; RFC 9052, RFC 9053, RFC 9864).

Protected headers are compared with their one permitted form, never interpreted: nothing that arrives can choose an
algorithm.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from vitaletoken.errors import NotInForm
from vitaletoken.wire import cbor
from vitaletoken.wire.cbor import BYTES_HEADS, Item, bytes_head
from vitaletoken.wire.fields import Reader, binary, boolean, closed, constant
from vitaletoken.wire.registry import Algorithm

SIGNATURE_SIZE: Final = 64
ML_DSA_PUBLIC_SIZE: Final = 1952
ML_DSA_SIGNATURE_SIZE: Final = 3309
KID_SIZE: Final = 8
#: Containers and strings of a COSE_Sign1: the array, its empty map, three byte strings.
SIGN1_ITEMS: Final = 5

#: {1: -19}
HEADER_ED25519: Final = b"\xa1\x01\x32"
_ALG_BYTE: Final = {Algorithm.ED25519: b"\x32", Algorithm.ESP256: b"\x28"}
_KID_PREFIX: Final = b"\xa2\x01\x32\x04\x48"
_ML_DSA_KID_PREFIX: Final = b"\xa2\x01\x38\x30\x04\x48"
_FRAME_START: Final = b"\x84\x4d" + _KID_PREFIX
_EMPTY_MAP: Final = b"\xa0"
_SIGNATURE_HEAD: Final = b"\x58\x40"
_CREDENTIAL_LABEL: Final = b"\x0d"  # 13, kcwt (RFC 9528)
_ED25519: Final = Algorithm.ED25519  # to name a member takes 65 ns, up to Python 3.11
_new: Final = tuple.__new__  # of a NamedTuple: half the time of calling it
_DEVICE_HEADERS: Final = {b"\xa1\x01" + byte: alg for alg, byte in _ALG_BYTE.items()}
_CREDENTIAL_HEADERS: Final = {b"\xa2\x01" + byte + _CREDENTIAL_LABEL: alg for alg, byte in _ALG_BYTE.items()}


class CoseSign1(NamedTuple):
    """COSE_Sign1 (RFC 9052 section 4.2), untagged, unprotected header empty; the byte strings as they arrived.

    [protected: bstr, {}, payload: bstr / nil, signature: bstr .size 64]; ``payload`` is empty for a detached one.
    """

    protected: bytes
    payload: bytes
    signature: bytes

    def __repr__(self) -> str:
        return "CoseSign1(...)"  # it holds names, and may hold a whole credential


def parse_sign1(data: bytes, max_size: int) -> CoseSign1:
    """One COSE_Sign1 in ``data`` of at most ``max_size`` bytes. Raises ``NotInForm``."""
    return sign1_of(cbor.decode(data, max_size))


def sign1_of(item: Item, signature_size: int = SIGNATURE_SIZE) -> CoseSign1:
    """The decoded ``item`` as a COSE_Sign1 with a payload. Raises ``NotInForm``."""
    if type(item) is not list or len(item) != 4:
        raise NotInForm("not a COSE_Sign1")
    protected, unprotected, payload, signature = item
    if type(protected) is not bytes or unprotected != {} or type(payload) is not bytes or type(signature) is not bytes:
        raise NotInForm("not a COSE_Sign1 with an empty unprotected header")
    if len(signature) != signature_size:
        raise NotInForm("signature size")
    return CoseSign1(protected, payload, signature)


def detached_sign1_of(item: Item) -> CoseSign1:
    """The decoded ``item`` as a COSE_Sign1 whose payload is nil, its header {alg: Ed25519 or ML-DSA-65, kid}.

    Raises ``NotInForm``.
    """
    if type(item) is not list or len(item) != 4 or item[2] is not None or type(item[0]) is not bytes:
        raise NotInForm("not a detached COSE_Sign1")
    post_quantum = item[0].startswith(_ML_DSA_KID_PREFIX) and len(item[0]) == len(_ML_DSA_KID_PREFIX) + KID_SIZE
    if not post_quantum:
        kid_in(item[0])
    return sign1_of([item[0], item[1], b"", item[3]], ML_DSA_SIGNATURE_SIZE if post_quantum else SIGNATURE_SIZE)


def detached_item(layer: CoseSign1) -> Item:
    """The COSE_Sign1 as a CBOR item whose payload is nil."""
    return [layer.protected, {}, None, layer.signature]


def serialize_sign1(sign1: CoseSign1) -> bytes:
    """The untagged COSE_Sign1 as bytes."""
    return cbor.encode_ordered([sign1.protected, {}, sign1.payload, sign1.signature])


def sig_structure(protected: bytes, external_aad: bytes, payload: bytes) -> bytes:
    """The bytes to be signed: enc(["Signature1", protected, external_aad, payload]) (RFC 9052 section 4.4; COSE-5).

    Four items of known types, made twice or three times for each scan: a join takes a third of an encoder's time.
    """
    try:
        protected_head, payload_head = BYTES_HEADS[len(protected)], BYTES_HEADS[len(payload)]
        aad_head = BYTES_HEADS[len(external_aad)]
    except IndexError:
        protected_head, payload_head = bytes_head(len(protected)), bytes_head(len(payload))
        aad_head = bytes_head(len(external_aad))
    return b"".join((b"\x84\x6aSignature1", protected_head, protected, aad_head, external_aad, payload_head, payload))


def sign(signer: Callable[[bytes], bytes], protected: bytes, external_aad: bytes, payload: bytes) -> bytes:
    """A COSE_Sign1 as bytes, signed by ``signer``: bytes to be signed in, 64 bytes out."""
    return serialize_sign1(CoseSign1(protected, payload, signer(sig_structure(protected, external_aad, payload))))


def header_with_kid(kid: bytes, algorithm: Algorithm = Algorithm.ED25519) -> bytes:
    """{1: -19, 4: kid}; or {1: -49, 4: kid} for ML-DSA-65."""
    return (_ML_DSA_KID_PREFIX if algorithm is Algorithm.ML_DSA_65 else _KID_PREFIX) + kid


def parse_sign1_with_kid(data: bytes, max_size: int) -> tuple[bytes, CoseSign1]:
    """The kid and the COSE_Sign1 in ``data``, of at most ``max_size`` bytes, its header {alg: Ed25519, kid}.

    All but the length of the payload is fixed, so the frame is compared and not decoded: array of 4, header of 13 bytes, {},
    payload of 24 to 65,535 bytes (fewer hold no claims), 64 bytes of signature. Raises ``NotInForm``.
    """
    if (
        len(data) > max_size
        or data[:7] != _FRAME_START
        or data[15:16] != _EMPTY_MAP
        or data[-SIGNATURE_SIZE - 2 : -SIGNATURE_SIZE] != _SIGNATURE_HEAD
    ):
        raise NotInForm("not a COSE_Sign1 with a kid")
    rest = data[16 : -SIGNATURE_SIZE - 2]
    payload = rest[2:] if rest[:1] == b"\x58" else rest[3:]
    size = len(payload)
    if not 24 <= size <= 0xFFFF:
        raise NotInForm("size of the payload")
    head = b"\x58" + size.to_bytes(1, "big") if size <= 0xFF else b"\x59" + size.to_bytes(2, "big")
    if rest[: len(head)] != head:
        raise NotInForm("head of the payload")
    return data[7:15], CoseSign1(data[2:15], payload, data[-SIGNATURE_SIZE:])


def kid_in(protected: bytes) -> bytes:
    """The kid of a header {1: -19, 4: kid}. Raises ``NotInForm`` for any other header."""
    if len(protected) != len(_KID_PREFIX) + KID_SIZE or not protected.startswith(_KID_PREFIX):
        raise NotInForm("header is not {alg: Ed25519, kid}")
    return protected[len(_KID_PREFIX) :]


def header_of_device(algorithm: Algorithm) -> bytes:
    """{1: alg}"""
    return b"\xa1\x01" + _ALG_BYTE[algorithm]


def device_algorithm_in(protected: bytes) -> Algorithm:
    """The algorithm of a header {1: alg}. Raises ``NotInForm`` for any other header."""
    algorithm = _DEVICE_HEADERS.get(protected)
    if algorithm is None:
        raise NotInForm("header is not {alg}")
    return algorithm


def header_with_credential(algorithm: Algorithm, credential: bytes) -> bytes:
    """{1: alg, 13: credential}: the credential's bytes as issued, which are the rest of the header."""
    return b"\xa2\x01" + _ALG_BYTE[algorithm] + _CREDENTIAL_LABEL + credential


#: The algorithm of {1: alg, 13: credential}, by the four bytes before the credential; None for any others.
credential_header: Final = _CREDENTIAL_HEADERS.get


def credential_in(protected: bytes) -> tuple[Algorithm, bytes]:
    """The algorithm and the credential's bytes of a header {1: alg, 13: credential}. Else raises ``NotInForm``."""
    algorithm = credential_header(protected[:4])
    if algorithm is None or len(protected) == 4:
        raise NotInForm("header is not {alg, credential}")
    return algorithm, protected[4:]


class CoseKey(NamedTuple):
    """A public COSE_Key (RFC 9052 section 7, RFC 9053 section 7.1 and 7.2).

    Attributes:
        algorithm: fixes how signatures are made and checked.
        public: Ed25519: the 32 bytes of RFC 8032. P-256: the compressed point, 33 bytes (SEC 1 section 2.3.3). ML-DSA-65:
            1,952 bytes (FIPS 204).

    {1: 1, 3: -19, -1: 6, -2: x}, {1: 2, 3: -9, -1: 1, -2: x, -3: sign of y} or {1: 7, 3: -49, -1: pub}
    """

    algorithm: Algorithm
    public: bytes

    def to_item(self) -> dict[int, Item]:
        """The key as a CBOR map, in order."""
        if self.algorithm is Algorithm.ED25519:
            return {1: 1, 3: -19, -1: 6, -2: self.public}
        if self.algorithm is Algorithm.ML_DSA_65:
            return {1: 7, 3: -49, -1: self.public}
        return {1: 2, 3: -9, -1: 1, -2: self.public[1:], -3: self.public[0] == 3}


def ed25519_key(public: bytes) -> CoseKey:
    """The Ed25519 key whose public half is ``public``, 32 bytes."""
    return _new(CoseKey, (_ED25519, public))


_okp_key: Final = closed(
    lambda _kty, _alg, _crv, x: CoseKey(Algorithm.ED25519, x),
    {1: constant(1), 3: constant(-19), -1: constant(6), -2: binary(32)},
)
_ec2_key: Final = closed(
    lambda _kty, _alg, _crv, x, y_sign: CoseKey(Algorithm.ESP256, (b"\x03" if y_sign else b"\x02") + x),
    {1: constant(2), 3: constant(-9), -1: constant(1), -2: binary(32), -3: boolean},
)
#: {1: 7, 3: -49, -1: pub} of ML-DSA-65 (kty AKP) only. Raises ``NotInForm``.
ml_dsa_key_of: Final[Reader[CoseKey]] = closed(
    lambda _kty, _alg, public: CoseKey(Algorithm.ML_DSA_65, public),
    {1: constant(7), 3: constant(-49), -1: binary(ML_DSA_PUBLIC_SIZE)},
)


def key_of(item: Item) -> CoseKey:
    """The decoded ``item`` as a COSE_Key of one of the two forms that a device key has. Raises ``NotInForm``.

    The form only: whether the point is valid is KEY-2, checked where a key is accepted.
    """
    return _ec2_key(item) if type(item) is dict and len(item) == 5 else _okp_key(item)


def ed25519_key_of(item: Item) -> CoseKey:
    """As ``key_of``, for Ed25519 only. Raises ``NotInForm``."""
    return _okp_key(item)


def signing_key_of(item: Item) -> CoseKey:
    """The decoded ``item`` as a COSE_Key of what signs trust lists and snapshots. Raises ``NotInForm``."""
    return ml_dsa_key_of(item) if type(item) is dict and len(item) == 3 else _okp_key(item)
