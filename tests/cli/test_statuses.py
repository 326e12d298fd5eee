"""What becomes of cards, in batches, and its way to the terminals."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.lab import CODE, DONE, Lab, done, later, misused, refused, run, typed


def change(lab: Lab, verb: str, *options: object) -> tuple[object, ...]:
    return ("issuer", verb, "--issuer", lab / "issuer", *options, *lab.keys)


def another_card(lab: Lab) -> str:
    """Of somebody else; the phone keeps its own."""
    lab.person(reference="person-2", given_names=["Alix"])
    lab.offer()
    done(*lab.enrol(), stdin=typed(CODE))
    return str(done(*lab.issue())["card"])


def test_a_batch_from_files(lab: Lab) -> None:
    (first,) = done(*change(lab, "suspend", "--credential", lab / "card.cbor"))["cards"]
    second = another_card(lab)
    (lab / "ids").write_text(f"# found in a drawer\n\n{first}\n  {second.upper()}  # theirs\n{first}\n")
    answer = run(*change(lab, "revoke", "--cards", lab / "ids", "--card", second))
    assert answer.out == "2 cards: revoked; now publish: vitaletoken issuer publish\n"
    lab.publish()
    done(*lab.sync())
    for card in (first, second):
        assert "revoked card stays" in misused(*change(lab, "restore", "--card", card))


def test_all_of_a_batch_or_none(lab: Lab) -> None:
    card = another_card(lab)
    assert "no card" in misused(*change(lab, "revoke", "--card", card, "--card", "00" * 8))
    assert done(*change(lab, "suspend", "--card", card))["cards"] == [card], "it was not revoked"
    assert done(*change(lab, "restore", "--card", card))["result"] == "restore"


@pytest.mark.parametrize("content", ["00" * 7, "zz" * 8, "card", "é", f"{'00' * 8} {'00' * 8}"])
def test_ids_not_in_form_name_the_line(lab: Lab, content: str) -> None:
    (lab / "ids").write_text(f"\n{content}\n", encoding="utf-8")
    complaint = misused(*change(lab, "revoke", "--cards", lab / "ids"))
    assert "ids, line 2" in complaint or "list of card ids" in complaint
    assert "which cards" in misused(*change(lab, "revoke"))
    (lab / "ids").write_text("# none\n")
    assert "which cards" in misused(*change(lab, "revoke", "--cards", lab / "ids"))


def test_delegations_withdrawn_leave_the_card_valid(lab: Lab) -> None:
    answer = run(*change(lab, "withdraw-delegations", "--credential", lab / "card.cbor"))
    assert "without the delegations granted so far" in answer.out
    assert lab.publish()["bytes"]["delta"] is not None
    assert done(*lab.sync())["issuers"]["fr-cnam"]["outcome"] == "deltas"
    assert run(*lab.verify(lab.text())).status == DONE


def test_a_publication(lab: Lab) -> None:
    before = lab.publish()["sequence"]
    published = lab.publish("--ttl", "12h", "--lifetime", "3d")
    assert (published["issuer"], published["lists"]) == ("fr-cnam", 1)
    assert published["sequence"] >= before + 1
    assert published["sequence"] >= published["as_of"] // 60
    assert published["expires"] - published["as_of"] == 3 * 86_400
    assert published["ttl"] == 43_200
    sizes = published["bytes"]
    assert sizes["snapshot"] == (lab.served / "snapshot.cbor").stat().st_size
    assert [path.stat().st_size for path in (lab.served / "list").iterdir()] == [sizes["lists"]]
    assert len(list((lab.served / "delta").iterdir())) == 2, "those that lead to the one before stay"
    delta = next(path for path in (lab.served / "delta").iterdir() if path.stat().st_size == sizes["delta"])
    assert done("inspect", delta)["kind"] == "status delta"
    assert "length of time" in misused(*change(lab, "publish", "--mirror", lab / "mirror", "--ttl", "soon"))
    with later(-3_600):
        assert "still to come" in misused(*change(lab, "publish", "--mirror", lab / "mirror"))


def test_more_lists(lab: Lab) -> None:
    def grow(number: str) -> tuple[object, ...]:
        return change(lab, "publish", "--mirror", lab / "mirror", "--lists", number)

    answer = run(*grow("3"))
    assert "3 lists" in answer.out
    assert done(*lab.sync())["issuers"]["fr-cnam"]["outcome"] == "deltas", "new lists have nothing in them yet"
    assert "never fewer" in misused(*grow("2"))
    assert lab.publish()["lists"] == 3, "from now on"
    for number in ("0", "5000"):
        assert "1 to 4096" in misused(
            "issuer", "new", "--id", "x", "--name", "x", "--lists", number, "--out", lab / "x", *lab.keys
        )
    assert "1 to 4096" in misused(*grow("5000"))
    many = ("issuer", "new", "--id", "x", "--name", "x", "--lists", "2", "--out", lab / "x", *lab.keys)
    done(*many)
    assert done("issuer", "publish", "--issuer", lab / "x", "--mirror", lab / "m", *lab.keys)["lists"] == 2


def test_second_signatures(empty_lab: Lab) -> None:
    lab = empty_lab
    done("root", "new", "--post-quantum", "--out", lab / "root", *lab.keys)
    made = done(
        "issuer", "new", "--post-quantum", "--id", "fr-cnam", "--name", "CNAM", "--out", lab / "issuer", *lab.keys
    )
    assert made["post_quantum_kid"] != made["kid"]
    done("trust", "propose", "--root", lab / "root", "--issuer", lab / "issuer", "--out", lab / "proposal.cbor")
    assert lab.signed()["post_quantum"] is True
    done("trust", "roots", lab / "trust.cbor", "--out", lab / "roots.cbor")
    assert lab.publish()["post_quantum"] is True
    lab.terminal("--post-quantum")
    assert done(*lab.sync())["result"] == "synced"
    assert done(*lab.status())["result"] == "ready"


def test_without_second_signatures_where_they_are_required(lab: Lab) -> None:
    done("terminal", "new", "--post-quantum", "--roots", lab / "roots.cbor", "--out", lab / "strict", *lab.keys)
    assert refused(*lab.sync("strict")) == "trust-list-post-quantum"
    assert not (lab / "strict" / "trust.cbor").exists()


def test_the_key_in_use_changes_hands(lab: Lab) -> None:
    before = Path(lab / "issuer" / "issuer.json").read_text()
    new = done(*change(lab, "next-key"))["next_kid"]
    assert "already" in misused(*change(lab, "next-key"))
    lab.trust("--issuer", lab / "issuer" / "issuer.json")
    assert done(*lab.sync())["trust_list"]["outcome"] == "new"
    switched = done("issuer", "switch-key", "--issuer", lab / "issuer")
    assert switched["kid"] == new
    assert "no next key" in misused("issuer", "switch-key", "--issuer", lab / "issuer")
    lab.publish()
    assert done(*lab.sync())["issuers"]["fr-cnam"]["outcome"] == "deltas"
    assert run(*lab.verify(lab.text())).status == DONE, "a card of the key before"
    assert Path(lab / "issuer" / "issuer.json").read_text() != before
    (lab / "wrong").write_text("another passphrase\n")
    wrong = ("issuer", "next-key", "--issuer", lab / "issuer", "--passphrase-file", lab / "wrong")
    assert "passphrase is wrong" in misused(*wrong)


def test_a_key_that_no_terminal_knows_yet(lab: Lab) -> None:
    done(*change(lab, "next-key"))
    done("issuer", "switch-key", "--issuer", lab / "issuer")
    lab.publish()
    answer = run(*lab.sync())
    assert answer.out.startswith("NOT ALL UPDATED")
    assert "snapshot-issuer" in answer.out
    assert run(*lab.verify(lab.text())).status == DONE, "what was held stays in use"


def test_a_mirror_that_was_lost(lab: Lab) -> None:
    """The register is there, the publications are not: terminals go on with the next one."""
    revoked = change(lab, "revoke", "--credential", lab / "card.cbor")
    for _ in range(2):
        lab.publish()
    done(*lab.sync())
    shutil.rmtree(lab / "mirror" / "status")
    done(*revoked)
    with later(180):
        assert lab.publish()["bytes"]["delta"] is None
        assert done(*lab.sync())["issuers"]["fr-cnam"]["outcome"] == "lists"
        assert refused(*lab.verify(lab.text())) == "card-revoked"


def test_lent_anew(lab: Lab) -> None:
    card = ("--credential", lab / "card.cbor")
    done(*change(lab, "withdraw-delegations", *card))
    assert "count again" in misused(*change(lab, "restore", *card))
    assert "can be lent again" in run(*change(lab, "lend-anew", *card)).out
    lab.publish()
    done(*lab.sync())
    assert run(*lab.verify(lab.text())).status == DONE
