"""The layers that produce: a message from its inputs, byte for byte."""

from __future__ import annotations

import hashlib
from typing import Any

from vitaletoken.adapters.keystore import SoftwareDeviceKey
from vitaletoken.conformance import forms
from vitaletoken.crypto import signing
from vitaletoken.rules import context
from vitaletoken.rules.signing import sign_presentation
from vitaletoken.wire import cose, credential, text
from vitaletoken.wire.certificate import CertificateClaims, serialize_certificate_claims
from vitaletoken.wire.challenge import ChallengeClaims, serialize_challenge_claims
from vitaletoken.wire.grant import parse_grant
from vitaletoken.wire.presentation import PresentationClaims
from vitaletoken.wire.registry import Algorithm, Category, Purpose, View

Json = Any


def issue(case: Json) -> Json:
    """A credential."""
    key = signing.SigningKey(signing.ED25519, forms.binary(case["issuer_seed"]))
    header = cose.header_with_kid(signing.kid(signing.ED25519, key.public))
    payload = credential.serialize_claims(forms.claims_from(case))
    return {"bytes": cose.sign(key.sign, header, context.CREDENTIAL_AAD, payload).hex()}


def certify(case: Json) -> Json:
    """A terminal certificate."""
    own = case["terminal"]
    claims = CertificateClaims(
        case["iss"],
        case["iat"],
        case["exp"],
        forms.binary(own["key"]),
        forms.binary(own["id"]),
        tuple(Category(number) for number in own["categories"]),
        own["establishment"],
        own["name"],
    )
    key = signing.SigningKey(signing.ED25519, forms.binary(case["authority_seed"]))
    header = cose.header_with_kid(signing.kid(signing.ED25519, key.public))
    made = cose.sign(key.sign, header, context.CERTIFICATE_AAD, serialize_certificate_claims(claims.in_nfc()))
    return {"bytes": made.hex(), "text": text.serialize_text(made, text.CERTIFICATE_PREFIX)}


def challenge(case: Json) -> Json:
    """A challenge."""
    claims = ChallengeClaims(
        case["iat"],
        forms.binary(case["nonce"]),
        forms.binary(case["certificate"]),
        tuple(Purpose(number) for number in case["purposes"]),
        View(case["view"]),
        case["lifetime"],
        forms.binary(case["session_key"]) if case["session_key"] else None,
        forms.transaction(case["transaction"]).in_nfc() if case["transaction"] else None,
    )
    key = signing.SigningKey(signing.ED25519, forms.binary(case["terminal_seed"]))
    made = cose.sign(key.sign, cose.HEADER_ED25519, context.CHALLENGE_AAD, serialize_challenge_claims(claims))
    return {"bytes": made.hex(), "text": text.serialize_text(made, text.CHALLENGE_PREFIX)}


def present(case: Json) -> Json:
    """A presentation, not sealed."""
    issued = forms.binary(case["credential"])
    parsed = credential.parse_credential(issued)
    grant = forms.binary(case["grant"]) if case["grant"] else None
    of_card = parsed.unverified_claims.device_key
    acting = of_card if grant is None else parse_grant(grant).unverified_claims.device_key
    algorithm = Algorithm(acting.algorithm)
    device = SoftwareDeviceKey(signing.SigningKey(algorithm, forms.binary(case["device_seed"])), b"")
    code = signing.SigningKey(signing.ED25519, forms.binary(case["code_seed"])) if case["code_seed"] else None
    claims = PresentationClaims(
        case["iat"],
        case["exp"],
        forms.binary(case["cti"]),
        forms.user_verification(case["user_verification"]),
        forms.binding(case["binding"]),
        case["counter"],
        case["failed_tries"],
        grant,
    )
    bound_to = hashlib.sha256(forms.binary(case["context"])).digest() if case["context"] else None
    code_sign = code.sign if code else None
    message = sign_presentation(claims, issued, device.public_key, device.sign, code_sign, bound_to)
    return {"bytes": message.hex(), "text": text.serialize_text(message)}
