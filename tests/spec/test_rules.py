"""The rules of spec/vitaletoken.md: each is exercised, each says what it stops, and no MUST stands outside one.

That each rule and step has a vector at all is in tests/vectors_lint; here is what holds those that have none, or none that is
refused.
"""

from __future__ import annotations

import re

import pytest

from tests.spec.documents import SPEC, missing_test, refuses, rules, vectors
from tests.vectors_lint.test_vectors_lint import CODES_WITHOUT_A_VECTOR, RULES_WITHOUT_A_VECTOR
from vitaletoken import Transaction, Verifier

HELD_BY_TESTS = {
    "TRUST-4": ("tests/rules/test_trust.py::test_a_root_set_that_may_not_be_pinned",),
    "LOG-1": ("tests/cli/test_secrets.py::test_no_secret_in_any_output_or_file",),
    "PRES-3": (
        "tests/roles/test_holder.py::test_counters_rise_and_identifiers_differ",
        "tests/roles/test_holder.py::test_threads_get_different_counters",
    ),
    "VERIFY-2": (
        "tests/roles/test_verifier.py::test_a_ports_failure_is_no_verdict",
        "tests/roles/test_asking.py::test_a_ports_failure_is_no_verdict_and_asks_nothing",
    ),
    "CERT-3": (
        "tests/roles/test_asking.py::test_a_challenge_is_made_with_a_certificate_of_its_key_and_of_now",
        "tests/rules/test_proofs.py::test_a_proof_cannot_be_made_by_hand",
    ),
    "SEAL-2": (
        "tests/adapters/test_challenges.py::test_what_is_over_goes_when_the_next_is_made",
        "tests/adapters/test_challenges.py::test_the_secret_is_overwritten",
        "tests/roles/test_asking.py::test_the_film_of_today_is_not_read_with_the_terminal_of_tomorrow",
    ),
    "TIME-3": (
        "tests/adapters/test_trust_files.py::test_each_list_raises_the_floor",
        "tests/adapters/test_trust_files.py::test_the_floor_in_a_file_never_goes_down",
        "tests/roles/test_updater.py::test_a_snapshot_raises_the_floor",
        "tests/roles/test_updater.py::test_a_snapshot_dated_ahead",
        "tests/roles/test_updater.py::test_what_is_refused_raises_nothing",
    ),
    "TRUST-7": (
        "tests/adapters/test_trust_files.py::test_each_list_accepted_is_kept_and_leads_to_the_next",
        "tests/adapters/test_trust_files.py::test_a_list_is_refused_as_after_a_restart_as_before",
        "tests/adapters/test_trust_files.py::test_a_kill_at_any_step_leaves_the_old_list_or_the_new_one",
    ),
    "STATUS-6": (
        "tests/roles/test_issuer.py::test_no_two_cards_have_one_index",
        "tests/roles/test_issuer.py::test_each_entry_of_all_lists_is_as_likely",
        "tests/roles/test_issuer.py::test_cards_are_spread_over_the_lists",
    ),
    "SYNC-2": (
        "tests/adapters/test_mirror.py::test_no_more_is_read_than_shows_that_it_is_too_long",
        "tests/adapters/test_mirror.py::test_a_file_without_end",
    ),
    "ASK-2": (
        "tests/roles/test_holder_reviewed.py::test_an_answer_comes_within_the_challenges_lifetime_of_its_review",
        "tests/roles/test_holder_reviewed.py::test_the_certificate_is_in_time_when_it_is_signed_for",
        "tests/roles/test_holder_reviewed.py::test_the_trust_list_of_the_review_is_in_force_when_it_is_signed_for",
        "tests/roles/test_holder_reviewed.py::test_a_card_is_shown_to_terminals_of_its_environment",
    ),
    "APPLY-1": (
        "tests/roles/test_family.py::test_a_father_who_types_the_childs_number_gets_no_card_of_his_own",
        "tests/roles/test_family.py::test_nobody_but_the_policyholder_gets_a_childs_card",
        "tests/roles/test_enrolment_desk.py::test_an_identity_that_is_not_proofed_refuses_the_application",
    ),
    "APPLY-2": (
        "tests/roles/test_enrolment_desk.py::test_the_one_confirmed_last_goes_on",
        "tests/roles/test_enrolment_desk.py::test_a_request_alone_supersedes_nothing",
        "tests/roles/test_enrolment_desk.py::test_a_card_is_revoked_when_the_new_one_is_issued_and_not_before",
        "tests/roles/test_family.py::test_a_card_for_a_former_number_is_revoked_when_the_new_one_is_issued",
    ),
    "MAIL-1": (
        "tests/rules/test_mail_code.py::test_six_digits_drawn_uniformly",
        "tests/rules/test_mail_code.py::test_it_is_kept_as_an_hmac_over_application_and_code",
        "tests/rules/test_mail_code.py::test_it_is_compared_in_constant_time",
        "tests/roles/test_enrolment_desk.py::test_a_try_is_counted_before_it_is_made",
        "tests/roles/test_enrolment_desk.py::test_tries_at_the_same_moment_are_all_counted",
    ),
    "MAIL-2": (
        "tests/roles/test_mail_limit.py::test_e_mails_for_a_number_are_bounded_over_all_its_applications",
        "tests/roles/test_mail_limit.py::test_tries_of_a_number_are_bounded_over_all_its_applications",
        "tests/roles/test_mail_limit.py::test_it_is_counted_before_it_is_sent",
        "tests/roles/test_mail_limit.py::test_a_clock_set_ahead_and_back_gives_nothing_back",
    ),
    "RENEW-1": (
        "tests/rules/test_renewal.py::test_a_renewed_card_of_another_is_not_accepted",
        "tests/rules/test_renewal.py::test_a_parent_s_renewed_card_does_not_become_the_child_s",
    ),
    "LEND-1": (
        "tests/adapters/test_register.py::test_a_lent_card_is_published_with_its_lender",
        "tests/roles/test_lending_desk.py::test_a_thief_s_loan_does_not_outlive_the_card",
        "tests/roles/test_lending_desk.py::test_a_lent_card_is_suspended_while_delegations_are_withdrawn",
    ),
    "CODE-7": ("tests/roles/test_code_life.py::test_a_locked_phone_presents_nothing",),
    "P1": (
        "tests/roles/test_enrolment_desk.py::test_a_step_that_is_not_the_next_is_refused",
        "tests/roles/test_enrolment_desk.py::test_an_application_that_is_not_there",
    ),
    "P2": (
        "tests/roles/test_enrolment_desk.py::test_five_tries_and_no_more",
        "tests/roles/test_enrolment_desk.py::test_a_code_expires_at_its_second_and_a_new_one_can_be_had",
    ),
    "P3": ("tests/roles/test_enrolment_desk.py::test_who_is_not_eligible_is_told_why",),
    "F5": ("tests/rules/test_renewal.py::test_f5_300_seconds_either_way",),
    "F6": (
        "tests/rules/test_renewal.py::test_f6_eight_in_a_day_and_no_more",
        "tests/rules/test_renewal.py::test_f6_86400_seconds_later_a_renewal_counts_no_longer",
        "tests/roles/test_renewing.py::test_changes_of_the_code_are_counted_apart",
    ),
    "L6": (
        "tests/rules/test_lending.py::test_l6_eight_in_a_day_and_no_more",
        "tests/rules/test_lending.py::test_l6_86400_seconds_later_a_loan_counts_no_longer",
    ),
    "application-state": ("tests/roles/test_enrolment_desk.py::test_a_step_that_is_not_the_next_is_refused",),
    "mail-code-used-up": (
        "tests/roles/test_enrolment_desk.py::test_five_tries_and_no_more",
        "tests/rules/test_mail_code.py::test_tries_that_are_used_up_come_before_the_time",
    ),
    "mail-code-expired": ("tests/rules/test_mail_code.py::test_six_hundred_seconds",),
    "mail-code-throttled": (
        "tests/roles/test_mail_limit.py::test_the_window_slides",
        "tests/roles/test_mail_limit.py::test_new_codes_count_with_first_ones",
        "tests/roles/test_mail_limit.py::test_tries_of_a_number_are_bounded_over_all_its_applications",
    ),
    "mail-code-wrong": ("tests/rules/test_mail_code.py::test_anything_else_is_wrong",),
    "not-eligible": ("tests/roles/test_enrolment_desk.py::test_who_is_not_eligible_is_told_why",),
    "renewal-time": ("tests/rules/test_renewal.py::test_f5_300_seconds_either_way",),
    "renewal-throttled": (
        "tests/rules/test_renewal.py::test_f6_eight_in_a_day_and_no_more",
        "tests/roles/test_renewing.py::test_eight_renewals_a_day",
    ),
    "order-throttled": (
        "tests/rules/test_lending.py::test_l6_eight_in_a_day_and_no_more",
        "tests/roles/test_lending_desk.py::test_eight_loans_a_day",
    ),
    "code-wrong": ("tests/roles/test_holder.py::test_the_wrong_code_after_accepting_is_wrong",),
}
"""What has no vector. Why it has none is said in tests/vectors_lint."""

SAID_TO_WHOM_IT_BINDS = {
    "CHAL-5": (Transaction, Verifier.challenge),
}
"""What no test can hold either, since no program knows what is personal: those that take the line say so to their callers."""

NEVER_REFUSED = {
    "CBOR-7": "a duty of writers: issue/normalised shows the bytes that come out",
    "CODE-1": "a derivation: the layer `code` shows what comes out",
    "CODE-2": "what is recorded before a try: the layer `code-counter` shows the record",
}
"""Rules of which no vector shows a refusal, and why."""

NO_RULE = {
    "The key words": "says what MUST means",
}
"""Paragraphs with a MUST and no rule id, by their first words."""


def paragraphs() -> list[str]:
    """The text, a line each for a paragraph, an item of a list, a row of a table; code left out."""
    found: list[str] = []
    joined = False
    for line in SPEC.splitlines():
        starts = line.startswith(("- ", "|", "#"))
        if not line.strip() or line.startswith("    "):
            joined = False
        elif joined and not starts:
            found[-1] += " " + line.strip()
        else:
            found.append(line.strip())
            joined = True
    return found


@pytest.mark.parametrize(
    "name", sorted({**RULES_WITHOUT_A_VECTOR, **CODES_WITHOUT_A_VECTOR}.keys() - SAID_TO_WHOM_IT_BINDS)
)
def test_what_has_no_vector_has_a_test(name: str) -> None:
    assert HELD_BY_TESTS[name]
    assert [missing_test(test) for test in HELD_BY_TESTS[name]] == [None] * len(HELD_BY_TESTS[name])


@pytest.mark.parametrize("rule", SAID_TO_WHOM_IT_BINDS)
def test_what_no_test_can_hold_is_said_to_whom_it_binds(rule: str) -> None:
    assert all(rule in (taker.__doc__ or "") for taker in SAID_TO_WHOM_IT_BINDS[rule])


def test_no_test_stands_in_for_a_vector_that_is_there() -> None:
    assert {*HELD_BY_TESTS, *SAID_TO_WHOM_IT_BINDS} == {*RULES_WITHOUT_A_VECTOR, *CODES_WITHOUT_A_VECTOR}
    assert not set(HELD_BY_TESTS) & set(SAID_TO_WHOM_IT_BINDS)


def test_each_rule_is_seen_to_refuse() -> None:
    refusing = {rule for case in vectors().values() if refuses(case) for rule in case["rules"]}
    assert rules() - refusing == {*NEVER_REFUSED, *RULES_WITHOUT_A_VECTOR} & rules()


def test_each_must_belongs_to_a_rule() -> None:
    outside = [text for text in paragraphs() if "MUST" in text and not re.search(r"\*\*[A-Z]+-\d+\*\*", text)]
    unknown = [text for text in outside if not text.startswith(tuple(NO_RULE))]
    assert not unknown
    assert len(outside) == len(NO_RULE)


def test_a_must_stands_in_the_sentence_of_its_own_rule() -> None:
    """A paragraph that has a rule may begin with other text; a MUST in that would belong to nothing."""
    for text in paragraphs():
        before, found, _ = text.partition("**")
        if found and re.match(r"[A-Z]+-\d+\*\*", text[len(before) + 2 :]):
            assert "MUST" not in before


@pytest.mark.parametrize("rule", sorted(rules()))
def test_each_rule_names_what_it_stops(rule: str) -> None:
    text = next(text for text in paragraphs() if f"**{rule}**" in text)
    assert "*Stops: " in text.partition(f"**{rule}**")[2]


def test_no_exemption_is_for_a_rule_that_is_gone() -> None:
    assert set(NEVER_REFUSED) <= rules()
