"""The desk that says who it is and asks, the phone that looks first, and the answer: both sides through files."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.lab import (
    CODE,
    DONE,
    PHARMACY,
    REFUSED,
    SESSION,
    SHEET,
    Lab,
    done,
    later,
    misused,
    refused,
    run,
    typed,
    waited,
)
from tests.cli.records import FATHERS_NIR, NIR
from vitaletoken.adapters.system import SystemMonotonicClock
from vitaletoken.wire.text import parse_text, serialize_text

# Asking and verifying are two processes here, which share a clock only where the system says which start of it this is.
pytestmark = pytest.mark.skipif(
    SystemMonotonicClock().read().era != SystemMonotonicClock().read().era, reason="no boot id on this system"
)


def review(lab: Lab, what: object) -> tuple[object, ...]:
    return ("phone", "review", "--phone", lab / "phone", what)


def kept(lab: Lab) -> str:
    """A co-signed answer, verified and kept; its text."""
    text = lab.answer(lab.asked(*lab.billing()))
    done(*lab.decide(text, "--keep", lab / "kept"))
    return text


def check(lab: Lab, sheet: Path, **changes: Path) -> tuple[object, ...]:
    parts = {
        "challenge": lab / "kept" / "challenge.cbor",
        "presentation": lab / "kept" / "presentation.cbor",
        **changes,
    }
    lists = ("--roots", lab / "roots.cbor", "--trust", lab / "trust.cbor")
    return ("care-sheet", "verify", *lists, *(x for name, path in parts.items() for x in (f"--{name}", path)), sheet)


def test_a_bill_from_challenge_to_verdict(lab_of_each: Lab) -> None:
    lab = lab_of_each
    asked = done(*lab.challenge(*lab.billing(), "--out", lab / "challenge.png"))
    assert (asked["purposes"], asked["view"], asked["sealed"], asked["lifetime"]) == (["billing"], "billing", True, 120)
    assert asked["qr"]["version"] <= 14

    seen = done(*review(lab, lab / "challenge.png"))
    assert seen["certificate"]["name"] == PHARMACY
    assert (seen["certificate"]["categories"], seen["warnings"]) == (["pharmacy"], ["billing-view"])
    assert seen["challenge"]["transaction"]["line"] == "Ordonnance, 3 articles"
    assert seen["challenge"]["transaction"]["amount"] == 2650

    present = lab.present("--to", lab / "challenge.png", "--yes", "--out", lab / "answer.png")
    shown = done(*present, stdin=typed(CODE))
    assert (shown["binding"], shown["view"], shown["sealed"]) == ("challenge", "billing", True)
    assert shown["qr"]["version"] <= 17

    decided = done(*lab.decide(lab / "answer.png", "--profile", "pharmacy-counter"))  # type: ignore[arg-type]
    assert (decided["binding"], decided["sealed"], decided["purpose"]) == ("challenge", True, "billing")
    assert (decided["nir"], decided["policyholder_nir"]) == (NIR, None)
    assert decided["transaction"] == hashlib.sha256(SHEET).hexdigest()
    assert decided["grade"] == "full"


def test_what_a_person_sees_at_the_desk(lab: Lab) -> None:
    text = lab.answer(lab.asked(*lab.billing()))
    plain, with_number = (run(*lab.decide(text, *options)) for options in ((), ("--show-nir",)))
    lines = [line.strip() for line in plain.out.splitlines()]
    assert (lines[0], lines[2]) == ("ACCEPTED", "LEFEBVRE-MOREAU Camille Élise")
    assert "Bound           challenge: made for this visit; sealed" in lines
    assert "Co-signed       Ordonnance, 3 articles: 26.50 EUR" in lines
    assert "Number (NIR)    received; --show-nir shows it" in lines
    assert NIR not in plain.out
    assert f"Number (NIR)    {NIR}, key " in with_number.out


def test_what_a_person_sees_on_the_phone(lab: Lab) -> None:
    answer = run(*review(lab, lab.asked(*lab.billing())))
    assert answer.status == DONE
    lines = [line.strip() for line in answer.out.splitlines()]
    assert lines[0] == "GENUINE, WITH CAUTION"
    assert lines[1] == "Caution: it asks for the insurance number (NIR)."
    assert lines[3] == PHARMACY
    assert "Establishment   690012345, pharmacy" in lines
    assert "You sign        Ordonnance, 3 articles: 26.50 EUR" in lines
    assert "Answer          within 120 s; sealed: nobody else can read it" in lines


def test_every_warning(lab: Lab) -> None:
    open_text = lab.asked("--unsealed")
    assert done(*review(lab, open_text))["warnings"] == ["not-sealed"]
    with later(301):
        warned = run(*review(lab, open_text))
        assert done(*review(lab, open_text))["warnings"] == ["clock-differs", "not-sealed"]
    assert warned.out.splitlines()[1:3] == [
        "  Caution: the terminal's clock and this phone's differ by more than five minutes.",
        "  Caution: whoever films the answer can read it.",
    ]
    assert run(*review(lab, lab.asked())).out.startswith("GENUINE\n")


def test_a_person_says_no(lab: Lab) -> None:
    challenge = lab.asked(*lab.billing())
    for typed_answer in ("n", "", "what?"):
        answer = run(*lab.present("--to", challenge), stdin=typed(typed_answer, CODE))
        assert (answer.status, answer.out) == (REFUSED, "DECLINED: nothing was signed\n")
        assert PHARMACY in answer.err, "shown before anything is asked"
        assert "Answer this terminal?" in answer.err
    assert run(*lab.present("--to", challenge, "--json"), stdin=typed("n")).json["result"] == "declined"
    assert "has ended" in run(*lab.present("--to", challenge)).err
    agreed = run(*lab.present("--to", challenge, "--out", "-"), stdin=typed("oui", CODE))
    assert agreed.out.startswith("VTS1:")
    counters = done(*lab.present(), stdin=typed(CODE))["counter"]
    assert counters == 2, "nothing was signed for those that were declined"


def test_the_number_is_declined(lab: Lab) -> None:
    text = lab.answer(lab.asked(*lab.billing()), "--minimal")
    answer = run(*lab.decide(text))
    assert answer.status == DONE
    assert "Number (NIR)    not given" in answer.out
    seen = done(*lab.decide(text))
    assert (seen["view"], seen["nir"], seen["sealed"]) == ("minimal", None, True)
    assert seen["transaction"] == hashlib.sha256(SHEET).hexdigest()


def test_a_childs_care_is_billed_under_another_number(lab: Lab) -> None:
    lab.person(reference="person-2", given_names=["Alix"], quality="child", policyholder="person-1")
    lab.offer()
    done(*lab.enrol(), "--child", stdin=typed(CODE))
    (lab / "numbers").write_text(f"{NIR}\n{FATHERS_NIR}\n")
    done(*lab.issue_views())
    handle = done(*lab.accept_views())["handle"]
    text = lab.answer(lab.asked(*lab.billing()), "--card", handle)
    out = run(*lab.decide(text, "--show-nir")).out
    assert f"  Number (NIR)    {NIR}, key " in out
    assert f"  Billed under    {FATHERS_NIR}, key " in out
    seen = done(*lab.decide(text))
    assert (seen["nir"], seen["policyholder_nir"]) == (NIR, FATHERS_NIR)


def test_a_sticker_and_a_qr_for_it_alone(lab: Lab) -> None:
    sticker = lab.sticker()
    assert (lab / "sticker.svg").read_text().startswith("<?xml")
    seen = run(*review(lab, sticker)).out
    assert "nothing yet: this is the sticker" in seen
    text = lab.answer(sticker)
    lab.other_terminal()
    identify = ("--session", SESSION, "--profile", "pharmacy-counter")
    assert refused("verify", "--terminal", lab / "terminal2", *identify, text) == "context-mismatch"
    assert done(*lab.verify(*identify, text))["binding"] == "audience"
    assert refused(*lab.verify(*identify, lab.text())) == "binding-too-weak"
    assert refused(*lab.decide(lab.answer(sticker), "--profile", "pharmacy-counter")) == "binding-too-weak"


def test_an_answer_is_good_here_now_and_once(lab: Lab) -> None:
    challenge = lab.asked(*lab.billing())
    first, second = lab.answer(challenge), lab.answer(challenge)
    lab.other_terminal()
    assert refused(*lab.decide(first, terminal="terminal2")) == "seal-unknown"
    lab.asked(*lab.billing(), terminal="terminal2")
    assert refused(*lab.decide(first, terminal="terminal2")) == "seal-broken"
    assert refused(*lab.decide(first, "--purpose", "records")) == "purpose-mismatch"
    assert done(*lab.decide(first))["repeated"] is False
    assert done(*lab.decide(first))["repeated"] is True
    assert refused(*lab.decide(second)) == "challenge-answered"
    third = lab.answer(lab.asked(*lab.billing()))  # takes the place of the one before
    assert refused(*lab.decide(first)) == "seal-broken"
    with waited(120):  # each verb starts the terminal anew, and what is over is then gone
        assert refused(*lab.decide(third)) == "seal-unknown"
    assert refused(*lab.decide(third)) == "seal-unknown"


def test_the_session_has_to_be_said(lab: Lab) -> None:
    text = lab.answer(lab.asked())
    answer = run(*lab.verify(text))
    assert (answer.status, answer.code) == (REFUSED, "seal-unknown")
    assert "say --session" in answer.out
    assert "--session" not in run(*lab.verify("--session", "another", text)).out


def test_garbled_by_a_keyboard(lab: Lab) -> None:
    from tests.cli.test_verify import GARBLE

    garbled = lab.answer(lab.asked()).translate(GARBLE)
    assert garbled.startswith("VTS&M")
    assert done(*lab.decide("-"), stdin=f"{garbled}\r\n".encode())["sealed"] is True


def test_a_care_sheet_checked_later(lab: Lab) -> None:
    kept(lab)
    assert stat.S_IMODE((lab / "kept").stat().st_mode) == 0o700
    answer = run(*check(lab, lab / "sheet.json"))
    assert answer.status == DONE
    lines = [line.strip() for line in answer.out.splitlines()]
    assert (lines[0], lines[2]) == ("CO-SIGNED", "LEFEBVRE-MOREAU Camille Élise")
    assert "Care sheet      Ordonnance, 3 articles: 26.50 EUR" in lines
    assert "Signed          by the enrolled phone and with the personal code" in lines
    data = done(*check(lab, lab / "sheet.json"))
    assert (data["result"], data["amount"], data["user_verification"]) == ("co-signed", 2650, "code")
    assert data["certificate"]["establishment"] == "690012345"
    assert NIR not in answer.out + str(data)


def test_what_is_no_care_sheet(lab: Lab) -> None:
    kept(lab)
    (lab / "other.json").write_bytes(SHEET.replace(b"2", b"8"))
    assert refused(*check(lab, lab / "other.json")) == "sheet-mismatch"
    (lab / "other.cbor").write_bytes(parse_text(lab.asked(*lab.billing()), "VTC1:"))
    assert refused(*check(lab, lab / "sheet.json", challenge=lab / "other.cbor")) == "context-mismatch"
    (lab / "other.cbor").write_bytes(parse_text(lab.text()))
    assert refused(*check(lab, lab / "sheet.json", presentation=lab / "other.cbor")) == "sheet-not-signed"
    assert misused(*check(lab, lab / "nothing.json"))


def test_only_what_co_signs_is_kept_and_nothing_is_written_over(lab: Lab) -> None:
    done(*lab.verify("--keep", lab / "kept", lab.text()))
    done(*lab.decide(lab.answer(lab.asked("--unsealed")), "--keep", lab / "kept"))
    assert not (lab / "kept").exists()
    co_signed = lab.billing()[2:]  # in the minimal view
    text = lab.answer(lab.asked("--unsealed", *co_signed))
    done(*lab.decide(text, "--keep", lab / "kept"))
    assert (lab / "kept" / "presentation.cbor").read_bytes() == parse_text(text)
    assert "nothing was verified" in misused(*lab.decide(text, "--keep", lab / "kept"))


def test_a_phone_refuses_before_it_signs(lab: Lab) -> None:
    challenge = lab.asked(*lab.billing())
    message = bytearray(parse_text(challenge, "VTC1:"))
    message[-1] ^= 1
    forged = serialize_text(bytes(message), "VTC1:")
    for text, code in (
        (forged, "challenge-signature"),
        (challenge[:-1], "terminal-text"),
        (lab.text(), "terminal-text"),
        ("VTT1:", "certificate-structure"),
        ("VTC1:", "challenge-structure"),
    ):
        assert refused(*review(lab, text)) == code
        assert refused(*lab.present("--to", text, "--yes"), stdin=typed(CODE)) == code
    with later(40 * 86_400):
        assert refused(*review(lab, challenge)) == "certificate-authority", "its trust list has expired"
    assert done(*lab.present(), stdin=typed(CODE))["counter"] == 2, "one presentation was made above, for lab.text()"


def test_pictures_for_a_phone(lab: Lab) -> None:
    done(*lab.present("--out", lab / "card.png"), stdin=typed(CODE))
    assert refused(*review(lab, lab / "card.png")) == "terminal-text"
    (lab / "bad.png").write_bytes(b"\x89PNG")
    assert refused(*review(lab, lab / "bad.png")) == "scan-unreadable-image"
    done(*lab.challenge("--out", lab / "challenge.png"))
    assert refused(*lab.verify(lab / "challenge.png")) == "scan-no-card-code"
    picture = (lab / "challenge.png").read_bytes()
    assert done(*review(lab, "-"), stdin=picture)["result"] == "genuine"


def test_who_may_ask_for_the_number(lab: Lab) -> None:
    lab.other_terminal(category="other", name="Mairie du Marché")
    assert "right to it" in misused(*lab.challenge("--view", "billing", terminal="terminal2"))
    assert "right to it" in misused(*lab.challenge("--view", "billing", "--unsealed"))
    assert done(*lab.challenge(terminal="terminal2"))["view"] == "minimal"


def test_a_terminal_without_a_certificate(lab: Lab) -> None:
    with later(366 * 86_400):
        assert "no certificate" in misused(
            "terminal", "sticker", "--terminal", lab / "terminal", "--out", lab / "s.svg"
        )
        assert "no certificate" in misused(*lab.challenge())
    assert not (lab / "s.svg").exists()


def test_one_certificate_takes_the_place_of_another(lab: Lab) -> None:
    old = lab.answer(lab.sticker())
    with later(1):
        lab.certified(name="Pharmacie de la Gare et du Port")
        assert done(*review(lab, lab.sticker()))["certificate"]["name"] == "Pharmacie de la Gare et du Port"
        assert done(*lab.verify("--session", "1", old))["binding"] == "audience", "the old one still counts"


def test_certificates_that_are_not_kept(lab: Lab) -> None:
    lab.other_terminal()
    assert "another terminal" in misused(*lab.certificate())
    (lab / "certificate.cbor").write_bytes(b"\x80")
    assert refused(*lab.certificate()) == "certificate-structure"
    assert "certifies: pharmacy, other" in misused(*lab.certify(category="doctor"))
    assert "in form" in misused(*lab.certify(name="x" * 65))
    assert "in form" in misused(*lab.certify(establishment="1" * 21))
    assert "text" in misused(*lab.certify(name=""))
    assert "in form" in misused(*lab.certify(), "--days", "0")


def test_authorities_not_in_form(empty_lab: Lab) -> None:
    new = ("authority", "new", "--out", empty_lab / "authority", *empty_lab.keys)
    assert "--id" in misused(*new, "--id", "FR", "--name", "x", "--category", "doctor")
    assert "text" in misused(*new, "--id", "fr", "--name", "", "--category", "doctor")
    assert misused(*new, "--id", "fr", "--name", "x", "--category", "baker")
    assert misused(*new, "--id", "fr", "--name", "x")
    assert not (empty_lab / "authority").exists()


def test_environments_are_apart(empty_lab: Lab) -> None:
    empty_lab.make_trust()
    empty_lab.terminal("--environment", "production")
    assert "environment" in misused(*empty_lab.certify())
    other = ("--id", "fr-x", "--name", "X", "--category", "other", "--environment", "production")
    done("authority", "new", *other, "--out", empty_lab / "other", *empty_lab.keys)
    after = ("--after", empty_lab / "trust.cbor", "--out", empty_lab / "proposal.cbor")
    assert "environment" in misused("trust", "propose", *after, "--authority", empty_lab / "other")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--line", "x"), "go together"),
        (("--amount", "1.00"), "go together"),
        (("--lifetime", "0"), "in form"),
        (("--lifetime", "121"), "in form"),
        (("--purpose", "curiosity"), "curiosity"),
        (("--out", "challenge.jpg"), ".png"),
    ],
)
def test_challenges_not_in_form(lab: Lab, options: tuple[str, ...], complaint: str) -> None:
    assert complaint in misused(*lab.challenge(*options))


@pytest.mark.parametrize("amount", ["26", "26.5", "26.505", "-1.00", "1000000.00", "²6.50", "26.50 EUR", ""])
def test_amounts_not_in_form(lab: Lab, amount: str) -> None:
    sheet = ("--transaction", lab / "sheet.json", "--line", "x", f"--amount={amount}")
    assert "26.50" in misused(*lab.challenge(*sheet))


def test_options_that_do_not_go_together(lab: Lab) -> None:
    text = lab.text()
    for option, value in (("--least-binding", "open"), ("--least-user-verification", "code"), ("--skew-limit", "60")):
        assert "says it all" in misused(*lab.verify("--profile", "doctors-office", option, value, text))
    assert "go with --to" in misused(*lab.present("--yes"), stdin=typed(CODE))
    assert "go with --to" in misused(*lab.present("--minimal"), stdin=typed(CODE))
    assert "standard input" in misused(*lab.present("--to", "-"), stdin=typed(CODE))
    assert done(*lab.verify(text))["result"] == "accepted"


@pytest.mark.parametrize(
    ("profile", "purpose", "options", "verdict"),
    [
        ("doctors-office", "identification", ("--no-code", "--user-verification", "device-unlock"), None),
        ("doctors-office", "records", (), "binding-too-weak"),
        ("home-visit-offline", "identification", ("--no-code",), None),
        ("home-visit-offline", "billing", (), "binding-too-weak"),
        ("hospital-admission", "admission", ("--no-code",), None),
        ("hospital-admission", "identification", ("--no-code",), "user-verification-too-weak"),
        ("pharmacy-counter", "identification", (), "binding-too-weak"),
    ],
)
def test_profiles(lab: Lab, profile: str, purpose: str, options: tuple[str, ...], verdict: str | None) -> None:
    text = done(*lab.present(*options), stdin=typed(CODE))["text"]
    verify = lab.verify("--profile", profile, "--purpose", purpose, text)
    assert refused(*verify) == verdict if verdict else done(*verify)["purpose"] == purpose


def test_a_terminal_that_asks_for_more(lab: Lab) -> None:
    assert refused(*lab.verify("--least-binding", "audience", lab.text())) == "binding-too-weak"
    data: Any = done(*lab.verify("--least-binding", "audience", lab.answer(lab.sticker())))
    assert data["binding"] == "audience"
