"""The ceremony: proposed, checked, signed one by one, combined, published; roots that change; keys that are withdrawn."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.lab import CODE, DONE, REFUSED, Lab, done, later, misused, refused, run, typed
from vitaletoken.wire import cbor

NAMES = ("anne", "bernard", "chloe", "dora")


@pytest.fixture
def holders(empty_lab: Lab) -> Lab:
    """Four people with a root key each, and an issuer."""
    for name in NAMES:
        done("root", "new", "--out", empty_lab / name, *empty_lab.keys)
    done(
        "issuer",
        "new",
        "--id",
        "fr-cnam",
        "--name",
        "Assurance maladie",
        "--out",
        empty_lab / "issuer",
        *empty_lab.keys,
    )
    return empty_lab


def propose(lab: Lab, *options: object) -> Any:
    return done("trust", "propose", *options, "--out", lab / "proposal.cbor")


def first(lab: Lab, *options: object) -> Any:
    """Two of Anne, Bernard and Chloé must sign."""
    roots = [part for name in NAMES[:3] for part in ("--root", lab / name / "root.json")]
    return propose(lab, *roots, "--threshold", "2", "--issuer", lab / "issuer" / "issuer.json", *options)


def sign(lab: Lab, name: str, *options: object) -> tuple[object, ...]:
    signing = ("trust", "sign", "--root", lab / name, "--yes", *options, lab / "proposal.cbor")
    return (*signing, "--out", lab / f"by-{name}.cbor", *lab.keys)


def combine(lab: Lab, *names: str, after: bool = False) -> Any:
    """What ``names`` have signed, put together in trust.cbor."""
    options = ("--after", lab / "trust.cbor") if after else ()
    for name in names:
        done(*sign(lab, name, *options))
    parts = [lab / f"by-{name}.cbor" for name in names]
    return done("trust", "combine", *options, *parts, "--out", lab / "trust.cbor")


def publish(lab: Lab) -> tuple[object, ...]:
    return ("trust", "publish", "--mirror", lab / "mirror", lab / "trust.cbor")


def in_force(lab: Lab) -> None:
    """The first list, with Anne's and Bernard's signatures, and a terminal that has it."""
    first(lab)
    combine(lab, "anne", "bernard")
    done(*publish(lab))
    done("trust", "roots", lab / "trust.cbor", "--out", lab / "roots.cbor")
    lab.publish()
    lab.terminal()
    done(*lab.sync())


def test_two_of_three(holders: Lab) -> None:
    proposed = first(holders)
    assert (proposed["version"], proposed["environment"], proposed["complete"]) == (1, "test", False)
    assert combine(holders, "anne", "anne")["complete"] is False, "the same root twice counts once"
    assert refused(*publish(holders)) == "trust-list-signature"
    assert not (holders / "mirror").exists()
    assert refused("trust", "roots", holders / "trust.cbor", "--out", holders / "roots.cbor") == "trust-list-signature"
    combined = combine(holders, "anne", "bernard")
    (side,) = combined["signatures"]
    assert (side["needed"], len(side["signed"]), len(side["missing"])) == (2, 2, 1)
    assert combined["complete"] is True
    published = done(*publish(holders))
    assert published["digest"] == proposed["digest"]
    trust = holders / "mirror" / "trust"
    assert (
        (trust / "1.cbor").read_bytes() == (trust / "newest.cbor").read_bytes() == (holders / "trust.cbor").read_bytes()
    )
    roots = done("trust", "roots", holders / "trust.cbor", "--out", holders / "roots.cbor")
    assert (roots["threshold"], len(roots["kids"])) == (2, 3)


def test_one_after_the_other_on_one_file(holders: Lab) -> None:
    first(holders)
    done(*sign(holders, "anne"))
    passed_on = ("trust", "sign", "--root", holders / "chloe", "--yes", holders / "by-anne.cbor")
    assert done(*passed_on, "--out", holders / "trust.cbor", *holders.keys)["complete"] is True


def test_who_signs_reads_it_first(holders: Lab) -> None:
    first(holders)
    asking = [part for part in sign(holders, "anne") if part != "--yes"]
    answer = run(*asking, stdin=typed("n"))
    assert (answer.status, answer.out) == (REFUSED, "DECLINED: nothing was signed\n")
    for words in (
        "Roots that must sign: 2 of 3",
        "Issuer fr-cnam: Assurance maladie",
        "Fingerprint",
        "Sign this? [y/N]",
    ):
        assert words in answer.err
    assert not (holders / "by-anne.cbor").exists()
    assert run(*asking, stdin=typed("y")).status == DONE
    assert (holders / "by-anne.cbor").exists()


def test_it_is_said_what_it_says_and_who_is_missing(holders: Lab) -> None:
    kid = done("root", "new", "--post-quantum", "--out", holders / "eva", *holders.keys)
    eva = ("--root", holders / "eva" / "root.json")
    propose(holders, *eva, "--issuer", holders / "issuer")
    done(*sign(holders, "eva"))
    check = ("trust", "check", holders / "proposal.cbor")
    lines = run(*check).out.splitlines()
    assert lines[0] == "Trust list version 1, test"
    assert f"  Root {kid['kid']}: Ed25519" in lines
    assert f"  Root {kid['post_quantum_kid']}: ML-DSA-65" in lines
    assert f"    1 more of: {kid['kid']}" in lines
    assert lines[-1] == "NOT COMPLETE: signatures are missing"
    complete = run("trust", "check", holders / "by-eva.cbor").out
    assert complete.splitlines()[-1] == "COMPLETE: terminals that pinned these roots take it"
    fingerprint = done(*check)["digest"]
    assert fingerprint[:4] + " " + fingerprint[4:8] in complete
    assert done("trust", "check", holders / "by-eva.cbor")["post_quantum"] is True


def test_without_the_second_signature(holders: Lab) -> None:
    """A key holder whose ML-DSA-65 key is lost: terminals that require it are named."""
    done("root", "new", "--post-quantum", "--out", holders / "eva", *holders.keys)
    propose(holders, "--root", holders / "eva", "--issuer", holders / "issuer")
    profile = (holders / "eva" / "root.json").read_text()
    (holders / "eva" / "root.json").write_text(profile.replace("post_quantum_key", "lost"))
    signed = done(*sign(holders, "eva"))
    assert (signed["complete"], signed["post_quantum"]) == (True, False)
    assert "but for those that require ML-DSA-65" in run("trust", "check", holders / "by-eva.cbor").out


@pytest.mark.parametrize("written", [b"Assuranc\x1b[2Kladie", "Assurance\u202e\u2028ie".encode()])
def test_names_cannot_rewrite_what_is_shown(holders: Lab, written: bytes) -> None:
    """A proposal comes from somebody else's machine, and its texts are shown to who signs."""
    first(holders)
    proposal = (holders / "proposal.cbor").read_bytes()
    changed = proposal.replace(b"Assurance maladie", written)
    assert len(changed) == len(proposal)
    (holders / "proposal.cbor").write_bytes(changed)
    assert refused("trust", "check", holders / "proposal.cbor") == "trust-list-structure"


def test_keys_with_one_id_are_all_shown(holders: Lab) -> None:
    first(holders)
    proposal = cbor.decode((holders / "proposal.cbor").read_bytes(), 1 << 20)
    assert isinstance(proposal, dict)
    keys = proposal[6][0][3]
    keys.append({**keys[0], 4: keys[0][4] + 999_999})
    (holders / "proposal.cbor").write_bytes(cbor.encode(proposal))
    lines = run("trust", "check", holders / "proposal.cbor").out.splitlines()
    assert sum("for cards, status lists, enrolment offers" in line for line in lines) == 2


def test_a_stranger_does_not_sign(holders: Lab) -> None:
    first(holders)
    assert "not in the root set" in misused(*sign(holders, "dora"))
    for content, code in ((b"", "trust-list-structure"), (b"\x82\x40\x80", "trust-list-structure")):
        (holders / "proposal.cbor").write_bytes(content)
        assert refused(*sign(holders, "anne")) == code
        assert refused("trust", "check", holders / "proposal.cbor") == code


def test_what_is_put_together_is_one_list(holders: Lab) -> None:
    first(holders)
    done(*sign(holders, "anne"))
    with later(1):
        first(holders)
    done(*sign(holders, "bernard"))
    both = (holders / "by-anne.cbor", holders / "by-bernard.cbor")
    assert "another list" in misused("trust", "combine", *both, "--out", holders / "trust.cbor")
    damaged = bytearray((holders / "by-anne.cbor").read_bytes())
    damaged[-1] ^= 1
    (holders / "by-anne.cbor").write_bytes(damaged)
    assert "damaged" in misused("trust", "combine", holders / "by-anne.cbor", "--out", holders / "trust.cbor")


@pytest.mark.parametrize("threshold", ["0", "4", "-1"])
def test_a_threshold_that_cannot_be(holders: Lab, threshold: str) -> None:
    roots = [part for name in NAMES[:3] for part in ("--root", holders / name)]
    new = ("trust", "propose", *roots, "--issuer", holders / "issuer", "--out", holders / "proposal.cbor")
    assert "in form" in misused(*new, f"--threshold={threshold}")
    assert "in form" in misused(*new, "--root", holders / "anne")
    assert "in form" in misused("trust", "propose", "--issuer", holders / "issuer", "--out", holders / "proposal.cbor")
    assert not (holders / "proposal.cbor").exists()


def test_roots_rotate(holders: Lab) -> None:
    """Chloé leaves, Dora comes: both sets sign, and a terminal that slept through it follows."""
    lab = holders
    in_force(lab)
    shutil.copytree(lab / "terminal", lab / "sleeper")
    after = ("--after", lab / "trust.cbor")
    changed = propose(lab, *after, "--root", lab / "dora" / "root.json", "--retire-root", lab / "chloe" / "root.json")
    assert changed["version"] == 2
    assert [change["change"] for change in changed["changes"]] == ["added", "removed"]
    assert [side["whose"] for side in changed["signatures"]] == ["roots in force", "its own roots"]
    shutil.copy(lab / "trust.cbor", lab / "old.cbor")
    # Dora and Anne are enough for the new set, and not for the old one.
    for name in ("dora", "anne"):
        done(*sign(lab, name))
    parts = (lab / "by-dora.cbor", lab / "by-anne.cbor")
    half = done("trust", "combine", *after, *parts, "--out", lab / "half.cbor")
    assert half["code"] == "trust-list-signature"
    assert refused("trust", "publish", "--mirror", lab / "mirror", lab / "half.cbor") == "trust-list-signature"
    # Who leaves signs for the old set, and says so.
    assert "--after" in misused(*sign(lab, "chloe"))
    done(*sign(lab, "chloe", *after))
    all_parts = (*parts, lab / "by-chloe.cbor")
    assert "--after" in misused("trust", "combine", *all_parts, "--out", lab / "trust.cbor")
    assert done("trust", "combine", *after, *all_parts, "--out", lab / "trust.cbor")["complete"] is True
    done(*publish(lab))
    synced = done(*lab.sync())["trust_list"]
    assert (synced["outcome"], synced["number"]) == ("new", 2)

    # Now Anne and Bernard leave as well: no list in force at the sleeper's has signed the newest.
    kids = [done("trust", "check", lab / "old.cbor")["signatures"][0]["signed"]][0]
    retire = [part for kid in kids for part in ("--retire-root", kid)]
    propose(lab, "--after", lab / "trust.cbor", *retire, "--root", lab / "chloe", "--threshold", "2")
    combine(lab, "anne", "bernard", "chloe", "dora", after=True)
    done(*publish(lab))
    propose(lab, "--after", lab / "trust.cbor")
    combine(lab, "chloe", "dora", after=True)
    done(*publish(lab))
    assert done(*lab.sync("sleeper"))["trust_list"]["number"] == 4
    assert sorted(path.name for path in (lab / "sleeper" / "archive").iterdir()) == [f"{n}.cbor" for n in (1, 2, 3, 4)]


def test_what_no_signature_can_mend_is_said_at_once(holders: Lab) -> None:
    lab = holders
    in_force(lab)
    shutil.copy(lab / "trust.cbor", lab / "first.cbor")
    propose(lab, "--after", lab / "trust.cbor")
    combine(lab, "anne", "bernard")
    old = run("trust", "check", "--after", lab / "trust.cbor", lab / "first.cbor")
    assert old.status == REFUSED
    assert "NOT GOOD: terminals would refuse it, whoever signs. The trust list is older" in old.out
    late = ("trust", "sign", "--root", lab / "anne", "--yes", "--after", lab / "trust.cbor", lab / "first.cbor")
    assert refused(*late, "--out", lab / "x.cbor", *lab.keys) == "trust-list-rollback"
    done(*publish(lab))
    assert refused("trust", "publish", "--mirror", lab / "mirror", lab / "first.cbor") == "trust-list-rollback"


def test_no_list_is_dated_ahead_and_no_version_left_out(holders: Lab) -> None:
    lab = holders
    in_force(lab)
    with later(3_600):
        propose(lab, "--after", lab / "trust.cbor")
    assert "dated ahead" in misused(*sign(lab, "anne"))
    shutil.copy(lab / "trust.cbor", lab / "first.cbor")
    propose(lab, "--after", lab / "first.cbor")
    combine(lab, "anne", "bernard")
    propose(lab, "--after", lab / "trust.cbor")
    combine(lab, "anne", "bernard")
    assert "does not follow on version 1" in misused(*publish(lab))
    assert "does not follow on version 1" in misused(*sign(lab, "anne", "--after", lab / "first.cbor"))


def test_the_list_in_force_is_carried_over(holders: Lab) -> None:
    lab = holders
    in_force(lab)
    done("issuer", "new", "--id", "fr-msa", "--name", "MSA", "--out", lab / "msa", *lab.keys)
    authority = ("--id", "fr-cnop", "--name", "Ordre", "--category", "pharmacy", "--out", lab / "authority")
    done("authority", "new", *authority, *lab.keys)
    after = ("--after", lab / "trust.cbor")
    added = propose(lab, *after, "--issuer", lab / "msa", "--authority", lab / "authority", "--days", "90")
    assert {change["change"] for change in added["changes"]} == {"added"}
    assert added["expires"] - added["as_of"] == 90 * 86_400
    combine(lab, "anne", "bernard")
    gone = propose(lab, "--after", lab / "trust.cbor", "--remove-issuer", "fr-msa", "--remove-authority", "fr-cnop")
    assert {change["change"] for change in gone["changes"]} == {"removed"}
    with later(86_400):
        longer = propose(lab, "--after", lab / "trust.cbor", "--issuer", lab / "issuer")
    (change,) = longer["changes"]
    assert change["change"] == "changed"
    assert " -> " in change["what"]
    wrong = ("trust", "propose", "--after", lab / "trust.cbor", "--out", lab / "x.cbor")
    assert "no issuer fr-xyz" in misused(*wrong, "--remove-issuer", "fr-xyz")
    assert "no terminal authority" in misused(*wrong, "--remove-authority", "fr-cnam")
    assert "not in the root set" in misused(*wrong, "--retire-root", lab / "dora")
    assert "has the key" in misused(*wrong, "--withdraw", "00" * 8)
    assert "neither a key id" in misused(*wrong, "--withdraw", lab / "anne")
    assert "go with --withdraw" in misused(*wrong, "--keep")
    assert "of the list in force" in misused(*wrong, "--environment", "test")
    assert "a time is as in" in misused(*wrong, "--withdraw", "00" * 8, "--from", "yesterday")
    assert not (lab / "x.cbor").exists()


@pytest.mark.parametrize("keep", [True, False])
def test_a_stolen_key_is_withdrawn(lab: Lab, keep: bool) -> None:
    """From a stated time; what was issued before it stays valid when the list says so."""
    stolen: Path = lab / "stolen.json"
    shutil.copy(lab / "issuer" / "issuer.json", stolen)
    with later(60):
        done("issuer", "next-key", "--issuer", lab / "issuer", *lab.keys)
        withdrawal = ("--withdraw", stolen, *(("--keep",) if keep else ()))
        changes = lab.trust("--issuer", lab / "issuer", *withdrawal)
        check = run("trust", "check", lab / "trust.cbor").out
        assert "WITHDRAWN from" in check
        assert ("what it signed before counts" if keep else "nothing that it ever signed counts") in check
        assert changes["version"] == 2
        done("issuer", "switch-key", "--issuer", lab / "issuer")
        lab.publish()
        outcome = done(*lab.sync())["issuers"]["fr-cnam"]["outcome"]
        text = lab.text()
        if keep:
            assert outcome == "deltas"
            assert run(*lab.verify(text)).status == DONE
        else:
            assert outcome == "lists", "nothing to start from counts any more"
            assert refused(*lab.verify(text)) == "issuer-key-withdrawn"
        # The thief goes on with the old key, and a phone that does not know yet takes the card: no terminal does.
        shutil.copy(stolen, lab / "issuer" / "issuer.json")
        lab.offer()
        done(*lab.enrol(), stdin=typed(CODE))
        done(*lab.issue())
        done(*lab.accept())
        assert refused(*lab.verify(lab.text())) == "issuer-key-withdrawn"
        done("phone", "load", "--phone", lab / "phone", "--trust", lab / "trust.cbor")
        assert refused(*lab.enrol(), stdin=typed(CODE)) == "offer-issuer"
