"""Keys in an HSM, a smart card or another token that speaks PKCS#11 (OASIS, version 2.40, with EdDSA of version 3.0).

For issuers, authorities, roots and terminals, whose keys are worth hardware; the token's private keys sign there and never
leave. It comes with ``vitaletoken[pkcs11]``, and with the module (a shared library) of the hardware's maker.

Ed25519 is ``CKM_EDDSA``; ECDSA is ``CKM_ECDSA`` over the SHA-256 made here, brought to low s (SIG-2). The device's PRF is
``CKM_SHA256_HMAC`` under a generic secret of 32 bytes. ML-DSA-65 is not here: version 3.2 has it, and tokens do not yet.

What the token refuses while it signs is raised as it is, as every port's failure: ``pkcs11.PKCS11Error``.
"""

from __future__ import annotations

import hashlib
import importlib
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from vitaletoken.crypto import signing
from vitaletoken.errors import UsageError, raise_alone
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.registry import Algorithm

_PRF_SIZE: Final = 32
#: DER of the curves' OIDs: id-Ed25519 (RFC 8410) and secp256r1 (RFC 5480).
_CURVES: Final = {
    Algorithm.ED25519: bytes.fromhex("06032b6570"),
    Algorithm.ESP256: bytes.fromhex("06082a8648ce3d030107"),
}
#: What PKCS#11 3.0 permits beside the OID: the curve's name as a PrintableString.
_ED25519_NAMED: Final = b"\x13\x0cedwards25519"
#: The order of P-256 (SEC 2 version 2, section 2.4.2).
_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Pkcs11Signer:
    """A private key in a token; made by ``Pkcs11Token``."""

    def __init__(self, public_key: CoseKey, sign: Callable[[bytes], bytes]) -> None:
        self._public_key = public_key
        self._sign = sign

    @property
    def public_key(self) -> CoseKey:
        """The public half."""
        return self._public_key

    def sign(self, tbs: bytes) -> bytes:
        """64 bytes over ``tbs``: Ed25519 R || S, or ECDSA r || s with low s."""
        if self._public_key.algorithm is Algorithm.ED25519:
            return self._sign(tbs)
        signature = self._sign(hashlib.sha256(tbs).digest())
        s = int.from_bytes(signature[32:], "big")
        return signature[:32] + min(s, _P256_ORDER - s).to_bytes(32, "big")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._public_key!r})"


class Pkcs11DeviceKey(Pkcs11Signer):
    """A device key in a token: a private key, and a secret for the PRF; made by ``Pkcs11Token``."""

    def __init__(self, public_key: CoseKey, sign: Callable[[bytes], bytes], prf: Callable[[bytes], bytes]) -> None:
        super().__init__(public_key, sign)
        self._prf = prf

    def prf(self, message: bytes) -> bytes:
        """32 bytes."""
        return self._prf(message)


class Pkcs11Token:
    """A token, opened with its user's PIN; one session, used by one thread at a time. Close it, or use ``with``.

    Args:
        module: the shared library of the token's maker.
        label: of the token.
        pin: the user's. The token counts wrong ones by itself.

    Raises:
        UsageError: the extra is not installed; the module can't be loaded; no such token; the PIN is wrong, or not Unicode text.
    """

    def __init__(self, module: Path, label: str, pin: str) -> None:
        try:
            pin.encode()
        except UnicodeEncodeError:  # tried here, since this exception has the PIN in it
            raise_alone(UsageError("the PIN is not Unicode text"))
        self._pkcs11 = _library()
        self._lock = threading.Lock()
        try:
            self._session: Any = self._pkcs11.lib(str(module)).get_token(token_label=label).open(rw=True, user_pin=pin)
        except (self._pkcs11.NoSuchToken, self._pkcs11.MultipleTokensReturned):
            raise UsageError("there is no token with that label, or there are several") from None
        except (self._pkcs11.PinIncorrect, self._pkcs11.PinInvalid, self._pkcs11.PinLenRange):
            raise UsageError("the token refuses the PIN") from None
        except RuntimeError as error:  # PKCS11Error is one; so is what a library says that is no PKCS#11 module
            raise UsageError(f"the PKCS#11 module cannot be used: {type(error).__name__}") from error

    def __enter__(self) -> Pkcs11Token:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Log out. Signers of this token fail from now on."""
        self._session.close()

    def signer(self, label: str) -> Pkcs11Signer:
        """The signer with that label: one private key, and its public key as an object beside it.

        Raises:
            UsageError: no such key, or several; not Ed25519 or P-256; not a valid key; or one that can leave the token.
        """
        return Pkcs11Signer(self._public_key(label), self._signing(label))

    def device_key(self, label: str) -> Pkcs11DeviceKey:
        """The device key with that label: as ``signer``, and a generic secret of the same label. Raises as ``signer``."""
        return Pkcs11DeviceKey(self._public_key(label), self._signing(label), self._prf(label))

    def generate_signer(self, label: str, algorithm: Algorithm = Algorithm.ED25519) -> Pkcs11Signer:
        """A new signer, made by the token with its own randomness and kept in it.

        Raises:
            UsageError: there is a key with that label, or another algorithm than Ed25519 and ESP256.
        """
        self._generate_pair(label, algorithm)
        return self.signer(label)

    def generate_device_key(self, label: str, algorithm: Algorithm = Algorithm.ED25519) -> Pkcs11DeviceKey:
        """A new device key, likewise. Raises as ``generate_signer``."""
        self._generate_pair(label, algorithm)
        attribute = self._pkcs11.Attribute
        self._session.generate_key(
            self._pkcs11.KeyType.GENERIC_SECRET,
            8 * _PRF_SIZE,
            label=label,
            store=True,
            mechanism=self._pkcs11.Mechanism.GENERIC_SECRET_KEY_GEN,
            template={attribute.SIGN: True, attribute.SENSITIVE: True, attribute.EXTRACTABLE: False},
        )
        return self.device_key(label)

    def _generate_pair(self, label: str, algorithm: Algorithm) -> None:
        if algorithm not in _CURVES:
            raise UsageError("a token makes keys of Ed25519 or ESP256")
        attribute, kind = self._pkcs11.Attribute, self._pkcs11.KeyType
        if next(self._session.get_objects({attribute.LABEL: label}), None) is not None:
            raise UsageError("the token has something of that label already")
        family = kind.EC_EDWARDS if algorithm is Algorithm.ED25519 else kind.EC
        curve = self._session.create_domain_parameters(family, {attribute.EC_PARAMS: _CURVES[algorithm]}, local=True)
        private = {attribute.SENSITIVE: True, attribute.EXTRACTABLE: False}
        curve.generate_keypair(label=label, store=True, private_template=private)

    def _public_key(self, label: str) -> CoseKey:
        attribute = self._pkcs11.Attribute
        found = self._one(self._pkcs11.ObjectClass.PUBLIC_KEY, label)
        parameters, point = found[attribute.EC_PARAMS], found[attribute.EC_POINT]
        if point[:2] == bytes([4, len(point) - 2]):  # an OCTET STRING around it, as version 2.40 wants
            point = point[2:]
        if parameters in (_CURVES[Algorithm.ED25519], _ED25519_NAMED):
            key = CoseKey(Algorithm.ED25519, point)
        elif parameters == _CURVES[Algorithm.ESP256] and len(point) == 65:
            key = CoseKey(Algorithm.ESP256, bytes([2 + (point[64] & 1)]) + point[1:33])
        else:
            raise UsageError("the key in the token is neither Ed25519 nor P-256")
        if not signing.is_valid_key(key.algorithm, key.public):
            raise UsageError("the public key in the token is not a valid one")
        return key

    def _signing(self, label: str) -> Callable[[bytes], bytes]:
        key = self._kept(self._pkcs11.ObjectClass.PRIVATE_KEY, label)
        mechanism, kind = self._pkcs11.Mechanism, self._pkcs11.KeyType
        return self._use(key, mechanism.EDDSA if key.key_type == kind.EC_EDWARDS else mechanism.ECDSA)

    def _prf(self, label: str) -> Callable[[bytes], bytes]:
        return self._use(self._kept(self._pkcs11.ObjectClass.SECRET_KEY, label), self._pkcs11.Mechanism.SHA256_HMAC)

    def _use(self, key: Any, mechanism: Any) -> Callable[[bytes], bytes]:
        def use(message: bytes) -> bytes:
            with self._lock:  # of a session, one operation at a time
                return bytes(key.sign(message, mechanism=mechanism))

        return use

    def _kept(self, kind: Any, label: str) -> Any:
        """A secret that the token keeps to itself: one that can be had is no better than a file."""
        attribute = self._pkcs11.Attribute
        found = self._one(kind, label)
        if not found[attribute.SENSITIVE] or found[attribute.EXTRACTABLE]:
            raise UsageError("the key can leave the token: make one there that can't")
        return found

    def _one(self, kind: Any, label: str) -> Any:
        try:
            return self._session.get_key(object_class=kind, label=label)
        except (self._pkcs11.NoSuchKey, self._pkcs11.MultipleObjectsReturned):
            raise UsageError("the token has no such key, or several of that label") from None


def _library() -> Any:
    """python-pkcs11. Any, since it is not there when the extra is not."""
    try:
        return importlib.import_module("pkcs11")
    except ImportError:
        raise UsageError("keys in a PKCS#11 token need python-pkcs11: install vitaletoken[pkcs11]") from None
