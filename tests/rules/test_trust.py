"""Trust lists: k of n root keys, each counted once; whom they name, and until when (spec section 10)."""

from __future__ import annotations

import hashlib
import itertools
from contextlib import nullcontext
from typing import Any

import pytest

from tests import forge
from tests.forge import put
from tests.world import DAY, ISSUER_ID, NOW, STATUS_URI, World, enrolled, ml_dsa_signer, signed_by
from vitaletoken import (
    Category,
    Code,
    Environment,
    InputError,
    IssuerEntry,
    IssuerKey,
    RootSet,
    TrustAnchor,
    UsageError,
    verify_trust_list,
)
from vitaletoken.adapters.memory import MemoryStatus
from vitaletoken.rules.status import verify_status_list
from vitaletoken.rules.trust import combine_trust_list, kid_of, require_not_ahead, trust_list_tbs
from vitaletoken.wire.cose import ed25519_key
from vitaletoken.wire.registry import KeyUse
from vitaletoken.wire.trust_list import parse_trust_list


@pytest.fixture(scope="module")
def world() -> World:
    return enrolled()


def refusal_of(data: bytes, world: World, anchor: TrustAnchor | None = None, **options: Any) -> Code | None:
    environment = options.pop("environment", world.environment)
    try:
        verify_trust_list(data, anchor or world.anchor, environment, **options)
    except InputError as refused:
        return refused.code
    return None


# --- signatures


@pytest.mark.parametrize("threshold", [1, 2, 3])
def test_each_subset_of_the_roots_is_counted(threshold: int, world: World) -> None:
    anchor = TrustAnchor(RootSet(threshold, world.roots.keys))
    own = put((5, 1), 1)  # T6 asks for one of them
    for count in range(1, 4):
        for signers in itertools.permutations(world.root_signers, count):
            expected = None if count >= threshold else Code.TRUST_LIST_SIGNATURE
            assert refusal_of(forge.trust_list(world, own, signers=list(signers)), world, anchor) is expected


def test_one_root_counts_once(world: World) -> None:
    """TRUST-1: one key holder who signs 64 times is one."""
    one = world.root_signers[0]
    assert refusal_of(forge.trust_list(world, signers=[one] * 64), world) is Code.TRUST_LIST_SIGNATURE
    assert refusal_of(forge.trust_list(world, signers=[one] * 63 + [world.root_signers[1]]), world) is None


def test_signatures_of_others_do_no_good_and_no_harm(world: World) -> None:
    strangers = [world._signer() for _ in range(14)]
    one, two = world.root_signers[:2]
    assert refusal_of(forge.trust_list(world, signers=strangers), world) is Code.TRUST_LIST_SIGNATURE
    assert refusal_of(forge.trust_list(world, signers=[*strangers, one]), world) is Code.TRUST_LIST_SIGNATURE
    assert refusal_of(forge.trust_list(world, signers=[*strangers, one, two]), world) is None
    assert refusal_of(forge.trust_list(world, signers=[one, *strangers, two]), world) is None


def test_a_bad_signature_does_no_harm_beside_good_ones(world: World) -> None:
    def spoil(item: Any) -> None:
        item[1][0][3] = bytes(64)

    assert refusal_of(forge.trust_list(world, signers=world.root_signers, whole=spoil), world) is None
    assert refusal_of(forge.trust_list(world, whole=spoil), world) is Code.TRUST_LIST_SIGNATURE


def test_a_signature_under_another_roots_kid_does_not_count(world: World) -> None:
    """The kid is signed: a signature moved under another header fails."""
    other = forge.header_kid(world.root_signers[1].public_key.public)

    def rename(item: Any) -> None:
        item[1][0][0] = other

    assert refusal_of(forge.trust_list(world, whole=rename), world) is Code.TRUST_LIST_SIGNATURE


def test_the_roots_that_count_are_the_pinned_ones(world: World) -> None:
    """Those that the list itself names count for nothing: else anyone could name himself."""
    stranger = world._signer()
    named = {1: 1, 2: [forge.cose_key(-19, stranger.public_key.public)]}
    data = forge.trust_list(world, put((5,), named), signers=[stranger])
    assert refusal_of(data, world) is Code.TRUST_LIST_SIGNATURE
    both = [*world.root_signers[:2], stranger]
    assert refusal_of(forge.trust_list(world, put((5,), named), signers=both), world) is None


def test_a_signature_made_for_something_else_does_not_count(world: World) -> None:
    for label in ("credential", "enrolment-offer", "presentation-device"):
        assert refusal_of(forge.trust_list(world, label=label), world) is Code.TRUST_LIST_SIGNATURE


def test_signatures_are_over_the_bytes_that_arrived(world: World) -> None:
    """COSE-4: other content under genuine signatures."""
    newer = forge.dec(forge.trust_list(world, put((1,), 2)))[0]

    def exchange(item: Any) -> None:
        item[0] = newer

    assert refusal_of(forge.trust_list(world, whole=exchange), world) is Code.TRUST_LIST_SIGNATURE


# --- keys


PLACES: list[tuple[Any, ...]] = [(5, 2, 2, -2), (6, 0, 3, 0, 1, -2), (7, 0, 3, 0, 1, -2)]


@pytest.mark.parametrize("place", PLACES, ids=["root", "issuer", "authority"])
@pytest.mark.parametrize("bad", [*forge.SMALL_ORDER, b"\xff" * 32, b"\x02" + bytes(31)], ids=lambda bad: bad.hex()[:8])
def test_a_key_that_proves_nothing_is_refused(place: tuple[Any, ...], bad: bytes, world: World) -> None:
    """KEY-2, for each key in the list, not only the one that will be used."""
    assert refusal_of(forge.trust_list(world, put(place, bad)), world) is Code.TRUST_LIST_KEY


def test_keys_are_looked_at_after_the_signatures(world: World) -> None:
    data = forge.trust_list(world, put(PLACES[0], forge.SMALL_ORDER[0]), signers=world.root_signers[:1])
    assert refusal_of(data, world) is Code.TRUST_LIST_SIGNATURE


# --- environment, version, order of the steps


def test_the_first_step_that_fails_decides(world: World) -> None:
    edit = forge.both(put((4,), 0), put((1,), 1))
    bad_key = forge.both(edit, put(PLACES[1], forge.SMALL_ORDER[1]))
    held = TrustAnchor(world.roots, 2, bytes(32))
    production = {"environment": Environment.PRODUCTION}
    strangers = forge.both(edit, put((5, 2, 0, -2), world._signer().public_key.public), put((5, 1), 3))
    assert refusal_of(forge.trust_list(world, bad_key), world, held) is Code.TRUST_LIST_KEY
    assert refusal_of(forge.trust_list(world, edit), world, held) is Code.TRUST_LIST_ENVIRONMENT
    assert refusal_of(forge.trust_list(world, strangers), world, held, **production) is Code.TRUST_LIST_ROLLBACK
    strict = {"post_quantum": True, **production}
    assert refusal_of(forge.trust_list(world, strangers), world, **strict) is Code.TRUST_LIST_NEW_ROOTS
    assert refusal_of(forge.trust_list(world, edit), world, **strict) is Code.TRUST_LIST_POST_QUANTUM
    assert refusal_of(forge.trust_list(world, edit), world, **production) is None


@pytest.mark.parametrize(("version", "code"), [(4, Code.TRUST_LIST_ROLLBACK), (5, None), (6, None), (2**32 - 1, None)])
def test_an_older_version_is_refused(version: int, code: Code | None, world: World) -> None:
    held = verify_trust_list(forge.trust_list(world, put((1,), 5)), world.anchor, world.environment)
    assert refusal_of(forge.trust_list(world, put((1,), version)), world, held.anchor) is code


def test_one_version_has_one_payload(world: World) -> None:
    """A second list of the version in force is refused; the same one, with other signatures, is not."""
    held = verify_trust_list(world.trust_list, world.anchor, world.environment)
    assert held.anchor == TrustAnchor(world.roots, 1, hashlib.sha256(forge.dec(world.trust_list)[0]).digest())
    others = forge.trust_list(world, signers=world.root_signers[1:])
    assert others != world.trust_list
    assert refusal_of(others, world, held.anchor) is None
    other = forge.trust_list(world, put((3,), NOW + 31 * DAY))
    assert refusal_of(other, world, held.anchor) is Code.TRUST_LIST_ROLLBACK
    assert refusal_of(other, world) is None


@pytest.mark.parametrize(("version", "digest"), [(0, bytes(32)), (1, None)])
def test_an_anchor_has_a_version_and_a_digest_or_neither(version: int, digest: bytes | None, world: World) -> None:
    with pytest.raises(UsageError):
        verify_trust_list(world.trust_list, TrustAnchor(world.roots, version, digest), world.environment)


def test_expiry_is_of_the_time_of_use(world: World) -> None:
    """TRUST-3: an expired list verifies, since what it says has not changed; using it is another matter."""
    trust = verify_trust_list(
        forge.trust_list(world, forge.both(put((2,), 5), put((3,), 6))), world.anchor, world.environment
    )
    assert not trust.has_expired(5)
    assert trust.has_expired(6)
    assert trust.has_expired(NOW)


# --- looking up


def test_keys_are_found_by_issuer_kid_and_use(world: World) -> None:
    one, two = (world._signer().public_key for _ in range(2))
    window = (NOW - DAY, NOW + DAY)
    issuers = (
        IssuerEntry(
            "a",
            "A",
            (
                IssuerKey(one, (KeyUse.CREDENTIAL,), *window),
                IssuerKey(one, (KeyUse.STATUS_LIST,), NOW, NOW + 1),
                IssuerKey(two, (KeyUse.CREDENTIAL, KeyUse.ENROLMENT_OFFER), *window),
            ),
            "https://a",
        ),
        IssuerEntry("b", "B", (IssuerKey(two, (KeyUse.STATUS_LIST,), *window),), "https://b"),
    )
    trust = verify_trust_list(
        world.signed_trust_list(world.trust_claims(issuers=issuers)), world.anchor, world.environment
    )
    found = {
        (issuer, number, use): [entry.nbf for entry in trust.keys(issuer, kid_of(key), use)]
        for issuer in ("a", "b", "c")
        for number, key in ((1, one), (2, two))
        for use in KeyUse
        if trust.keys(issuer, kid_of(key), use)
    }
    assert found == {
        ("a", 1, KeyUse.CREDENTIAL): [NOW - DAY],
        ("a", 1, KeyUse.STATUS_LIST): [NOW],
        ("a", 2, KeyUse.CREDENTIAL): [NOW - DAY],
        ("a", 2, KeyUse.ENROLMENT_OFFER): [NOW - DAY],
        ("b", 2, KeyUse.STATUS_LIST): [NOW - DAY],
    }
    assert trust.issuer("a") == issuers[0]
    assert trust.issuer("c") is None


def test_every_key_of_a_kid_is_tried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """KEY-1: eight bytes can collide. Here all kids do, and the right key is the last of four."""
    monkeypatch.setattr("vitaletoken.crypto.signing.kid", lambda *_: b"same kid")
    monkeypatch.setattr(forge, "kid", lambda _: b"same kid")
    others = [world._signer().public_key for _ in range(3)]
    window = (NOW - DAY, NOW + DAY)
    keys = tuple(
        IssuerKey(key, (KeyUse.CREDENTIAL, KeyUse.STATUS_LIST, KeyUse.ENROLMENT_OFFER), *window)
        for key in (*others, world.issuer_signer.public_key)
    )
    entry = IssuerEntry(ISSUER_ID, "Assurance maladie", keys, STATUS_URI)
    colliding = enrolled(seed="collision")
    colliding.issuer_signer = world.issuer_signer
    claims = colliding.trust_claims(issuers=(entry,))
    trust = verify_trust_list(colliding.signed_trust_list(claims), colliding.anchor, colliding.environment)
    assert len(trust.keys(ISSUER_ID, b"same kid", KeyUse.CREDENTIAL)) == 4
    colliding.trust = trust
    colliding.status = MemoryStatus([verify_status_list(forge.status_list(colliding), trust)])
    colliding.verifier = colliding.terminal()
    message = forge.presentation(colliding, credential=forge.credential(colliding))
    colliding.verifier.verify_message(message, "visit 1")
    stranger = forge.presentation(colliding, credential=forge.credential(colliding, signer=colliding._signer()))
    with pytest.raises(InputError) as caught:
        colliding.verifier.verify_message(stranger, "visit 1")
    assert caught.value.code is Code.ISSUER_SIGNATURE


# --- making one


def test_what_is_combined_is_read_back(world: World) -> None:
    claims = world.trust_claims(version=7)
    signatures = {s.public_key: s.sign(trust_list_tbs(claims, s.public_key)) for s in world.root_signers}
    data = combine_trust_list(claims, signatures)
    assert parse_trust_list(data).unverified_claims == claims
    assert verify_trust_list(data, TrustAnchor(RootSet(3, world.roots.keys)), world.environment).claims == claims


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 0}, {"version": 2**32}, {"exp": NOW - DAY}, {"issuers": ()}, {"roots": RootSet(0, ())}, {"iat": -1},
        {"roots": RootSet(4, ())},
    ],
    ids=str,
)  # fmt: skip
def test_claims_out_of_form_are_a_usage_error(changes: dict[str, Any], world: World) -> None:
    claims = world.trust_claims(**changes)
    with pytest.raises(UsageError):
        trust_list_tbs(claims, world.roots.keys[0])
    with pytest.raises(UsageError):
        combine_trust_list(claims, {world.roots.keys[0]: bytes(64)})


@pytest.mark.parametrize(("name", "uri"), [(ISSUER_ID, "https://other.example"), ("other", STATUS_URI)])
def test_two_issuers_of_one_name_or_place_are_a_usage_error(name: str, uri: str, world: World) -> None:
    entry = world.trust.claims.issuers[0]
    second = IssuerEntry(name, "Other", entry.keys, uri)
    with pytest.raises(UsageError):
        trust_list_tbs(world.trust_claims(issuers=(entry, second)), world.roots.keys[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "Fr"},
        {"name": ""},
        {"keys": ()},
        {"categories": ()},
        {"categories": (Category.PHARMACY, Category.DOCTOR)},
        {"categories": (Category.DOCTOR, Category.DOCTOR)},
    ],
    ids=str,
)
def test_an_authority_out_of_form_is_a_usage_error(changes: dict[str, Any], world: World) -> None:
    with pytest.raises(UsageError):
        trust_list_tbs(world.trust_claims(authorities=(world.authority_entry(**changes),)), world.roots.keys[0])


def test_two_authorities_of_one_name_are_a_usage_error(world: World) -> None:
    """An issuer and an authority may have one."""
    two = (world.authority_entry(), world.authority_entry(name="Other"))
    with pytest.raises(UsageError):
        trust_list_tbs(world.trust_claims(authorities=two), world.roots.keys[0])
    same = world.trust_claims(authorities=(world.authority_entry(id=ISSUER_ID),))
    trust = verify_trust_list(world.signed_trust_list(same), TrustAnchor(world.roots), world.environment)
    issuer, authority = trust.issuer(ISSUER_ID), trust.authority(ISSUER_ID)
    assert issuer is not None
    assert authority is not None
    assert {issuer.name, authority.name} == {"Assurance maladie", "Ordre des pharmaciens"}


def test_issuers_and_authorities_do_not_have_each_others_uses(world: World) -> None:
    key = world.issuer_signer.public_key
    for use in set(KeyUse) - {KeyUse.SNAPSHOT_SECOND}:  # which is of ML-DSA-65 keys
        entry = IssuerKey(key, (use,), NOW - DAY, NOW + DAY)
        for changes in (
            {"issuers": (IssuerEntry(ISSUER_ID, "A", (entry,), STATUS_URI),)},
            {"authorities": (world.authority_entry(keys=(entry,)),)},
        ):
            fits = (use is KeyUse.TERMINAL_CERTIFICATE) is ("authorities" in changes)
            claims = world.trust_claims(**changes)
            if fits:
                trust = verify_trust_list(world.signed_trust_list(claims), TrustAnchor(world.roots), world.environment)
                owner = ISSUER_ID if "issuers" in changes else world.authority_entry().id
                assert trust.keys(owner, kid_of(key), use) == (entry,)
            else:
                with pytest.raises(UsageError):
                    trust_list_tbs(claims, world.roots.keys[0])


def test_a_list_without_authorities_has_no_place_for_them(world: World) -> None:
    """So that a list of before has the bytes that it had."""
    payload = forge.dec(world.signed_trust_list(world.trust_claims(authorities=())))[0]
    assert list(forge.dec(payload)) == [1, 2, 3, 4, 5, 6]
    assert world.trust.authority("nobody") is None


def test_no_signature_is_a_usage_error(world: World) -> None:
    with pytest.raises(UsageError):
        combine_trust_list(world.trust_claims(), {})


@pytest.mark.parametrize("count", [65, 70])
def test_more_signatures_than_can_be_read_are_a_usage_error(count: int, world: World) -> None:
    claims = world.trust_claims()
    signers = [world._signer() for _ in range(count)]
    signatures = {s.public_key: s.sign(trust_list_tbs(claims, s.public_key)) for s in signers}
    with pytest.raises(UsageError):
        combine_trust_list(claims, signatures)


def test_sixteen_of_sixteen_of_both_kinds_can_be_exchanged(world: World) -> None:
    """64 signatures: all keys of two of the largest root sets."""
    kinds = [[world._signer() for _ in range(32)], [ml_dsa_signer(f"exchanged {number}") for number in range(32)]]
    old, new = ([kind[:16] for kind in kinds], [kind[16:] for kind in kinds])
    roots = [RootSet(16, *(tuple(s.public_key for s in kind) for kind in side)) for side in (old, new)]
    claims = world.trust_claims(roots=roots[1])
    data = signed_by(claims, [signer for kind in kinds for signer in kind])
    assert refusal_of(data, world, TrustAnchor(roots[0]), post_quantum=True) is None


@pytest.mark.parametrize(
    ("ahead", "refused"), [(-DAY, False), (0, False), (300, False), (301, True), (365 * DAY, True)]
)
def test_no_root_key_holder_signs_a_list_dated_ahead(ahead: int, refused: bool, world: World) -> None:
    """TIME-3: it would be believed."""
    claims = world.trust_claims(iat=NOW + ahead, exp=NOW + 400 * DAY)
    with pytest.raises(UsageError, match="ahead") if refused else nullcontext():
        require_not_ahead(claims, NOW)


def test_a_list_that_is_too_long_with_its_signatures_is_a_usage_error(world: World) -> None:
    key = IssuerKey(world.issuer_signer.public_key, (KeyUse.CREDENTIAL,), NOW - DAY, NOW + DAY)
    full = [IssuerEntry(f"i{number}", "n", (key,) * 32, f"https://x/{number}") for number in range(136)]
    for keys in range(22, 33):
        claims = world.trust_claims(issuers=(*full, IssuerEntry("last", "n", (key,) * keys, "https://last")))
        try:
            data = world.signed_trust_list(claims)
        except UsageError:
            break
        assert refusal_of(data, world) is None
    assert 22 < keys < 32


def test_a_root_set_that_may_not_be_pinned(world: World) -> None:
    """TRUST-4: the operator's error, before anything is looked at."""
    first, *others = world.roots.keys
    identity = ed25519_key(b"\x01" + bytes(31))
    second, third = (ml_dsa_signer(name).public_key for name in ("one", "two"))
    for roots in (
        RootSet(2, world.roots.keys, (second,)),
        RootSet(2, world.roots.keys, (second, second, third)),
        RootSet(0, world.roots.keys),
        RootSet(4, world.roots.keys),
        RootSet(2, (first, first, *others)),
        RootSet(2, (identity, *others)),
    ):
        with pytest.raises(UsageError):
            verify_trust_list(world.trust_list, TrustAnchor(roots), world.environment)
