"""An mdoc of the card made by hand (ISO/IEC 18013-5): no library found issues one with a device signature. In .venv-peers."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

DOC_TYPE = "example.health-card.1"
ES256 = cbor2.dumps({1: -7})
#: What a verifier and a phone agree on (OpenID4VP's handover has this size): here a constant.
TRANSCRIPT = cbor2.dumps([None, None, ["OpenID4VPDCAPIHandover", bytes(32)]])
MDOC_SIGNER = ObjectIdentifier("1.0.18013.5.1.2")


def sign1(key: ec.EllipticCurvePrivateKey, unprotected: dict[int, Any], payload: bytes, detached: bool) -> list[Any]:
    der = key.sign(cbor2.dumps(["Signature1", ES256, b"", payload]), ec.ECDSA(hashes.SHA256()))
    signature = b"".join(part.to_bytes(32, "big") for part in decode_dss_signature(der))
    return [ES256, unprotected, None if detached else payload, signature]


def embedded(item: Any) -> bytes:
    """24(bstr .cbor item), encoded."""
    return cbor2.dumps(cbor2.CBORTag(24, cbor2.dumps(item)))


def _item(number: int, name: str, value: Any) -> dict[str, Any]:
    return {"digestID": number, "random": secrets.token_bytes(16), "elementIdentifier": name, "elementValue": value}


class Made:
    """A root, a document signer, a device, and the card between them."""

    def __init__(self, claims: dict[str, Any]) -> None:
        self.claims = {name: value for name, value in claims.items() if name not in ("iat", "exp")}
        self.now = datetime.now(UTC).replace(microsecond=0)
        self._root_key, self._signer, self._device = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        self.root = self._certificate("Root", self._root_key)
        self._leaf = self._certificate("Signer", self._signer).public_bytes(Encoding.DER)

    def _certificate(self, name: str, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
        def named(common: str) -> x509.Name:
            return x509.Name([
                x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"), x509.NameAttribute(NameOID.COMMON_NAME, common),
            ])  # fmt: skip

        is_root = key is self._root_key
        ours, above = (x509.SubjectKeyIdentifier.from_public_key(each.public_key()) for each in (key, self._root_key))
        builder = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(named("Root"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - timedelta(days=1))
            .not_valid_after(self.now + timedelta(days=400))
            .add_extension(x509.BasicConstraints(is_root, 0 if is_root else None), critical=True)
            .add_extension(ours, critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above), critical=False)
            .add_extension(
                x509.KeyUsage(not is_root, False, False, False, False, is_root, is_root, False, False), critical=True
            )
        )
        if not is_root:
            builder = builder.add_extension(x509.ExtendedKeyUsage([MDOC_SIGNER]), critical=True)
        return builder.sign(self._root_key, hashes.SHA256())

    def issuer_signed(self) -> dict[str, Any]:
        items = [embedded(_item(number, name, value)) for number, (name, value) in enumerate(self.claims.items())]
        numbers = self._device.public_key().public_numbers()

        def date(moment: datetime) -> cbor2.CBORTag:
            return cbor2.CBORTag(0, moment.strftime("%Y-%m-%dT%H:%M:%SZ"))

        mso = {
            "version": "1.0",
            "digestAlgorithm": "SHA-256",
            "valueDigests": {DOC_TYPE: {number: sha256(item).digest() for number, item in enumerate(items)}},
            "deviceKeyInfo": {
                "deviceKey": {1: 2, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
            },
            "docType": DOC_TYPE,
            "validityInfo": {
                "signed": date(self.now), "validFrom": date(self.now), "validUntil": date(self.now + timedelta(days=365)),
            },
        }  # fmt: skip
        return {
            "nameSpaces": {DOC_TYPE: [cbor2.loads(item) for item in items]},
            "issuerAuth": sign1(self._signer, {33: self._leaf}, embedded(mso), detached=False),
        }

    def document(self) -> dict[str, Any]:
        names = cbor2.CBORTag(24, cbor2.dumps({}))
        authentication = ["DeviceAuthentication", cbor2.loads(TRANSCRIPT), DOC_TYPE, names]
        signature = sign1(self._device, {}, embedded(authentication), detached=True)
        signed = {"nameSpaces": names, "deviceAuth": {"deviceSignature": signature}}
        return {"docType": DOC_TYPE, "issuerSigned": self.issuer_signed(), "deviceSigned": signed}

    def response(self) -> bytes:
        return cbor2.dumps({"version": "1.0", "documents": [self.document()], "status": 0})
