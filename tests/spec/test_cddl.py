"""Somebody else's CDDL validator on the messages of the vectors: what is in form is described by spec/vitaletoken.cddl, what is
not in form is not, but for what CDDL cannot say.

The validator of tests/wire/cddl.py was written by those who wrote the library; this one was not, and decodes CBOR itself.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.spec.documents import ROOT, message_of, vectors

cddl_verifier = pytest.importorskip(
    "cddl_verifier", reason="the CDDL validator of PyPI, cddl-verifier, is not installed"
)

RULE_OF_LAYER = {
    "credential": "credential",
    "trust-list": "trust-list",
    "status-list": "status-list",
    "offer": "enrolment-offer",
    "request": "enrolment-request",
    "verify": "presentation",
}
NOT_IN_FORM = {
    "cbor-profile",
    "cose-structure",
    "claims-structure",
    "credential-structure",
    "trust-list-structure",
    "status-list-structure",
    "offer-structure",
    "request-structure",
}
SAID_IN_PROSE = {
    "CBOR-1",  # inside byte strings: the same items, encoded otherwise
    "CBOR-4",  # characters
    "CBOR-5",  # sizes of whole messages
    "COSE-3",  # the rest: two values that are compared
    "CRED-1",
    "CRED-2",
    "PRES-1",
    "PRES-2",
    "TRUST-2",
}
"""Rules of form that CDDL cannot say, or says in a comment only. Of their cases nothing is claimed."""

SAID_IN_PROSE_TOO = {
    "credential/header/order": "an encoding in a byte string",
    "credential/header/wide-alg": "an encoding in a byte string",
    "status-list/status-list-structure/header/order": "an encoding in a byte string",
    "trust-list/trust-list-structure/form/header-order": "an encoding in a byte string",
    "verify/cose-structure/header-order": "an encoding in a byte string",
    "verify/cose-structure/header-wide-alg": "an encoding in a byte string",
    "verify/cose-structure/header-wide-label": "an encoding in a byte string",
    "verify/claims-structure/range/wide-exp": "an encoding in a byte string",
    "status-list/status-list-structure/range/sub-line-feed": "a character",
    "offer/offer-structure/range/exp-is-iat": "exp is after iat",
    "status-list/status-list-structure/range/exp-is-iat": "exp is after iat",
    "trust-list/trust-list-structure/range/root-keys-1": "fewer keys than the threshold",
}
"""Cases whose fault is of that kind, while the rule they name is another."""


@cache
def validator() -> Any:
    return cddl_verifier.Validator(ROOT / "spec" / "vitaletoken.cddl")


def is_described(case: dict[str, Any]) -> bool:
    """Whether the CDDL has the case's message. That the outermost item be deterministic is asked too."""
    rule = RULE_OF_LAYER[case["layer"]]
    result = validator().validate(message_of(case), rule, require_deterministic=True)
    assert isinstance(result.valid, bool)
    return result.valid


def cases(*, in_form: bool) -> list[Any]:
    """In form is whatever is not refused for its form: accepted, or refused later."""
    return [
        pytest.param(case, id=name)
        for name, case in vectors().items()
        if case["layer"] in RULE_OF_LAYER
        and case["expect"].get("error") not in {"text-too-long", "text-prefix", "text-encoding"}
        and (case["expect"].get("error") not in NOT_IN_FORM) is in_form
    ]


def test_the_file_is_read_without_a_doubt() -> None:
    assert cddl_verifier.schema_diagnostics(ROOT / "spec" / "vitaletoken.cddl") == ()
    assert validator().warnings == ()


@pytest.mark.parametrize("case", cases(in_form=True))
def test_what_is_in_form_is_described(case: dict[str, Any]) -> None:
    assert is_described(case)


@pytest.mark.parametrize("case", cases(in_form=False))
def test_what_is_not_in_form_is_not_described(case: dict[str, Any]) -> None:
    if not SAID_IN_PROSE & set(case["rules"]):
        assert is_described(case) is (case["id"] in SAID_IN_PROSE_TOO)


def test_there_are_enough_of_both() -> None:
    assert len(cases(in_form=True)) >= 400
    assert len(cases(in_form=False)) >= 700
    claimed = [case.id for case in cases(in_form=False) if not SAID_IN_PROSE & set(case.values[0]["rules"])]
    assert len(claimed) >= 500
    assert set(claimed) >= set(SAID_IN_PROSE_TOO)
    assert {case.values[0]["layer"] for case in cases(in_form=True)} == set(RULE_OF_LAYER)


@pytest.mark.parametrize("wrong", ["a1f5f5", "83", "f6", "d28440a04040"])
def test_the_validator_refuses_at_all(wrong: str) -> None:
    assert not any(validator().validate(bytes.fromhex(wrong), rule).valid for rule in RULE_OF_LAYER.values())
