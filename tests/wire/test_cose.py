"""COSE_Sign1 and COSE_Key: one permitted form each, compared and never interpreted (COSE-1 to COSE-5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import forge
from tests.examples import examples
from tests.forge import enc
from tests.world import CODE, NIR, World, camille, enrolled
from vitaletoken import Code, InputError, verify_status_list, verify_trust_list
from vitaletoken.errors import NotInForm
from vitaletoken.wire import cose
from vitaletoken.wire.cose import CoseKey, CoseSign1
from vitaletoken.wire.registry import Algorithm

BYTES = st.binary(max_size=400)
KID = b"\x01\x02\x03\x04\x05\x06\x07\x08"


# --- COSE_Sign1


@examples(200)
@given(BYTES, BYTES, BYTES)
def test_the_signed_bytes(protected: bytes, aad: bytes, payload: bytes) -> None:
    """RFC 9052 section 4.4, with an encoder that is not the library's."""
    assert cose.sig_structure(protected, aad, payload) == enc(["Signature1", protected, aad, payload])


@pytest.mark.parametrize("size", [0, 23, 24, 255, 256, 1099, 1100, 65_535, 65_536])
def test_the_signed_bytes_where_a_longer_head_begins(size: int) -> None:
    data = bytes(size)
    assert cose.sig_structure(data, b"", b"") == enc(["Signature1", data, b"", b""])
    assert cose.sig_structure(b"", data, b"") == enc(["Signature1", b"", data, b""])
    assert cose.sig_structure(b"", b"", data) == enc(["Signature1", b"", b"", data])


@examples(200)
@given(BYTES, BYTES, st.binary(min_size=64, max_size=64))
def test_what_is_written_is_read(protected: bytes, payload: bytes, signature: bytes) -> None:
    sign1 = CoseSign1(protected, payload, signature)
    data = cose.serialize_sign1(sign1)
    assert data == enc([protected, {}, payload, signature])
    assert cose.parse_sign1(data, len(data)) == sign1
    with pytest.raises(NotInForm):
        cose.parse_sign1(data, len(data) - 1)


def test_what_is_signed_is_what_is_kept() -> None:
    seen = []
    data = cose.sign(lambda tbs: seen.append(tbs) or bytes(64), b"p", b"a", b"payload")
    assert seen == [enc(["Signature1", b"p", b"a", b"payload"])]
    assert cose.parse_sign1(data, 1000) == CoseSign1(b"p", b"payload", bytes(64))


GOOD = [b"\xa0", {}, b"payload", bytes(64)]


@pytest.mark.parametrize(
    "item",
    [
        None, 0, b"", "", {}, [], GOOD[:3], [*GOOD, 0], [*GOOD, b""],
        ["", *GOOD[1:]], [{}, *GOOD[1:]], [None, *GOOD[1:]], [[], *GOOD[1:]],
        [b"", {1: -19}, *GOOD[2:]], [b"", {4: KID}, *GOOD[2:]], [b"", {"": 0}, *GOOD[2:]], [b"", [], *GOOD[2:]],
        [b"", None, *GOOD[2:]], [b"", b"", *GOOD[2:]], [b"", b"\xa0", *GOOD[2:]], [b"", False, *GOOD[2:]], [b"", 0, *GOOD[2:]],
        [b"", {}, None, bytes(64)], [b"", {}, "payload", bytes(64)], [b"", {}, {}, bytes(64)], [b"", {}, [], bytes(64)],
        *([b"", {}, b"", bytes(size)] for size in (0, 1, 63, 65, 96, 128)), [b"", {}, b"", "x" * 64], [b"", {}, b"", None],
    ],
    ids=lambda item: repr(item)[:40],
)  # fmt: skip
def test_nothing_else_is_a_sign1(item: Any) -> None:
    with pytest.raises(NotInForm):
        cose.sign1_of(item)
    with pytest.raises(NotInForm):
        cose.parse_sign1(enc(item), 1000)


def test_a_tagged_sign1_is_refused() -> None:
    """COSE_Sign1's own tag, 18, COSE_Sign's, 98, and CWT's, 61."""
    for tag in (b"\xd2", b"\xd8\x62", b"\xd8\x3d", b"\xd8\x3d\xd2"):
        with pytest.raises(NotInForm):
            cose.parse_sign1(tag + enc(GOOD), 1000)


# --- header {alg, kid}, read without a decoder


@examples(300)
@given(st.binary(min_size=24, max_size=700), st.binary(min_size=8, max_size=8))
def test_a_sign1_with_a_kid_is_recognised(payload: bytes, kid: bytes) -> None:
    data = enc([cose.header_with_kid(kid), {}, payload, bytes(64)])
    assert cose.header_with_kid(kid) == enc({1: -19, 4: kid})
    found, sign1 = cose.parse_sign1_with_kid(data, len(data))
    assert (found, sign1) == (kid, cose.parse_sign1(data, len(data)))
    assert cose.kid_in(sign1.protected) == kid
    with pytest.raises(NotInForm):
        cose.parse_sign1_with_kid(data, len(data) - 1)


@pytest.mark.parametrize("size", [24, 25, 100, 255, 256, 257, 1000, 65_535])
def test_each_length_of_payload_is_recognised(size: int) -> None:
    """Payloads full of what could be taken for the end of a message."""
    for filling in (b"\x58\x40", b"\x00", b"\n", b"\xff", b"\x58\x40" + bytes(64)):
        payload = (filling * size)[:size]
        data = enc([cose.header_with_kid(KID), {}, payload, b"\x58\x40" * 32])
        assert cose.parse_sign1_with_kid(data, len(data)) == (KID, cose.parse_sign1(data, len(data)))


@pytest.mark.parametrize("size", [0, 1, 23, 65_536, 100_000])
def test_a_payload_of_another_length_is_refused(size: int) -> None:
    data = enc([cose.header_with_kid(KID), {}, bytes(size), bytes(64)])
    with pytest.raises(NotInForm):
        cose.parse_sign1_with_kid(data, len(data))


def test_a_length_that_is_not_the_payloads_is_refused() -> None:
    data = bytearray(enc([cose.header_with_kid(KID), {}, bytes(100), bytes(64)]))
    at = data.index(b"\x58\x64") + 1
    for length in [*range(256)]:
        data[at] = length
        if length == 100:
            cose.parse_sign1_with_kid(bytes(data), 1000)
            continue
        with pytest.raises(NotInForm):
            cose.parse_sign1_with_kid(bytes(data), 1000)


# --- headers that are refused wherever they stand, though properly signed

#: Every one of them is well-formed, and names the right key or none.
HOSTILE_HEADERS: dict[str, Callable[[bytes], bytes]] = {
    "none": lambda kid: b"",
    "empty map": lambda kid: b"\xa0",
    "alg none": lambda kid: enc({1: 0, 4: kid}),
    "no alg": lambda kid: enc({4: kid}),
    "no kid": lambda kid: enc({1: -19}),
    "EdDSA": lambda kid: enc({1: -8, 4: kid}),
    "ES256": lambda kid: enc({1: -7, 4: kid}),
    "ESP256": lambda kid: enc({1: -9, 4: kid}),
    "alg as text": lambda kid: enc({1: "EdDSA", 4: kid}),
    "HMAC": lambda kid: enc({1: 5, 4: kid}),
    "crit": lambda kid: enc({1: -19, 2: [4], 4: kid}),
    "crit of something unknown": lambda kid: enc({1: -19, 2: [-70000], 4: kid, -70000: 0}),
    "content type": lambda kid: enc({1: -19, 3: 0, 4: kid}),
    "IV": lambda kid: enc({1: -19, 4: kid, 5: b""}),
    "x5chain": lambda kid: enc({1: -19, 4: kid, 33: b""}),
    "typ": lambda kid: enc({1: -19, 4: kid, 16: "application/cwt"}),
    "kid as text": lambda kid: enc({1: -19, 4: "12345678"}),
    "short kid": lambda kid: enc({1: -19, 4: kid[:7]}),
    "long kid": lambda kid: enc({1: -19, 4: kid + b"\0"}),
    "kid twice": lambda kid: b"\xa3\x01\x32\x04\x48" + kid + b"\x04\x48" + kid,
    "other order": lambda kid: b"\xa2\x04\x48" + kid + b"\x01\x32",
    "long head": lambda kid: b"\xa2\x01\x32\x04\x58\x08" + kid,
    "indefinite": lambda kid: b"\xbf\x01\x32\x04\x48" + kid + b"\xff",
    "trailing": lambda kid: b"\xa2\x01\x32\x04\x48" + kid + b"\0",
    "array": lambda kid: enc([-19, kid]),
}


def refusal_of(function: Callable[..., object], *arguments: Any, **options: Any) -> Code | None:
    try:
        function(*arguments, **options)
    except InputError as refused:
        return refused.code
    return None


@pytest.fixture(scope="module")
def world() -> World:
    return enrolled()


@pytest.mark.parametrize("name", HOSTILE_HEADERS)
def test_a_hostile_header_is_refused(name: str, world: World) -> None:
    header = HOSTILE_HEADERS[name](forge.kid(world.issuer_signer.public_key.public))
    presentation = forge.presentation(world, credential=forge.credential(world, protected=header))
    assert refusal_of(world.verifier.verify_message, presentation, "visit 1") is Code.CREDENTIAL_STRUCTURE
    status_list = forge.status_list(world, protected=header)
    assert refusal_of(verify_status_list, status_list, world.trust) is Code.STATUS_LIST_STRUCTURE
    offer = forge.offer(world, protected=header)
    assert refusal_of(world.holder.enrol, offer, world.trust, CODE, NIR, profile=world.profile) is Code.OFFER_STRUCTURE
    trust_list = forge.trust_list(world, whole=lambda item: item[1][0].__setitem__(0, header))
    assert refusal_of(verify_trust_list, trust_list, world.anchor, world.environment) is Code.TRUST_LIST_STRUCTURE


@pytest.mark.parametrize("name", sorted(set(HOSTILE_HEADERS) - {"no kid"}))
def test_a_hostile_header_of_an_inner_layer_is_refused(name: str, world: World) -> None:
    header = HOSTILE_HEADERS[name](KID)
    coded = forge.presentation(world, code_header=header)
    assert refusal_of(world.verifier.verify_message, coded, "visit 1") is Code.CLAIMS_STRUCTURE
    outer = forge.presentation(world, header=lambda _: header)
    assert refusal_of(world.verifier.verify_message, outer, "visit 1") is Code.COSE_STRUCTURE
    offer = world.issuer.offer()
    for options in ({"code_header": header}, {"device_header": header}):
        request = forge.request(world, offer, **options)  # type: ignore[arg-type]
        assert refusal_of(world.issuer.issue, request, offer, camille()) is Code.REQUEST_STRUCTURE


@pytest.mark.parametrize(
    "header",
    [
        lambda card: b"\xa2\x01\x32\x0d",
        lambda card: b"\xa2\x01\x27\x0d" + card,
        lambda card: b"\xa2\x01\x26\x0d" + card,
        lambda card: b"\xa2\x01\x00\x0d" + card,
        lambda card: b"\xa2\x01\x32\x0e" + card,
        lambda card: b"\xa3\x01\x32\x0d" + card + b"\x0e\x00",
        lambda card: b"\xa3\x01\x32\x02\x81\x0d\x0d" + card,
        lambda card: b"\xa2\x0d" + card + b"\x01\x32",
        lambda card: b"\xa2\x01\x38\x12\x0d" + card,
        lambda card: b"\xa1\x0d" + card,
    ],
)
def test_another_header_of_the_device_layer_is_refused(header: Callable[[bytes], bytes], world: World) -> None:
    message = forge.presentation(world, header=lambda genuine: header(genuine[4:]))
    assert refusal_of(world.verifier.verify_message, message, "visit 1") is Code.COSE_STRUCTURE


def test_a_credential_as_a_byte_string_is_refused(world: World) -> None:
    """The value of kcwt is the COSE message itself; wrapped in a byte string it is none."""
    card = forge.credential_of(world)
    message = forge.presentation(world, header=lambda _: b"\xa2\x01\x32\x0d" + enc(card))
    assert refusal_of(world.verifier.verify_message, message, "visit 1") is Code.CREDENTIAL_STRUCTURE


@pytest.mark.parametrize("layer", ["device", "code", "credential"])
@pytest.mark.parametrize("unprotected", [{1: -19}, {4: KID}, {1: 0}, {"x": 0}, [], None, b""], ids=repr)
def test_an_unprotected_header_that_is_not_empty_is_refused(layer: str, unprotected: Any, world: World) -> None:
    """COSE-1. It is not signed: each of these signatures is good."""
    edit = forge.put((1,), unprotected)
    match layer:
        case "device":
            message, code = forge.presentation(world, device_layer=edit), Code.COSE_STRUCTURE
        case "code":
            message, code = forge.presentation(world, code_layer=edit), Code.CLAIMS_STRUCTURE
        case _:
            message = forge.presentation(world, credential=forge.credential(world, layer=edit))
            code = Code.CREDENTIAL_STRUCTURE
    assert refusal_of(world.verifier.verify_message, message, "visit 1") is code


# --- COSE_Key

ED = {1: 1, 3: -19, -1: 6, -2: bytes(range(32))}
EC = {1: 2, 3: -9, -1: 1, -2: bytes(range(32)), -3: True}


def test_the_two_forms_of_a_key_are_read() -> None:
    assert cose.key_of(dict(ED)) == CoseKey(Algorithm.ED25519, bytes(range(32)))
    assert cose.ed25519_key_of(dict(ED)) == cose.ed25519_key(bytes(range(32)))
    for sign, head in ((True, b"\x03"), (False, b"\x02")):
        key = cose.key_of({**EC, -3: sign})
        assert key == CoseKey(Algorithm.ESP256, head + bytes(range(32)))
        assert key.to_item() == {**EC, -3: sign}
    assert cose.key_of(dict(ED)).to_item() == ED


ML_DSA = {1: 7, 3: -49, -1: bytes(range(32)) * 61}


def test_an_ml_dsa_key_is_read_where_it_may_stand() -> None:
    """Among root keys and issuer keys; a device has none."""
    key = CoseKey(Algorithm.ML_DSA_65, ML_DSA[-1])
    assert cose.ml_dsa_key_of(dict(ML_DSA)) == cose.signing_key_of(dict(ML_DSA)) == key
    assert key.to_item() == ML_DSA
    assert cose.signing_key_of(dict(ED)) == cose.ed25519_key(bytes(range(32)))
    for read in (cose.key_of, cose.ed25519_key_of):
        with pytest.raises(NotInForm):
            read(dict(ML_DSA))
    for read in (cose.ml_dsa_key_of, cose.signing_key_of):
        with pytest.raises(NotInForm):
            read(dict(EC))


@pytest.mark.parametrize(
    "item",
    [
        {**ML_DSA, -1: bytes(1951)}, {**ML_DSA, -1: bytes(1953)}, {**ML_DSA, -1: "x" * 1952}, {**ML_DSA, 3: -48},
        {**ML_DSA, 3: -50}, {**ML_DSA, 3: -19}, {**ML_DSA, 1: 1}, {**ML_DSA, 2: KID}, {**ML_DSA, -2: bytes(32)},
        {1: 7, -1: ML_DSA[-1]}, {1: 7, 3: -49}, {}, [], None,
    ],
    ids=lambda item: repr(item)[:60],
)  # fmt: skip
def test_another_form_of_an_ml_dsa_key_is_refused(item: Any) -> None:
    for read in (cose.ml_dsa_key_of, cose.signing_key_of):
        with pytest.raises(NotInForm):
            read(item)


# --- detached signatures


@pytest.mark.parametrize(("algorithm", "size"), [(Algorithm.ED25519, 64), (Algorithm.ML_DSA_65, 3309)])
def test_a_detached_signature_of_either_kind_is_read(algorithm: Algorithm, size: int) -> None:
    header = cose.header_with_kid(KID, algorithm)
    assert header == enc({1: int(algorithm), 4: KID})
    layer = cose.detached_sign1_of([header, {}, None, bytes(size)])
    assert layer == cose.CoseSign1(header, b"", bytes(size))
    assert cose.detached_item(layer) == [header, {}, None, bytes(size)]
    for wrong in (
        [header, {}, None, bytes(3309 + 64 - size)],
        [header, {}, None, bytes(size - 1)],
        [header, {}, b"", bytes(size)],
        [header, {1: -19}, None, bytes(size)],
        [header, {}, None],
        [header[:-1], {}, None, bytes(size)],
        [header + b"\0", {}, None, bytes(size)],
        [None, {}, None, bytes(size)],
        [enc({1: -48, 4: KID}), {}, None, bytes(size)],
        [enc({1: int(algorithm)}), {}, None, bytes(size)],
        None,
    ):
        with pytest.raises(NotInForm):
            cose.detached_sign1_of(wrong)


@pytest.mark.parametrize(
    "item",
    [
        None, [], b"", {}, {**ED, 3: -8}, {**ED, 3: -9}, {**ED, 1: 2}, {**ED, -1: 7}, {**ED, -1: 4}, {**ED, 2: KID},
        {**ED, 4: [2]},
        {**ED, -3: True}, {**ED, -4: bytes(32)}, {**ED, -2: bytes(31)}, {**ED, -2: bytes(33)}, {**ED, -2: "x" * 32},
        {**ED, 1: True}, {**ED, -2: None}, {key: ED[key] for key in ED if key != 3}, {key: ED[key] for key in ED if key != -1},
        {**EC, 3: -7}, {**EC, 3: -19}, {**EC, 1: 1}, {**EC, -1: 2}, {**EC, -1: 6}, {**EC, -1: 8}, {**EC, -3: 1}, {**EC, -3: None},
        {**EC, -3: bytes(32)}, {**EC, -2: bytes(33)}, {**EC, 2: KID}, {key: EC[key] for key in EC if key != -3},
        {key: EC[key] for key in EC if key != 3}, {**EC, -4: bytes(32)},
    ],
    ids=lambda item: repr(item)[:60],
)  # fmt: skip
def test_another_form_of_a_key_is_refused(item: Any) -> None:
    for read in (cose.key_of, cose.ed25519_key_of):
        with pytest.raises(NotInForm):
            read(item)


def test_a_p256_key_is_no_ed25519_key() -> None:
    with pytest.raises(NotInForm):
        cose.ed25519_key_of(dict(EC))
