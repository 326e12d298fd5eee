"""Layer `verify`: section 8, with an empty replay store."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.cases import Case
from vectors.generate.verify_ask import ask_cases
from vectors.generate.verify_asked import asked_cases
from vectors.generate.verify_bound import bound_cases
from vectors.generate.verify_claims import claims_cases, code_layer_cases
from vectors.generate.verify_context import bound_context_cases
from vectors.generate.verify_credential import credential_cases
from vectors.generate.verify_floor import floor_cases
from vectors.generate.verify_form import cbor_cases, cose_cases, text_cases
from vectors.generate.verify_grades import grade_cases
from vectors.generate.verify_issuer import issuer_cases, issuer_signature_cases, rotation_cases
from vectors.generate.verify_layers import code_signature_cases, context_cases, device_signature_cases
from vectors.generate.verify_lent import lent_cases
from vectors.generate.verify_order import order_cases
from vectors.generate.verify_order_ask import ask_order_cases
from vectors.generate.verify_order_bound import bound_order_cases
from vectors.generate.verify_plain import plain_cases
from vectors.generate.verify_scope import scope_cases
from vectors.generate.verify_seal import seal_cases
from vectors.generate.verify_status import policy_cases, status_cases
from vectors.generate.verify_times import binding_cases, card_time_cases, window_cases
from vectors.generate.verify_withdrawn import withdrawn_cases


def verify_cases() -> Iterator[Case]:
    """In the order of the steps at level open; then the other levels and sealed answers, then who acts for another."""
    yield from plain_cases()
    yield from text_cases()
    yield from cbor_cases()
    yield from cose_cases()
    yield from claims_cases()
    yield from code_layer_cases()
    yield from credential_cases()
    yield from issuer_cases()
    yield from rotation_cases()
    yield from withdrawn_cases()
    yield from floor_cases()
    yield from issuer_signature_cases()
    yield from context_cases()
    yield from device_signature_cases()
    yield from code_signature_cases()
    yield from binding_cases()
    yield from window_cases()
    yield from card_time_cases()
    yield from status_cases()
    yield from policy_cases()
    yield from grade_cases()
    yield from order_cases()
    yield from bound_cases()
    yield from seal_cases()
    yield from bound_context_cases()
    yield from ask_cases()
    yield from asked_cases()
    yield from bound_order_cases()
    yield from ask_order_cases()
    yield from lent_cases()
    yield from scope_cases()
