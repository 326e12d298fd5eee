"""A card that another person acts with: lent from phone to phone, and through the issuer; and each refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.lab import (
    CODE,
    DONE,
    OTHER_CODE,
    REFUSED,
    SESSION,
    WRONG_CODE,
    WRONG_USAGE,
    Lab,
    done,
    later,
    misused,
    refused,
    run,
    typed,
)

HOUR, DAY = 3_600, 86_400


@pytest.fixture
def two(lab: Lab) -> Lab:
    """A lab with another person's phone."""
    lab.lent_to()
    return lab


def here(lab: Lab, text: str, *options: object) -> tuple[object, ...]:
    return lab.verify("--delegates", "--purpose", "dispensing", "--session", SESSION, *options, text)


def ordered(lab: Lab, *options: object) -> tuple[object, ...]:
    """The card through the issuer, on its way to the other phone."""
    to = lab.introduced()
    done(*lab.lending("lend", to, "--yes", "--out", lab / "order.cbor", *options), stdin=typed(CODE))
    paths = ("--issuer", lab / "issuer", "--order", lab / "order.cbor", "--out", lab / "lent.cbor")
    return ("issuer", "lend", *paths, "--introduction", to, *lab.keys)


def taken(lab: Lab, credential: str = "lent.cbor") -> tuple[object, ...]:
    return ("phone", "accept", "--phone", lab / "other", "--credential", lab / credential, *lab.keys)


def not_lent(*argv: object, stdin: bytes) -> str:
    """The complaint, after what was shown."""
    answer = run(*argv, stdin=stdin)
    assert (answer.status, answer.out) == (WRONG_USAGE, "")
    return answer.err.splitlines()[-1]


def lent(lab: Lab) -> Any:
    return done("phone", "lent", "--phone", lab / "phone", *lab.keys)["loans"]


def test_from_phone_to_phone(two: Lab) -> None:
    text = two.granted()
    assert text.startswith("VTD1:")
    received = done(*two.receive(text))
    assert (received["kind"], received["lent"]["name"], received["lent"]["way"]) == ("lent", "Nora Petit", "grant")
    assert received["family_name"] == "Lefebvre-Moreau"
    seen = done(*here(two, two.acted()))
    assert seen["delegate"] == {"name": "Nora Petit", "way": "grant", "until": received["lent"]["until"]}
    assert seen["proofs"] == ["issuer", "device", "code"]
    (loan,) = lent(two)
    assert (loan["name"], loan["way"], loan["purposes"], loan["categories"]) == (
        *("Nora Petit", "grant", ["dispensing"]),
        None,
    )
    with later(DAY):
        assert lent(two) == []
        assert run("phone", "lent", "--phone", two / "phone", *two.keys).out == "Nothing is lent\n"
        present = ("phone", "present", "--phone", two / "other", *two.keys)
        assert refused(*present, stdin=typed(OTHER_CODE)) == "grant-over"


def test_who_acts_is_said_first_and_in_words(two: Lab) -> None:
    text = two.granted("--category", "pharmacy")
    received = run(*two.receive(text))
    assert "You act as Nora Petit, until 20" in received.out
    assert "For dispensing; at: pharmacy" in received.out
    lines = [line.strip() for line in run(*here(two, two.acted())).out.splitlines()]
    assert lines[:3] == ["ACCEPTED", "", "ACTING FOR THE PERSON BELOW: NORA PETIT"]
    assert lines[3].startswith("The card was lent to them from phone to phone, offline, until 20")
    assert lines.index("LEFEBVRE-MOREAU Camille Élise") > 4
    assert "device (this is the phone that it was lent to)" in lines
    assert not any("enrolled phone" in line for line in lines)


def test_through_the_issuer(two: Lab) -> None:
    made = done(*ordered(two, "--for", "10d"))
    accepted = done(*taken(two))
    assert (accepted["card"], accepted["lent"]["way"]) == (made["card"], "issuer")
    assert accepted["expires"] == accepted["lent"]["until"] == made["expires"]
    assert "lent through the insurer" in run(*taken(two)).out, "the same again"
    two.publish()
    done(*two.sync())
    answer = run(*here(two, two.acted()))
    assert "The card was lent to them through the insurer, until 20" in answer.out
    assert done(*here(two, two.acted()))["delegate"]["way"] == "issuer"
    assert lent(two)[0]["way"] == "issuer"


def test_a_lent_card_is_revoked_by_itself(two: Lab) -> None:
    done(*ordered(two))
    done(*taken(two))
    done("issuer", "revoke", "--issuer", two / "issuer", "--credential", two / "lent.cbor", *two.keys)
    two.publish()
    done(*two.sync())
    assert refused(*here(two, two.acted())) == "card-revoked"
    assert done(*two.verify(two.text()))["delegate"] is None


def test_what_was_lent_through_the_issuer_is_listed_and_revoked_by_the_list(two: Lab) -> None:
    """A card that was handed to somebody whose phone is not at hand is found by the one that it was lent from."""
    listed = ("issuer", "lent-from", "--issuer", two / "issuer", *two.keys)
    own = ("--credential", two / "card.cbor")
    before = done(*listed, *own)
    assert before["cards"] == []
    card = done(*ordered(two))["card"]
    done(*taken(two))
    assert done(*listed, *own) == {**before, "cards": [card]}
    assert done(*listed, "--card", before["card"])["cards"] == [card]
    answer = run(*listed, *own)
    assert answer.out.splitlines()[1:] == [card]
    assert done(*listed, "--card", card)["cards"] == [], "nothing is lent from what was lent"
    assert done(*listed, "--card", "00" * 8)["cards"] == [], "nor from what was never issued"
    assert "16 hex digits" in misused(*listed, "--card", "00")
    assert "required" in misused(*listed)
    (two / "loans").write_text(answer.out)
    done("issuer", "revoke", "--issuer", two / "issuer", "--cards", two / "loans", *two.keys)
    two.publish()
    done(*two.sync())
    assert refused(*here(two, two.acted())) == "card-revoked"
    assert done(*listed, *own)["cards"] == [card]


def test_grants_are_withdrawn_and_can_be_given_anew(two: Lab) -> None:
    done(*two.receive(two.granted()))
    done(*here(two, two.acted()))
    with later(10):
        two.change("withdraw-delegations")
        assert refused(*here(two, two.acted())) == "delegations-withdrawn"
        assert done(*two.verify(two.text()))["result"] == "accepted"
    with later(3 * DAY):
        two.change("lend-anew")
        text = two.granted()
        handle = done(*two.receive(text))["handle"]
        assert done(*here(two, two.acted("--card", handle)))["delegate"]["name"] == "Nora Petit"


def test_for_nothing_else_and_nowhere_else(two: Lab) -> None:
    done(*two.receive(two.granted("--category", "hospital")))
    answer = run(*here(two, two.acted()))
    assert (answer.status, answer.code) == (REFUSED, "delegation-scope")
    assert "for other places than this terminal is certified for" in answer.out
    handle = done(*two.receive(two.granted()))["handle"]
    assert refused(*here(two, two.acted("--card", handle), "--purpose", "admission")) == "delegation-scope"
    assert done(*here(two, two.acted("--card", handle)))["delegate"]


def test_a_terminal_is_what_its_certificates_say(two: Lab) -> None:
    """GRANT-3: one that has none is of no category."""
    done(*two.receive(two.granted("--category", "pharmacy")))
    assert done(*here(two, two.acted()))["delegate"]
    for path in (two / "terminal" / "certificates").iterdir():
        path.unlink()
    assert refused(*here(two, two.acted())) == "delegation-scope"
    two.certified(category="other")
    assert refused(*here(two, two.acted())) == "delegation-scope"


def test_where_nobody_may_act_for_another(two: Lab) -> None:
    done(*two.receive(two.granted()))
    answer = run(*two.verify("--purpose", "dispensing", two.acted()))
    assert (answer.status, answer.code) == (REFUSED, "delegation-not-allowed")
    assert "Where it is allowed, say --delegates." in answer.out


def test_without_the_code_and_with_a_wrong_one(two: Lab) -> None:
    done(*two.receive(two.granted()))
    present = ("phone", "present", "--phone", two / "other", *two.keys)
    assert "with the personal code" in misused(*present, "--no-code")
    assert refused(*present, stdin=typed(CODE)) == "code-wrong", "the code of who lends is none here"


def test_a_grant_is_for_one_phone(two: Lab) -> None:
    text = two.granted()
    stolen = ("phone", "receive", "--phone", two / "phone", text, *two.keys)
    assert refused(*stolen) == "grant-not-mine"
    done(*ordered(two))
    mine = ("phone", "accept", "--phone", two / "phone", "--credential", two / "lent.cbor", *two.keys)
    assert refused(*mine) == "credential-not-mine"


def test_an_introduction_is_for_ten_minutes_and_not_for_oneself(two: Lab) -> None:
    to = two.introduced()
    with later(600):
        assert refused(*two.lending("grant", to, "--yes"), stdin=typed(CODE)) == "introduction-time"
    own = done("phone", "introduce", "--phone", two / "phone", "--name", "Camille", *two.keys, stdin=typed(CODE))[
        "text"
    ]
    assert "not lent to the phone that it is on" in not_lent(*two.lending("grant", own, "--yes"), stdin=typed(CODE))


def test_a_lent_card_is_not_lent_on(two: Lab) -> None:
    """GRANT-2."""
    done(*two.receive(two.granted()))
    introduce = ("phone", "introduce", "--phone", two / "phone", "--name", "Camille", *two.keys)
    to = done(*introduce, stdin=typed(CODE))["text"]
    on = ("phone", "grant", "--phone", two / "other", "--to", to, "--for", "1d", "--purpose", "dispensing", "--yes")
    assert "no card" in not_lent(*on, *two.keys, stdin=typed(OTHER_CODE))


def test_the_person_is_shown_the_name_and_asked(two: Lab) -> None:
    to = two.introduced("Nora Petit")
    for verb, more in (("grant", ()), ("lend", ("--out", two / "order.cbor"))):
        answer = run(*two.lending(verb, to, *more), stdin=typed("n"))
        assert (answer.status, answer.out) == (REFUSED, "DECLINED: nothing was signed\n")
        assert "it is Nora Petit's. Nobody has checked the name." in answer.err
        assert "for 24 hours, for dispensing; anywhere" in answer.err
    assert not (two / "order.cbor").exists()
    assert lent(two) == []
    assert run(*two.lending("grant", to), stdin=typed("y", CODE)).status == DONE
    assert len(lent(two)) == 1


def test_how_long_and_what_for(two: Lab) -> None:
    to = two.introduced()
    for verb, longest, more in (("grant", 3, ()), ("lend", 30, ("--out", two / "order.cbor"))):
        too_long = two.lending(verb, to, "--yes", "--for", f"{longest * DAY + 1}s", *more)
        assert f"--for is 1 second to {longest} days" in misused(*too_long, stdin=typed(CODE))
        assert done(*two.lending(verb, to, "--yes", "--for", f"{longest}d", *more), stdin=typed(CODE))
        assert "length of time" in misused(*two.lending(verb, to, "--for", "long", *more))
    assert refused(*two.lending("grant", to, "--yes"), stdin=typed(WRONG_CODE)) == "code-wrong"
    assert "standard input" in misused(*two.lending("grant", "-", "--yes"), stdin=typed(CODE))
    text = run(*two.lending("grant", to, "--yes", "--out", "x.gif"), stdin=typed(CODE))
    assert "--out ends in one of" in text.err


def test_by_pictures(two: Lab, tmp_path: Path) -> None:
    introduce = (
        "phone",
        "introduce",
        "--phone",
        two / "other",
        "--name",
        "Nora Petit",
        "--argon2",
        "cheapest",
        *two.keys,
    )
    done(*introduce, "--out", tmp_path / "introduction.png", stdin=typed(OTHER_CODE))
    grant = two.lending("grant", str(tmp_path / "introduction.png"), "--yes", "--out", tmp_path / "lent.png")
    shown = done(*grant, stdin=typed(CODE))
    assert shown["qr"]["error"] == "L"
    assert shown["qr"]["version"] <= 20
    for what, code in (("introduction.png", "grant-text"), ("lent.png", "introduction-text")):
        wrong = (
            two.receive(tmp_path / what)
            if code == "grant-text"
            else two.lending("grant", str(tmp_path / what), "--yes")
        )
        assert refused(*wrong, stdin=typed(CODE)) == code
    assert done(*two.receive(tmp_path / "lent.png"))["lent"]["name"] == "Nora Petit"
    assert "No such file" in misused(*two.receive(tmp_path / "nothing"))


def test_an_introduction_by_its_file_at_the_issuer(two: Lab, tmp_path: Path) -> None:
    command = list(ordered(two))
    at = command.index("--introduction") + 1
    (tmp_path / "introduction.txt").write_text(str(command[at]))
    first = done(*command)
    command[at] = tmp_path / "introduction.txt"
    assert done(*command)["card"] == first["card"], "the same order, the same card"
    command[at] = two.introduced("Nora Grand")
    assert refused(*command) == "order-introduction"


def test_a_care_sheet_that_a_delegate_has_signed(two: Lab) -> None:
    done(*two.receive(two.granted("--purpose", "billing")))
    challenge = two.asked("--transaction", two / "sheet.json", "--line", "Ordonnance", "--amount", "26.50")
    text = two.acted("--to", challenge, "--yes")
    decide = two.decide(text, "--delegates", "--profile", "pharmacy-counter", "--keep", two / "kept")
    assert done(*decide)["delegate"]["name"] == "Nora Petit"
    kept = ("--challenge", two / "kept" / "challenge.cbor", "--presentation", two / "kept" / "presentation.cbor")
    lists = ("--roots", two / "roots.cbor", "--trust", two / "trust.cbor")
    check = ("care-sheet", "verify", *lists, *kept, two / "sheet.json")
    assert done(*check)["delegate"]["way"] == "grant"
    answer = run(*check)
    assert "ACTING FOR THE PERSON BELOW: NORA PETIT" in answer.out
    assert "Signed          by the phone of who acts and with the personal code" in answer.out


def test_the_delegates_phone_lists_what_it_has(two: Lab) -> None:
    done(*two.receive(two.granted()))
    done(*ordered(two))
    done(*taken(two))
    listed = ("phone", "cards", "--phone", two / "other", *two.keys)
    found = done(*listed)
    assert [card["lent"]["way"] for card in found["cards"]] == ["grant", "issuer"]
    assert {each["name"] for each in found["introductions"]} == {"Nora Petit"}
    said = run(*listed).out
    assert said.count("LEFEBVRE-MOREAU Camille Élise, lent to you") == 2
    assert "introduction as Nora Petit, of 20" in said
    assert (
        "is lent to Nora Petit, through the insurer, until 20"
        in run("phone", "lent", "--phone", two / "phone", *two.keys).out
    )
