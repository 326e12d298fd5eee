"""``desk``: from a request to a card, by the insurer's own records; and each way in which it says no."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.lab import CODE, DONE, PASSPHRASE, REFUSED, Lab, done, later, misused, refused, run, typed
from tests.cli.records import FATHERS_NIR, NIR, PEOPLE, PERSON, TWINS

WRONG = "000000"


@pytest.fixture
def office(lab: Lab) -> Lab:
    """A desk with records, and a phone that has no card yet."""
    lab.people()
    done(*lab.desk("new"))
    lab.fresh_phone()
    return lab


def requested(lab: Lab, *options: object, nir: str = NIR) -> Any:
    (lab / "numbers").write_text(f"{nir}\n")
    lab.offer()
    done(*lab.enrol(*options), stdin=typed(CODE))
    return done(*lab.submit())


def on(lab: Lab, verb: str, *options: object) -> tuple[object, ...]:
    return lab.desk(verb, *options, lab / "request.cbor")


def confirmed(lab: Lab, *options: object, nir: str = NIR, address: str = "camille@example.org") -> Any:
    requested(lab, *options, nir=nir)
    return done(*on(lab, "confirm"), stdin=typed(lab.letter(address)))


def proof(lab: Lab, nir: str = NIR, method: str = "cnie-nfc") -> tuple[object, ...]:
    (lab / "identity").write_text(f"{nir}\n")
    return on(lab, "proof", "--method", method, "--nir-file", lab / "identity")


def approved(lab: Lab, *options: object, nir: str = NIR) -> Any:
    confirmed(lab, *options, nir=nir)
    done(*proof(lab))
    return done(*on(lab, "decide"))


def issue(lab: Lab) -> tuple[object, ...]:
    return on(lab, "issue", "--out", lab / "card.cbor")


def test_from_a_request_to_a_card(office: Lab) -> None:
    application = requested(office)
    assert (application["state"], application["mail_code_tries"], application["card"]) == ("requested", 0, None)
    assert done(*office.submit()) == application, "the same message again"
    assert done(*on(office, "confirm"), stdin=typed(office.letter()))["state"] == "confirmed"
    proofed = done(*proof(office))
    assert (proofed["state"], proofed["method"]) == ("proofed", "cnie-nfc")
    assert done(*on(office, "decide"))["state"] == "approved"
    issued = done(*issue(office))
    assert issued["state"] == "issued"
    card = (office / "card.cbor").read_bytes()
    assert (
        done(*office.desk("issue", "--out", office / "card.cbor", application["application"]))["card"] == issued["card"]
    )
    assert (office / "card.cbor").read_bytes() == card
    accepted = done(*office.accept())
    assert (accepted["card"], accepted["kind"]) == (issued["card"], "own")
    office.publish()
    done(*office.sync())
    assert done(*office.verify(office.text()))["person"]["given_names"] == PERSON["given_names"]
    shown = run(*on(office, "show"))
    assert shown.out.startswith(f"ISSUED: application {application['application']}\n")


def test_a_number_that_nobody_has_is_answered_like_any_other(office: Lab) -> None:
    known, unknown = requested(office), requested(office, nir="1990101001001")
    assert {name for name in known if known[name] != unknown[name]} <= {"application", "requested"}
    assert [path.name for path in (office / "issuer" / "mail").iterdir()] == ["camille@example.org"]
    assert refused(*on(office, "confirm"), stdin=typed(WRONG)) == "mail-code-wrong"


def test_an_e_mail_code_is_tried_five_times(office: Lab) -> None:
    requested(office)
    for tries in range(1, 6):
        answer = run(*on(office, "confirm"), stdin=typed(WRONG))
        assert (answer.status, answer.code) == (REFUSED, "mail-code-wrong")
        assert f"{tries} of 5 tries have failed" in answer.out
    assert refused(*on(office, "confirm"), stdin=typed(office.letter())) == "mail-code-used-up"
    assert done(*on(office, "show"))["state"] == "refused: e-mail-code"
    assert refused(*on(office, "send-code")) == "application-state"


def test_a_code_that_has_expired_and_a_new_one(office: Lab) -> None:
    requested(office)
    first = office.letter()
    done(*on(office, "send-code"))
    assert office.letter() == first, "the one before is still good"
    with later(600):
        assert refused(*on(office, "confirm"), stdin=typed(first)) == "mail-code-expired"
        done(*on(office, "send-code"))
        assert done(*on(office, "confirm"), stdin=typed(office.letter()))["state"] == "confirmed"


def test_another_person_than_the_one_who_applies(office: Lab) -> None:
    """APPLY-1: the father's identity is no proof of the daughter's."""
    confirmed(office)
    assert done(*proof(office, FATHERS_NIR))["state"] == "refused: identity"
    assert refused(*on(office, "decide")) == "application-state"
    assert refused(*issue(office)) == "application-state"
    confirmed(office)
    assert done(*on(office, "proof", "--method", "document-and-face", "--nobody"))["state"] == "refused: identity"


def test_a_card_made_from_the_fathers_record_never_installs(office: Lab) -> None:
    """ENROL-4, A1: also where whoever makes it passes by the desk."""
    requested(office)
    office.person(reference="person-2", family_name="Lefebvre", given_names=["Jean"], sex="male")
    (office / "numbers").write_text(f"{FATHERS_NIR}\n")
    done(*office.issue())
    assert refused(*office.accept()) == "credential-not-mine"
    assert done("phone", "cards", "--phone", office / "phone", *office.keys)["cards"] == []


def test_twins_each_with_a_card_on_their_mothers_phone(office: Lab) -> None:
    done_cards = []
    for nir in (NIR, *TWINS):
        approved(office, *(("--child",) if nir != NIR else ()), nir=nir)
        done(*issue(office))
        done_cards.append(done(*office.accept()))
    assert [card["kind"] for card in done_cards] == ["own", "child", "child"]
    office.publish()
    done(*office.sync())
    seen = [done(*office.verify(office.text("--card", card["handle"]))) for card in done_cards]
    assert [(each["person"]["given_names"], each["person"]["birth_rank"]) for each in seen[1:]] == [
        (["Alix"], 1),
        (["Noé"], 2),
    ]
    assert [each["policyholder"] for each in seen] == [None, seen[0]["alias"], seen[0]["alias"]]
    assert len({each["alias"] for each in seen}) == 3
    out = run(*office.verify(office.text("--card", done_cards[2]["handle"]))).out
    assert f"Policyholder    another person, alias {seen[0]['alias']}; the beneficiary is a child" in out
    assert "Birth rank 2" in out


def test_the_policy_says_why(office: Lab) -> None:
    confirmed(office)
    done(*proof(office))
    office.people(account=False, guardianship=True)
    answer = run(*on(office, "decide"))
    assert (answer.status, answer.code) == (REFUSED, "not-eligible")
    assert "The policy says: guardianship, no-account." in answer.out
    shown = run(*on(office, "show"))
    assert "The policy says: guardianship, no-account" in shown.out
    assert done(*on(office, "show"))["reasons"] == ["guardianship", "no-account"]


def test_a_later_application_takes_the_place_of_the_one_before(office: Lab) -> None:
    """APPLY-2: a card is revoked when the next one is issued, and not earlier."""
    approved(office)
    first = done(*issue(office))
    second = approved(office)
    assert done(*office.desk("show", first["application"]))["revocation"] == "none"
    done(*issue(office))
    assert done(*office.desk("show", first["application"]))["revocation"] == "done"
    third = requested(office)
    confirmed(office)
    assert done(*office.desk("show", third["application"]))["state"] == "refused: superseded"
    assert done(*office.desk("show", second["application"]))["state"] == "issued"


def test_a_number_that_changes_takes_the_card_of_before_with_it(office: Lab) -> None:
    """By the insurer's records: whose number it was."""
    approved(office)
    first = done(*issue(office))
    number = "2850399000004"
    office.people(nir=number, former=[NIR])
    confirmed(office, nir=number)
    done(*proof(office, number))
    done(*on(office, "decide"))
    done(*issue(office))
    assert done(*office.desk("show", first["application"]))["revocation"] == "done"


def test_an_application_ends_by_itself(office: Lab) -> None:
    application = requested(office)
    with later(30 * 86_400):
        assert done(*office.desk("show", application["application"]))["state"] == "expired"


def test_what_a_desk_needs(lab: Lab) -> None:
    assert "desk new" in misused(*lab.submit())
    with_wrong = ("desk", "new", "--issuer", lab / "issuer")
    assert "passphrase is wrong" in misused(*with_wrong, stdin=typed("another"))
    assert done(*with_wrong, stdin=typed(PASSPHRASE))["result"] == "made"
    assert "already" in misused(*lab.desk("new"))
    assert "people.json" in misused(*lab.submit())
    assert "--nobody" in misused(*on(lab, "proof", "--method", "counter", "--nobody", "--nir-file", lab / "numbers"))
    lab.people()
    assert refused(*lab.desk("show", "0" * 64)) == "application-state"
    assert "No such file" in misused(*lab.desk("show", "0" * 63))


def faults() -> Iterator[tuple[object, str]]:
    own = PEOPLE[0]
    yield {}, "not a JSON list"
    yield [1], "person 1 is not a JSON object"
    yield [own, {**own, "reference": "person-9"}], "the same reference, or the same number"
    yield [own, {**own, "nir": FATHERS_NIR}], "the same reference, or the same number"
    yield [{**own, "quality": "child", "policyholder": "nobody"}], '"policyholder": is not in the file'
    yield [{**own, "nir": NIR + "00"}], '"nir": the key does not fit'
    yield [{**own, "nir": 1}], '"nir": is not a text'
    yield [{**own, "mail": "../../etc/passwd"}], '"mail": is not an e-mail address'
    yield [{**own, "mail": "a/b@example.org"}], '"mail": is not an e-mail address'
    yield [{**own, "mail": 1}], '"mail": is not an e-mail address'
    yield [{**own, "birth_date": "5 March"}], '"birth_date": is not a day'
    yield [{**own, "birth_date": None}], '"birth_date": is missing'
    yield [{**own, "former": NIR}], '"former": is not a list'
    yield [{**own, "former": [1]}], '"former": is not a text'
    yield [{**own, "former": [NIR]}], "not one that they had before"
    yield [{**own, "account": 1}], '"account": is neither true nor false'
    yield [{**own, "enrolment": "counter"}], '"enrolment": is no field of a person'


@pytest.mark.parametrize(("content", "complaint"), list(faults()))
def test_records_not_in_form(lab: Lab, content: object, complaint: str) -> None:
    done(*lab.desk("new"))
    (lab / "issuer" / "people.json").write_text(json.dumps(content))
    found = misused(*lab.submit())
    assert complaint in found
    assert NIR not in found.replace(" ", "")


def test_for_a_person_each_verb_says_how_it_stands(office: Lab) -> None:
    requested(office)
    said = [
        run(*office.submit()),
        run(*on(office, "send-code")),
        run(*on(office, "confirm"), stdin=typed(office.letter())),
        run(*proof(office)),
        run(*on(office, "decide")),
        run(*issue(office)),
        run(*on(office, "show")),
    ]
    assert {answer.status for answer in said} == {DONE}
    words = [answer.out.split(":")[0] for answer in said]
    assert words == ["REQUESTED", "REQUESTED", "CONFIRMED", "PROOFED", "APPROVED", "ISSUED", "ISSUED"]


# --- a revocation that cannot be done


@pytest.fixture
def put_back(office: Lab) -> tuple[Lab, str, str]:
    """A desk whose register was put back to before the first card of two; that card, and its application."""
    register = office / "issuer" / "register.sqlite"
    done(*office.desk("show", approved(office)["application"]))  # makes the register, with no card in it
    before = register.read_bytes()
    first = done(*issue(office))
    shutil.copy(register, office / "register.later")
    register.write_bytes(before)
    approved(office)
    return office, first["card"], first["application"]


def test_the_desk_goes_on_where_a_revocation_can_never_succeed(put_back: tuple[Lab, str, str]) -> None:
    """The new card is handed out, what cannot be done is told by each verb from then on, and each does its own work."""
    office, card, _ = put_back
    complaint = (
        f"vitaletoken: card {card} was replaced and could not be revoked, so that it is still in force: "
        "no card of that id was issued here\n"
    )
    answer = run(*issue(office), "--json")
    assert (answer.status, answer.json["state"], answer.err) == (DONE, "issued", complaint), "told at once"
    verbs = (
        (office.submit(), DONE),
        (on(office, "show"), DONE),
        (on(office, "send-code"), REFUSED),
        (issue(office), DONE),
        (office.desk("show", "0" * 64), REFUSED),
    )
    for verb, status in verbs:
        answer = run(*verb)
        assert (answer.status, answer.err) == (status, complaint), "and each time, once"


def test_what_stays_due_is_seen_until_it_is_done(put_back: tuple[Lab, str, str]) -> None:
    office, card, application = put_back
    assert done(*office.desk("settle")) == {"result": "settled", "due": []}
    done(*issue(office))
    others = done(*office.desk("show", application))
    assert (others["state"], others["revocation"]) == ("issued", "due")
    for _ in range(2):
        answer = run(*office.desk("settle"), "--json")
        assert answer.status == REFUSED
        assert answer.json == {
            "result": "due",
            "due": [{"application": application, "card": card, "reason": "no card of that id was issued here"}],
        }
    said = run(*office.desk("settle"))
    assert said.status == REFUSED
    assert application in said.out
    assert card in said.out
    shutil.copy(office / "register.later", office / "issuer" / "register.sqlite")  # a better copy was found
    answer = run(*office.desk("settle"))
    assert (answer.status, answer.out, answer.err) == (DONE, "SETTLED: nothing is due\n", "")
    assert done(*office.desk("show", application))["revocation"] == "done"


def test_the_others_are_settled_all_the_same(put_back: tuple[Lab, str, str]) -> None:
    """What is over ends, and other cards that were replaced are revoked."""
    office, card, _ = put_back
    done(*issue(office))
    waiting = requested(office, nir=FATHERS_NIR)
    with later(30 * 86_400):
        answer = run(*office.desk("settle"), "--json")
        assert [each["card"] for each in answer.json["due"]] == [card]
        assert done(*office.desk("show", waiting["application"]))["state"] == "expired"
