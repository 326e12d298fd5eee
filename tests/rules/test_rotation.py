"""Root keys that are exchanged, second signatures, keys that are withdrawn (spec section 10)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests import forge
from tests.world import (
    CODE,
    DAY,
    EVERY_USE,
    ISSUER_ID,
    NIR,
    NOW,
    STATUS_URI,
    World,
    enrolled,
    ml_dsa_signer,
    signed_by,
    withdrawing,
)
from vitaletoken import Code, InputError, IssuerEntry, IssuerKey, RootSet, TrustAnchor, VerifiedTrustList, Withdrawal
from vitaletoken.adapters.keystore import SoftwareSigner
from vitaletoken.adapters.memory import FixedTrust, MemoryReplayStore
from vitaletoken.rules.snapshot import verify_snapshot
from vitaletoken.rules.status import verify_status_list
from vitaletoken.rules.trust import all_keys, combine_trust_list, signatures_in, trust_list_tbs, verify_trust_list
from vitaletoken.wire.registry import KeyUse
from vitaletoken.wire.trust_list import parse_trust_list

Signers = list[SoftwareSigner]


@pytest.fixture(scope="module")
def world() -> World:
    return enrolled()


def two_of(signers: Signers, post_quantum: Signers | None = None) -> RootSet:
    return RootSet(2, tuple(s.public_key for s in signers), tuple(s.public_key for s in post_quantum or []))


def refusal_of(data: bytes, world: World, anchor: TrustAnchor, **options: Any) -> Code | None:
    try:
        verify_trust_list(data, anchor, world.environment, **options)
    except InputError as refused:
        return refused.code
    return None


def generation(world: World, version: int, roots: RootSet, signers: Signers) -> bytes:
    return signed_by(world.trust_claims(version=version, roots=roots), signers)


# --- rotation of roots


class Generations:
    """Four root sets, nothing in common; each list exchanges one for the next: version 2 brings the second, and so on."""

    def __init__(self, world: World) -> None:
        self.signers = [world.root_signers, *([world._signer() for _ in range(3)] for _ in range(3))]
        self.roots = [two_of(signers) for signers in self.signers]
        self.lists = [generation(world, 1, self.roots[0], self.signers[0])]
        for number in (1, 2, 3):
            signers = [*self.signers[number - 1][:2], *self.signers[number][:2]]
            self.lists.append(generation(world, number + 1, self.roots[number], signers))


@pytest.fixture(scope="module")
def generations(world: World) -> Generations:
    return Generations(world)


def test_the_roots_go_from_list_to_list(world: World, generations: Generations) -> None:
    anchor = world.anchor
    for number, data in enumerate(generations.lists):
        trust = verify_trust_list(data, anchor, world.environment)
        anchor = trust.anchor
        assert (anchor.version, anchor.roots) == (number + 1, generations.roots[number])
    last = generation(world, 5, generations.roots[3], generations.signers[3])
    assert refusal_of(last, world, anchor) is None


@pytest.mark.parametrize(("held", "offered"), [(0, 2), (0, 3), (1, 3)])
def test_a_terminal_that_slept_takes_those_between(
    held: int, offered: int, world: World, generations: Generations
) -> None:
    """TRUST-5: the newest is signed by roots that it doesn't know; in the order of versions all of them verify."""
    anchor = world.anchor
    for data in generations.lists[: held + 1]:
        anchor = verify_trust_list(data, anchor, world.environment).anchor
    assert refusal_of(generations.lists[offered], world, anchor) is Code.TRUST_LIST_SIGNATURE
    for data in generations.lists[held + 1 : offered + 1]:
        anchor = verify_trust_list(data, anchor, world.environment).anchor
    assert anchor.roots == generations.roots[offered]


def test_old_roots_count_no_longer(world: World, generations: Generations) -> None:
    anchor = world.anchor
    for data in generations.lists[:2]:
        anchor = verify_trust_list(data, anchor, world.environment).anchor
    stolen = generation(world, 9, generations.roots[0], generations.signers[0])
    assert refusal_of(stolen, world, anchor) is Code.TRUST_LIST_SIGNATURE
    assert refusal_of(stolen, world, world.anchor) is None, "what a terminal that has slept would still believe"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (2, 2, None),
        (3, 3, None),
        (1, 3, Code.TRUST_LIST_SIGNATURE),
        (0, 3, Code.TRUST_LIST_SIGNATURE),
        (3, 1, Code.TRUST_LIST_NEW_ROOTS),
        (3, 0, Code.TRUST_LIST_NEW_ROOTS),
        (1, 1, Code.TRUST_LIST_SIGNATURE),
    ],
)
def test_both_root_sets_sign_each_as_its_own_threshold_asks(
    old: int, new: int, code: Code | None, world: World, generations: Generations
) -> None:
    signers = [*generations.signers[0][:old], *generations.signers[1][:new]]
    assert refusal_of(generation(world, 2, generations.roots[1], signers), world, world.anchor) is code


def test_a_key_in_both_sets_counts_for_both(world: World) -> None:
    """One root of three is exchanged: two signatures are enough, three where the threshold goes up."""
    one, two, _ = world.root_signers
    fresh = world._signer()
    exchanged = two_of([one, two, fresh])
    assert refusal_of(generation(world, 2, exchanged, [one, two]), world, world.anchor) is None
    raised = replace(exchanged, threshold=3)
    assert refusal_of(generation(world, 2, raised, [one, two]), world, world.anchor) is Code.TRUST_LIST_NEW_ROOTS
    assert refusal_of(generation(world, 2, raised, [one, two, fresh]), world, world.anchor) is None


def test_the_lists_between_count_though_expired(world: World, generations: Generations) -> None:
    claims = world.trust_claims(version=2, roots=generations.roots[1], iat=5, exp=6)
    data = signed_by(claims, [*generations.signers[0], *generations.signers[1]])
    trust = verify_trust_list(data, world.anchor, world.environment)
    assert trust.has_expired(NOW)
    assert refusal_of(generations.lists[2], world, trust.anchor) is None


# --- ML-DSA-65

SECOND = [ml_dsa_signer(f"root {number}") for number in range(3)]
SECOND_NEW = [ml_dsa_signer(f"new root {number}") for number in range(3)]


def with_second(world: World) -> TrustAnchor:
    return TrustAnchor(two_of(world.root_signers, SECOND))


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_the_second_signatures_are_asked_for_by_policy(count: int, world: World) -> None:
    anchor = with_second(world)
    data = generation(world, 1, anchor.roots, [*world.root_signers[:2], *SECOND[:count]])
    assert refusal_of(data, world, anchor) is None
    expected = None if count >= 2 else Code.TRUST_LIST_POST_QUANTUM
    assert refusal_of(data, world, anchor, post_quantum=True) is expected


@pytest.mark.parametrize(("required", "code"), [(False, None), (True, Code.SNAPSHOT_POST_QUANTUM)])
def test_where_they_are_required_of_a_trust_list_they_are_of_its_snapshots(
    required: bool, code: Code | None, world: World
) -> None:
    """N4 goes by what the trust list was verified with, whatever its caller says of the snapshot."""
    anchor = with_second(world)
    data = generation(world, 1, anchor.roots, [*world.root_signers[:2], *SECOND[:2]])
    trust = verify_trust_list(data, anchor, world.environment, post_quantum=required)
    assert trust.post_quantum is required
    found = None
    try:
        verify_snapshot(forge.snapshot(world, forge.snapshot_claims({0: b"entries"})), trust, NOW, None)
    except InputError as refused:
        found = refused.code
    assert found is code


@pytest.mark.parametrize("required", [False, True])
def test_they_never_stand_alone(required: bool, world: World) -> None:
    """SIG-3."""
    anchor = with_second(world)
    for ed25519 in (0, 1):
        data = generation(world, 1, anchor.roots, [*world.root_signers[:ed25519], *SECOND])
        assert refusal_of(data, world, anchor, post_quantum=required) is Code.TRUST_LIST_SIGNATURE


def test_a_root_set_without_such_keys_cannot_meet_the_requirement(world: World) -> None:
    assert refusal_of(world.trust_list, world, world.anchor, post_quantum=True) is Code.TRUST_LIST_POST_QUANTUM
    # Nor one whose list throws them out: terminals that require them stay with the list before.
    anchor = with_second(world)
    data = generation(world, 1, world.roots, [*world.root_signers, *SECOND])
    assert refusal_of(data, world, anchor, post_quantum=True) is Code.TRUST_LIST_POST_QUANTUM
    assert refusal_of(data, world, anchor) is None


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [(2, 2, None), (3, 1, Code.TRUST_LIST_POST_QUANTUM), (1, 3, Code.TRUST_LIST_POST_QUANTUM)],
)
def test_second_keys_are_exchanged_by_both_sets(old: int, new: int, code: Code | None, world: World) -> None:
    anchor = with_second(world)
    roots = two_of(world.root_signers, SECOND_NEW)
    data = generation(world, 2, roots, [*world.root_signers, *SECOND[:old], *SECOND_NEW[:new]])
    assert refusal_of(data, world, anchor, post_quantum=True) is code


def test_a_wrong_second_signature_does_not_count(world: World) -> None:
    anchor = with_second(world)
    genuine = generation(world, 1, anchor.roots, [*world.root_signers[:2], *SECOND[:2]])
    assert refusal_of(genuine, world, anchor, post_quantum=True) is None
    for edit in (
        forge.put((1, 3, 3), bytes(3309)),
        lambda item: item[1][3].__setitem__(3, item[1][2][3]),  # the other root's
        lambda item: item[1].__setitem__(3, item[1][2]),  # one root twice
    ):
        spoilt = forge.enc(forge.edited(forge.dec(genuine), edit))
        assert refusal_of(spoilt, world, anchor, post_quantum=True) is Code.TRUST_LIST_POST_QUANTUM
    payload = forge.dec(genuine)[0]
    other = [
        *forge.detached(world.root_signers[:2], forge.aad("trust-list"), payload),
        *forge.detached(SECOND, forge.aad("status-snapshot"), payload),
    ]
    assert refusal_of(forge.enc([payload, other]), world, anchor, post_quantum=True) is Code.TRUST_LIST_POST_QUANTUM


@pytest.mark.parametrize("size", [64, 3308, 3310])
def test_a_signature_has_the_size_of_its_algorithm(size: int, world: World) -> None:
    anchor = with_second(world)
    genuine = forge.dec(generation(world, 1, anchor.roots, [*world.root_signers[:2], *SECOND[:1]]))
    for number in (0, 2):
        item = forge.edited(genuine, forge.put((1, number, 3), bytes(size)))
        expected = None if (number, size) == (0, 64) else Code.TRUST_LIST_STRUCTURE
        code = refusal_of(forge.enc(item), world, anchor)
        assert code is (Code.TRUST_LIST_SIGNATURE if expected is None else expected)


def test_roots_of_both_kinds_sign_one_after_the_other(world: World) -> None:
    """Each on a machine of its own, with nothing but the file that the one before has left."""
    claims = world.trust_claims(roots=two_of(world.root_signers, SECOND))
    data = b""
    for signer in [*world.root_signers[:2], *SECOND[:2]]:
        signatures = signatures_in(parse_trust_list(data)) if data else {}
        made = signer.sign(trust_list_tbs(claims, signer.public_key))
        data = combine_trust_list(claims, {**signatures, signer.public_key: made})
    assert len(signatures_in(parse_trust_list(data))) == 4
    assert refusal_of(data, world, with_second(world), post_quantum=True) is None


def test_a_rotation_is_signed_one_after_the_other(world: World) -> None:
    new = [world._signer() for _ in range(3)]
    claims = world.trust_claims(version=2, roots=two_of(new))
    data = b""
    for signer in [*new[:2], *world.root_signers[:2]]:
        signatures = signatures_in(parse_trust_list(data), world.roots) if data else {}
        made = signer.sign(trust_list_tbs(claims, signer.public_key))
        data = combine_trust_list(claims, {**signatures, signer.public_key: made})
    assert signatures_in(parse_trust_list(data)).keys() == {signer.public_key for signer in new[:2]}
    assert refusal_of(data, world, world.anchor) is None


def test_signatures_that_do_not_verify_are_not_kept(world: World) -> None:
    claims = world.trust_claims()
    one, two = (signer.public_key for signer in world.root_signers[:2])
    data = combine_trust_list(claims, {one: bytes(64), two: world.root_signers[1].sign(trust_list_tbs(claims, two))})
    assert signatures_in(parse_trust_list(data)).keys() == {two}
    assert all_keys(with_second(world).roots) == (*world.roots.keys, *(signer.public_key for signer in SECOND))


# --- keys that are withdrawn


def trust_with(w: World, **changes: Any) -> VerifiedTrustList:
    key = replace(w.trust.claims.issuers[0].keys[0], **changes)
    entry = IssuerEntry(ISSUER_ID, "Assurance maladie", (key,), STATUS_URI)
    return verify_trust_list(w.signed_trust_list(w.trust_claims(version=2, issuers=(entry,))), w.anchor, w.environment)


def card_code(w: World, trust: VerifiedTrustList, iat: int = NOW) -> Code | None:
    credential = forge.credential(w, forge.put((6,), iat))
    status = verify_status_list(w.issuer.publish_status_list(), w.trust)
    terminal = w.terminal(trust=FixedTrust(trust), replay=MemoryReplayStore())
    w.status.keep(status)
    try:
        terminal.verify_message(forge.presentation(w, credential=credential), "visit 1")
    except InputError as refused:
        return refused.code
    return None


@pytest.mark.parametrize(
    ("start", "keep", "code"),
    [
        (NOW, True, Code.ISSUER_KEY_WITHDRAWN),
        (NOW - 1, True, Code.ISSUER_KEY_WITHDRAWN),
        (NOW, False, Code.ISSUER_KEY_WITHDRAWN),
        (NOW + 1, False, Code.ISSUER_KEY_WITHDRAWN),
        (NOW + 365 * DAY, False, Code.ISSUER_KEY_WITHDRAWN),
        (0, True, Code.ISSUER_KEY_WITHDRAWN),
    ],
)
def test_a_withdrawn_key_refuses_its_cards(start: int, keep: bool, code: Code, world: World) -> None:
    """TRUST-6, for a card of NOW: from its time on, and without ``keep`` whatever the card says of its time."""
    assert card_code(world, trust_with(world, withdrawn=Withdrawal(start, keep))) is code


def test_what_a_key_signed_before_counts_where_the_list_says_so(world: World) -> None:
    """The cards do; status lists of the key too, as far as they are from before."""
    trust = trust_with(world, withdrawn=Withdrawal(NOW + 1, True))
    assert card_code(world, trust) is None
    assert card_code(world, trust, iat=NOW + 1) is Code.ISSUER_KEY_WITHDRAWN
    assert trust.claims.issuers[0].keys[0].withdrawn == (NOW + 1, True)


def test_out_of_its_window_is_said_before_withdrawn(world: World) -> None:
    """And the one is the key's own row, the other the other's."""
    trust = trust_with(world, exp=NOW, withdrawn=Withdrawal(0, False))
    assert card_code(world, trust) is Code.ISSUER_KEY_NOT_VALID


def test_another_key_takes_over(world: World) -> None:
    """One entry of the key withdrawn and another not: it counts. One kid may have several entries."""
    key = world.trust.claims.issuers[0].keys[0]
    keys = (replace(key, withdrawn=Withdrawal(0, False)), key)
    entry = IssuerEntry(ISSUER_ID, "Assurance maladie", keys, STATUS_URI)
    data = world.signed_trust_list(world.trust_claims(version=2, issuers=(entry,)))
    assert card_code(world, verify_trust_list(data, world.anchor, world.environment)) is None


def test_a_withdrawn_key_offers_nothing_and_lists_nothing() -> None:
    w = enrolled()
    status, offer = w.issuer.publish_status_list(), w.issuer.offer()
    entry = w.trust.claims.issuers[0]
    claims = w.trust_claims(version=2, issuers=(withdrawing(entry, NOW, keep=True),))
    trust = verify_trust_list(w.signed_trust_list(claims), w.anchor, w.environment)
    with pytest.raises(InputError) as caught:
        verify_status_list(status, trust)
    assert caught.value.code is Code.STATUS_LIST_ISSUER
    with pytest.raises(InputError) as caught:
        w.holder.enrol(offer, trust, CODE, NIR, profile=w.profile)
    assert caught.value.code is Code.OFFER_ISSUER
    assert not verify_status_list(status, w.trust).is_trusted(trust)  # STATUS-5


def test_a_status_list_of_a_withdrawn_key_is_not_believed() -> None:
    """STATUS-5: the card is of another key; the list that answers for it is of the withdrawn one."""
    w = enrolled()
    other = w._signer()
    lists = IssuerKey(other.public_key, (KeyUse.STATUS_LIST,), NOW - DAY, NOW + DAY)
    cards = IssuerKey(w.issuer_signer.public_key, EVERY_USE, NOW - DAY, NOW + DAY)
    held = forge.status_list(w, signer=other)
    terminals = []
    for withdrawn in (None, Withdrawal(NOW, True)):
        entry = IssuerEntry(ISSUER_ID, "Assurance maladie", (cards, replace(lists, withdrawn=withdrawn)), STATUS_URI)
        data = w.signed_trust_list(w.trust_claims(version=2, issuers=(entry,)))
        terminals.append(verify_trust_list(data, w.anchor, w.environment))
    w.status.keep(verify_status_list(held, terminals[0]))
    message = forge.presentation(w)
    for trust, code in zip(terminals, (None, Code.STATUS_UNAVAILABLE), strict=True):
        try:
            w.terminal(trust=FixedTrust(trust), replay=MemoryReplayStore()).verify_message(message, "visit 1")
            found = None
        except InputError as refused:
            found = refused.code
        assert found is code


@pytest.mark.parametrize(
    "change",
    [
        forge.put((6, 0, 3, 0, 2), [5]),
        forge.put((6, 0, 3, 0, 2), [1, 5]),
        forge.put((6, 0, 3, 0, 5), [NOW]),
        forge.put((6, 0, 3, 0, 5), [NOW, 1]),
        forge.put((6, 0, 3, 0, 5), [-1, True]),
        forge.put((6, 0, 3, 0, 5), None),
        forge.put((6, 0, 3, 0, 1), forge.cose_key(-49, bytes(1952))),
        forge.put((5, 3), []),
        forge.put((5, 3), [forge.cose_key(-49, bytes(1952))]),
        forge.put((5, 3), [forge.cose_key(-49, bytes(1952))] * 2),
        forge.put((5, 3), [forge.cose_key(-19, bytes(32))] * 2),
        forge.put((5, 2, 0), forge.cose_key(-49, bytes(1952))),
    ],
)
def test_keys_of_the_wrong_kind_and_withdrawals_out_of_form(change: forge.Edit, world: World) -> None:
    assert refusal_of(forge.trust_list(world, change), world, world.anchor) is Code.TRUST_LIST_STRUCTURE


def test_an_ml_dsa_key_signs_snapshots_and_nothing_else(world: World) -> None:
    """Its one use is 5: nothing that is asked for by another use finds it."""
    second = ml_dsa_signer("issuer")
    key = IssuerKey(second.public_key, (KeyUse.SNAPSHOT_SECOND,), NOW - DAY, NOW + DAY)
    entry = world.trust.claims.issuers[0]
    claims = world.trust_claims(issuers=(replace(entry, keys=(*entry.keys, key)),))
    trust = verify_trust_list(world.signed_trust_list(claims), world.anchor, world.environment)
    kid = forge.kid(second.public_key.public)
    assert {use for use in KeyUse if trust.keys(ISSUER_ID, kid, use)} == {KeyUse.SNAPSHOT_SECOND}
