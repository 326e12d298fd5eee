"""The peers, each issued once and verified as its documentation says, keys loaded beforehand. Runs in .venv-peers."""

# ruff: noqa: PLC0415  # each peer imports what it needs: one that is broken does not take the others with it

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benches.peers import claims as card
from benches.peers.turns import serve

AUDIENCE, NONCE = "https://pharmacy.example", "8rGQ1xv0m3cW"
LIFETIME = 365 * 86_400


@dataclass(frozen=True)
class Peer:
    """One library doing one job.

    Attributes:
        package: on PyPI. module: what a user imports. algorithm: of its signatures. proves: in words.
        binary: whether ``token`` is bytes, which a QR code takes as Base45 text, or text.
    """

    package: str
    module: str
    format: str
    algorithm: str
    proves: str
    token: bytes
    binary: bool
    issue: Callable[[], object]
    verify: Callable[[], object]


def current() -> dict[str, Any]:
    """The claims with times around the present, which libraries compare with the machine's clock."""
    now = int(time.time())
    return {**card.JSON, "iat": now - 60, "exp": now + LIFETIME}


def pyjwt() -> Peer:
    import jwt
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    public = key.public_key()

    def issue() -> str:
        return jwt.encode(content, key, algorithm="EdDSA")

    content = current()
    token = issue()
    return Peer(
        "pyjwt", "jwt", "JWT", "Ed25519", "issuer", token.encode(), False, issue,
        lambda: jwt.decode(token, public, algorithms=["EdDSA"], issuer="fr-cnam"),
    )  # fmt: skip


def python_cwt() -> Peer:
    import cwt
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
    from cwt import COSEKey

    made = Ed25519PrivateKey.generate()
    private = COSEKey.from_pem(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), kid="01")
    public = COSEKey.from_pem(made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), kid="01")
    now = int(time.time())
    content = {**card.CWT, 6: now - 60, 4: now + LIFETIME}

    def issue() -> bytes:
        return cwt.encode(content, private)

    token = issue()
    return Peer("cwt", "cwt", "CWT", "Ed25519", "issuer", token, True, issue, lambda: cwt.decode(token, public))


def pycose() -> Peer:
    import cbor2
    from pycose.algorithms import EdDSA
    from pycose.headers import KID
    from pycose.headers import Algorithm as AlgorithmHeader
    from pycose.keys import OKPKey
    from pycose.messages import CoseMessage, Sign1Message

    key = OKPKey.generate_key(crv="Ed25519")
    public = OKPKey(crv="Ed25519", x=key.x)

    def issue() -> bytes:
        message = Sign1Message(phdr={AlgorithmHeader: EdDSA, KID: b"01234567"}, uhdr={}, payload=cbor2.dumps(card.CWT))
        message.key = key
        return message.encode()

    token = issue()

    def verify() -> Any:
        message = CoseMessage.decode(token)
        message.key = public
        assert message.verify_signature()
        return cbor2.loads(message.payload)

    return Peer("pycose", "pycose.messages", "COSE_Sign1", "Ed25519", "issuer", token, True, issue, verify)


def pyseto() -> Peer:
    import pyseto
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    made = Ed25519PrivateKey.generate()
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private = pyseto.Key.new(version=4, purpose="public", key=pem)
    pem = made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    public = pyseto.Key.new(version=4, purpose="public", key=pem)
    content = {name: value for name, value in current().items() if name not in ("iat", "exp")}
    content |= {"exp": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + LIFETIME))}

    def issue() -> bytes:
        return bytes(pyseto.encode(private, content, serializer=json))

    token = issue()
    return Peer(
        "pyseto", "pyseto", "PASETO v4.public", "Ed25519", "issuer", token, False, issue,
        lambda: pyseto.decode(public, token, deserializer=json),
    )  # fmt: skip


def biscuit() -> Peer:
    from datetime import UTC, datetime, timedelta

    from biscuit_auth import AuthorizerBuilder, Biscuit, BiscuitBuilder, KeyPair

    pair = KeyPair()
    public = pair.public_key
    facts = (
        "issuer({iss}); card({jti}, {sub}, {quality}); person({family}, {given}, {second}, {sex}); scheme(1, 751, 42);"
        "status(3, 123456); rights(20779); enrolment(1, {enrolment}); environment(1); issued({iat}); "
        "check if time($now), $now < {exp};"
    )
    now = time.time()
    values = {
        "iss": "fr-cnam", "jti": bytes(8), "sub": bytes(8), "quality": 1, "family": "Lefebvre-Moreau",
        "given": "Camille", "second": "Élise", "sex": 2, "enrolment": bytes(16),
        "iat": datetime.fromtimestamp(now, UTC), "exp": datetime.fromtimestamp(now + LIFETIME, UTC),
    }  # fmt: skip

    def issue() -> Biscuit:
        return BiscuitBuilder(facts, values).build(pair.private_key)

    token = bytes(issue().to_bytes())

    def verify() -> None:
        parsed = Biscuit.from_bytes(token, public)
        builder = AuthorizerBuilder("time({now}); allow if card($id, $person, $quality);", {"now": datetime.now(UTC)})
        limits = builder.limits()
        limits.max_time = timedelta(seconds=5)  # its own 1 ms is of wall-clock time, which other processes take too
        builder.set_limits(limits)
        builder.build(parsed).authorize()

    return Peer("biscuit-python", "biscuit_auth", "Biscuit", "Ed25519", "issuer", token, True, issue, verify)


def sd_jwt_reference() -> Peer:
    from jwcrypto.jwk import JWK
    from sd_jwt.common import SDObj
    from sd_jwt.holder import SDJWTHolder
    from sd_jwt.issuer import SDJWTIssuer
    from sd_jwt.verifier import SDJWTVerifier

    issuer, holder = (JWK.generate(kty="EC", crv="P-256") for _ in range(2))
    public = JWK.from_json(issuer.export_public())
    hidden = ("family_name", "given_names", "sex")
    content = {SDObj(name) if name in hidden else name: value for name, value in current().items()}

    def issue() -> str:
        return str(SDJWTIssuer(dict(content), issuer, holder, sign_alg="ES256").sd_jwt_issuance)

    wallet = SDJWTHolder(issue())
    wallet.create_presentation(dict.fromkeys(hidden, True), NONCE, AUDIENCE, holder, sign_alg="ES256")
    token = wallet.sd_jwt_presentation
    return Peer(
        "sd-jwt", "sd_jwt.verifier", "SD-JWT + KB", "ES256", "issuer, device", token.encode(), False, issue,
        lambda: SDJWTVerifier(token, lambda *_: public, AUDIENCE, NONCE).get_verified_payload(),
    )  # fmt: skip


def openvc_sd_jwt() -> Peer:
    from openvc.keys import Ed25519SigningKey
    from openvc.proof.sd_jwt import SdJwtVcProofSuite

    suite = SdJwtVcProofSuite()
    issuer, holder = Ed25519SigningKey.generate("issuer"), Ed25519SigningKey.generate("holder")
    public, held = issuer.public_jwk(), holder.public_jwk()
    content = {name: value for name, value in current().items() if name != "status"} | {"card_status": [3, 123456]}
    hidden = ("family_name", "given_names", "sex")

    def issue() -> str:
        return suite.issue(content, signing_key=issuer, holder_jwk=held, vct="health-card", disclosable=hidden)

    token = suite.create_presentation(issue(), holder_key=holder, audience=AUDIENCE, nonce=NONCE)
    return Peer(
        "openvc-core", "openvc.proof.sd_jwt", "SD-JWT VC + KB", "Ed25519", "issuer, device", token.encode(), False, issue,
        lambda: suite.verify(
            token, public_key_jwk=public, audience=AUDIENCE, nonce=NONCE, require_key_binding=True, kb_max_age_s=86_400
        ),
    )  # fmt: skip


def openvc_mdoc() -> Peer:
    from openvc.mdoc import verify_device_response

    from benches.peers.mdoc import DOC_TYPE, TRANSCRIPT, Made

    made = Made(current())
    token = made.response()
    return Peer(
        "openvc-core", "openvc.mdoc", "mdoc + deviceAuth", "ES256", "issuer, device", token, True, made.issuer_signed,
        lambda: verify_device_response(
            token, trust_anchors=[made.root], session_transcript=TRANSCRIPT, expected_doc_type=DOC_TYPE
        ),
    )  # fmt: skip


def pymdoccbor() -> Peer:
    import cbor2
    from pymdoccbor.mdoc.verifier import MdocCbor

    from benches.peers.mdoc import Made

    made = Made(current())
    token = cbor2.dumps({"version": "1.0", "documents": [made.document()], "status": 0})

    def verify() -> None:
        mdoc = MdocCbor()
        mdoc.loads(token)
        assert mdoc.verify(trusted_root_certs=[made.root]), mdoc.documents_invalid

    return Peer(
        "pymdoccbor", "pymdoccbor.mdoc.verifier", "mdoc", "ES256", "issuer", token, True, made.issuer_signed, verify
    )


PEERS = {
    "pyjwt": pyjwt,
    "python-cwt": python_cwt,
    "pycose": pycose,
    "pyseto": pyseto,
    "biscuit": biscuit,
    "pymdoccbor": pymdoccbor,
    "openvc-sd-jwt": openvc_sd_jwt,
    "sd-jwt": sd_jwt_reference,
    "openvc-mdoc": openvc_mdoc,
}


def main() -> None:
    made = {name: make() for name, make in PEERS.items()}
    timed: dict[str, Callable[[], object]] = {}
    told = {}
    for name, peer in made.items():
        peer.verify()
        timed |= {f"{name}:issue": peer.issue, f"{name}:verify": peer.verify}
        told[name] = {
            "package": f"{peer.package} {importlib.metadata.version(peer.package)}",
            "module": peer.module,
            "format": peer.format,
            "algorithm": peer.algorithm,
            "proves": peer.proves,
            "token": peer.token.hex(),
            "binary": peer.binary,
        }
    serve(told, timed)


if __name__ == "__main__":
    main()
