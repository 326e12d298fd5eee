"""``python -m vitaletoken.conformance``: test vectors on standard input, results on standard output, a JSON line each.

The form of a case and of its result is in vectors/README.md. Each layer is a function from a case's ``input`` to its ``ok``; a
refusal is an ``InputError``, whatever the layer. A layer not known here is ``"skipped"``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, Final

from vitaletoken.adapters.keystore import SoftwareDeviceKey
from vitaletoken.adapters.memory import FixedTrust, MemoryReplayStore, MemoryStatus
from vitaletoken.crypto import pin, signing
from vitaletoken.errors import BadSignature, Code, InputError, NotInForm, refusal
from vitaletoken.rules import code as code_rules
from vitaletoken.rules import context
from vitaletoken.rules.enrolment import verify_offer, verify_own_credential, verify_request
from vitaletoken.rules.policy import Policy
from vitaletoken.rules.presentation import VerifiedPresentation, sign_presentation
from vitaletoken.rules.status import verify_status_list
from vitaletoken.rules.trust import VerifiedTrustList, kid_of, verify_trust_list
from vitaletoken.verifier import Verifier
from vitaletoken.wire import cbor, cose, credential, presentation, text
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.credential import Card, CredentialClaims, Enrolment, Person, Scheme, StatusRef
from vitaletoken.wire.enrolment import parse_request
from vitaletoken.wire.presentation import PresentationClaims
from vitaletoken.wire.registry import (
    Algorithm,
    BeneficiaryAlias,
    Binding,
    EnrolmentMethod,
    Environment,
    PolicyholderAlias,
    Quality,
    Sex,
    UserVerification,
    label,
)
from vitaletoken.wire.trust_list import RootSet

Json = Any
_PROFILES: Final = {profile.label: profile for profile in pin.Argon2Profile}


class _At:
    """A clock that stands at the case's ``now``."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        return self._now


def _bytes(text_: str) -> bytes:
    return bytes.fromhex(text_)


def _key(encoded: str) -> CoseKey:
    return cose.key_of(cbor.decode(_bytes(encoded), 1024))


def _environment(name: str) -> Environment:
    return Environment[name.upper()]


def _text(case: Json) -> Json:
    message = text.parse_text(case["text"])
    if text.serialize_text(message) != case["text"]:
        raise AssertionError("the writer makes another text")
    return {"bytes": message.hex()}


def _keyboard(case: Json) -> Json:
    return {"text": text.repair_keyboard(case["text"])}


def _cbor(case: Json) -> Json:
    try:
        cbor.decode(_bytes(case["bytes"]), presentation.MAX_SIZE)
    except NotInForm:
        raise refusal(Code.CBOR_PROFILE) from None
    return {}


def _thumbprint(case: Json) -> Json:
    key = _key(case["key"])
    return {"thumbprint": signing.thumbprint(key.algorithm, key.public).hex(), "kid": kid_of(key).hex()}


def _signature(case: Json) -> Json:
    key = _key(case["key"])
    try:
        signing.verify(case["alg"], key.public, _bytes(case["message"]), _bytes(case["signature"]))
    except BadSignature:
        raise refusal(Code.DEVICE_SIGNATURE) from None
    return {}


def _code(case: Json) -> Json:
    code_rules.require_form(case["code"])
    device, secret = _key(case["device_key"]), _bytes(case["prf_secret"])
    steps = pin.derive(
        case["code"],
        _bytes(case["salt"]),
        _PROFILES[case["profile"]],
        signing.thumbprint(device.algorithm, device.public),
        lambda message: pin.software_prf(secret, message),
    )
    public = pin.code_signing_key(steps).public
    return {"s": steps.s.hex(), "h": steps.h.hex(), "seed": steps.seed.hex(), "public": public.hex()}


def _code_choice(case: Json) -> Json:
    birth_date = date.fromisoformat(case["birth_date"]) if case["birth_date"] else None
    code_rules.require_strong(case["code"], birth_date)
    return {}


def _code_counter(case: Json) -> Json:
    before = code_rules.CodeCounter(case["failed"], case["last_try"], case["latest_seen"])
    after = before.count_try(case["now"])
    return {"failed": after.failed, "last_try": after.last_try}


def _credential(case: Json) -> Json:
    return {"claims": _claims_json(credential.parse_credential(_bytes(case["bytes"])).unverified_claims)}


def _claims_json(claims: CredentialClaims) -> Json:
    card = claims.card
    return {
        "iss": claims.iss,
        "exp": claims.exp,
        "iat": claims.iat,
        "cti": claims.cti.hex(),
        "device_key": cbor.encode(claims.device_key.to_item()).hex(),
        "card": {
            "code_key": card.code_key.hex(),
            "alias": card.beneficiary.hex(),
            "person": _person_json(card.person),
            "quality": card.quality.value,
            "scheme": list(card.scheme),
            "status": list(card.status),
            "rights_as_of": card.rights_as_of,
            "rights_until": card.rights_until,
            "enrolment": [card.enrolment.method.value, card.enrolment.binding.hex()],
            "test": card.environment is Environment.TEST,
            "policyholder": card.policyholder and card.policyholder.hex(),
            "portrait": card.portrait and card.portrait.hex(),
        },
    }


def _person_json(person: Person) -> Json:
    return {
        "family_name": person.family_name,
        "given_names": list(person.given_names),
        "sex": person.sex.value,
        "name_in_use": person.name_in_use,
        "birth_rank": person.birth_rank,
    }


@lru_cache(maxsize=256)
def _verified_trust(
    data: str, threshold: int, keys: tuple[str, ...], environment: str, newest: int
) -> VerifiedTrustList:
    roots = RootSet(threshold, tuple(_key(key) for key in keys))
    return verify_trust_list(_bytes(data), roots, _environment(environment), newest)


def _trust(case: Json, environment: str) -> VerifiedTrustList:
    roots = case["roots"]
    return _verified_trust(case["trust_list"], roots["threshold"], tuple(roots["keys"]), environment, 0)


def _trust_list(case: Json) -> Json:
    roots = case["roots"]
    trust = _verified_trust(
        case["bytes"], roots["threshold"], tuple(roots["keys"]), case["environment"], case["newest_version"]
    )
    claims = trust.claims
    return {"version": claims.version, "exp": claims.exp, "issuers": [issuer.id for issuer in claims.issuers]}


def _status_list(case: Json) -> Json:
    found = verify_status_list(_bytes(case["bytes"]), _trust(case, case["environment"]))
    status = found.find(case["idx"])
    return {
        "issuer": found.issuer,
        "list": found.number,
        "size": 4 * len(found.entries),
        "status": None if status is None else status.value,
    }


def _offer(case: Json) -> Json:
    offer = verify_offer(_bytes(case["bytes"]), _trust(case, case["environment"]), case["now"])
    return {"issuer": offer.claims.iss}


def _request(case: Json) -> Json:
    request = verify_request(_bytes(case["bytes"]), _bytes(case["offer"]))
    return {
        "device_key": cbor.encode(request.device_key.to_item()).hex(),
        "code_key": request.code_key.hex(),
    }


def _accept(case: Json) -> Json:
    request = _bytes(case["request"])
    own = parse_request(request).unverified_claims
    trust = _trust(case, case["environment"])
    accepted = verify_own_credential(
        _bytes(case["credential"]), request, own.device_key, own.code_key, trust, case["now"]
    )
    return {"claims": _claims_json(accepted.claims)}


def _verify_with(case: Json, replay: MemoryReplayStore) -> Json:
    policy = Policy(
        _environment(case["policy"]["environment"]),
        Binding[case["policy"]["least_binding"].upper()],
        UserVerification[case["policy"]["least_user_verification"].upper().replace("-", "_")],
        case["policy"]["skew_limit"],
    )
    trust = _trust(case, case["policy"]["environment"])
    verifier = Verifier(
        trust=FixedTrust(trust),
        status=MemoryStatus([verify_status_list(_bytes(data), trust) for data in case["status_lists"]]),
        replay=replay,
        clock=_At(case["now"]),
        policy=policy,
    )
    return result_json(verifier.verify(case["text"], case["session"]))


def result_json(seen: VerifiedPresentation) -> Json:
    """RESULT of vectors/README.md."""
    card, claims = seen.card, seen.claims
    return {
        "issuer": seen.issuer,
        "environment": label(card.environment),
        "alias": card.beneficiary.hex(),
        "person": _person_json(card.person),
        "quality": label(card.quality),
        "policyholder": card.policyholder and card.policyholder.hex(),
        "scheme": list(card.scheme),
        "proofs": list(seen.proofs),
        "user_verification": label(claims.user_verification),
        "binding": label(claims.binding),
        "counter": claims.counter,
        "failed_tries": claims.failed_tries,
        "grade": seen.grade.value,
        "reasons": [reason.value for reason in seen.reasons],
        "skew": seen.skew,
        "rights_as_of": card.rights_as_of,
        "status_as_of": seen.status_as_of,
        "repeated": seen.repeated,
    }


def _verify(case: Json) -> Json:
    return _verify_with(case, MemoryReplayStore())


def _scenario(case: Json) -> Json:
    replay = MemoryReplayStore(case["replay_capacity"])
    return {"results": [_result(lambda c: _verify_with(c, replay), step["verify"]) for step in case["steps"]]}


def _issue(case: Json) -> Json:
    card = case["card"]
    person = card["person"]
    claims = CredentialClaims(
        case["iss"],
        case["exp"],
        case["iat"],
        _bytes(case["cti"]),
        _key(case["device_key"]),
        Card(
            code_key=_bytes(card["code_key"]),
            beneficiary=BeneficiaryAlias(_bytes(card["alias"])),
            person=Person(
                person["family_name"],
                tuple(person["given_names"]),
                Sex(person["sex"]),
                person["name_in_use"],
                person["birth_rank"],
            ).in_nfc(),
            quality=Quality(card["quality"]),
            scheme=Scheme(*card["scheme"]),
            status=StatusRef(*card["status"]),
            rights_as_of=card["rights_as_of"],
            rights_until=card["rights_until"],
            enrolment=Enrolment(EnrolmentMethod(card["enrolment"][0]), _bytes(card["enrolment"][1])),
            test=1 if card["test"] else None,
            policyholder=PolicyholderAlias(_bytes(card["policyholder"])) if card["policyholder"] else None,
            portrait=_bytes(card["portrait"]) if card["portrait"] else None,
        ),
    )
    key = signing.SigningKey(signing.ED25519, _bytes(case["issuer_seed"]))
    header = cose.header_with_kid(signing.kid(signing.ED25519, key.public))
    return {"bytes": cose.sign(key.sign, header, context.CREDENTIAL_AAD, credential.serialize_claims(claims)).hex()}


def _present(case: Json) -> Json:
    issued = _bytes(case["credential"])
    parsed = credential.parse_credential(issued)
    algorithm = Algorithm(parsed.unverified_claims.device_key.algorithm)
    device = SoftwareDeviceKey(signing.SigningKey(algorithm, _bytes(case["device_seed"])), b"")
    code = signing.SigningKey(signing.ED25519, _bytes(case["code_seed"])) if case["code_seed"] else None
    verification = UserVerification[case["user_verification"].upper().replace("-", "_")]
    claims = PresentationClaims(
        case["iat"],
        case["exp"],
        _bytes(case["cti"]),
        verification,
        Binding.OPEN,
        case["counter"],
        case["failed_tries"],
    )
    message = sign_presentation(claims, issued, device.public_key, device.sign, code.sign if code else None)
    return {"bytes": message.hex(), "text": text.serialize_text(message)}


LAYERS: Final[dict[str, Callable[[Json], Json]]] = {
    "text": _text,
    "keyboard": _keyboard,
    "cbor": _cbor,
    "thumbprint": _thumbprint,
    "signature": _signature,
    "code": _code,
    "code-choice": _code_choice,
    "code-counter": _code_counter,
    "credential": _credential,
    "trust-list": _trust_list,
    "status-list": _status_list,
    "offer": _offer,
    "request": _request,
    "accept": _accept,
    "verify": _verify,
    "scenario": _scenario,
    "issue": _issue,
    "present": _present,
}


def _result(layer: Callable[[Json], Json], case: Json) -> Json:
    try:
        return {"ok": layer(case)}
    except InputError as refused:
        return {"error": refused.code.value}


def run(case: Json) -> Json:
    """The result of one case: ``{"ok": ...}``, ``{"error": code}`` or ``"skipped"``."""
    layer = LAYERS.get(case["layer"])
    return _result(layer, case["input"]) if layer else "skipped"


def main() -> None:
    """Read cases, write results."""
    for line in sys.stdin:
        case = json.loads(line)
        sys.stdout.write(json.dumps({"id": case["id"], "result": run(case)}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
