"""What a phone's owner does over the years: cards listed, deleted and renewed, the code changed, a phone unlocked."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.cli.lab import CODE, DONE, OTHER_CODE, WRONG_CODE, Lab, done, later, misused, refused, run, typed
from tests.cli.records import TWINS
from vitaletoken.wire.credential import parse_credential

NEW_CODE = "482915"


def phone(lab: Lab, verb: str, *options: object) -> tuple[object, ...]:
    return ("phone", verb, "--phone", lab / "phone", *options, *lab.keys)


def cards(lab: Lab) -> Any:
    return done(*phone(lab, "cards"))


def renewed(lab: Lab, renewal: Path, *options: object, out: str = "renewed") -> Any:
    shutil.rmtree(lab / out, ignore_errors=True)
    paths = ("--issuer", lab / "issuer", "--renewal", renewal, "--out", lab / out)
    return done("issuer", "renew", *paths, *options, *lab.keys)


def accept(lab: Lab, *options: object, out: str = "renewed") -> tuple[object, ...]:
    return phone(lab, "accept", "--renewed", lab / out, *options)


def with_child(lab: Lab) -> tuple[str, str]:
    """A second card, a child's. The handles of both."""
    own = cards(lab)["cards"][0]["handle"]
    lab.person(reference="twin-1", given_names=["Alix"], quality="child", policyholder="person-1")
    (lab / "numbers").write_text(f"{TWINS[0]}\n")
    lab.offer()
    done(*lab.enrol("--child"), stdin=typed(CODE))
    done(*lab.issue())
    return own, done(*lab.accept())["handle"]


def test_what_is_on_the_phone(lab: Lab) -> None:
    lab.text()
    (card,) = cards(lab)["cards"]
    assert (card["kind"], card["family_name"], card["presentations"]) == ("own", "Lefebvre-Moreau", 1)
    assert (card["views"], card["stock"], card["lent"]) == (["minimal", "billing"], 1, None)
    lab.offer()
    done(*lab.enrol(), stdin=typed(CODE))
    refused(*lab.present(), stdin=typed(WRONG_CODE))
    said = run(*phone(lab, "cards")).out.splitlines()
    assert said[0] == f"{card['handle']}  LEFEBVRE-MOREAU Camille Élise, your own"
    assert said[1].startswith("  until 20")
    assert said[2].endswith(", waits for its card")
    assert said[-1] == "Code: 1 of 10 tries have failed"
    all_of_it = cards(lab)
    assert [each["kind"] for each in all_of_it["enrolments"]] == ["own"]
    assert (all_of_it["code"]["failed_tries"], all_of_it["code"]["locked"], all_of_it["due"]) == (1, False, [])
    with later(12 * 86_400):
        assert cards(lab)["due"] == [card["handle"]]
        assert f"To be renewed: {card['handle']} (vitaletoken phone renew)" in run(*phone(lab, "cards")).out


def test_a_card_is_deleted_and_with_the_last_one_the_code(lab: Lab) -> None:
    own, child = with_child(lab)
    assert done(*phone(lab, "delete", child))["code"] is True
    assert "no card" in misused(*phone(lab, "delete", child))
    answer = run(*phone(lab, "delete", own))
    assert answer.out == f"Deleted {own}, and the code with it: a new one can be chosen\n"
    assert run(*phone(lab, "cards")).out == "Nothing is on this phone\n"
    assert cards(lab)["code"] is None
    lab.offer()
    done(*lab.enrol(), stdin=typed(NEW_CODE))


def test_a_card_is_renewed_with_a_stock(lab: Lab) -> None:
    before = cards(lab)["cards"][0]
    assert done(*phone(lab, "renew", "--out", lab / "renewal.cbor"), stdin=typed(CODE))["result"] == "made"
    made = renewed(lab, lab / "renewal.cbor", "--stock", "3")
    assert (made["files"], len(made["cards"])) == (6, 3), "both views of each"
    answered = done(*accept(lab))
    assert (answered["handle"], answered["stock"], answered["code_changed"]) == (before["handle"], 3, False)
    assert answered["expires"] == max(made["cards"].values()) > before["expires"]
    assert done(*accept(lab)) == answered, "the same again changes nothing"
    lab.publish()
    done(*lab.sync())
    assert done(*lab.verify(lab.text()))["grade"] == "full"
    with later(20 * 86_400):
        assert cards(lab)["cards"][0]["card"] == list(made["cards"])[1]
    assert run(*accept(lab)).out.startswith(f"ACCEPTED: card {before['handle']} renewed, until ")


def test_whose_renewal_it_is(lab: Lab) -> None:
    own, child = with_child(lab)
    assert own in misused(*phone(lab, "renew", "--out", lab / "renewal.cbor"), stdin=typed(CODE))
    done(*phone(lab, "renew", "--card", child, "--out", lab / "renewal.cbor"), stdin=typed(CODE))
    renewed(lab, lab / "renewal.cbor")
    assert own in misused(*accept(lab))
    assert refused(*accept(lab, "--card", own)) == "credential-not-mine"
    assert done(*accept(lab, "--card", child))["handle"] == child


def test_what_does_not_go_together(lab: Lab) -> None:
    assert "--billing goes with --credential" in misused(*accept(lab, "--billing", lab / "card-billing.cbor"))
    assert "--card goes with --renewed" in misused(*lab.accept("--card", "0"))
    assert "there already" in misused(*phone(lab, "change-code", "--out", lab / "issuer"), stdin=typed(CODE, NEW_CODE))
    paths = ("--issuer", lab / "issuer", "--renewal", lab / "offer.cbor", "--out", lab / "issuer")
    assert "there already" in misused("issuer", "renew", *paths, *lab.keys)


def test_the_code_is_changed_when_every_card_is_answered(lab: Lab) -> None:
    own, child = with_child(lab)
    change = phone(lab, "change-code", "--out", lab / "change")
    assert refused(*change, stdin=typed(WRONG_CODE, NEW_CODE)) == "code-wrong"
    assert refused(*change, stdin=typed(CODE, "123456")) == "code-weak"
    assert not (lab / "change").exists()
    asked = done(*change, stdin=typed(CODE, NEW_CODE))
    assert asked["renewals"] == {own: [f"{own}.cbor"], child: [f"{child}.cbor"]}
    assert cards(lab)["code"]["change_waits_for"] == [own, child]
    again = done(*phone(lab, "change-code", "--again", "--out", lab / "again"))
    assert again["renewals"] == asked["renewals"]
    assert (lab / "again" / f"{own}.cbor").read_bytes() == (lab / "change" / f"{own}.cbor").read_bytes()

    renewed(lab, lab / "change" / f"{own}.cbor")
    first = run(*accept(lab, "--card", own))
    assert f"The new code waits for the answer for {child}" in first.out
    assert refused(*lab.present("--card", own), stdin=typed(NEW_CODE)) == "code-wrong"
    renewed(lab, lab / "change" / f"{child}.cbor")
    last = done(*accept(lab, "--card", child))
    assert (last["code_changed"], last["change_waits_for"]) == (True, [])
    assert refused(*lab.present("--card", own), stdin=typed(CODE)) == "code-wrong"
    lab.publish()
    done(*lab.sync())
    text = done(*lab.present("--card", own), stdin=typed(NEW_CODE))["text"]
    assert done(*lab.verify(text))["failed_tries"] == 2, "a change gives none back"
    assert done(*phone(lab, "change-code", "--again", "--out", lab / "nothing"))["renewals"] == {}


def test_the_code_of_a_phone_with_no_card_of_its_own_is_changed_at_once(lab: Lab) -> None:
    lab.lent_to()
    lab.introduced()
    change = ("phone", "change-code", "--phone", lab / "other", "--out", lab / "change", *lab.keys)
    answer = run(*change, stdin=typed(OTHER_CODE, NEW_CODE))
    assert (answer.status, answer.out) == (DONE, "The new code counts from now on\n")
    assert not (lab / "change").exists()


def give_up(lab: Lab) -> tuple[object, ...]:
    return phone(lab, "give-up-code-change")


def test_a_change_of_the_code_is_given_up(lab: Lab) -> None:
    """By who knows the code that is in force; then that stays, and another change may begin."""
    assert "no change of the personal code is under way" in misused(*give_up(lab), stdin=typed(CODE))
    done(*phone(lab, "change-code", "--out", lab / "change"), stdin=typed(CODE, NEW_CODE))
    another = phone(lab, "change-code", "--out", lab / "another")
    assert "another personal code is under way" in misused(*another, stdin=typed(CODE, OTHER_CODE))
    for wrong in (WRONG_CODE, NEW_CODE):
        assert refused(*give_up(lab), stdin=typed(wrong)) == "code-wrong"
    assert cards(lab)["code"]["change_waits_for"]
    answer = run(*give_up(lab), stdin=typed(CODE))
    assert (answer.status, answer.out.split(".")[0]) == (DONE, "The old code stays the code")
    assert not cards(lab)["code"]["change_waits_for"]
    done(*lab.present(), stdin=typed(CODE))
    done(*another, stdin=typed(CODE, OTHER_CODE))
    assert done(*give_up(lab), stdin=typed(CODE)) == {"result": "given-up"}


def test_a_change_that_was_answered_is_not_given_up(lab: Lab) -> None:
    own, _ = with_child(lab)
    done(*phone(lab, "change-code", "--out", lab / "change"), stdin=typed(CODE, NEW_CODE))
    renewed(lab, lab / "change" / f"{own}.cbor")
    done(*accept(lab, "--card", own))
    assert "the other answers have to come" in misused(*give_up(lab), stdin=typed(CODE))


def unlock(lab: Lab, *which: object) -> tuple[object, ...]:
    paths = ("--issuer", lab / "issuer", "--nonce", lab / "nonce", "--out", lab / "unlock.cbor")
    return ("issuer", "unlock", *paths, *which, *lab.keys)


def test_a_locked_phone_is_unlocked_once(lab: Lab) -> None:
    ahead = 0
    for _ in range(10):
        ahead += 86_400
        with later(ahead):
            assert refused(*lab.present(), stdin=typed(WRONG_CODE)) == "code-wrong"
    with later(ahead + 86_400):
        assert refused(*lab.present(), stdin=typed(CODE)) == "code-locked"
        assert refused(*lab.present("--no-code")) == "code-locked"
        assert "LOCKED until the issuer unlocks it" in run(*phone(lab, "cards")).out
        done(*phone(lab, "ask-unlock", "--out", lab / "nonce"))
        by_id = unlock(lab, "--card", cards(lab)["cards"][0]["card"])
        assert done(*by_id)["message"] == str(lab / "unlock.cbor")
        assert run(*phone(lab, "unlock", lab / "unlock.cbor")).out.startswith("UNLOCKED")
        assert refused(*phone(lab, "unlock", lab / "unlock.cbor")) == "unlock-nonce"
        assert done(*lab.present(), stdin=typed(CODE))["result"] == "presented"


def test_an_unlock_is_for_the_card_of_now(lab: Lab) -> None:
    old = parse_credential((lab / "card.cbor").read_bytes()).unverified_claims.cti.hex()
    done(*phone(lab, "renew", "--out", lab / "renewal.cbor"), stdin=typed(CODE))
    renewed(lab, lab / "renewal.cbor")
    done(*accept(lab))
    done(*phone(lab, "ask-unlock", "--out", lab / "nonce"))
    assert done(*unlock(lab, "--credential", lab / "renewed" / "1.cbor"))["card"] != old
    done(*phone(lab, "unlock", lab / "unlock.cbor"))
    assert "no card of that id" in misused(*unlock(lab, "--card", "0" * 16))
    assert "16 hex digits" in misused(*unlock(lab, "--card", "1"))
