"""Somebody else's CDDL validator on the messages of the vectors: what is in form is described by spec/vitaletoken.cddl, what is
not in form is not, but for what CDDL cannot say.

The validator of tests/wire/cddl.py was written by those who wrote the library; this one was not, and decodes CBOR itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from tests.spec.documents import ROOT, message_of, opened, opened_with, read_text, vectors
from vectors.generate.encoder import encode

cddl_verifier = pytest.importorskip(
    "cddl_verifier", reason="the CDDL validator of PyPI, cddl-verifier, is not installed"
)

RULE_OF_LAYER = {
    "credential": "credential",
    "trust-list": "trust-list",
    "status-list": "status-list",
    "snapshot": "status-snapshot",
    "offer": "enrolment-offer",
    "request": "enrolment-request",
    "issue": "credential",
    "present": "presentation",
    "certify": "terminal-certificate",
    "challenge": "challenge",
    "renewal": "renewal",
    "unlock": "unlock",
    "introduction": "introduction",
    "grant": "lent-card",
    "order": "lending-order",
}
"""Of the layers with one message; those of the others are found by `messages`."""

FAULTS = {
    "credential": {"credential-structure"},
    "presentation": {"cbor-profile", "cose-structure", "claims-structure", "credential-structure", "grant-structure"},
    "trust-list": {"trust-list-structure"},
    "status-list": {"status-list-structure"},
    "status-snapshot": {"snapshot-structure"},
    "status-delta": {"delta-structure"},
    "enrolment-offer": {"offer-structure"},
    "enrolment-request": {"request-structure"},
    "terminal-certificate": {"certificate-structure"},
    "challenge": {"challenge-structure", "certificate-structure"},
    "renewal": {"renewal-structure"},
    "unlock": {"unlock-structure"},
    "introduction": {"introduction-structure"},
    "lent-card": {"credential-structure", "grant-structure", "grant-text"},
    "lending-order": {"order-structure"},
}
"""The codes that say of a message, by its rule in the CDDL, that it is not in form; a challenge holds a certificate. What is
wrong with a sealed answer is mostly no matter of form: it has a test of its own."""

WITHOUT_A_MESSAGE = {"text", "keyboard", "cbor", "thumbprint", "signature", "code", "code-choice", "code-counter"}
"""Layers in which nothing stands that the CDDL has a rule for."""

NO_MESSAGE = {"text-too-long", "text-prefix", "text-encoding", "terminal-text", "introduction-text"}

SAID_IN_PROSE = {
    "CBOR-1",  # inside byte strings: the same items, encoded otherwise
    "CBOR-4",  # characters
    "CBOR-5",  # sizes of whole messages
    "CERT-1",
    "COSE-3",  # the rest: two values that are compared
    "CRED-1",
    "CRED-2",
    "CRED-5",
    "PRES-1",
    "PRES-2",
    "SNAP-1",
    "TRUST-2",
    "VIEW-1",
}
"""Rules of form that CDDL cannot say, or says in a comment only. Of their cases nothing is claimed."""

SAID_IN_PROSE_TOO = {
    "care-sheet/claims-structure/61-seconds": "exp is too long after iat",
    "credential/header/order": "an encoding in a byte string",
    "credential/header/wide-alg": "an encoding in a byte string",
    "status-list/status-list-structure/header/order": "an encoding in a byte string",
    "snapshot/snapshot-structure/form/header-ml-dsa-wide": "an encoding in a byte string",
    "snapshot/snapshot-structure/form/header-order": "an encoding in a byte string",
    "snapshot/snapshot-structure/range/sequence-3": "an encoding in a byte string",
    "status-sync/delta-structure/header/order": "an encoding in a byte string",
    "trust-list/trust-list-structure/form/header-ml-dsa-wide": "an encoding in a byte string",
    "trust-list/trust-list-structure/form/header-order": "an encoding in a byte string",
    "verify/cose-structure/header-order": "an encoding in a byte string",
    "verify/cose-structure/header-wide-alg": "an encoding in a byte string",
    "verify/cose-structure/header-wide-label": "an encoding in a byte string",
    "verify/claims-structure/range/wide-exp": "an encoding in a byte string",
    "status-list/status-list-structure/range/sub-line-feed": "a character",
    "review/certificate-structure/header-order": "an encoding in a byte string",
    "review/certificate-structure/header-wide-alg": "an encoding in a byte string",
    "review/challenge-structure/header-wide-alg": "an encoding in a byte string",
    "review/certificate-structure/range/categories-4": "categories are rising",
    "review/certificate-structure/range/categories-5": "categories are rising",
    "review/challenge-structure/range/purposes-4": "purposes are rising",
    "review/challenge-structure/range/purposes-5": "purposes are rising",
    "offer/offer-structure/range/exp-is-iat": "exp is after iat",
    "status-list/status-list-structure/range/exp-is-iat": "exp is after iat",
    "trust-list/trust-list-structure/range/root-keys-1": "fewer keys than the threshold",
    "credential/range/acting-purposes-4": "purposes are rising",
    "credential/range/acting-purposes-5": "purposes are rising",
    "credential/range/acting-purposes-6": "purposes are rising",
    "credential/range/acting-categories-4": "categories are rising",
    "credential/range/acting-categories-5": "categories are rising",
    "grant/grant-structure/range/purposes-4": "purposes are rising",
    "grant/grant-structure/range/purposes-5": "purposes are rising",
    "grant/grant-structure/range/purposes-6": "purposes are rising",
    "grant/grant-structure/range/categories-4": "categories are rising",
    "grant/grant-structure/range/categories-5": "categories are rising",
    "order/order-structure/range/purposes-4": "purposes are rising",
    "order/order-structure/range/purposes-5": "purposes are rising",
    "order/order-structure/range/categories-4": "categories are rising",
    "order/order-structure/range/categories-5": "categories are rising",
    "verify/grant-structure/range/purposes-4": "purposes are rising",
    "verify/grant-structure/range/purposes-5": "purposes are rising",
    "verify/grant-structure/range/purposes-6": "purposes are rising",
    "verify/grant-structure/range/categories-4": "categories are rising",
    "verify/grant-structure/range/categories-5": "categories are rising",
    "grant/grant-structure/exp-is-iat": "exp is after iat",
    "grant/grant-structure/exp-before-iat": "exp is after iat",
    "grant/grant-structure/72-hours-and-one-second": "exp is too long after iat",
    "renewal/renewal-structure/form/code-twice": "a layer that is there exactly when a key is",
    "renewal/renewal-structure/change/key-without-layer": "a layer that is there exactly when a key is",
    "renewal/renewal-structure/change/layer-without-key": "a layer that is there exactly when a key is",
    "unlock/unlock-structure/range/exp-is-iat": "exp is after iat",
    "verify/grant-structure/exp-is-iat": "exp is after iat",
    "verify/grant-structure/72-hours": "exp is too long after iat",
    "verify/grant-structure/presentation-of-suite-1-to-1": "a header and a key that are compared",
    "verify/grant-structure/presentation-of-suite-1-to-2": "a header and a key that are compared",
    "verify/grant-structure/presentation-of-suite-2-to-1": "a header and a key that are compared",
    "verify/grant-structure/presentation-of-suite-2-to-2": "a header and a key that are compared",
    "status-sync/delta-structure/range/list-twice-0": "lists are rising",
    "status-sync/delta-structure/range/lists-falling-0": "lists are rising",
    "status-sync/delta-structure/range/value-twice-0": "values are rising",
    "status-sync/delta-structure/range/values-falling-0": "values are rising",
    "status-sync/delta-structure/gaps/zero-gap": "LEB128, of rising indices, shortest",
    "status-sync/delta-structure/gaps/zero-gap-first": "LEB128, of rising indices, shortest",
    "status-sync/delta-structure/gaps/zero-gap-last": "LEB128, of rising indices, shortest",
    "status-sync/delta-structure/gaps/zero-wide": "LEB128, of rising indices, shortest",
    "status-sync/delta-structure/gaps/not-shortest": "LEB128, of rising indices, shortest",
    "status-sync/delta-structure/gaps/not-shortest-three": "LEB128, of rising indices, shortest",
    "status-sync/delta-structure/gaps/not-shortest-gap": "LEB128, of rising indices, shortest",
    "status-sync/delta-structure/gaps/not-shortest-128": "LEB128, of rising indices, shortest",
    "status-sync/delta-structure/gaps/cut": "LEB128, of rising indices, shortest",
    "status-sync/delta-structure/gaps/cut-alone": "LEB128, of rising indices, shortest",
    "status-sync/delta-structure/gaps/cut-long": "LEB128, of rising indices, shortest",
    "status-sync/delta-structure/gaps/long-zero": "LEB128, of rising indices, shortest",
}
"""Cases whose fault is of that kind, while the rule they name is another."""

WRONG_SIZE = {
    "unseal/seal-broken/nothing",
    "unseal/seal-broken/31-bytes",
    "unseal/seal-broken/enc-alone",
    "unseal/seal-broken/47-bytes",
    "unseal/seal-broken/1113-bytes",
    "verify/seal-broken/nothing",
    "verify/seal-broken/31-bytes",
    "verify/seal-broken/enc-alone",
    "verify/seal-broken/47-bytes",
    "verify/seal-unknown/nothing-sealed",
    "verify/seal-unknown/before-broken",
}
"""All that the CDDL can say of a sealed answer is its size."""


@dataclass(frozen=True)
class Held:
    """A message of a case, to be held against a rule of the CDDL."""

    case: dict[str, Any]
    rule: str
    message: bytes

    @property
    def in_form(self) -> bool:
        """What is not refused for its form: accepted, or refused later, or refused for another message."""
        return self.case["expect"].get("error") not in FAULTS[self.rule]

    @property
    def is_described(self) -> bool:
        """Whether the CDDL has it. That the outermost item be deterministic is asked too."""
        result = validator().validate(self.message, self.rule, require_deterministic=True)
        assert isinstance(result.valid, bool)
        return result.valid


@cache
def validator() -> Any:
    return cddl_verifier.Validator(ROOT / "spec" / "vitaletoken.cddl")


def is_no_text(case: dict[str, Any]) -> bool:
    """Of a lent card: whether what is wrong is not the CBOR in the text, but the text."""
    return case["expect"].get("error") == "grant-text" and not case["id"].startswith("grant/grant-text/cbor-")


def with_the_fault_of_form(case: dict[str, Any]) -> dict[str, Any]:
    """Of two faults, one of them of form: that one, where it is not the verdict."""
    return {**case, "expect": {"error": "grant-structure"}} if case["id"].endswith("before-grant-structure") else case


def deltas(case: dict[str, Any]) -> Iterator[Held]:
    """Those of a case of `status-sync` of which its outcome says something.

    Of several with a fault of form it does not say which has it: those have a test of their own.
    """
    given, accepted = case["input"]["deltas"], case["expect"].get("ok")
    if accepted is None or (len(given) > 1 and accepted["delta"] in FAULTS["status-delta"]):
        return
    result = {"ok": accepted} if accepted["delta"] is None else {"error": accepted["delta"]}
    for number, delta in enumerate(given, 1):
        held = {**case, "id": case["id"] if number == 1 else f"{case['id']}/{number}", "expect": result}
        yield Held(held, "status-delta", bytes.fromhex(delta))


def messages(case: dict[str, Any]) -> Iterator[Held]:
    """The messages of a case; of a sealed answer, it and what it holds if it can be opened."""
    case = with_the_fault_of_form(case)
    layer, given, error = case["layer"], case["input"], case["expect"].get("error")
    if layer in RULE_OF_LAYER and error not in NO_MESSAGE and not is_no_text(case):
        yield Held(case, RULE_OF_LAYER[layer], message_of(case))
    elif layer == "care-sheet":
        second = case["id"].rpartition("/before-")[2]  # of two faults the one that is not the verdict
        hidden = {**case, "expect": {"error": second}} if second in FAULTS["challenge"] else case
        yield Held(case, "presentation", bytes.fromhex(given["presentation"]))
        yield Held(hidden, "challenge", bytes.fromhex(given["challenge"]))
    elif layer == "unseal":
        yield Held(case, "sealed-answer", message_of(case))
        yield Held(case, "challenge", bytes.fromhex(given["challenge"]))
    elif layer == "accept" and error != "credential-structure":  # which of the two is at fault is not said
        views = ("credential", "billing") if error is None and given["billing"] else ("credential",)
        yield from (Held(case, "credential", bytes.fromhex(given[view])) for view in views)
        yield Held(case, "enrolment-request", bytes.fromhex(given["request"]))
    elif layer == "trust-chain":
        for number, (given_list, result) in enumerate(
            zip(given["lists"], case["expect"]["ok"]["results"], strict=True), 1
        ):
            yield Held(
                {**case, "id": f"{case['id']}/{number}", "expect": result}, "trust-list", bytes.fromhex(given_list)
            )
    elif layer == "status-sync":
        yield Held(case, "status-snapshot", bytes.fromhex(given["snapshot"]))
        yield from deltas(case)
    elif layer == "scenario":
        for number, (step, result) in enumerate(zip(given["steps"], case["expect"]["ok"]["results"], strict=True), 1):
            yield from messages(
                {**case, "id": f"{case['id']}/{number}", "layer": "verify", "input": step["verify"], "expect": result}
            )
    elif layer in {"verify", "review"} and error not in NO_MESSAGE:
        rule, message = read_text(given["text"])
        yield Held(case, rule, message)
        keys = opened_with(case) if rule == "sealed-answer" else None
        inner = opened(message, *keys) if keys else None
        if inner is not None:
            yield Held(case, "presentation", inner)


HELD = [held for case in vectors().values() for held in messages(case)]
SEALED = [held for held in HELD if held.rule == "sealed-answer"]
SEALED_CASES = {held.case["id"] for held in SEALED}


def chosen(*, in_form: bool) -> list[Any]:
    """The messages that CDDL can judge by more than their size."""
    return [
        pytest.param(held, id=f"{held.case['id']}-{held.rule}")
        for held in HELD
        if held.rule in FAULTS and held.in_form is in_form
    ]


def test_the_file_is_read_without_a_doubt() -> None:
    assert cddl_verifier.schema_diagnostics(ROOT / "spec" / "vitaletoken.cddl") == ()
    assert validator().warnings == ()


@pytest.mark.parametrize("held", chosen(in_form=True))
def test_what_is_in_form_is_described(held: Held) -> None:
    assert held.is_described


@pytest.mark.parametrize("held", chosen(in_form=False))
def test_what_is_not_in_form_is_not_described(held: Held) -> None:
    if not SAID_IN_PROSE & set(held.case["rules"]):
        assert held.is_described is (held.case["id"] in SAID_IN_PROSE_TOO)


@pytest.mark.parametrize("held", SEALED, ids=[held.case["id"] for held in SEALED])
def test_a_sealed_answer_is_described_if_it_has_the_size(held: Held) -> None:
    """It is no CBOR on the wire; here it is made the byte string that the CDDL calls it."""
    whole = Held(held.case, held.rule, encode(held.message))
    assert whole.is_described is (held.case["id"] not in WRONG_SIZE)


@pytest.mark.parametrize("held", SEALED, ids=[held.case["id"] for held in SEALED])
def test_what_is_said_to_open_opens_and_nothing_else(held: Held) -> None:
    """So that no presentation is left out above because it was sealed wrong."""
    error, keys = held.case["expect"].get("error"), opened_with(held.case)
    assert (keys is None) is (error == "seal-unknown")
    inner = opened(held.message, *keys) if keys else None
    assert (inner is None) is (error in {"seal-unknown", "seal-broken"})
    if held.case["layer"] == "unseal" and inner is not None:
        assert held.case["expect"] == {"ok": {"bytes": inner.hex()}}


def test_no_layer_is_passed_over() -> None:
    layers = {case["layer"] for case in vectors().values()}
    judged = {case["layer"] for case in vectors().values() for _ in messages(case)}
    assert layers - judged == WITHOUT_A_MESSAGE


def test_one_of_several_deltas_is_not_described() -> None:
    spoilt = []
    for case in vectors().values():
        given = case["input"].get("deltas", [])
        if len(given) > 1 and case["expect"].get("ok", {}).get("delta") == "delta-structure":
            spoilt.append(case["id"])
            assert not all(Held(case, "status-delta", bytes.fromhex(delta)).is_described for delta in given), case["id"]
    assert len(spoilt) >= 2


def test_what_is_verified_already_is_described() -> None:
    """Lists given to other layers, which always pass; and what is held of an issuer."""
    given = [case["input"] for case in vectors().values()]
    given += [step["verify"] for case in given for step in case.get("steps", [])]
    accepted = {
        "trust-list": {case["trust_list"] for case in given if "trust_list" in case},
        "status-list": {status_list for case in given for status_list in case.get("status_lists", [])},
        "status-snapshot": {case["held"]["snapshot"] for case in given if case.get("held")},
    }
    for rule, found in accepted.items():
        assert len(found) >= 5
        for message in found:
            assert validator().validate(bytes.fromhex(message), rule, require_deterministic=True).valid


def test_what_a_terminal_has_is_described() -> None:
    """Certificates and open challenges given to the layer `verify`: CERT-3, so that no case is about their form."""
    terminals = [case["input"]["terminal"] for case in vectors().values() if case["layer"] == "verify"]
    certificates = {bytes.fromhex(given) for terminal in terminals for given in terminal["certificates"]}
    challenges = {bytes.fromhex(terminal["challenge"]["bytes"]) for terminal in terminals if terminal["challenge"]}
    assert len(certificates) >= 5
    assert len(challenges) >= 20
    for rule, held in (("terminal-certificate", certificates), ("challenge", challenges)):
        for message in held:
            assert validator().validate(message, rule, require_deterministic=True).valid


def test_there_are_enough_of_both() -> None:
    good, bad = ([param.values[0] for param in chosen(in_form=in_form)] for in_form in (True, False))
    claimed = [held for held in bad if not SAID_IN_PROSE & set(held.case["rules"])]
    assert len(good) >= 2600
    assert len(bad) >= 1400
    assert len(claimed) >= 1200
    assert {held.case["id"] for held in claimed} >= set(SAID_IN_PROSE_TOO)
    assert SEALED_CASES >= WRONG_SIZE
    assert {held.rule for held in good} == {held.rule for held in claimed} == set(FAULTS)
    from_within = [held for held in good + bad if held.rule == "presentation" and held.case["id"] in SEALED_CASES]
    assert len(from_within) >= 150


@pytest.mark.parametrize("wrong", ["a1f5f5", "83", "f6", "d28440a04040"])
def test_the_validator_refuses_at_all(wrong: str) -> None:
    for rule in (*FAULTS, "sealed-answer"):
        assert not validator().validate(bytes.fromhex(wrong), rule).valid
