"""The parsers of ``vitaletoken.wire``, each by itself: bytes in, a parsed message or our typed error out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from tests.fuzz.targets import vectors
from tests.fuzz.targets.contract import FILE_SECONDS, Shape, Target
from vitaletoken.errors import InputError, NotInForm, UsageError
from vitaletoken.wire import (
    cbor,
    certificate,
    challenge,
    cose,
    credential,
    credential_glance,
    delta,
    enrolment,
    grant,
    introduction,
    layers,
    lending_order,
    presentation,
    renewal,
    snapshot,
    status_list,
    text,
    trust_list,
    unlock,
)
from vitaletoken.wire.nir import BeneficiaryNir

#: Modules of ``vitaletoken.wire`` that have no parser to be fuzzed by itself, and where their code is reached.
WITHOUT: Final = {
    "detached": "the frame of trust lists and snapshots",
    "fields": "the readers of which all parsers are made",
    "patterns": "the pieces of which messages are recognised at a glance",
    "registry": "numbers and names; reads nothing",
    "scope": "what lent cards, grants and orders have in common",
}

#: Bytes; of lists that may be much longer, the length at which most of what can be in them has room.
_LIST: Final = 32_768


#: Layers whose input is a text of a QR code.
_TEXTS: Final = ("verify", "review", "introduction", "grant")


def _vectors(*where: tuple[str, str]) -> Callable[[], Iterable[bytes]]:
    """Seeds: of these layers, these fields."""
    return lambda: [each for layer, field in where for each in vectors.inputs(layer, field)]


def _presentation(data: bytes) -> object:
    return credential_glance.parse_credential_in(presentation.parse_presentation(data))


def _glance(data: bytes) -> object:
    """One reader is the quick way of the other: the same claims, or the same refusal."""
    slow, quick = (
        _outcome(parse, data) for parse in (credential.parse_credential, credential_glance.parse_credential_at_a_glance)
    )
    assert quick == slow, "the two read different claims, or only one of them refuses"
    return credential.parse_credential(data)


def _outcome(parse: Callable[[bytes], object], data: bytes) -> object:
    try:
        return parse(data)
    except InputError as refused:
        return refused.code


def _messages_in_texts(prefix: str) -> Callable[[], Iterable[bytes]]:
    """Seeds: what the texts of visits carry, and those that go from phone to phone."""

    def seeds() -> Iterable[bytes]:
        for layer in _TEXTS:
            for data in vectors.inputs(layer, vectors.TEXT):
                shown = data.decode("utf-8", "surrogateescape")
                if shown.startswith(prefix):
                    try:
                        yield text.parse_text(shown, prefix)
                    except InputError:
                        continue

    return seeds


def _text(data: bytes) -> None:
    shown = data.decode("utf-8", "surrogateescape")
    for prefix in (text.PREFIX, text.SEALED_PREFIX):
        if shown.startswith(prefix):
            carried = text.parse_text(shown, prefix)
            assert text.serialize_text(carried, prefix) == shown, "another text carries the same"
            return
    if shown.startswith(text.INTRODUCTION_PREFIX):
        prefix, carried = text.INTRODUCTION_PREFIX, text.parse_introduction_text(shown)
    elif shown.startswith(text.LENT_CARD_PREFIX):
        prefix, carried = text.LENT_CARD_PREFIX, text.parse_lent_card_text(shown)
    else:
        prefix, carried = text.parse_terminal_text(shown)
    assert text.serialize_text(carried, prefix) == shown, "another text carries the same"


def _keyboard(data: bytes) -> None:
    shown = data.decode("utf-8", "surrogateescape")
    repaired = text.repair_keyboard(shown)
    assert text.repair_keyboard(repaired) == repaired, "repaired twice it is another"


def _payload(data: bytes) -> object:
    return trust_list.parse_claims(data)


def _payloads() -> Iterable[bytes]:
    for data in vectors.inputs("trust-list", "bytes"):
        try:
            yield trust_list.parse_trust_list(data).payload
        except InputError:
            continue


def _key(data: bytes) -> object:
    item = cbor.decode(data, 4096)
    for read in (cose.key_of, cose.ml_dsa_key_of, trust_list.root_set_of, credential.cnf_of):
        try:
            return read(item)
        except NotInForm:
            continue
    raise NotInForm("no key")


def _keys() -> Iterable[bytes]:
    yield from vectors.inputs("thumbprint", "key")
    yield from vectors.inputs("signature", "key")


def _numbers() -> Iterable[bytes]:
    for case in vectors.cases("accept"):
        given = case["input"]
        yield cbor.encode([given["nir"], bytes.fromhex(given["salt"])])


def _grants() -> Iterable[bytes]:
    for data in _messages_in_texts(text.LENT_CARD_PREFIX)():
        try:
            yield grant.parse_lent_card(data)[1]
        except InputError:
            continue


def _gaps(data: bytes) -> None:
    indices = delta.decode_gaps(data, 1 << 20)
    if indices is not None:
        assert all(0 <= idx < 1 << 20 for idx in indices)


def _nir(data: bytes) -> object:
    return BeneficiaryNir.parse(data.decode("utf-8", "surrogateescape"))


TARGETS: Final = (
    Target(
        "certificate",
        certificate.parse_certificate,
        _messages_in_texts(text.CERTIFICATE_PREFIX),
        512,
        covers=(certificate.parse_certificate,),
    ),
    Target(
        "challenge",
        challenge.parse_challenge,
        _messages_in_texts(text.CHALLENGE_PREFIX),
        1024,
        covers=(challenge.parse_challenge,),
    ),
    Target("cose-key", _key, _keys, 4096, covers=(cose.key_of,), allowed=(NotInForm,)),
    Target(
        "cose-sign1",
        lambda data: cose.parse_sign1(data, 2048),
        _vectors(("request", "bytes"), ("credential", "bytes")),
        2048,
        covers=(cose.parse_sign1,),
        allowed=(NotInForm,),
    ),
    Target(
        "cose-sign1-kid",
        lambda data: cose.parse_sign1_with_kid(data, 2048),
        _vectors(("offer", "bytes"), ("credential", "bytes")),
        2048,
        covers=(cose.parse_sign1_with_kid,),
        allowed=(NotInForm,),
    ),
    Target(
        "credential",
        credential.parse_credential,
        _vectors(("credential", "bytes"), ("accept", "credential"), ("accept", "billing")),
        1024,
        covers=(credential.parse_credential,),
    ),
    Target(
        "credential-glance",
        _glance,
        _vectors(("credential", "bytes"), ("accept", "credential"), ("accept", "billing")),
        1024,
        covers=(credential_glance.parse_credential_at_a_glance,),
        weight=2.0,
    ),
    Target(
        "delta",
        delta.parse_delta,
        _vectors(("status-sync", "deltas")),
        _LIST,
        covers=(delta.parse_delta,),
        seconds=FILE_SECONDS,
    ),
    Target("gaps", _gaps, lambda: [b"\0", b"\1\2\x80\1"], 1024, covers=(delta.decode_gaps,), shape=Shape.RAW),
    Target("grant", grant.parse_grant, _grants, 600, covers=(grant.parse_grant,)),
    Target(
        "introduction",
        introduction.parse_introduction,
        _messages_in_texts(text.INTRODUCTION_PREFIX),
        600,
        covers=(introduction.parse_introduction,),
    ),
    Target(
        "keyboard",
        _keyboard,
        _vectors(("keyboard", "text")),
        2048,
        covers=(text.repair_keyboard,),
        shape=Shape.RAW,
        allowed=(),
    ),
    Target(
        "lent-card",
        grant.parse_lent_card,
        _messages_in_texts(text.LENT_CARD_PREFIX),
        900,
        covers=(grant.parse_lent_card,),
    ),
    Target(
        "nir",
        _nir,
        lambda: [b"2 84 09 75 110 123 51", b"2A", b"1550169123456"],
        64,
        covers=(BeneficiaryNir.parse,),
        shape=Shape.RAW,
        allowed=(UsageError,),
    ),
    Target("number", enrolment.number_of, _numbers, 96, covers=(enrolment.number_of,), allowed=(NotInForm,)),
    Target("offer", enrolment.parse_offer, _vectors(("offer", "bytes")), 1024, covers=(enrolment.parse_offer,)),
    Target(
        "order",
        lending_order.parse_order,
        _vectors(("order", "bytes")),
        800,
        covers=(lending_order.parse_order,),
    ),
    Target(
        "presentation",
        _presentation,
        _messages_in_texts(text.PREFIX),
        1100,
        covers=(presentation.parse_presentation, credential_glance.parse_credential_in),
        weight=2.0,
    ),
    Target("renewal", renewal.parse_renewal, _vectors(("renewal", "bytes")), 1100, covers=(renewal.parse_renewal,)),
    Target("request", enrolment.parse_request, _vectors(("request", "bytes")), 1600, covers=(enrolment.parse_request,)),
    Target(
        "snapshot",
        snapshot.parse_snapshot,
        _vectors(("snapshot", "bytes"), ("status-sync", "snapshot")),
        _LIST,
        covers=(snapshot.parse_snapshot,),
        seconds=FILE_SECONDS,
    ),
    Target(
        "status-list",
        status_list.parse_status_list,
        _vectors(("status-list", "bytes"), ("status-sync", "lists")),
        _LIST,
        covers=(status_list.parse_status_list,),
        seconds=FILE_SECONDS,
    ),
    Target(
        "text",
        _text,
        _vectors(("text", "text"), *((layer, "text") for layer in _TEXTS)),
        2048,
        covers=(
            *(text.parse_text, text.parse_terminal_text),
            *(text.parse_introduction_text, text.parse_lent_card_text),
        ),
    ),
    Target(
        "trust-list",
        trust_list.parse_trust_list,
        _vectors(("trust-list", "bytes"), ("trust-chain", "lists")),
        _LIST,
        covers=(trust_list.parse_trust_list,),
        seconds=FILE_SECONDS,
    ),
    Target(
        "trust-list-payload",
        _payload,
        _payloads,
        _LIST,
        covers=(trust_list.parse_claims,),
        allowed=(InputError, NotInForm),
    ),
    Target(
        "two-layers",
        lambda data: layers.parse_layers(data, 1024),
        _vectors(("renewal", "bytes"), ("order", "bytes")),
        1100,
        covers=(layers.parse_layers,),
        allowed=(NotInForm,),
    ),
    Target("unlock", unlock.parse_unlock, _vectors(("unlock", "bytes")), 600, covers=(unlock.parse_unlock,)),
)
