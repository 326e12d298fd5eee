"""Layer `verify`: somebody acts for the beneficiary. Accepted in both ways, then V8 to V10."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from vectors.generate.cases import Case, Json
from vectors.generate.encoder import Tag, Value
from vectors.generate.expectations import result
from vectors.generate.fixtures import CARD_CAMILLE, CTI_1, ELISE, shown_claims
from vectors.generate.keys import (
    CODE_1,
    OTHER_CODE,
    OTHER_PHONE_1,
    PHONE_1,
    PHONE_2,
    DeviceKey,
    OtherNonce,
)
from vectors.generate.lending import (
    DELEGATE_1,
    DELEGATE_2,
    DELEGATE_CODE_1,
    DELEGATE_CODE_2,
    GRANT,
    LENT_1,
    LENT_2,
    grant,
    grant_claims,
)
from vectors.generate.loan import (
    BY_ISSUER,
    ISSUER_ID,
    LEVELS,
    LOAN,
    MINE,
    SUITES,
    by_issuer,
    issuer_id,
    lent_id,
    lent_refused,
    lent_result,
    loan,
)
from vectors.generate.messages import aad, sha256
from vectors.generate.terminals import CAMILLE_BILLING
from vectors.generate.verify_grant import signature_cases, structure_cases
from vectors.generate.verify_plain import DEVICE_ONLY
from vectors.generate.visit import SUITE_1, Visit, accepted


def lent_cases() -> Iterator[Case]:
    """Both ways of lending."""
    yield from _accepted()
    yield from _claims()
    yield from structure_cases()
    yield from signature_cases()
    yield from _hop()
    yield from _code()
    yield from _acting_keys()


def _accepted() -> Iterator[Case]:
    rules = ("V8", "V9", "V10", "COSE-5", "GRANT-2")
    for grantor in SUITES:
        for delegate in SUITES:
            for level in LEVELS:
                lent = loan(grantor, delegate, level)
                yield accepted(
                    lent_id(grantor, delegate, level).removeprefix("verify/accepted/"),
                    rules,
                    f"a card of suite {grantor} lent to a phone of suite {delegate}, level {level}",
                    lent.visit,
                    lent_result(lent),
                    stages=_stages(lent.visit) if level == "open" else None,
                )
    for suite in SUITES:
        for level in LEVELS:
            claims = LENT_1 if suite == 1 else LENT_2
            ok = result(claims, binding=level, sealed=level == "challenge")
            slug = issuer_id(suite, level).removeprefix("verify/accepted/")
            comment = f"a card lent through the issuer to a phone of suite {suite}, level {level}"
            yield accepted(slug, ("V8", "V11", "CRED-5"), comment, by_issuer(suite, level), ok)
    childs = LOAN.at(lambda visit: replace(visit, card=ELISE))
    ok = {**lent_result(LOAN), **_about(ELISE)}
    yield accepted("lent/child", ("V8", "CRED-2"), "a child's card, lent by its parent's phone", childs.visit, ok)
    no_code = replace(BY_ISSUER, claims=shown_claims(CTI_1, 2), code=None)
    yield accepted(
        "lent-by-issuer/no-code",
        ("V8", "GRANT-4"),
        "a card lent through the issuer, without the code: there is no grant",
        no_code,
        result(LENT_1, **DEVICE_ONLY),
    )
    drawn = loan(2, 1).having(at_device={"signer": OtherNonce(PHONE_2, 12345)})
    yield accepted(
        "lent/drawn-nonce", ("V8", "SIG-2"), "a P-256 signature with another nonce", drawn.visit, lent_result(drawn)
    )
    owner = replace(SUITE_1, delegates=True)
    yield accepted("owner-where-delegates", ("V14",), "the owner, where a delegate might act", owner, result())


def _about(claims: Any) -> dict[str, Json]:
    of_card = result(claims)
    return {key: of_card[key] for key in ("alias", "person", "quality", "policyholder", "scheme", "rights_as_of")}


def _stages(visit: Visit) -> dict[str, Json]:
    claims: Any = visit.claims
    return {**visit.stages(), "grant": {"hex": claims[MINE][5].hex()}}


def _claims() -> Iterator[Case]:
    """V4: the grant is a byte string, and the code layer goes with the user verification."""
    parts = LOAN.message.device_layer.parts
    values: tuple[tuple[str, str, Value], ...] = (
        ("array", "the grant as an array, not in a byte string", parts),
        ("text", "the grant is text", "x" * 64),
        ("null", "the grant is null", None),
        ("map", "the grant is a map", {}),
        ("tagged", "the grant is tagged as CBOR", Tag(24, b"\x80")),
    )
    for slug, comment, value in values:
        rules = ("CBOR-2",) if slug == "tagged" else ("CBOR-6",)
        yield lent_refused(f"claims-structure/grant-{slug}", comment, LOAN.showing(value), "wrong-type", rules=rules)
    two = LOAN.visit.with_claims((MINE, 6), LOAN.message.encode())
    yield lent_refused(
        "claims-structure/two-grants", "a second grant, under key 6", two, "unknown-key", rules=("CBOR-6",)
    )
    stripped = replace(LOAN.visit, code=None)
    yield lent_refused(
        "claims-structure/grant-stripped-code",
        "the code layer stripped, the user verification is still 3",
        stripped,
        rules=("PRES-2", "GRANT-4"),
    )


def _hop() -> Iterator[Case]:
    code = "grant-hop"
    device: DeviceKey
    for slug, comment, lent in (
        ("own-device", "to the card's own device key",
         LOAN.granting((8, 1), PHONE_1.cose).at(lambda visit: replace(visit, device=PHONE_1))),
        ("own-code", "to the card's own code key",
         LOAN.granting((GRANT, 1), CODE_1.public).at(lambda visit: replace(visit, code=CODE_1))),
        ("device-as-code", "the card's device key as the delegate's code key",
         LOAN.granting((GRANT, 1), PHONE_1.public).at(lambda visit: replace(visit, code=PHONE_1))),
        ("code-as-device", "the card's code key as the delegate's device key",
         LOAN.granting((8, 1), CODE_1.cose).at(lambda visit: replace(visit, device=CODE_1))),
        ("own-phone", "to the card's own keys",
         LOAN.having(claims=grant_claims(PHONE_1, CODE_1)).at(lambda visit: replace(visit, device=PHONE_1, code=CODE_1))),
        ("same-key", "to one key as device key and code key",
         LOAN.granting((8, 1), DELEGATE_CODE_1.cose).at(lambda visit: replace(visit, device=DELEGATE_CODE_1))),
        ("billing", "with the card in the billing view", LOAN.at(lambda visit: replace(visit, card=CAMILLE_BILLING))),
    ):  # fmt: skip
        yield lent_refused(f"{code}/{slug}", comment, lent.visit, rules=("GRANT-2",))
    for suite, onto, onto_code in ((1, DELEGATE_2, DELEGATE_CODE_2), (2, DELEGATE_1, DELEGATE_CODE_1)):
        keys = (DELEGATE_1, DELEGATE_CODE_1) if suite == 1 else (DELEGATE_2, DELEGATE_CODE_2)
        card = LENT_1 if suite == 1 else LENT_2
        device = onto
        message = grant(grant_claims(device, onto_code), b"", *keys)
        lent = replace(LOAN, message=message).at(
            lambda visit, card=card, device=device, key=onto_code: replace(visit, card=card, device=device, code=key)  # type: ignore[misc]
        )
        comment = f"a card lent through the issuer to a phone of suite {suite} is lent on"
        yield lent_refused(f"{code}/lent-on-{suite}", comment, lent.visit, rules=("GRANT-2",), base=issuer_id(suite))


def _code() -> Iterator[Case]:
    for number, name in ((0, "none"), (1, "device-unlock"), (2, "biometric")):
        weak = LOAN.at(lambda visit, n=number: replace(visit.with_claims((MINE, 1), n), code=None))  # type: ignore[misc]
        yield lent_refused(
            f"grant-code/{name}", f"a grant, and user verification {name}", weak.visit, rules=("GRANT-4",)
        )


def _acting_keys() -> Iterator[Case]:
    """V9 and V10 are about the delegate's keys."""
    visit = LOAN.visit
    rules = ("COSE-5", "GRANT-2")
    for slug, comment, changed in (
        ("device-signature/lent-owner", "signed by the card's device key", replace(visit, at_device={"signer": PHONE_1})),
        ("device-signature/lent-third", "signed by another phone", replace(visit, at_device={"signer": OTHER_PHONE_1})),
        ("device-signature/lent-zeros", "64 zero bytes", replace(visit, at_device={"signature": bytes(64)})),
        ("code-signature/lent-owner", "code layer by the card's code key", replace(visit, at_code={"signer": CODE_1})),
        ("code-signature/lent-third", "code layer by another phone", replace(visit, at_code={"signer": OTHER_CODE})),
        ("code-signature/lent-device", "code layer by the delegate's device key", replace(visit, at_code={"signer": DELEGATE_1})),
        ("device-signature/lent-grant-moved", "another delegate's grant",
         LOAN.granting((8, 1), OTHER_PHONE_1.cose).granting((GRANT, 1), OTHER_CODE.public).visit),
        ("code-signature/lent-other-code", "the grant names another code key",
         LOAN.granting((GRANT, 1), OTHER_CODE.public).visit),
    ):  # fmt: skip
        yield lent_refused(slug, comment, changed, rules=rules)
    taken = replace(LOAN.base)
    yield lent_refused(
        "device-signature/lent-without-grant", "the delegate's phone without the grant", taken, rules=rules
    )
    bare = loan(1, 2).base
    yield lent_refused(
        "algorithm-mismatch/lent-without-grant", "the same with a P-256 key", bare, "alg-confusion",
        rules=("CRED-4",), base=lent_id(1, 2),
    )  # fmt: skip
    crossed = loan(1, 2).visit
    card_suite = aad("presentation-device", 1, 0, sha256(CARD_CAMILLE), None)
    yield lent_refused(
        "device-signature/lent-suite-of-card", "the suite in external_aad is the card's, not the delegate's",
        replace(crossed, at_device={"aad": card_suite}), "cross-protocol", rules=rules, base=lent_id(1, 2),
    )  # fmt: skip
    code_suite = aad("presentation-code", 1, 0, sha256(CARD_CAMILLE), None)
    yield lent_refused(
        "code-signature/lent-suite-of-card", "code layer: the suite in external_aad is the card's",
        replace(crossed, at_code={"aad": code_suite}), "cross-protocol", rules=rules, base=lent_id(1, 2),
    )  # fmt: skip
    owner = replace(BY_ISSUER, device=PHONE_1, code=CODE_1)
    yield lent_refused(
        "device-signature/lent-card-by-owner", "the grantor's phone with the lent card", owner, base=ISSUER_ID
    )
