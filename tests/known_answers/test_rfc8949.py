"""RFC 8949 appendix A through the CBOR profile, in both implementations."""

from __future__ import annotations

import math
from typing import Any

import cbor2
import pytest

from tests.interop.second import answers, needs_node
from tests.known_answers.rfc8949 import NOT_WELL_FORMED, ROWS, Accepted, Refused
from tests.wire import reference_cbor as reference
from vitaletoken import conformance
from vitaletoken.errors import NotInForm
from vitaletoken.wire import cbor

ACCEPTED = [(encoding, verdict.value) for _, encoding, verdict in ROWS if isinstance(verdict, Accepted)]
REFUSED = [(encoding, verdict.rule) for _, encoding, verdict in ROWS if isinstance(verdict, Refused)]
#: As the layer `cbor` of the vectors says it.
EXPECTED: dict[str, dict[str, Any]] = {
    **{encoding: {"ok": {}} for encoding, _ in ACCEPTED},
    **{encoding: {"error": "cbor-profile"} for encoding, _ in REFUSED},
    NOT_WELL_FORMED[1]: {"error": "cbor-profile"},
}


def test_all_rows_are_here() -> None:
    assert len(ROWS) == len({encoding for _, encoding, _ in ROWS}) == 81
    assert (len(ACCEPTED), len(REFUSED)) == (37, 44)


@pytest.mark.parametrize(("encoding", "value"), ACCEPTED)
def test_what_is_in_the_profile_is_read_and_written(encoding: str, value: Any) -> None:
    data = bytes.fromhex(encoding)
    read = cbor.decode(data, 100)
    assert (type(read), read) == (type(value), value)
    assert cbor.encode(value) == data == reference.encode(value)


@pytest.mark.parametrize(("encoding", "rule"), REFUSED)
def test_what_is_not_is_refused_for_its_rule(encoding: str, rule: str) -> None:
    """A lax reader takes it. What it reads, written deterministically, is another encoding (CBOR-1) or none of ours (CBOR-2)."""
    data = bytes.fromhex(encoding)
    with pytest.raises(NotInForm):
        cbor.decode(data, 100)
    lax = cbor2.loads(data)
    if rule == "CBOR-1":
        assert cbor.encode(lax) != data
        assert cbor.decode(cbor.encode(lax), 100) == lax
    else:
        assert not isinstance(lax, int) or not -(2**64) <= lax < 2**64
        with pytest.raises(NotInForm):
            cbor.encode(lax)


def test_the_floats_are_those_of_the_rfc() -> None:
    """So that a mistyped encoding is found out."""
    for diagnostic, encoding, verdict in ROWS:
        if isinstance(verdict, Refused) and verdict.why == "a floating-point number":
            read = cbor2.loads(bytes.fromhex(encoding))
            printed = float(diagnostic.replace("Infinity", "inf"))
            assert read == printed or (math.isnan(read) and math.isnan(printed))
            assert math.copysign(1, read) == math.copysign(1, printed)


def test_what_the_rfc_took_out_is_not_well_formed() -> None:
    data = bytes.fromhex(NOT_WELL_FORMED[1])
    with pytest.raises(cbor2.CBORDecodeError):
        cbor2.loads(data)
    with pytest.raises(NotInForm):
        cbor.decode(data, 100)


def test_the_layer_of_the_vectors() -> None:
    found = {each: conformance.run({"layer": "cbor", "input": {"bytes": each}}) for each in EXPECTED}
    assert found == EXPECTED


@needs_node
def test_the_second_implementation() -> None:
    asked = [{"id": each, "layer": "cbor", "input": {"bytes": each}} for each in EXPECTED]
    assert answers(asked) == EXPECTED
