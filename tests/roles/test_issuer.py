"""The issuer: who gets a card, that each offer is answered once, and what is published of the cards."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests import forge
from tests.concurrency import at_once
from tests.forge import CARD, ENROLMENT, put
from tests.world import CODE, ISSUER_ID, NIR, NOW, STATUS_URI, World, camille, enrolled
from vitaletoken import (
    Argon2Profile,
    Code,
    Environment,
    InputError,
    Issuer,
    Person,
    Quality,
    Scheme,
    Sex,
    UsageError,
    verify_status_list,
)
from vitaletoken.adapters.keystore import SoftwareSigner
from vitaletoken.adapters.register import MemoryRegister, SqliteRegister
from vitaletoken.crypto.signing import ESP256, SigningKey
from vitaletoken.ports import IssuerRegister, RecordOutcome
from vitaletoken.rules.card_record import IssuedCard
from vitaletoken.rules.credential import enrolment_binding
from vitaletoken.rules.status import CAPACITY
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.enrolment import parse_offer
from vitaletoken.wire.registry import Algorithm, Status


def refusal_of(function: Callable[..., object], *arguments: Any, **options: Any) -> Code | None:
    try:
        function(*arguments, **options)
    except InputError as refused:
        return refused.code
    return None


@pytest.fixture(params=["memory", "sqlite"])
def w(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """An enrolled world, with each of the registers."""
    world = World()
    with ExitStack() as stack:
        if request.param == "sqlite":
            world.register = stack.enter_context(SqliteRegister(tmp_path / "register.db"))
            world.issuer._press.register = world.register
        world.enrol()
        yield world


def asked(w: World) -> tuple[bytes, bytes]:
    """A request of the world's phone and the offer it answers; its card stays where it is."""
    offer = w.issuer.offer()
    return forge.request(w, offer), offer


def card_of(credential: bytes) -> Any:
    return parse_credential(credential).unverified_claims.card


# --- who gets a card


def test_a_card_is_for_the_keys_that_were_proved(w: World) -> None:
    request, offer = asked(w)
    claims = parse_credential(w.issuer.issue(request, offer, camille())).unverified_claims
    assert claims.device_key == w.device_key.public_key
    assert claims.card.code_key == forge.code_key(w).public
    assert claims.card.enrolment.binding == enrolment_binding(sha256(request).digest(), forge.commitment(*forge.NUMBER))
    assert (claims.iss, claims.iat, claims.exp) == (ISSUER_ID, NOW, NOW + 14 * 86_400)
    assert claims.card.environment is Environment.TEST


@pytest.mark.parametrize("algorithm", [Algorithm.ED25519, Algorithm.ESP256])
def test_possession_of_both_keys_is_proved(algorithm: Algorithm) -> None:
    w = enrolled(algorithm=algorithm)
    stranger = w._signer()
    offer = w.issuer.offer()
    for options in (
        {"device_sign": stranger.sign},
        {"code_sign": stranger.sign},
        {"device_sign": lambda _: bytes(64)},
        {"code_sign": lambda _: bytes(64)},
        {"labels": ("enrolment-request-code", "enrolment-request-code")},
        {"labels": ("enrolment-request-device", "enrolment-request-device")},
        {"labels": ("enrolment-request-code", "enrolment-request-device")},
        {"labels": ("presentation-device", "presentation-code")},
        {"labels": ("credential", "credential")},
    ):
        request = forge.request(w, offer, **options)  # type: ignore[arg-type]
        assert refusal_of(w.issuer.issue, request, offer, camille()) is Code.REQUEST_SIGNATURE
    w.issuer.issue(forge.request(w, offer), offer, camille())


def test_a_card_cannot_be_had_for_somebody_elses_key(w: World) -> None:
    """The key is in the request, and the request is not signed by it."""
    victim = w._signer().public_key.public
    offer = w.issuer.offer()
    for place in ((8, 1, -2), (ENROLMENT, 1)):
        request = forge.request(w, offer, put(place, victim))
        assert refusal_of(w.issuer.issue, request, offer, camille()) is Code.REQUEST_SIGNATURE


@pytest.mark.parametrize("bad", [*forge.SMALL_ORDER, b"\xff" * 32], ids=lambda bad: bad.hex()[:8])
@pytest.mark.parametrize("place", [(8, 1, -2), (ENROLMENT, 1)], ids=["device", "code"])
def test_a_key_that_proves_nothing_gets_no_card(place: tuple[Any, ...], bad: bytes) -> None:
    w = enrolled()
    offer = w.issuer.offer()
    request = forge.request(w, offer, put(place, bad))
    assert refusal_of(w.issuer.issue, request, offer, camille()) is Code.REQUEST_KEY


def test_a_point_that_is_not_on_the_curve_gets_no_card() -> None:
    w = enrolled(algorithm=Algorithm.ESP256)
    offer = w.issuer.offer()
    request = forge.request(w, offer, put((8, 1, -2), bytes([0] * 31 + [2])))
    assert refusal_of(w.issuer.issue, request, offer, camille()) is Code.REQUEST_KEY


def test_one_key_for_both_gets_no_card() -> None:
    """Else a code layer would prove nothing but the phone."""
    w = enrolled()
    offer = w.issuer.offer()
    device = w.device_key.public_key.public
    request = forge.request(w, offer, put((ENROLMENT, 1), device), code_sign=w.device_key.sign)
    assert refusal_of(w.issuer.issue, request, offer, camille()) is Code.REQUEST_KEY


# --- offers


def test_an_offer_is_answered_once(w: World) -> None:
    """The same request again is the same answer, byte for byte; another one, or another person, is refused (R4)."""
    request, offer = asked(w)
    card = w.issuer.issue(request, offer, camille())
    w.clock.time += 1
    assert w.issuer.issue(request, offer, camille()) == card
    assert refusal_of(w.issuer.issue, request, offer, camille(reference="person-2")) is Code.REQUEST_OFFER
    again = forge.request(w, offer, put((6,), NOW + 1))
    assert refusal_of(w.issuer.issue, again, offer, camille(reference="person-2")) is Code.REQUEST_OFFER


def test_two_answers_at_the_same_moment_get_one_card(w: World) -> None:
    for _ in range(10):
        offer = w.issuer.offer()
        requests = [forge.request(w, offer, put((6,), NOW + number)) for number in range(4)]
        results = at_once(
            4, lambda number, requests=requests, offer=offer: w.issuer.issue(requests[number], offer, camille())
        )
        codes = Counter(result.code if isinstance(result, InputError) else type(result) for result in results)
        assert codes == {bytes: 1, Code.REQUEST_OFFER: 3}


@pytest.mark.parametrize(("seconds", "code"), [(3599, None), (3600, Code.OFFER_EXPIRED)])
def test_an_offer_is_open_until_its_second(seconds: int, code: Code | None) -> None:
    w = enrolled()
    request, offer = asked(w)
    w.clock.time += seconds
    assert refusal_of(w.issuer.issue, request, offer, camille()) is code


def test_another_issuers_offer_is_refused(w: World) -> None:
    offer = forge.offer(w, signer=w._signer())
    request = forge.request(w, offer)
    assert refusal_of(w.issuer.issue, request, offer, camille()) is Code.OFFER_SIGNATURE


def test_an_answer_to_another_offer_is_refused(w: World) -> None:
    request, _ = asked(w)
    _, other = asked(w)
    assert refusal_of(w.issuer.issue, request, other, camille()) is Code.REQUEST_OFFER
    assert refusal_of(w.issuer.issue, request, b"", camille()) is Code.REQUEST_OFFER


def test_what_is_no_offer_is_refused(w: World) -> None:
    for offer in (b"", b"\xf6", forge.credential_of(w)):
        request = forge.request(w, offer)
        assert refusal_of(w.issuer.issue, request, offer, camille()) is Code.OFFER_STRUCTURE


def test_offers_differ(w: World) -> None:
    offers = [parse_offer(w.issuer.offer(lifetime)).unverified_claims for lifetime in (1, 1, 3600)]
    assert len({offer.nonce for offer in offers}) == 3
    assert [offer.exp - offer.iat for offer in offers] == [1, 1, 3600]


@pytest.mark.parametrize("lifetime", [0, -1, 2**40])
def test_a_lifetime_out_of_range_is_a_usage_error(lifetime: int, w: World) -> None:
    with pytest.raises(UsageError):
        w.issuer.offer(lifetime)
    request, offer = asked(w)
    with pytest.raises(UsageError):
        w.issuer.issue(request, offer, camille(), lifetime=lifetime)
    w.issuer.issue(request, offer, camille())


# --- what is in a card


def issue(w: World, **changes: Any) -> Any:
    request, offer = asked(w)
    return card_of(w.issuer.issue(request, offer, camille(**changes)))


def test_an_alias_is_the_persons_for_good(w: World) -> None:
    """The same in each card of a person, another for each person, and not to be guessed from the reference."""
    first, second, other = issue(w), issue(w), issue(w, reference="person-2")
    assert first.beneficiary == second.beneficiary != other.beneficiary
    again = Issuer(
        ISSUER_ID,
        w.issuer_signer,
        number_key=w.number_key,
        register=w.register,
        clock=w.clock,
        entropy=w.entropy,
        status_uri=STATUS_URI,
    )
    request, offer = asked(w)
    assert card_of(again.issue(request, offer, camille())).beneficiary == first.beneficiary


def test_a_dependant_names_the_policyholder_by_alias_only(w: World) -> None:
    parent = issue(w)
    child = issue(w, reference="child", quality=Quality.CHILD, policyholder="person-1")
    assert parent.policyholder is None
    assert child.policyholder == parent.beneficiary != child.beneficiary


@pytest.mark.parametrize(
    "changes",
    [
        {"quality": Quality.POLICYHOLDER, "policyholder": "person-9"},
        {"quality": Quality.CHILD},
        {"quality": Quality.SPOUSE, "policyholder": "person-1"},
        {"person": Person("", ("A",), Sex.MALE)},
        {"person": Person("x" * 101, ("A",), Sex.MALE)},
        {"person": Person("A", (), Sex.MALE)},
        {"person": Person("A", ("a",) * 9, Sex.MALE)},
        {"person": Person("A", ("a", ""), Sex.MALE)},
        {"person": Person("A\n", ("a",), Sex.MALE)},
        {"person": Person("A\u202eB", ("a",), Sex.MALE)},
        {"person": Person("A", ("a",), Sex.MALE, birth_rank=0)},
        {"person": Person("A", ("a",), Sex.MALE, birth_rank=10)},
        {"person": Person("A", ("a",), Sex.MALE, name_in_use="")},
        {"scheme": Scheme(100, 0, 0)},
        {"scheme": Scheme(0, 1000, 0)},
        {"scheme": Scheme(0, 0, 10_000)},
        {"scheme": Scheme(-1, 0, 0)},
        {"rights_as_of": -1},
        {"rights_as_of": 2_932_897},
        {"rights_until": -1},
        {"portrait": bytes(31)},
        {"portrait": b""},
    ],
    ids=repr,
)
def test_data_out_of_form_is_a_usage_error_and_answers_nothing(changes: dict[str, Any], w: World) -> None:
    request, offer = asked(w)
    with pytest.raises(UsageError):
        w.issuer.issue(request, offer, camille(**changes))
    w.issuer.issue(request, offer, camille())


@pytest.mark.parametrize("half", ["\ud800", "A\udfffB"], ids=ascii)
def test_half_a_pair_in_a_name_is_a_usage_error(half: str, w: World) -> None:
    request, offer = asked(w)
    with pytest.raises(UsageError):
        w.issuer.issue(request, offer, camille(person=Person(half, ("A",), Sex.MALE)))


def test_names_too_long_for_a_credential_are_a_usage_error(w: World) -> None:
    """Each name is in form. The card is recorded and handed out, and no reader takes it."""
    names = tuple("x" * 100 for _ in range(4))
    request, offer = asked(w)
    try:
        credential = w.issuer.issue(request, offer, camille(person=Person("y" * 100, (*names, "z" * 10), Sex.MALE)))
    except UsageError:
        return
    parse_credential(credential)


def test_every_length_of_name_is_refused_or_can_be_read(w: World) -> None:
    for size in range(1, 80, 3):
        names = ("x" * 100, "x" * 100, "x" * size)
        assert issue(w, person=Person("y" * 100, names, Sex.MALE)).person.given_names == names


def test_names_are_written_in_nfc(w: World) -> None:
    """Decomposed, as some keyboards and all of Apple's file systems give it, it would be another name to some readers."""
    decomposed = unicodedata.normalize("NFD", "Élise Zoé")
    assert decomposed != "Élise Zoé"
    person = issue(w, person=Person(decomposed, (decomposed,), Sex.FEMALE, name_in_use=decomposed)).person
    assert person == Person("Élise Zoé", ("Élise Zoé",), Sex.FEMALE, name_in_use="Élise Zoé")


@pytest.mark.parametrize("environment", Environment)
def test_a_test_card_says_so(environment: Environment) -> None:
    w = World(environment=environment)
    issuer, offer = w.issuer, w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, NIR, profile=Argon2Profile.SMALL_PHONE)
    claims = forge.credential_claims(issuer.issue(request, offer, camille()))
    assert claims[CARD].get(10) == (1 if environment is Environment.TEST else None)


def test_a_signer_of_the_other_suite_is_a_usage_error(w: World) -> None:
    signer = SoftwareSigner(SigningKey(ESP256, bytes(31) + b"\1"))
    with pytest.raises(UsageError):
        Issuer(
            ISSUER_ID,
            signer,
            number_key=w.number_key,
            register=w.register,
            clock=w.clock,
            entropy=w.entropy,
            status_uri=STATUS_URI,
        )


# --- status indexes


def test_no_two_cards_have_one_index(w: World) -> None:
    places = {issue(w).status for _ in range(60)}
    assert len(places) == 60
    assert {place.list for place in places} == {0}
    assert max(place.idx for place in places) > CAPACITY // 2, "indexes are drawn from the whole list"


class Loaded:
    """Randomness that repeats itself, as a die that falls on one side."""

    def __init__(self, entropy: Any, times: int) -> None:
        self._entropy, self._times = entropy, times

    def random(self, size: int) -> bytes:
        if size == 4 and self._times > 0:
            self._times -= 1
            return b"\0\0\0\7"
        return self._entropy.random(size)  # type: ignore[no-any-return]


def test_an_index_that_is_taken_is_drawn_again(w: World) -> None:
    w.issuer._press.entropy = Loaded(w.entropy, 1)
    assert issue(w).status.idx == 7
    w.issuer._press.entropy = Loaded(w.entropy, 5)
    assert issue(w).status.idx != 7


def with_lists(w: World, status_lists: int) -> Issuer:
    parts = {
        "register": w.register,
        "clock": w.clock,
        "entropy": w.entropy,
        "status_uri": STATUS_URI,
        "number_key": w.number_key,
    }
    return Issuer(ISSUER_ID, w.issuer_signer, environment=w.environment, status_lists=status_lists, **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize("lists", [1, 2, 3, 67, 2048, 2049, 4096])
def test_each_entry_of_all_lists_is_as_likely(lists: int, w: World) -> None:
    """STATUS-6, over all that the four random bytes can say: each list has as many of them, and as many are drawn again."""

    class Counting:
        """Counts through the numbers of lists, with one index."""

        def __init__(self) -> None:
            self.next = -1

        def random(self, size: int) -> bytes:
            assert size == 4
            self.next += 1
            return (self.next * CAPACITY + 77).to_bytes(4, "big")

    issuer, counting = with_lists(w, lists), Counting()
    issuer._press.entropy = counting
    even = 4096 // lists * lists
    drawn = [issuer._press.status() for _ in range(even)]
    assert counting.next == even - 1
    assert Counter(drawn) == {(number, 77): 4096 // lists for number in range(lists)}
    counting.next = even - 1
    if even < 4096:  # what is beyond would favour the first lists
        with pytest.raises(OverflowError):
            issuer._press.status()


def test_cards_are_spread_over_the_lists(w: World) -> None:
    issuer = with_lists(w, 3)
    w.issuer = issuer
    assert {issue(w).status.list for _ in range(40)} == {0, 1, 2}


@pytest.mark.parametrize("lists", [-1, 0, 4097])
def test_a_number_of_lists_out_of_range_is_a_usage_error(lists: int, w: World) -> None:
    with pytest.raises(UsageError):
        with_lists(w, lists)


def test_lists_without_a_free_index_is_a_usage_error(w: World) -> None:
    w.issuer._press.entropy = Loaded(w.entropy, 1)
    issue(w)
    w.issuer._press.entropy = Loaded(w.entropy, 10_000)
    with pytest.raises(UsageError):
        issue(w)


class Failing:
    """A register whose disk is full."""

    def __init__(self, register: IssuerRegister) -> None:
        self.alias = register.alias
        self.statuses = register.statuses
        self.answer_to = register.answer_to
        self.set_statuses = register.set_statuses

    def record(self, card: IssuedCard, lent_before: int) -> RecordOutcome:
        raise OSError("no space left on device")


def test_a_card_is_recorded_before_it_is_handed_out(w: World) -> None:
    """The register's failure passes through, and there is no card."""
    request, offer = asked(w)
    register, w.issuer._press.register = w.register, Failing(w.register)  # type: ignore[assignment]  # fails by design
    with pytest.raises(OSError, match="no space"):
        w.issuer.issue(request, offer, camille())
    w.issuer._press.register = register
    assert register.answer_to(sha256(offer).digest()) is None
    card = register.find(sha256(w.issuer.issue(request, offer, camille())).digest())
    assert card is not None
    assert card.card.origin == sha256(offer).digest()


# --- status


def status_of(w: World) -> Status | None:
    found = verify_status_list(w.issuer.publish_status_list(), w.trust)
    return found.find(card_of(forge.credential_of(w)).status.idx)


def test_suspend_restore_revoke(w: World) -> None:
    cti = w.card_id()
    assert status_of(w) is Status.VALID
    w.issuer.restore(cti)
    w.issuer.suspend(cti)
    assert status_of(w) is Status.SUSPENDED
    w.issuer.suspend(cti)
    w.issuer.restore(cti)
    assert status_of(w) is Status.VALID
    w.issuer.suspend(cti)
    w.issuer.revoke(cti)
    assert status_of(w) is Status.REVOKED
    w.issuer.revoke(cti)
    for change in (w.issuer.restore, w.issuer.suspend):
        with pytest.raises(UsageError):
            change(cti)
    assert status_of(w) is Status.REVOKED


def test_withdrawn_delegations_leave_the_card_valid(w: World) -> None:
    cti = w.card_id()
    w.issuer.withdraw_delegations(cti)
    assert status_of(w) is Status.DELEGATIONS_WITHDRAWN
    w.issuer.suspend(cti)
    with pytest.raises(UsageError):  # a suspended card would become valid by it
        w.issuer.withdraw_delegations(cti)
    assert status_of(w) is Status.SUSPENDED
    w.issuer.restore(cti)
    assert status_of(w) is Status.VALID
    w.issuer.revoke(cti)
    with pytest.raises(UsageError):
        w.issuer.withdraw_delegations(cti)


def test_what_was_withdrawn_does_not_come_back_by_restoring(w: World) -> None:
    cti = w.card_id()
    w.issuer.withdraw_delegations(cti)
    with pytest.raises(UsageError, match="count again"):
        w.issuer.restore(cti)
    assert status_of(w) is Status.DELEGATIONS_WITHDRAWN
    w.issuer.lend_anew(cti)
    assert status_of(w) is Status.VALID
    w.issuer.revoke(cti)
    with pytest.raises(UsageError):
        w.issuer.lend_anew(cti)


def test_a_batch_is_done_as_a_whole_or_not_at_all(w: World) -> None:
    ctis = []
    for _ in range(4):
        request, offer = asked(w)
        ctis.append(parse_credential(w.issuer.issue(request, offer, camille())).unverified_claims.cti)
    w.issuer.revoke(ctis[0])
    before = dict(w.register.statuses(0))
    for change in (w.issuer.suspend, w.issuer.restore, w.issuer.withdraw_delegations):
        with pytest.raises(UsageError):
            change(ctis[1], ctis[2], ctis[0], ctis[3])  # one is revoked
        with pytest.raises(UsageError):
            change(ctis[1], bytes(8))
    with pytest.raises(UsageError):
        w.issuer.revoke(ctis[1], bytes(8))
    assert w.register.statuses(0) == before
    w.issuer.suspend(*ctis[1:])
    assert Counter(w.register.statuses(0).values()) == {Status.REVOKED: 1, Status.SUSPENDED: 3}


def test_one_card_is_revoked_and_no_other(w: World) -> None:
    others = [issue(w).status.idx for _ in range(20)]
    w.issuer.revoke(w.card_id())
    found = verify_status_list(w.issuer.publish_status_list(), w.trust)
    assert {found.find(idx) for idx in others} == {Status.VALID}
    everything = [found.find(idx) for idx in range(CAPACITY)]
    assert everything.count(Status.VALID) == CAPACITY - 1


@pytest.mark.parametrize("cti", [b"", bytes(8), b"12345678"])
def test_a_card_that_was_not_issued_here_is_a_usage_error(cti: bytes, w: World) -> None:
    for change in (w.issuer.revoke, w.issuer.suspend, w.issuer.restore):
        with pytest.raises(UsageError):
            change(cti)


def test_the_same_statuses_give_the_same_bytes(w: World) -> None:
    w.issuer.suspend(w.card_id())
    first = w.issuer.publish_status_list()
    assert w.issuer.publish_status_list() == first
    w.clock.time += 1
    assert w.issuer.publish_status_list() != first


def test_a_list_says_when_and_for_how_long(w: World) -> None:
    found = verify_status_list(w.issuer.publish_status_list(5, ttl=100, lifetime=1000, capacity=8), w.trust)
    assert (found.issuer, found.number, found.iat, found.exp, found.ttl) == (ISSUER_ID, 5, NOW, NOW + 1000, 100)
    assert found.find(7) is Status.VALID
    assert found.find(8) is None


@pytest.mark.parametrize(
    "options",
    [
        {"ttl": 0}, {"ttl": 31_622_401}, {"lifetime": 0}, {"lifetime": -1}, {"lifetime": 2**40}, {"capacity": 0}, {"capacity": 6},
        {"capacity": CAPACITY + 4},
    ],
    ids=str,
)  # fmt: skip
def test_a_size_out_of_range_is_a_usage_error(options: dict[str, int], w: World) -> None:
    with pytest.raises(UsageError):
        w.issuer.publish_status_list(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [-1, 65_536, 10**9])
def test_a_number_out_of_range_is_a_usage_error(number: int, w: World) -> None:
    with pytest.raises(UsageError):
        w.issuer.publish_status_list(number)


def test_a_list_too_short_for_a_revoked_card_is_a_usage_error(w: World) -> None:
    """Better no list than one that leaves a revocation out."""
    w.issuer._press.entropy = Loaded(w.entropy, 1)
    assert issue(w).status.idx == 7
    w.issuer.revoke(w.card_id())
    with pytest.raises(UsageError):
        w.issuer.publish_status_list(capacity=4)


def test_the_clock_is_read_once(w: World) -> None:
    reads = []

    class Counted:
        def now(self) -> int:
            reads.append(1)
            return NOW

    w.issuer._press.clock = Counted()
    request, offer = asked(w)
    for call in (w.issuer.offer, lambda: w.issuer.issue(request, offer, camille()), w.issuer.publish_status_list):
        reads.clear()
        call()
        assert len(reads) == 1


def test_registers_of_one_name_are_interchangeable() -> None:
    """What the memory register says in tests is what the other says in use."""
    assert {name for name in vars(MemoryRegister) if not name.startswith("_")} <= set(dir(SqliteRegister))


def test_another_issuers_offer_is_not_answered() -> None:
    """One key may serve two issuers; an offer is one issuer's."""
    w = World()
    offer = w.issuer.offer()
    request = w.holder.enrol(offer, w.trust, CODE, NIR, profile=w.profile)
    parts = {
        "number_key": w.number_key,
        "register": MemoryRegister(),
        "clock": w.clock,
        "entropy": w.entropy,
        "status_uri": STATUS_URI,
    }
    other = Issuer("fr-msa", w.issuer_signer, environment=w.environment, **parts)
    with pytest.raises(InputError) as caught:
        other.issue(request, offer, camille())
    assert caught.value.code is Code.REQUEST_OFFER


def test_a_card_id_that_is_taken_is_drawn_again() -> None:
    class Stuck:
        """Gives one card id three times, then goes on."""

        def __init__(self, w: World) -> None:
            self._fresh, self._left = w.entropy.random, 3

        def random(self, size: int) -> bytes:
            if size == 8 and self._left:
                self._left -= 1
                return bytes(8)
            return self._fresh(size)

    w = World()
    ids = set()
    for number in range(2):
        issuer = Issuer(
            ISSUER_ID,
            w.issuer_signer,
            number_key=w.number_key,
            register=w.register,
            clock=w.clock,
            entropy=Stuck(w),
            status_uri=STATUS_URI,
            environment=w.environment,
        )
        offer = issuer.offer()
        request = w.holder.enrol(offer, w.trust, CODE, NIR, profile=w.profile)
        card = issuer.issue(request, offer, camille(reference=f"person-{number}"))
        ids.add(parse_credential(card).unverified_claims.cti)
    assert len(ids) == 2
