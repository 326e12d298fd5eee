"""ENROL-3, R5 and CRED-3: the number on its way to the issuer, and what ties a card to it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from tests import forge
from tests.forge import ENROLMENT, put
from tests.world import CODE, NIR, NOW, World, camille, enrolled
from vitaletoken import Code, EnrolmentMethod, InputError, UsageError
from vitaletoken.adapters.number_key import SoftwareNumberKey, generate_number_key
from vitaletoken.rules.credential import enrolment_binding
from vitaletoken.rules.enrolment import open_request, verify_offer, verify_request
from vitaletoken.rules.number import commitment, is_same, pseudonym
from vitaletoken.rules.trust import TrustAnchor, verify_trust_list
from vitaletoken.wire.enrolment import Evidence, Number, number_of, parse_request, serialize_number
from vitaletoken.wire.nir import BeneficiaryNir, PolicyholderNir

SALT = bytes(range(16))
NUMBER = Number(NIR, SALT)


def refusal_of(function: Callable[..., object], *arguments: Any, **options: Any) -> Code | None:
    try:
        function(*arguments, **options)
    except InputError as refused:
        return refused.code
    return None


def opened(w: World, request: bytes, offer: bytes) -> Number:
    return open_request(verify_request(request, offer), w.number_key.unseal).number


# --- what is committed to, and what the card is tied to


def test_the_commitment_is_the_specifications() -> None:
    assert commitment(NUMBER) == hashlib.sha256(forge.enc(["vitaletoken/1", "number", SALT, NIR.digits()])).digest()
    assert commitment(NUMBER) == forge.commitment(NIR.digits(), SALT)


def test_the_binding_is_the_specifications() -> None:
    request = hashlib.sha256(b"request").digest()
    whole = forge.enc(["vitaletoken/1", "enrolment", request, commitment(NUMBER)])
    assert enrolment_binding(request, commitment(NUMBER)) == hashlib.sha256(whole).digest()[:16]


def test_what_is_sealed_is_number_and_salt() -> None:
    assert serialize_number(NUMBER) == forge.enc([NIR.digits(), SALT])
    assert number_of(serialize_number(NUMBER)) == NUMBER
    with pytest.raises(UsageError):
        serialize_number(Number(NIR, bytes(15)))


# --- R5


def test_a_request_opens_to_its_number() -> None:
    """Sealed by the phone, and by hand with another implementation of the structures."""
    w = World()
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, NIR, profile=w.profile)
    assert opened(w, request, offer) == w.holder_store.load().pending[0].number
    other = forge.request(w, offer, number=("1850675056012", bytes(16)))
    assert opened(w, other, offer) == Number(BeneficiaryNir("1850675056012"), bytes(16))


def test_a_salt_is_fresh_and_the_sealing_too() -> None:
    """One number, two requests: neither commitment nor sealed number tell that it is the same person."""
    w = World()
    claims = []
    for _ in range(2):
        request = w.holder.enrol(w.issuer.offer(), w.trust, CODE, NIR, profile=w.profile)
        claims.append(parse_request(request).unverified_claims)
    assert claims[0].commitment != claims[1].commitment
    assert claims[0].sealed_number != claims[1].sealed_number
    assert len(claims[0].sealed_number) == 48 + 32


def sealed_otherwise(w: World, offer: bytes) -> dict[str, bytes]:
    """Sealed numbers that R5 refuses, by what is wrong with them."""
    nir, salt = NIR.digits(), SALT
    other_offer = w.issuer.offer()
    stranger = enrolled(seed="stranger")
    good = forge.sealed_number(w, offer, nir, salt)
    return {
        "another key": forge.sealed_number(stranger, offer, nir, salt),
        "another offer": forge.sealed_number(w, other_offer, nir, salt),
        "another label": forge.sealed_number(w, offer, nir, salt, label="sealed-answer"),
        "a bit": good[:-1] + bytes([good[-1] ^ 1]),
        "cut": good[:-1],
        "no point": bytes(32) + good[32:],
        "noise": bytes(range(49, 49 + 80)),
        "no salt": forge.sealed_number(w, offer, nir),
        "a short salt": forge.sealed_number(w, offer, nir, salt[:15]),
        "with its key": forge.sealed_number(w, offer, nir + "53", salt),
        "letters": forge.sealed_number(w, offer, "2790375O42031", salt),
        "an integer": forge.sealed_number(w, offer, int(nir), salt),
        "more": forge.sealed_number(w, offer, nir, salt, 0),
        "another number": forge.sealed_number(w, offer, "1850675056012", salt),
        "another salt": forge.sealed_number(w, offer, nir, bytes(16)),
    }


def test_a_number_that_is_not_the_one_committed_to_is_refused() -> None:
    w = enrolled()
    offer = w.issuer.offer()
    cases = sealed_otherwise(w, offer)
    codes = {
        name: refusal_of(w.issuer.issue, forge.request(w, offer, sealed=sealed), offer, camille())
        for name, sealed in cases.items()
    }
    assert codes == dict.fromkeys(cases, Code.REQUEST_NUMBER)
    w.issuer.issue(forge.request(w, offer), offer, camille())


def test_a_commitment_to_another_number_is_refused() -> None:
    """Also to the right number under another salt, which is what a guess would be."""
    w = enrolled()
    offer = w.issuer.offer()
    for other in (bytes(32), forge.commitment("1850675056012", SALT), forge.commitment(NIR.digits(), bytes(16))):
        request = forge.request(w, offer, put((ENROLMENT, 3), other))
        assert refusal_of(w.issuer.issue, request, offer, camille()) is Code.REQUEST_NUMBER


@pytest.mark.parametrize(("size", "code"), [(48, Code.REQUEST_STRUCTURE), (49, Code.REQUEST_NUMBER),
                                            (128, Code.REQUEST_NUMBER), (129, Code.REQUEST_STRUCTURE)])  # fmt: skip
def test_a_sealed_number_has_49_to_128_bytes(size: int, code: Code) -> None:
    w = enrolled()
    offer = w.issuer.offer()
    assert refusal_of(w.issuer.issue, forge.request(w, offer, sealed=bytes(size)), offer, camille()) is code


def test_the_steps_are_in_order() -> None:
    """R3, R4 and R5 fail at once, or the later two: the first says so."""
    w = enrolled()
    offer, other = w.issuer.offer(), w.issuer.offer()
    both = forge.request(w, other, sealed=bytes(80))
    assert refusal_of(w.issuer.issue, both, offer, camille()) is Code.REQUEST_OFFER
    everything = forge.request(w, other, sealed=bytes(80), device_sign=w.issuer_signer.sign)
    assert refusal_of(w.issuer.issue, everything, offer, camille()) is Code.REQUEST_SIGNATURE


# --- evidence


@pytest.mark.parametrize("method", EnrolmentMethod)
def test_evidence_goes_with_the_request(method: EnrolmentMethod) -> None:
    w = World()
    evidence = Evidence(method, bytes(32))
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, NIR, profile=w.profile, evidence=evidence)
    assert parse_request(request).unverified_claims.evidence == evidence
    w.holder.accept(w.issuer.issue(request, offer, camille()), w.trust)


# --- the issuer's HPKE key in the trust list


def trust(w: World, key: bytes | None) -> Any:
    edit = forge.drop((6, 0, 5)) if key is None else put((6, 0, 5), key)
    return verify_trust_list(forge.trust_list(w, edit), TrustAnchor(w.roots), w.environment)


@pytest.mark.parametrize("key", [None, bytes(32), b"\1" + bytes(31)], ids=["none", "zero", "one"])
def test_an_issuer_without_a_key_to_seal_to_offers_no_enrolment(key: bytes | None) -> None:
    """SEAL-3 for it too: to a key of small order everybody could read."""
    w = World()
    assert refusal_of(verify_offer, w.issuer.offer(), trust(w, key), NOW) is Code.OFFER_ISSUER
    assert verify_offer(w.issuer.offer(), w.trust, NOW).sealing_key == w.number_key.public_key


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33), "x" * 32, None])
def test_the_key_has_32_bytes(key: Any) -> None:
    w = World()
    data = forge.trust_list(w, put((6, 0, 5), key))
    assert refusal_of(verify_trust_list, data, w.anchor, w.environment) is Code.TRUST_LIST_STRUCTURE


def test_a_software_key_is_not_shown_and_not_pickled() -> None:
    w = World()
    key, secret = generate_number_key(w.entropy)
    assert SoftwareNumberKey(secret).public_key == key.public_key
    assert secret.hex() not in repr(key)
    with pytest.raises(UsageError):
        key.__reduce__()
    with pytest.raises(UsageError):
        SoftwareNumberKey(secret[:31])


# --- pseudonyms


def test_a_pseudonym_is_the_numbers_under_one_key() -> None:
    key = b"k" * 32
    own, same = BeneficiaryNir("1850675056012"), PolicyholderNir("1850675056012")
    assert is_same(own, same)
    assert not is_same(own, NIR)
    assert pseudonym(own, key) == pseudonym(same, key)
    assert len({pseudonym(own, key), pseudonym(NIR, key), pseudonym(own, b"l" * 32)}) == 3
    assert len(pseudonym(own, key)) == 32
