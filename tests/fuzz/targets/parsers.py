"""The parsers of ``vitaletoken.wire``, each by itself: bytes in, a parsed message or our typed error out.

Those of lists are in ``lists``, and the text layer in ``texts``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from tests.fuzz.targets import vectors
from tests.fuzz.targets.contract import Target
from tests.fuzz.targets.texts import messages_in_texts
from vitaletoken.errors import InputError, NotInForm
from vitaletoken.wire import (
    cbor,
    certificate,
    challenge,
    cose,
    credential,
    credential_glance,
    enrolment,
    grant,
    introduction,
    layers,
    lending_order,
    presentation,
    renewal,
    text,
    trust_list,
    unlock,
)

#: Modules of ``vitaletoken.wire`` that have no parser to be fuzzed by itself, and where their code is reached.
WITHOUT: Final = {
    "detached": "the frame of trust lists and snapshots",
    "fields": "the readers of which all parsers are made",
    "patterns": "the pieces of which messages are recognised at a glance",
    "registry": "numbers and names; reads nothing",
    "scope": "what lent cards, grants and orders have in common",
}


def _presentation(data: bytes) -> object:
    return credential_glance.parse_credential_in(presentation.parse_presentation(data))


def _glance(data: bytes) -> object:
    """One reader is the quick way of the other: the same claims, or the same refusal."""
    slow, quick = (
        _outcome(parse, data) for parse in (credential.parse_credential, credential_glance.parse_credential_at_a_glance)
    )
    assert quick == slow, "the two read different claims, or only one of them refuses"
    return credential.parse_credential(data)


def _presentation_glance(data: bytes) -> object:
    """The quick reader alone knows what is usual, and never more than the other one reads."""
    seen, read = presentation._at_a_glance(data), _outcome(presentation._step_by_step, data)
    assert seen is None or seen == read, "the two read different things, or one of them refuses"
    return presentation._step_by_step(data)


def _outcome(parse: Callable[[bytes], object], data: bytes) -> object:
    try:
        return parse(data)
    except InputError as refused:
        return refused.code


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
    for data in messages_in_texts(text.LENT_CARD_PREFIX)():
        try:
            yield grant.parse_lent_card(data)[1]
        except InputError:
            continue


TARGETS: Final = (
    Target(
        "certificate",
        certificate.parse_certificate,
        messages_in_texts(text.CERTIFICATE_PREFIX),
        512,
        covers=(certificate.parse_certificate,),
    ),
    Target(
        "challenge",
        challenge.parse_challenge,
        messages_in_texts(text.CHALLENGE_PREFIX),
        1024,
        covers=(challenge.parse_challenge,),
    ),
    Target("cose-key", _key, _keys, 4096, covers=(cose.key_of,), allowed=(NotInForm,)),
    Target(
        "cose-sign1",
        lambda data: cose.parse_sign1(data, 2048),
        vectors.seeds(("request", "bytes"), ("credential", "bytes")),
        2048,
        covers=(cose.parse_sign1,),
        allowed=(NotInForm,),
    ),
    Target(
        "cose-sign1-kid",
        lambda data: cose.parse_sign1_with_kid(data, 2048),
        vectors.seeds(("offer", "bytes"), ("credential", "bytes")),
        2048,
        covers=(cose.parse_sign1_with_kid,),
        allowed=(NotInForm,),
    ),
    Target(
        "credential",
        credential.parse_credential,
        vectors.seeds(("credential", "bytes"), ("accept", "credential"), ("accept", "billing")),
        1024,
        covers=(credential.parse_credential,),
    ),
    Target(
        "credential-glance",
        _glance,
        vectors.seeds(("credential", "bytes"), ("accept", "credential"), ("accept", "billing")),
        1024,
        covers=(credential_glance.parse_credential_at_a_glance,),
        weight=2.0,
    ),
    Target("grant", grant.parse_grant, _grants, 600, covers=(grant.parse_grant,)),
    Target(
        "introduction",
        introduction.parse_introduction,
        messages_in_texts(text.INTRODUCTION_PREFIX),
        600,
        covers=(introduction.parse_introduction,),
    ),
    Target(
        "lent-card",
        grant.parse_lent_card,
        messages_in_texts(text.LENT_CARD_PREFIX),
        900,
        covers=(grant.parse_lent_card,),
    ),
    Target("number", enrolment.number_of, _numbers, 96, covers=(enrolment.number_of,), allowed=(NotInForm,)),
    Target("offer", enrolment.parse_offer, vectors.seeds(("offer", "bytes")), 1024, covers=(enrolment.parse_offer,)),
    Target(
        "order",
        lending_order.parse_order,
        vectors.seeds(("order", "bytes")),
        800,
        covers=(lending_order.parse_order,),
    ),
    Target(
        "presentation",
        _presentation,
        messages_in_texts(text.PREFIX),
        1100,
        covers=(presentation.parse_presentation, credential_glance.parse_credential_in),
        weight=2.0,
    ),
    Target("presentation-glance", _presentation_glance, messages_in_texts(text.PREFIX), 1100, weight=2.0),
    Target(
        "renewal", renewal.parse_renewal, vectors.seeds(("renewal", "bytes")), 1100, covers=(renewal.parse_renewal,)
    ),
    Target(
        "request", enrolment.parse_request, vectors.seeds(("request", "bytes")), 1600, covers=(enrolment.parse_request,)
    ),
    Target(
        "two-layers",
        lambda data: layers.parse_layers(data, 1024),
        vectors.seeds(("renewal", "bytes"), ("order", "bytes")),
        1100,
        covers=(layers.parse_layers,),
        allowed=(NotInForm,),
    ),
    Target("unlock", unlock.parse_unlock, vectors.seeds(("unlock", "bytes")), 600, covers=(unlock.parse_unlock,)),
)
