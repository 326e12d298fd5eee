"""The publisher: the same input gives the same files, deltas lead from each publication to the next, nothing gets lost."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.nation import CAPACITY, Insurer, digest_of
from tests.world import DAY, NOW, STATUS_URI, SeededEntropy, StandingClock, ml_dsa_signer
from vitaletoken import UsageError
from vitaletoken.adapters.keystore import generate_signer
from vitaletoken.publisher import Publication, Publisher
from vitaletoken.rules.status import inflate
from vitaletoken.wire.delta import decode_gaps, parse_delta
from vitaletoken.wire.registry import Algorithm, Status
from vitaletoken.wire.snapshot import parse_snapshot
from vitaletoken.wire.status_list import parse_status_list


@pytest.fixture
def insurer() -> Insurer:
    return Insurer("fr-cnam", StandingClock())


def entries_of(publication: Publication) -> dict[int, bytes]:
    return {
        number: inflate(parse_status_list(data).unverified_claims.lst) for number, data in publication.lists.items()
    }


def changed_by(delta: bytes | None) -> dict[tuple[int, int], int]:
    """(list, index): new value."""
    assert delta is not None
    changed = {}
    for number, values in parse_delta(delta).unverified_claims.changes:
        for value, gaps in values:
            for idx in decode_gaps(gaps, 1 << 20) or ():
                changed[number, idx] = value
    return changed


def test_the_same_input_gives_the_same_bytes() -> None:
    def history() -> list[Publication]:
        insurer = Insurer("fr-cnam", StandingClock())
        for _ in range(4):
            insurer.publish()
            insurer.clock.time += DAY
        return insurer.published

    assert history() == history()


def test_the_order_of_changes_does_not_show(insurer: Insurer) -> None:
    places = [(number, idx) for number in range(3) for idx in range(0, CAPACITY, 5)]
    publications = []
    for order in (places, places[::-1]):
        insurer.register.held = {}
        for number, idx in order:
            insurer.register.set(number, idx, Status.REVOKED)
        publications.append(insurer.publisher().publish(None))
    assert publications[0] == publications[1]


def test_with_a_second_signature_all_else_is_the_same(insurer: Insurer) -> None:
    """ML-DSA signatures are hedged; what they are over, and what terminals call the snapshot by, is not touched by it."""
    plain = insurer.publish()
    insurer.second = ml_dsa_signer("second")
    first, second = (insurer.publisher().publish(None) for _ in range(2))
    assert first.lists == second.lists == plain.lists
    assert digest_of(first.snapshot) == digest_of(second.snapshot) == digest_of(plain.snapshot)
    assert [len(layer.signature) for layer in parse_snapshot(first.snapshot).signatures] == [64, 3309]


def test_a_snapshot_names_all_lists(insurer: Insurer) -> None:
    publication = insurer.publish(20, ttl=100, lifetime=1000)
    claims = parse_snapshot(publication.snapshot).unverified_claims
    assert (claims.iss, claims.sequence, claims.iat, claims.exp, claims.ttl) == ("fr-cnam", 1, NOW, NOW + 1000, 100)
    assert {named.number: (named.size, named.digest) for named in claims.lists} == {
        number: (len(each), hashlib.sha256(each).digest()) for number, each in entries_of(publication).items()
    }
    for number, data in publication.lists.items():
        of_list = parse_status_list(data).unverified_claims
        assert (of_list.sub, of_list.iat, of_list.exp, of_list.ttl) == (f"{insurer.uri}/{number}", NOW, NOW + 1000, 100)


def test_a_delta_says_what_changed_and_nothing_else(insurer: Insurer) -> None:
    insurer.register.set(0, 5, Status.REVOKED)
    insurer.register.set(1, 63, Status.SUSPENDED)
    insurer.publish(0)
    insurer.register.set(1, 63, Status.VALID)
    insurer.register.set(1, 0, Status.DELEGATIONS_WITHDRAWN)
    insurer.register.set(2, 7, Status.SUSPENDED)
    insurer.register.set(0, 6, Status.REVOKED)
    publication = insurer.publish(0)
    assert changed_by(publication.delta) == {(0, 6): 1, (1, 63): 0, (1, 0): 3, (2, 7): 2}
    claims = parse_delta(publication.delta or b"").unverified_claims
    assert claims.start == publication.delta_from == digest_of(insurer.published[0].snapshot)
    assert claims.to == digest_of(publication.snapshot)


def test_publications_are_counted_and_chained(insurer: Insurer) -> None:
    for _ in range(5):
        insurer.publish(0)  # also where nothing has changed: it says that nothing has
    assert [publication.sequence for publication in insurer.published] == [1, 2, 3, 4, 5]
    assert insurer.published[0].delta is insurer.published[0].delta_from is None
    for before, after in zip(insurer.published, insurer.published[1:], strict=False):
        assert after.delta_from == digest_of(before.snapshot)
        assert changed_by(after.delta) == {}


def test_from_its_files_a_publication_can_be_read_back(insurer: Insurer) -> None:
    """A publisher that starts anew has only what the mirror has."""
    insurer.publish()
    insurer.register.set(2, 9, Status.REVOKED)
    last = insurer.published[-1]
    read = Publication.of(last.snapshot, last.lists)
    assert insurer.publisher().publish(read) == insurer.publisher().publish(last)
    with pytest.raises(UsageError):
        Publication.of(last.snapshot[:-1], last.lists)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda lists: lists.pop(1),
        lambda lists: lists.update({1: lists[2]}),
        lambda lists: lists.update({1: lists[1][:-1]}),
        lambda lists: lists.update({1: b""}),
    ],
    ids=["gone", "another", "cut", "empty"],
)
def test_lists_that_are_damaged_give_no_delta(spoil: Callable[[dict[int, bytes]], Any], insurer: Insurer) -> None:
    """Better none than one that leads somewhere else."""
    insurer.publish()
    insurer.register.set(1, 1, Status.REVOKED)
    insurer.register.set(1, 2, Status.REVOKED)
    last = insurer.publish(0)
    lists = dict(last.lists)
    spoil(lists)
    made = insurer.publisher().publish(dataclasses.replace(last, lists=lists))
    assert (made.sequence, made.delta, made.delta_from) == (3, None, None)
    assert entries_of(made) == entries_of(last)


def test_a_snapshot_that_is_damaged_is_a_usage_error(insurer: Insurer) -> None:
    """The sequence number would begin again, and every terminal refuse what comes."""
    last = insurer.publish()
    for snapshot in (b"", last.snapshot[:-1], last.snapshot[1:]):
        with pytest.raises(UsageError, match="cannot be read"):
            insurer.publisher().publish(dataclasses.replace(last, snapshot=snapshot))


def test_another_issuers_publication_is_not_gone_on_from(insurer: Insurer) -> None:
    other = Insurer("fr-msa", insurer.clock).publish()
    with pytest.raises(UsageError, match="another issuer"):
        insurer.publisher().publish(other)


def test_a_clock_set_back_is_a_usage_error(insurer: Insurer) -> None:
    insurer.publish()
    insurer.clock.time -= 1
    with pytest.raises(UsageError, match="clock"):
        insurer.publish()
    insurer.clock.time += 1
    assert insurer.publish().sequence == 2


def test_a_list_is_never_gone_or_shorter(insurer: Insurer) -> None:
    insurer.publish(0)
    for lists, capacity in ((2, CAPACITY), (3, CAPACITY - 4)):
        insurer.lists, insurer.capacity = lists, capacity
        with pytest.raises(UsageError, match="missing, or shorter"):
            insurer.publish(0)
    insurer.lists, insurer.capacity = 4, CAPACITY + 4
    insurer.register.set(3, 66, Status.REVOKED)
    assert changed_by(insurer.publish(0).delta) == {(3, 66): 1}


def test_too_many_changes_give_no_delta() -> None:
    """A delta has its limit; terminals take the lists then."""
    insurer = Insurer("fr-cnam", StandingClock(), lists=1, capacity=1 << 20)
    insurer.publish(0)
    insurer.register.held = {0: dict.fromkeys(range(0, 1 << 20, 3), Status.REVOKED)}
    publication = insurer.publish(0)
    assert publication.delta is publication.delta_from is None
    insurer.register.set(0, 1, Status.REVOKED)
    assert changed_by(insurer.publish(0).delta) == {(0, 1): 1}


@pytest.mark.parametrize("options", [{"ttl": 0}, {"ttl": 31_622_401}, {"lifetime": 0}, {"lifetime": 2**40}], ids=str)
def test_a_time_out_of_range_is_a_usage_error(options: dict[str, int], insurer: Insurer) -> None:
    with pytest.raises(UsageError):
        insurer.publish(**options)


def test_what_a_publisher_is_made_of_is_checked(insurer: Insurer) -> None:
    ed25519 = generate_signer(SeededEntropy("more"))[0]
    ml_dsa = ml_dsa_signer("more")

    def make(signer: Any = ed25519, second: Any = None, lists: int = 1) -> Publisher:
        parts: Any = {"register": insurer.register, "clock": insurer.clock, "status_uri": STATUS_URI}
        return Publisher("fr-cnam", signer, second=second, status_lists=lists, **parts)

    assert ml_dsa.public_key.algorithm is Algorithm.ML_DSA_65
    for wrong in ({"signer": ml_dsa}, {"second": ed25519}, {"lists": 0}, {"lists": 4097}):
        with pytest.raises(UsageError):
            make(**wrong)
    assert make(second=ml_dsa, lists=2).publish(None).sequence == 1


def test_an_index_beyond_its_list_is_a_usage_error(insurer: Insurer) -> None:
    """Better no publication than one that leaves a revocation out."""
    insurer.register.set(0, CAPACITY, Status.REVOKED)
    with pytest.raises(UsageError):
        insurer.publish(0)
