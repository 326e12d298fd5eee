"""What is wrong with a message that two keys sign, whichever it is: form, ranges, signatures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vectors.generate import p256
from vectors.generate.cases import Case, Json
from vectors.generate.double import Double
from vectors.generate.editing import Field, Path, faults
from vectors.generate.encoder import Value, encode
from vectors.generate.envelopes import envelopes
from vectors.generate.keys import OTHER_CODE, OTHER_PHONE_1, OTHER_PHONE_2, OtherNonce, P256Key
from vectors.generate.messages import aad, header_kid, sha256

Bounds = Sequence[tuple[Path, str, Sequence[Value], Sequence[Value]]]
"""Path, name, values inside, values outside."""
ROLES = ("enrolment-request", "renewal", "introduction", "grant", "order", "presentation")


@dataclass(frozen=True)
class Layer:
    """A layer of the vectors, and how its cases are written."""

    name: str
    given: Callable[[bytes], Mapping[str, Json]]
    """The input that holds these bytes."""
    steps: Mapping[str, str]
    """The step of each code."""
    base: str
    """The accepted case that most refusals are changes of, below "accepted/"."""

    def refused(
        self,
        slug: str,
        comment: str,
        message: Double | bytes,
        *flags: str,
        rules: tuple[str, ...] = (),
        base: str | None = None,
        inputs: Mapping[str, Json] | None = None,
    ) -> Case:
        """A refusal; the code is the first part of `slug`. `inputs` take the place of those of the layer."""
        code = slug.partition("/")[0]
        given = {**self.given(_bytes(message)), **(inputs or {})}
        accepted = f"{self.name}/accepted/{base or self.base}"
        return Case(f"{self.name}/{slug}", (self.steps[code], *rules), comment, given, code, accepted, flags)

    def accepted(
        self,
        slug: str,
        comment: str,
        message: Double | bytes,
        ok: Mapping[str, Json],
        *flags: str,
        rules: tuple[str, ...],
        stages: Mapping[str, Json] | None = None,
        inputs: Mapping[str, Json] | None = None,
    ) -> Case:
        """What is accepted."""
        given = {**self.given(_bytes(message)), **(inputs or {})}
        return Case(f"{self.name}/accepted/{slug}", rules, comment, given, ok, flags=flags, stages=stages or {})


def _bytes(message: Double | bytes) -> bytes:
    return message if isinstance(message, bytes) else message.encode()


def form_cases(
    layer: Layer, code: str, good: Double, fields: Sequence[Field], base: str | None = None
) -> Iterator[Case]:
    """The claims, and both COSE_Sign1, in wrong forms, signed again after each change."""
    for fault in faults(good.claims, fields):
        rule = "CBOR-1" if fault.flag == "non-canonical" else "CBOR-6"
        changed = replace(good, claims=fault.claims)
        yield layer.refused(f"{code}/{fault.slug}", fault.comment, changed, fault.flag, rules=(rule,), base=base)
    for slug, data, rule, comment in envelopes(good.device_layer):
        yield layer.refused(f"{code}/form/{slug}", f"device layer: {comment}", data, rules=(rule,), base=base)
    for slug, data, rule, comment in inner_envelopes(good):
        changed = replace(good, at_device={"payload": data})
        yield layer.refused(f"{code}/form/code-{slug}", f"code layer: {comment}", changed, rules=(rule,), base=base)
    parts = good.code_layer.parts
    twice = encode([parts[0], {}, encode(parts), parts[3]])
    for slug, data, comment in (
        ("no-code-layer", encode(good.claims), "the claims without a code layer"),
        ("code-twice", twice, "a code layer in a code layer"),
    ):
        yield layer.refused(
            f"{code}/form/{slug}", comment, replace(good, at_device={"payload": data}), rules=("CBOR-6",), base=base
        )
    other = b"\xa1\x01" + (b"\x32" if isinstance(good.device, P256Key) else b"\x28")
    for slug, which, header, comment in (
        ("device-other-alg", "at_device", other, "device layer: the algorithm of another kind of key"),
        ("device-kid", "at_device", header_kid(good.device.thumbprint[:8]), "device layer: a kid besides"),
        ("code-esp256", "at_code", b"\xa1\x01\x28", "code layer: ESP256"),
        ("code-kid", "at_code", header_kid(good.code.kid), "code layer: a kid besides"),
    ):
        changed = replace(good, **{which: {"protected": header}})  # type: ignore[arg-type]
        rules = ("COSE-2", "COSE-3")
        yield layer.refused(f"{code}/header/{slug}", comment, changed, "alg-confusion", rules=rules, base=base)


def inner_envelopes(good: Double) -> Iterator[tuple[str, bytes, str, str]]:
    """Those of the code layer, but for those that are a change of the device layer's payload."""
    for slug, data, rule, comment in envelopes(good.code_layer):
        if slug not in {"trailing", "empty"}:
            yield slug, data, rule, comment


def range_cases(
    layer: Layer, code: str, good: Double, bounds: Bounds, ok: Callable[[Double], Mapping[str, Json]]
) -> Iterator[Case]:
    """Each value on both sides of its limits."""
    rules = (layer.steps[code], "CBOR-6")
    for path, name, inside, outside in bounds:
        for number, value in enumerate(inside):
            message = good.having(path, value)
            comment = f"{name}: {_shown(value)} is inside"
            slug = f"range/{name}-{number}"
            yield layer.accepted(slug, comment, message, ok(message), "boundary", "range", rules=rules)
        for number, value in enumerate(outside):
            comment = f"{name}: {_shown(value)} is outside"
            slug = f"{code}/range/{name}-{number}"
            yield layer.refused(slug, comment, good.having(path, value), "boundary", "range", rules=("CBOR-6",))


def _shown(value: Any) -> str:
    match value:
        case bytes():
            return f"{len(value)} bytes"
        case str():
            return f"{len(value)} characters, {len(value.encode())} bytes"
    return str(value)


def signature_cases(layer: Layer, code: str, good: Double, second_layer: Layer, second: Double) -> Iterator[Case]:
    """Signatures that do not verify: other keys, other bytes, other messages. `second` is signed by a P-256 device."""
    assert isinstance(second.device, P256Key)
    for which, name, other, wrong in (
        ("at_device", "device", OTHER_PHONE_1, good.code),
        ("at_code", "code", OTHER_CODE, good.device),
    ):
        rows: list[tuple[str, str, Mapping[str, Any], tuple[str, ...]]] = [
            ("zeros", "64 zero bytes", {"signature": bytes(64)}, ()),
            ("other", "signed by another phone", {"signer": other}, ()),
            ("exchanged", "signed by the other of the two keys", {"signer": wrong}, ()),
            ("bit", "a bit turned", {"signature": _turned(good, name)}, ()),
            *((slug, comment, {"aad": value}, ("cross-protocol",)) for slug, comment, value in _aads(good, name)),
        ]
        for slug, comment, parts, flags in rows:
            changed = replace(good, **{which: parts})  # type: ignore[arg-type]
            yield layer.refused(f"{code}/{name}-{slug}", f"{name} layer: {comment}", changed, *flags, rules=("COSE-5",))
    signature = second.device.sign(second.device_layer.to_be_signed)
    for slug, comment, parts, flags in (
        ("p256-other", "signed by another phone", {"signer": OTHER_PHONE_2}, ()),
        ("p256-high-s", "n - s", {"signature": p256.high(signature)}, ("malleability",)),
        ("p256-zeros", "r = s = 0", {"signature": bytes(64)}, ("malleability",)),
    ):
        changed = replace(second, at_device=parts)
        said = f"device layer: {comment}"
        yield second_layer.refused(f"{code}/{slug}", said, changed, *flags, rules=("SIG-2",))


def other_nonce(good: Double) -> Double:
    """The same, signed by a P-256 phone that draws its nonces."""
    assert isinstance(good.device, P256Key)
    return replace(good, at_device={"signer": OtherNonce(good.device, 12345)})


def _turned(good: Double, name: str) -> bytes:
    layer = good.device_layer if name == "device" else good.code_layer
    signature = layer.parts[3]
    assert isinstance(signature, bytes)
    return signature[:40] + bytes([signature[40] ^ 1]) + signature[41:]


def _aads(good: Double, name: str) -> Iterator[tuple[str, str, bytes]]:
    """Of the other layer, of every other message, of none, and with another digest."""
    context = [] if good.about is None else [sha256(good.about)]
    exchanged = "code" if name == "device" else "device"
    yield "layer-aad", "external_aad of the other layer", aad(f"{good.role}-{exchanged}", *context)
    for role in ROLES:
        if role != good.role:
            yield f"{role}-aad", f"external_aad of the role {role}-{name}", aad(f"{role}-{name}", *context)
    yield "no-aad", "an empty external_aad", b""
    if good.about is None:
        yield "digest-aad", "a digest besides in external_aad", aad(f"{good.role}-{name}", sha256(b""))
    else:
        yield "no-digest-aad", "external_aad without the card's digest", aad(f"{good.role}-{name}")
        yield "card-aad", "the card itself in external_aad", aad(f"{good.role}-{name}", good.about)
