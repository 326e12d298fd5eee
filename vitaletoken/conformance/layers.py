"""What each layer of the vectors asks for: a function from a case's ``input`` to its ``ok``. A refusal is an ``InputError``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from vitaletoken.adapters.memory import FixedTrust, MemoryReplayStore, MemoryStatus, MemoryTimeFloor
from vitaletoken.adapters.number_key import SoftwareNumberKey
from vitaletoken.conformance import forms, lists, people, production
from vitaletoken.conformance.terminals import Answers, terminal_of
from vitaletoken.crypto import pin, signing
from vitaletoken.errors import BadSignature, Code, NotInForm, refusal
from vitaletoken.rules import code as code_rules
from vitaletoken.rules.acceptance import Own, verify_views
from vitaletoken.rules.care_sheet import verify_care_sheet
from vitaletoken.rules.enrolment import (
    open_request,
    verify_offer,
    verify_own_billing_view,
    verify_request,
)
from vitaletoken.rules.layers import PhoneKeys
from vitaletoken.rules.lending import verify_own_lent_card
from vitaletoken.rules.sealing import open_answer
from vitaletoken.rules.status import verify_status_list
from vitaletoken.rules.terminal import review
from vitaletoken.rules.trust import kid_of
from vitaletoken.verifier import Verifier
from vitaletoken.wire import cbor, credential, presentation, text
from vitaletoken.wire.enrolment import Number, parse_request
from vitaletoken.wire.introduction import parse_introduction
from vitaletoken.wire.nir import BeneficiaryNir
from vitaletoken.wire.registry import label
from vitaletoken.wire.renewal import parse_renewal

Json = Any


class _At:
    """A clock that stands at the case's ``now``."""

    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        return self._now


def _text(case: Json) -> Json:
    message = text.parse_text(case["text"])
    if text.serialize_text(message) != case["text"]:
        raise AssertionError("the writer makes another text")
    return {"bytes": message.hex()}


def _keyboard(case: Json) -> Json:
    return {"text": text.repair_keyboard(case["text"])}


def _cbor(case: Json) -> Json:
    try:
        cbor.decode(forms.binary(case["bytes"]), presentation.MAX_SIZE)
    except NotInForm:
        raise refusal(Code.CBOR_PROFILE) from None
    return {}


def _thumbprint(case: Json) -> Json:
    key = forms.key(case["key"])
    return {"thumbprint": signing.thumbprint(key.algorithm, key.public).hex(), "kid": kid_of(key).hex()}


def _signature(case: Json) -> Json:
    key = forms.key(case["key"])
    if case["alg"] != key.algorithm:
        raise refusal(Code.DEVICE_SIGNATURE)
    try:
        signing.verify(case["alg"], key.public, forms.binary(case["message"]), forms.binary(case["signature"]))
    except BadSignature:
        raise refusal(Code.DEVICE_SIGNATURE) from None
    return {}


def _code(case: Json) -> Json:
    code_rules.require_form(case["code"])
    device, secret = forms.key(case["device_key"]), forms.binary(case["prf_secret"])
    steps = pin.derive(
        case["code"],
        forms.binary(case["salt"]),
        forms.PROFILES[case["profile"]],
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
    before = code_rules.CodeCounter(case["failed"], case["last_try"])
    after = before.count_try(case["now"])
    return {"failed": after.failed, "last_try": after.last_try}


def _credential(case: Json) -> Json:
    return {"claims": forms.claims_json(credential.parse_credential(forms.binary(case["bytes"])).unverified_claims)}


def _status_list(case: Json) -> Json:
    found = verify_status_list(forms.binary(case["bytes"]), lists.trust(case, case["environment"]))
    status = found.find(case["idx"])
    return {
        "issuer": found.issuer,
        "list": found.number,
        "size": 4 * len(found.entries),
        "status": None if status is None else status.value,
    }


def _offer(case: Json) -> Json:
    offer = verify_offer(forms.binary(case["bytes"]), lists.trust(case, case["environment"]), case["now"])
    return {"issuer": offer.claims.iss}


def _request(case: Json) -> Json:
    request = verify_request(forms.binary(case["bytes"]), forms.binary(case["offer"]))
    number = open_request(request, SoftwareNumberKey(forms.binary(case["secret"])).unseal).number
    return {
        "device_key": forms.key_json(request.device_key),
        "code_key": request.code_key.hex(),
        "nir": number.nir.digits(),
        "salt": number.salt.hex(),
    }


def _accept(case: Json) -> Json:
    trust, card = lists.trust(case, case["environment"]), forms.binary(case["credential"])
    if case["introduction"] is not None:
        introduction = forms.binary(case["introduction"])
        introduced = parse_introduction(introduction).unverified_claims
        keys = PhoneKeys(introduced.device_key, introduced.code_key)
        lent = verify_own_lent_card(card, introduction, keys, trust, case["now"])
        if case["billing"] is not None:  # which no lent card has (CRED-5)
            verify_own_billing_view(forms.binary(case["billing"]), lent, trust, case["now"])
        return {"claims": forms.claims_json(lent.claims)}
    request = forms.binary(case["request"])
    own = parse_request(request).unverified_claims
    code_key = own.code_key
    if case["renewal"] is not None:  # the code was changed by it
        request = forms.binary(case["renewal"])
        code_key = parse_renewal(request).unverified_claims.new_code_key or code_key
    number = Number(BeneficiaryNir(case["nir"]), forms.binary(case["salt"]))
    billing = None if case["billing"] is None else forms.binary(case["billing"])
    mine = Own(request, number, PhoneKeys(own.device_key, code_key))
    return {"claims": forms.claims_json(verify_views(card, billing, mine, trust, case["now"]).claims)}


def _verify_with(case: Json, replay: MemoryReplayStore, answers: Answers) -> Json:
    trust = lists.trust(case, case["policy"]["environment"])
    verifier = Verifier(
        trust=FixedTrust(trust),
        status=MemoryStatus([verify_status_list(forms.binary(data), trust) for data in case["status_lists"]]),
        replay=replay,
        clock=_At(case["now"]),
        policy=forms.policy(case["policy"]),
        terminal=terminal_of(case, trust, answers),
        floor=MemoryTimeFloor(case["time_floor"]),
        categories=[forms.category(name) for name in case["terminal"]["categories"]],
    )
    seen = verifier.verify(case["text"], case["session"], forms.purpose(case["purpose"]))
    return forms.result_json(seen)


def _verify(case: Json) -> Json:
    return _verify_with(case, MemoryReplayStore(), {})


def _scenario(case: Json) -> Json:
    replay, answers = MemoryReplayStore(case["replay_capacity"]), Answers()
    return {
        "results": [forms.result(lambda c: _verify_with(c, replay, answers), step["verify"]) for step in case["steps"]]
    }


def _review(case: Json) -> Json:
    found = review(case["text"], lists.trust(case, case["environment"]), case["now"])
    return {
        "certificate": forms.certificate_json(found.certificate),
        "challenge": found.challenge and forms.challenge_json(found.challenge),
        "warnings": [warning.value for warning in found.warnings],
    }


def _unseal(case: Json) -> Json:
    digest = hashlib.sha256(forms.binary(case["challenge"])).digest()
    return {"bytes": open_answer(forms.binary(case["sealed"]), forms.binary(case["secret"]), digest).hex()}


def _care_sheet(case: Json) -> Json:
    presented, asked, sheet = (forms.binary(case[name]) for name in ("presentation", "challenge", "sheet"))
    signed = verify_care_sheet(presented, asked, sheet, lists.trust(case, case["environment"]))
    credential, challenge = signed.credential.claims, signed.challenge
    return {
        "issuer": credential.iss,
        "alias": credential.card.beneficiary.hex(),
        "user_verification": label(signed.claims.user_verification),
        "terminal": challenge.certificate.claims.terminal.hex(),
        "at": challenge.claims.iat,
        "line": signed.transaction.line,
        "amount": signed.transaction.amount,
        "delegate": forms.delegate_json(signed.delegate),
    }


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
    "trust-list": lists.trust_list,
    "trust-chain": lists.trust_chain,
    "snapshot": lists.snapshot,
    "status-sync": lists.status_sync,
    "status-list": _status_list,
    "offer": _offer,
    "request": _request,
    "accept": _accept,
    "verify": _verify,
    "scenario": _scenario,
    "issue": production.issue,
    "review": _review,
    "unseal": _unseal,
    "care-sheet": _care_sheet,
    "certify": production.certify,
    "challenge": production.challenge,
    "present": production.present,
    "renewal": people.renewal,
    "unlock": people.unlock,
    "introduction": people.introduction,
    "grant": people.grant,
    "order": people.order,
}
