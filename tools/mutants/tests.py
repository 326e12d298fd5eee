"""The tests that judge a mutant, and how one of them is run."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tools.mutants.verdicts import VECTORS

#: In process, quick, and about the three packages; a good part of the rules is reached through the roles. Adapters and the
#: command line have tests that run this code too: what only they can tell counts as a survivor here.
TESTS = (
    "tests/test_vectors.py", "tests/test_tables.py",
    "tests/wire", "tests/crypto", "tests/rules", "tests/known_answers", "tests/roles",
)  # fmt: skip

#: Slow, nearly all of them walks over every near miss of a message, and so left out unless they are asked for (``--slow``).
SLOW = (
    "tests/known_answers/test_edge_messages.py",
    "tests/known_answers/test_published_sets.py::test_the_grid",
    "tests/roles/test_publisher.py::test_too_many_changes_give_no_delta",
    "tests/roles/test_verifier.py::test_more_cards_than_are_remembered",
    "tests/rules/test_code.py::test_exactly_the_first_guesses_are_refused",
    "tests/rules/test_code.py::test_whatever_the_clock_does_the_table_is_followed",
    "tests/rules/test_trust.py::test_a_list_that_is_too_long_with_its_signatures_is_a_usage_error",
    "tests/wire/test_cbor.py::test_every_other_encoding_is_refused",
    "tests/wire/test_cbor.py::test_near_misses_are_read_as_the_reference_reads_them",
    "tests/wire/test_cbor.py::test_random_bytes_are_read_as_the_reference_reads_them",
    "tests/wire/test_cbor.py::test_strings_and_containers_of_each_size_of_head[65535]",
    "tests/wire/test_cbor.py::test_strings_and_containers_of_each_size_of_head[65536]",
    "tests/wire/test_cbor.py::test_the_writer_sorts_keys_by_their_encoded_bytes",
    "tests/wire/test_cbor.py::test_trailing_bytes_and_missing_ones_are_refused",
    "tests/wire/test_cbor.py::test_what_is_in_the_profile_is_read_as_it_was",
    "tests/wire/test_lending_messages.py::test_near_misses_are_read_as_the_cddl_says",
    "tests/wire/test_messages.py::test_good_claims_are_among_the_examples",
    "tests/wire/test_messages.py::test_near_misses_are_read_as_the_cddl_says",
    "tests/wire/test_messages.py::test_near_misses_of_presentations_are_read_as_the_cddl_says",
    "tests/wire/test_messages.py::test_random_changes_are_read_as_the_cddl_says",
    "tests/wire/test_messages.py::test_the_claims_are_read_as_the_cddl_says",
    "tests/wire/test_text.py::test_each_group_of_three_by_arithmetic",
    "tests/wire/test_text.py::test_every_length_comes_back",
    "tests/wire/test_text.py::test_no_text_causes_a_foreign_exception",
)

#: These judge rules/ alone: they run all of wire/ and crypto/, and tell nothing about them that the others do not.
ROLES = "tests/roles/"

_ARGUMENTS = ("-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:benchmark", "--capture=no")


def pytest_main(paths: list[str], slow: bool, plugin: object) -> int:
    """pytest over ``paths`` (all of ``TESTS`` by default), with a plugin that runs what is collected in its own way."""
    left_out = [] if slow else [f"--deselect={name}" for name in SLOW]
    options = ["--override-ini=addopts=", "--import-mode=importlib", "--continue-on-collection-errors"]
    return int(pytest.main([*_ARGUMENTS, *options, *left_out, *(paths or TESTS)], plugins=[plugin]))


def passes(item: pytest.Item, following: pytest.Item | None) -> bool:
    """Run one test. ``following`` is the test that comes next: fixtures that it shares stay."""
    if item.nodeid.startswith(VECTORS):  # thousands of them, without fixtures: no need for pytest's whole protocol
        return vector_passes(item.callspec.params["case"])  # type: ignore[attr-defined]
    return not any(report.failed for report in runtestprotocol(item, log=False, nextitem=following))


def vector_passes(case: dict[str, Any]) -> bool:
    """What tests/test_vectors.py asserts of one case."""
    from vitaletoken import conformance  # not before: the process that forks must not have it  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return bool(conformance.run(case) == case["expect"])
        except Exception:  # noqa: BLE001 - whatever it is, the vector does not hold
            return False
