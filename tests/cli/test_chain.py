"""The verbs chained as a person would, from nothing to an accepted QR."""

from __future__ import annotations

import stat

import pytest

from tests.cli.lab import CODE, DONE, REFUSED, WRONG_CODE, WRONG_USAGE, Lab, done, misused, refused, run, typed

RESULT = {
    "issuer", "environment", "alias", "person", "quality", "policyholder", "scheme", "proofs", "user_verification",
    "binding", "counter", "failed_tries", "grade", "reasons", "skew", "rights_as_of", "status_as_of", "repeated",
    "purpose", "view", "sealed", "nir", "policyholder_nir", "transaction",
}  # fmt: skip
"""As vectors/README.md has it."""


def test_a_picture_is_accepted(lab_of_each: Lab) -> None:
    shown = done(*lab_of_each.present("--out", lab_of_each / "qr.png"), stdin=typed(CODE))
    assert set(shown["qr"]) == {"bytes", "characters", "version", "error"}
    assert shown["qr"]["error"] == "L"
    assert "text" not in shown
    seen = done(*lab_of_each.verify(lab_of_each / "qr.png"))
    assert set(seen) >= RESULT
    assert seen["result"] == "accepted"
    assert seen["decoder"] in {"zxing-cpp", "pyzbar"}
    assert seen["person"]["given_names"] == ["Camille", "Élise"]
    assert seen["scheme"] == [1, 751, 42]
    assert seen["proofs"] == ["issuer", "device", "code"]
    assert (seen["environment"], seen["grade"], seen["skew"], seen["repeated"]) == ("test", "full", 0, False)


def test_a_person_reads_the_beneficiary_first(lab: Lab) -> None:
    answer = run(*lab.verify(lab.text()))
    assert answer.status == DONE
    lines = [line.strip() for line in answer.out.splitlines()]
    assert lines[0] == "ACCEPTED"
    assert lines[2] == "LEFEBVRE-MOREAU Camille Élise"
    assert "Policyholder    the beneficiary" in lines
    assert "Scheme          01 751 0042, Assurance maladie (fr-cnam)" in lines


def test_a_childs_card_shows_the_policyholder_apart(lab: Lab) -> None:
    lab.person(
        reference="person-2", given_names=["Alix"], sex="male", quality="child", policyholder="person-1", birth_rank=2
    )
    lab.offer()
    done(*lab.enrol(), "--child", stdin=typed(CODE))
    done(*lab.issue())
    text = lab.text("--card", done(*lab.accept())["handle"])
    answer = run(*lab.verify("--session", "s", text))
    data = done(*lab.verify("--session", "s", text))
    assert data["quality"] == "child"
    assert data["repeated"] is True
    assert f"another person, alias {data['policyholder']}; the beneficiary is a child" in answer.out
    assert "Birth rank 2" in answer.out
    assert "person-1" not in answer.out


@pytest.mark.parametrize("ending", ["txt", "svg", "png"])
def test_out_by_its_ending(lab: Lab, ending: str) -> None:
    path = lab / f"qr.{ending}"
    assert run(*lab.present("--out", path), stdin=typed(CODE)).status == DONE
    start = {"txt": b"VT1:", "svg": b"<?xml", "png": b"\x89PNG"}[ending]
    assert path.read_bytes().startswith(start)
    if ending != "svg":
        assert run(*lab.verify(path)).status == DONE


def test_text_to_standard_output_and_on(lab: Lab) -> None:
    shown = run(*lab.present("--out", "-"), stdin=typed(CODE))
    assert shown.out.startswith("VT1:")
    assert run(*lab.verify("-"), stdin=shown.out.encode()).status == DONE


def test_qr_to_the_terminal(lab: Lab) -> None:
    dark = run(*lab.present(), stdin=typed(CODE)).out
    light = run(*lab.present("--light-background", "--print"), stdin=typed(CODE)).out
    assert "█" in dark
    assert "version 15-L" in dark.splitlines()[-1]
    assert light.splitlines()[-1].split(",")[1].endswith("-M")


def test_every_directory_is_private(lab: Lab) -> None:
    for name in ("root", "issuer", "authority", "phone", "terminal", "terminal/certificates"):
        assert stat.S_IMODE((lab / name).stat().st_mode) == 0o700
        for file in (lab / name).glob("*.key"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_the_code(lab: Lab) -> None:
    shown = done(*lab.present("--no-code", "--user-verification", "biometric"))
    assert refused(*lab.verify(shown["text"])) == "user-verification-too-weak"
    seen = run(*lab.verify("--least-user-verification", "biometric", shown["text"]))
    assert seen.status == DONE
    assert seen.out.startswith("ACCEPTED WITH CAUTION\n  Caution: the personal code was not asked for.")
    assert "code (" not in seen.out
    assert "--no-code" in misused(*lab.present("--user-verification", "biometric"))


def test_enrolment_is_for_one_phone(lab: Lab) -> None:
    card = (lab / "card.cbor").read_bytes()
    done(*lab.issue())
    assert (lab / "card.cbor").read_bytes() == card, "the same request, the same card"
    other = Lab(lab / "other")
    other.at.mkdir()
    other.prepare()
    done(
        "phone",
        "new",
        "--roots",
        lab / "roots.cbor",
        "--trust",
        lab / "trust.cbor",
        "--out",
        other / "phone",
        *lab.keys,
    )
    (other / "offer.cbor").write_bytes((lab / "offer.cbor").read_bytes())
    done(*other.enrol(), stdin=typed(CODE))
    assert refused(*lab.issue("--request", other / "request.cbor")) == "request-offer"
    assert refused("phone", "accept", "--phone", other / "phone", "--credential", lab / "card.cbor", *lab.keys) == (
        "credential-not-mine"
    )


def test_of_several_cards_one_is_named(lab: Lab) -> None:
    lab.person(reference="person-2", quality="child", policyholder="person-1")
    lab.offer()
    assert refused(*lab.enrol(), "--child", stdin=typed(WRONG_CODE)) == "code-wrong"
    done(*lab.enrol(), "--child", stdin=typed(CODE))
    done(*lab.issue())
    lab.text()
    handle = done(*lab.accept())["handle"]
    assert handle in misused(*lab.present(), stdin=typed(CODE))
    assert "no card with that handle" in misused(*lab.present("--card", "nobody"), stdin=typed(CODE))
    assert done(*lab.present("--no-code", "--card", handle))["counter"] == 1


def test_a_weak_code_is_refused(lab: Lab) -> None:
    lab.fresh_phone()
    lab.offer()
    assert refused(*lab.enrol(), stdin=typed("123456")) == "code-weak"
    assert refused(*lab.enrol(), stdin=typed("12345")) == "code-form"
    assert refused(*lab.enrol(), "--birth-date", "1979-12-31", stdin=typed("311279")) == "code-weak"
    assert "birth-date" in misused(*lab.enrol(), "--birth-date", "31/12/79", stdin=typed(CODE))


def test_every_argon2_profile_enrols(lab: Lab) -> None:
    """Once: a code keeps the one that it was chosen with."""
    lab.offer()
    profiles = ("default", "rfc9106-low-memory", "small-phone")
    for profile in profiles:
        lab.fresh_phone()
        assert done(*lab.enrol(), "--argon2", profile, stdin=typed(CODE))["argon2"] == profile
    assert "profile" in misused(*lab.enrol(), "--argon2", "default", stdin=typed(CODE))
    lab.fresh_phone()
    assert done(*lab.enrol(), "--argon2", "measured", stdin=typed(CODE))["argon2"] in profiles


def test_production_takes_no_test_keys(empty_lab: Lab) -> None:
    empty_lab.make_trust()
    lists = ("--roots", empty_lab / "roots.cbor", "--trust", empty_lab / "trust.cbor")
    new = ("phone", "new", *lists, "--environment", "production", "--out", empty_lab / "phone", *empty_lab.keys)
    assert refused(*new) == "trust-list-environment"
    assert not (empty_lab / "phone").exists()
    empty_lab.terminal("--environment", "production")
    answer = run(*empty_lab.sync())
    assert (answer.status, answer.code) == (REFUSED, "trust-list-environment")
    assert answer.out.startswith("USE THE PLASTIC CARD\n")
    owners = ("--root", empty_lab / "root", "--issuer", empty_lab / "issuer")
    out = ("--environment", "production", "--out", empty_lab / "t.cbor")
    assert "environment" in misused("trust", "propose", *owners, *out)


def test_the_cheapest_profile_is_for_tests(empty_lab: Lab) -> None:
    empty_lab.make_trust(environment="production")
    empty_lab.phone(1, "--environment", "production")
    empty_lab.offer()
    assert run(*empty_lab.enrol(), stdin=typed(CODE)).status == WRONG_USAGE
