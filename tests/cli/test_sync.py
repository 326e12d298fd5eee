"""What a terminal knows: fetched from a mirror that nobody trusts, how old it is, and what is said about it."""

from __future__ import annotations

import shutil

import pytest

from tests.cli.lab import DONE, REFUSED, WRONG_USAGE, Lab, done, later, misused, refused, run

HOUR, DAY = 3_600, 86_400


def revoke(lab: Lab) -> None:
    done("issuer", "revoke", "--issuer", lab / "issuer", "--credential", lab / "card.cbor", *lab.keys)


def test_a_revocation_arrives_as_a_delta(lab: Lab) -> None:
    assert run(*lab.verify(lab.text())).status == DONE
    revoke(lab)
    published = lab.publish()
    delta = published["bytes"]["delta"]
    snapshot = (lab.served / "snapshot.cbor").stat().st_size
    synced = done(*lab.sync())
    update = synced["issuers"]["fr-cnam"]
    assert (update["outcome"], update["number"]) == ("deltas", published["sequence"])
    assert (update["bytes"], update["refusals"], update["missing"]) == (snapshot + delta, [], [])
    assert synced["trust_list"]["outcome"] == "held"
    assert synced["bytes"] == snapshot + delta + (lab / "trust.cbor").stat().st_size
    assert refused(*lab.verify(lab.text())) == "card-revoked"
    again = run(*lab.sync())
    assert (again.status, again.out.splitlines()[0]) == (DONE, "UPDATED")
    assert again.out.count("nothing newer there") == 2


def test_a_delta_that_is_damaged_costs_a_whole_list(lab: Lab) -> None:
    revoke(lab)
    lab.publish()
    (delta,) = (lab.served / "delta").iterdir()
    delta.write_bytes(delta.read_bytes()[:-1])
    answer = run(*lab.sync())
    assert "new, by whole lists" in answer.out
    assert "delta-structure" in answer.out
    assert refused(*lab.verify(lab.text())) == "card-revoked"


def test_a_mirror_that_goes_back_or_falls_apart(lab: Lab) -> None:
    shutil.copytree(lab / "mirror", lab / "yesterday", symlinks=True)
    lab.trust()
    lab.change("revoke")
    back = run("terminal", "sync", "--terminal", lab / "terminal", lab / "yesterday", "--json")
    assert back.status == REFUSED
    assert back.json["result"] == "incomplete"
    assert back.json["trust_list"]["refusals"] == ["trust-list-rollback"]
    assert back.json["issuers"]["fr-cnam"]["refusals"] == ["snapshot-rollback"]
    assert refused(*lab.verify(lab.text())) == "card-revoked"

    (lab / "mirror" / "trust" / "newest.cbor").write_bytes(b"not a trust list")
    shutil.rmtree(lab / "mirror" / "status")
    broken = run(*lab.sync())
    assert (broken.status, broken.out.splitlines()[0]) == (REFUSED, "NOT ALL UPDATED: what was held stays in use")
    assert "not there     status/fr-cnam/snapshot.cbor" in broken.out
    assert refused(*lab.verify(lab.text())) == "card-revoked"
    assert "not a directory" in misused("terminal", "sync", "--terminal", lab / "terminal", lab / "nowhere")


def test_the_first_time_what_is_wrong_is_said(lab: Lab) -> None:
    lab.other_terminal()
    shutil.rmtree(lab / "terminal2")
    done("terminal", "new", "--roots", lab / "roots.cbor", "--out", lab / "terminal2", *lab.keys)
    assert "load" in misused("terminal", "status", "--terminal", lab / "terminal2")
    data = (lab / "mirror" / "trust" / "newest.cbor").read_bytes()
    (lab / "mirror" / "trust" / "newest.cbor").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert refused(*lab.sync("terminal2")) == "trust-list-signature"
    (lab / "mirror" / "trust" / "newest.cbor").unlink()
    assert "has no trust/newest.cbor" in misused(*lab.sync("terminal2"))


def test_ready(lab: Lab) -> None:
    answer = run(*lab.status())
    assert (answer.status, answer.out.splitlines()[0]) == (DONE, "READY")
    for line in ("Clock", "Trust list", "fr-cnam", "Certificate"):
        assert f"\n  {line}" in answer.out
    told = done(*lab.status())
    assert told["trust_list"]["version"] == 1
    assert told["issuers"]["fr-cnam"]["due"] - told["issuers"]["fr-cnam"]["as_of"] == DAY
    assert told["issuers"]["fr-cnam"]["until"] - told["issuers"]["fr-cnam"]["as_of"] == 7 * DAY
    assert told["clock"]["floor"] == told["issuers"]["fr-cnam"]["as_of"]
    assert (told["refused"], told["cautions"]) == ([], [])


@pytest.mark.parametrize(
    ("after", "grace", "head", "words", "verdict"),
    [
        (DAY - HOUR, (), "READY", "", "ACCEPTED"),
        (DAY + HOUR, (), "READY, WITH CAUTION", "should have come by now", "ACCEPTED WITH CAUTION"),
        (
            DAY + HOUR,
            ("--status-grace", "2h"),
            "READY, WITH CAUTION",
            "should have come by now",
            "ACCEPTED WITH CAUTION",
        ),
        (DAY + 3 * HOUR, ("--status-grace", "2h"), "EVERY CARD IS REFUSED", "too old", "status-too-old"),
        (8 * DAY, (), "EVERY CARD IS REFUSED", "too old", "status-expired"),
        (31 * DAY, (), "EVERY CARD IS REFUSED", "trust list has expired", "trust-list-expired"),
    ],
)
def test_older_and_older(lab: Lab, after: int, grace: tuple[str, ...], head: str, words: str, verdict: str) -> None:
    with later(after):
        status = run(*lab.status(*grace))
        assert status.out.startswith(head)
        assert words in status.out
        assert status.status == (REFUSED if head.startswith("EVERY") else DONE)
        decision = run(*lab.verify(*grace, lab.text()))
    if decision.status == DONE:
        assert decision.out.splitlines()[0] == verdict
        return
    assert decision.code == verdict
    assert decision.out.startswith("USE THE PLASTIC CARD\n")
    assert "It is this terminal that must be put right" in decision.out


def test_a_trust_list_that_ends_soon(lab: Lab) -> None:
    lab.trust("--days", "4")
    lab.publish("--ttl", "5d")
    done(*lab.sync())
    with later(DAY + HOUR):
        assert run(*lab.verify(lab.text())).out.startswith(
            "ACCEPTED WITH CAUTION\n  Caution: this terminal will soon refuse every card"
        )
        assert done(*lab.verify(lab.text()))["reasons"] == ["trust-list-ending"]
        assert done(*lab.verify(lab.text(), "--trust-notice", "1d"))["reasons"] == []
        assert "unless a new trust list comes" in run(*lab.status()).out
        assert done(*lab.status("--trust-notice", "1d"))["result"] == "ready"


def test_rights_that_were_confirmed_long_ago(lab: Lab) -> None:
    lab.publish("--ttl", "7d", "--lifetime", "14d")
    done(*lab.sync())
    with later(5 * DAY):
        assert done(*lab.verify(lab.text()))["grade"] == "full"
        answer = run(*lab.verify(lab.text(), "--rights-age", "3"))
        assert answer.out.startswith("ACCEPTED WITH CAUTION\n  Caution: the rights were last confirmed on ")
        assert done(*lab.verify(lab.text(), "--rights-age", "5"))["reasons"] == []
        assert done(*lab.verify(lab.text(), "--profile", "hospital-admission", "--rights-age", "3"))["reasons"] == [
            "rights-old"
        ]
    assert "not below 0" in misused(*lab.verify(lab.text(), "--rights-age", "-1"))


def test_a_clock_set_back(lab: Lab) -> None:
    text = lab.text()
    with later(-365 * DAY):
        answer = run(*lab.verify(text))
        assert answer.code == "clock-behind"
        assert answer.out.startswith("USE THE PLASTIC CARD\n")
        status = run(*lab.status())
        assert (status.status, status.out.splitlines()[0]) == (
            REFUSED,
            "EVERY CARD IS REFUSED: ask for plastic cards until this is put right",
        )
        assert "TO DO           The clock is 36" in status.out
        synced = run(*lab.sync())
        assert "WARNING         The clock of this terminal is behind" in synced.out
    assert run(*lab.verify(text)).status == DONE, "set right again"


def test_a_clock_set_far_ahead(lab: Lab) -> None:
    with later(365 * DAY):
        answer = run(*lab.sync(), "--json")
        assert set(answer.json["warnings"]) == {"all-old", "trust-list-expired"}
        assert "this clock is ahead" in run(*lab.status()).out
    assert run(*lab.verify(lab.text())).status == DONE


def test_cards_of_one_of_two_issuers(lab: Lab) -> None:
    other = ("issuer", "new", "--id", "fr-msa", "--name", "MSA", "--out", lab / "msa", *lab.keys)
    done(*other)
    lab.trust("--issuer", lab / "msa")
    answer = run(*lab.sync())
    assert (answer.status, answer.out.splitlines()[0][:7]) == (REFUSED, "NOT ALL")
    status = run(*lab.status())
    assert status.status == REFUSED
    assert status.out.startswith("CARDS OF fr-msa ARE REFUSED: ask for their plastic cards\n")
    assert run(*lab.verify(lab.text())).status == DONE
    done("issuer", "publish", "--issuer", lab / "msa", "--mirror", lab / "mirror", *lab.keys)
    done(*lab.sync())
    assert done(*lab.status())["result"] == "ready"


def test_a_failing_store_is_no_update(lab: Lab) -> None:
    (lab / "terminal" / "status.sqlite").write_bytes(b"not a database, but long enough to look like one" * 100)
    for verb in (lab.sync(), lab.status(), lab.verify(lab.text())):
        answer = run(*verb)
        assert answer.status == WRONG_USAGE
        assert "database" in answer.err
