"""Layer `verify`: the grant in a presentation, V8: form and signatures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case
from vectors.generate.double_form import inner_envelopes
from vectors.generate.envelopes import envelopes
from vectors.generate.fixtures import CAMILLE, CARD_ELISE, OFFER, ZOE
from vectors.generate.grant_case import BOUNDS
from vectors.generate.keys import (
    CNAM_CARDS,
    CODE_1,
    OTHER_CODE,
    OTHER_PHONE_1,
    PHONE_1,
    PHONE_2,
)
from vectors.generate.lending import (
    DELEGATE_1,
    DELEGATE_CODE_1,
    GRANT,
    GRANT_IAT,
    INTRODUCTION_1,
    grant,
)
from vectors.generate.loan import (
    LOAN,
    SUITES,
    lent_id,
    lent_refused,
    lent_result,
    loan,
)
from vectors.generate.messages import aad, credential, header_kid, sha256
from vectors.generate.terminals import CAMILLE_BILLING
from vectors.generate.visit import Visit, accepted


def structure_cases() -> Iterator[Case]:
    """Form, and the headers."""
    code = "grant-structure"
    about = LOAN.base.credential
    message = replace(LOAN.message, about=about)
    for slug, data, rule, comment in envelopes(message.device_layer):
        yield lent_refused(f"{code}/form/{slug}", f"the grant: {comment}", LOAN.showing(data), rules=(rule,))
    for slug, data, rule, comment in inner_envelopes(message):
        visit = LOAN.having(at_device={"payload": data}).visit
        yield lent_refused(f"{code}/form/code-{slug}", f"the grant's code layer: {comment}", visit, rules=(rule,))
    for slug, path, value in (
        ("unknown-claim", (99,), 0),
        ("unknown-key", (GRANT, 5), 0),
        ("view", (GRANT, 5), 2),
        ("aud", (3,), "pharmacy"),
        ("cnf-kid", (8, 3), bytes(8)),
        ("key-kid", (8, 1, 2), bytes(8)),
    ):
        visit = LOAN.granting(path, value).visit
        yield lent_refused(
            f"{code}/{slug}", f"the grant has a key that is not listed: {slug}", visit, "unknown-key", rules=("CBOR-6",)
        )
    for path, name, _, outside in BOUNDS:
        for number, wrong in enumerate(outside):
            visit = LOAN.granting(path, wrong).visit
            slug, comment = f"{code}/range/{name}-{number}", f"the grant's {name}, outside"
            yield lent_refused(slug, comment, visit, "boundary", "range", rules=("CBOR-6",))
    for slug, comment, visit in (
        ("no-code-layer", "the grant's claims without its code layer: an unlocked phone alone lends nothing",
         LOAN.having(at_device={"payload": message.code_layer.payload}).visit),
        ("code-twice", "a code layer in a code layer",
         LOAN.having(at_code={"payload": replace(message.code_layer).encode()}).visit),
        ("code-esp256", "code layer: ESP256", LOAN.having(at_code={"protected": b"\xa1\x01\x28"}).visit),
        ("code-kid", "code layer: a kid besides", LOAN.having(at_code={"protected": header_kid(CODE_1.kid)}).visit),
        ("oversized", "more than 512 bytes", LOAN.granting((99,), bytes(240)).visit),
        ("card", "the card in place of the grant", LOAN.showing(about)),
        ("offer", "an offer in place of the grant", LOAN.showing(OFFER)),
        ("introduction", "an introduction in place of the grant", LOAN.showing(INTRODUCTION_1.encode())),
        ("exp-is-iat", "exp is iat", LOAN.granting((4,), GRANT_IAT).visit),
    ):  # fmt: skip
        yield lent_refused(f"{code}/{slug}", f"the grant: {comment}", visit, rules=("GRANT-1", "CBOR-6"))
    longest = LOAN.granting((4,), GRANT_IAT + 259200)
    yield accepted(
        "lent/72-hours", ("V8", "GRANT-1"), "259,200 seconds", longest.visit, lent_result(longest), "boundary"
    )
    longer = LOAN.granting((4,), GRANT_IAT + 259201).visit
    yield lent_refused(f"{code}/72-hours", "259,201 seconds", longer, "boundary", rules=("GRANT-1",),
                   base="verify/accepted/lent/72-hours")  # fmt: skip
    for grantor, header, comment in ((1, b"\xa1\x01\x28", "ESP256"), (2, b"\xa1\x01\x32", "Ed25519")):
        visit = loan(grantor).having(at_device={"protected": header}).visit
        yield lent_refused(
            f"{code}/header-of-suite-{grantor}", f"the grant says {comment}, the card's key is another", visit,
            "alg-confusion", rules=("COSE-3",), base=lent_id(grantor),
        )  # fmt: skip
    for grantor in SUITES:
        for delegate, alg in ((1, b"\x28"), (2, b"\x32")):
            lent = loan(grantor, delegate)
            header = b"\xa2\x01" + alg + b"\x0d" + lent.base.credential
            visit = replace(lent.visit, at_device={"protected": header})
            yield lent_refused(
                f"{code}/presentation-of-suite-{grantor}-to-{delegate}",
                "the presentation's algorithm is not that of the delegate's key",
                visit, "alg-confusion", rules=("CRED-4",), base=lent_id(grantor, delegate),
            )  # fmt: skip


def signature_cases() -> Iterator[Case]:
    """Signatures, and grants of another card."""
    code = "grant-signature"
    zeros: dict[str, Any] = {"signature": bytes(64)}
    claims = LOAN.message.claims
    renewed = credential({**CAMILLE, 7: bytes(8)}, CNAM_CARDS).encode()
    billing = credential(CAMILLE_BILLING, CNAM_CARDS).encode()
    visits: list[tuple[str, str, Visit]] = [
        ("device-zeros", "device layer: 64 zero bytes", LOAN.having(at_device=zeros).visit),
        ("code-zeros", "code layer: 64 zero bytes", LOAN.having(at_code=zeros).visit),
        ("device-other", "device layer: by another phone", LOAN.having(device=OTHER_PHONE_1).visit),
        ("code-other", "code layer: by another code key", LOAN.having(code=OTHER_CODE).visit),
        ("by-delegate", "made by the delegate alone", LOAN.having(device=DELEGATE_1, code=DELEGATE_CODE_1).visit),
        ("device-by-delegate", "device layer: by the delegate", LOAN.having(at_device={"signer": DELEGATE_1}).visit),
        ("code-by-delegate", "code layer: by the delegate", LOAN.having(at_code={"signer": DELEGATE_CODE_1}).visit),
        ("code-by-device", "both layers by the card's device key: made without the code",
         LOAN.having(at_code={"signer": PHONE_1}).visit),
        ("device-by-code", "both layers by the card's code key", LOAN.having(at_device={"signer": CODE_1}).visit),
        ("exchanged", "the layers exchanged", LOAN.having(at_device={"signer": CODE_1}, at_code={"signer": PHONE_1}).visit),
        ("child", "of the child's card, by the same keys", LOAN.showing(grant(claims, CARD_ELISE).encode())),
        ("renewed", "of the same person's next card", LOAN.showing(grant(claims, renewed).encode())),
        ("billing", "of this card's billing view", LOAN.showing(grant(claims, billing).encode())),
        ("no-digest", "external_aad without the card's digest",
         LOAN.having(at_device={"aad": aad("grant-device")}, at_code={"aad": aad("grant-code")}).visit),
    ]  # fmt: skip
    for role in ("presentation", "order", "renewal"):
        for layer, which in (("device", "at_device"), ("code", "at_code")):
            parts: dict[str, Any] = {which: {"aad": aad(f"{role}-{layer}", sha256(LOAN.base.credential))}}
            comment = f"{layer} layer: external_aad of the role {role}-{layer}"
            visits.append((f"{layer}-{role}-aad", comment, LOAN.having(**parts).visit))
    for slug, comment, visit in visits:
        flags = ["cross-protocol"] if slug.endswith(("aad", "digest")) else []
        yield lent_refused(f"{code}/{slug}", f"the grant: {comment}", visit, *flags, rules=("COSE-5", "GRANT-2"))
    signed = replace(LOAN.message, about=LOAN.base.credential)
    kept: dict[str, Any] = {
        "at_device": {"signature": signed.device_layer.parts[3]},
        "at_code": {"signature": signed.code_layer.parts[3]},
    }
    for slug, path, value, comment in (
        ("exp", (4,), GRANT_IAT + 259200, "exp"),
        ("name", (GRANT, 2), "Camille Martin-Dubois", "the name"),
        ("purposes", (GRANT, 3), [1, 2, 3, 4, 5], "the purposes"),
        ("cnf", (8, 1), OTHER_PHONE_1.cose, "the delegate's device key"),
    ):
        visit = LOAN.granting(path, value).having(**kept).visit
        yield lent_refused(f"{code}/changed-{slug}", f"{comment} exchanged after signing", visit, rules=("COSE-4",))
    other = loan(2).having(at_device=zeros).visit
    yield lent_refused(
        f"{code}/p256-zeros", "the grant: r = s = 0", other, "malleability", rules=("SIG-2",), base=lent_id(2)
    )
    crossed = LOAN.at(lambda visit: replace(visit, card=ZOE)).having(device=PHONE_2).visit
    yield lent_refused(
        f"{code}/other-code-of-suite-2", "the code layer by another card's code key", crossed, base=lent_id(2)
    )
