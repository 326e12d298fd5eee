"""The JSON forms of vectors/README.md, to and from the library's types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from unicodedata import normalize

from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.errors import InputError
from vitaletoken.rules.delegation import Delegate
from vitaletoken.rules.policy import Demand, Policy
from vitaletoken.rules.presentation import VerifiedPresentation
from vitaletoken.rules.terminal import VerifiedCertificate, VerifiedChallenge
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.wire import cbor, cose
from vitaletoken.wire.challenge import Transaction
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.credential import Acting, Card, CredentialClaims, Enrolment, Person, Scheme, StatusRef
from vitaletoken.wire.nir import BeneficiaryNir, PolicyholderNir
from vitaletoken.wire.registry import (
    BeneficiaryAlias,
    Binding,
    Category,
    EnrolmentMethod,
    Environment,
    PolicyholderAlias,
    Purpose,
    Quality,
    Sex,
    UserVerification,
    label,
)
from vitaletoken.wire.scope import Scope
from vitaletoken.wire.trust_list import RootSet

Json = Any

PROFILES: Final = {profile.label: profile for profile in Argon2Profile}
_VERIFICATIONS: Final = {label(member): member for member in UserVerification}
_BINDINGS: Final = {label(member): member for member in Binding}
_ENVIRONMENTS: Final = {label(member): member for member in Environment}
_PURPOSES: Final = {label(member): member for member in Purpose}
_CATEGORIES: Final = {label(member): member for member in Category}


def binary(encoded: str) -> bytes:
    """A byte string."""
    return bytes.fromhex(encoded)


def key(encoded: str) -> CoseKey:
    """A COSE_Key, of any kind, from the hex of its CBOR."""
    item = cbor.decode(binary(encoded), 4096)
    return cose.ml_dsa_key_of(item) if len(item) == 3 else cose.key_of(item)


def key_json(of: CoseKey) -> str:
    """The hex of a COSE_Key's CBOR."""
    return cbor.encode(of.to_item()).hex()


def environment(name: str) -> Environment:
    """``production`` or ``test``."""
    return _ENVIRONMENTS[name]


def user_verification(name: str) -> UserVerification:
    """``none``, ``device-unlock``, ``biometric`` or ``code``."""
    return _VERIFICATIONS[name]


def binding(name: str) -> Binding:
    """``open``, ``audience`` or ``challenge``."""
    return _BINDINGS[name]


def purpose(name: str) -> Purpose:
    """``identification``, ``billing``, ``dispensing``, ``admission`` or ``records``."""
    return _PURPOSES[name]


def category(name: str) -> Category:
    """``doctor``, ``pharmacy`` and so on."""
    return _CATEGORIES[name]


def roots(case: Json) -> RootSet:
    """{"threshold", "keys", "post_quantum_keys" where there are some}"""
    kinds = (case["keys"], case.get("post_quantum_keys", ()))
    return RootSet(case["threshold"], *(tuple(key(encoded) for encoded in kind) for kind in kinds))


def trust_list_json(trust: VerifiedTrustList) -> Json:
    """What a trust list says of itself."""
    claims = trust.claims
    return {
        "version": claims.version,
        "exp": claims.exp,
        "issuers": [issuer.id for issuer in claims.issuers],
        "digest": trust.digest.hex(),
    }


def policy(case: Json) -> Policy:
    """The policy: see vectors/README.md."""
    return Policy(
        environment=environment(case["environment"]),
        least_binding=binding(case["least_binding"]),
        least_user_verification=user_verification(case["least_user_verification"]),
        skew_limit=case["skew_limit"],
        purposes={
            purpose(name): Demand(binding(own["least_binding"]), user_verification(own["least_user_verification"]))
            for name, own in case["purposes"].items()
        },
        status_grace=case["status_grace"],
        trust_notice=case["trust_notice"],
        rights_age=case["rights_age"],
        delegates=case["delegates"],
    )


def claims_json(claims: CredentialClaims) -> Json:
    """CREDENTIAL."""
    card = claims.card
    return {
        "iss": claims.iss,
        "exp": claims.exp,
        "iat": claims.iat,
        "cti": claims.cti.hex(),
        "device_key": key_json(claims.device_key),
        "card": {
            "code_key": card.code_key.hex(),
            "alias": card.beneficiary.hex(),
            "person": person_json(card.person),
            "quality": card.quality.value,
            "scheme": list(card.scheme),
            "status": list(card.status),
            "rights_as_of": card.rights_as_of,
            "rights_until": card.rights_until,
            "enrolment": [card.enrolment.method.value, card.enrolment.binding.hex()],
            "test": card.environment is Environment.TEST,
            "policyholder": card.policyholder and card.policyholder.hex(),
            "portrait": card.portrait and card.portrait.hex(),
            "nir": card.nir and card.nir.digits(),
            "policyholder_nir": card.policyholder_nir and card.policyholder_nir.digits(),
            "acting": card.acting and {"name": card.acting.name, **scope_json(card.acting.scope)},
        },
    }


def scope_json(scope: Scope) -> Json:
    """{"purposes", "categories"}, by their names."""
    return {
        "purposes": [label(member) for member in scope.purposes],
        "categories": None if scope.categories is None else [label(member) for member in scope.categories],
    }


def _acting(case: Json) -> Acting:
    categories = case["categories"]
    return Acting(
        normalize("NFC", case["name"]),
        Scope(
            tuple(purpose(name) for name in case["purposes"]),
            None if categories is None else tuple(category(name) for name in categories),
        ),
    )


def person_json(person: Person) -> Json:
    """The names and the like."""
    return {
        "family_name": person.family_name,
        "given_names": list(person.given_names),
        "sex": person.sex.value,
        "name_in_use": person.name_in_use,
        "birth_rank": person.birth_rank,
    }


def delegate_json(delegate: Delegate | None) -> Json:
    """Who acts, in RESULT."""
    return delegate and {"name": delegate.name, "way": delegate.way.value, "until": delegate.until}


def result_json(seen: VerifiedPresentation) -> Json:
    """RESULT of vectors/README.md."""
    card, claims = seen.card, seen.claims
    return {
        "issuer": seen.issuer,
        "environment": label(card.environment),
        "alias": card.beneficiary.hex(),
        "person": person_json(card.person),
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
        "purpose": label(seen.purpose),
        "view": label(seen.view),
        "sealed": seen.sealed,
        "nir": card.nir and card.nir.digits(),
        "policyholder_nir": card.policyholder_nir and card.policyholder_nir.digits(),
        "transaction": seen.transaction and seen.transaction.digest.hex(),
        "delegate": delegate_json(seen.delegate),
    }


def certificate_json(certificate: VerifiedCertificate) -> Json:
    """CERTIFICATE."""
    claims = certificate.claims
    return {
        "authority": claims.iss,
        "authority_name": certificate.authority_name,
        "terminal": claims.terminal.hex(),
        "categories": [label(category) for category in claims.categories],
        "establishment": claims.establishment,
        "name": claims.name,
        "iat": claims.iat,
        "exp": claims.exp,
    }


def challenge_json(challenge: VerifiedChallenge) -> Json:
    """CHALLENGE."""
    claims, transaction = challenge.claims, challenge.claims.transaction
    return {
        "purposes": [label(purpose) for purpose in claims.purposes],
        "view": label(claims.view),
        "lifetime": claims.lifetime,
        "sealed": claims.session_key is not None,
        "transaction": transaction
        and {"digest": transaction.digest.hex(), "line": transaction.line, "amount": transaction.amount},
    }


def transaction(case: Json) -> Transaction:
    """{"digest", "line", "amount"}"""
    return Transaction(binary(case["digest"]), case["line"], case["amount"])


def claims_from(case: Json) -> CredentialClaims:
    """The claims of CREDENTIAL, names brought into Normalization Form C."""
    card = case["card"]
    person = card["person"]
    return CredentialClaims(
        case["iss"],
        case["exp"],
        case["iat"],
        binary(case["cti"]),
        key(case["device_key"]),
        Card(
            code_key=binary(card["code_key"]),
            beneficiary=BeneficiaryAlias(binary(card["alias"])),
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
            enrolment=Enrolment(EnrolmentMethod(card["enrolment"][0]), binary(card["enrolment"][1])),
            test=1 if card["test"] else None,
            policyholder=PolicyholderAlias(binary(card["policyholder"])) if card["policyholder"] else None,
            portrait=binary(card["portrait"]) if card["portrait"] else None,
            nir=BeneficiaryNir(card["nir"]) if card["nir"] else None,
            policyholder_nir=PolicyholderNir(card["policyholder_nir"]) if card["policyholder_nir"] else None,
            acting=_acting(card["acting"]) if card["acting"] else None,
        ),
    )


def result(layer: Callable[[Json], Json], case: Json) -> Json:
    """``{"ok": ...}`` or ``{"error": code}``."""
    try:
        return {"ok": layer(case)}
    except InputError as refused:
        return {"error": refused.code.value}
