"""The directory of a mirror: what is written there, what is read, and that nothing outside of it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.concurrency import at_once
from tests.nation import Insurer, Nation, digest_of, files_of
from tests.world import DAY, StandingClock
from vitaletoken import InputError, UsageError
from vitaletoken.adapters import mirror
from vitaletoken.adapters.mirror import DirectoryMirror, MirrorWriter
from vitaletoken.rules.delta import MAX_DELTAS
from vitaletoken.rules.updates import Outcome
from vitaletoken.wire.delta import parse_delta
from vitaletoken.wire.registry import Status


@pytest.fixture
def insurer() -> Insurer:
    return Insurer("fr-cnam", StandingClock())


def served(directory: Path) -> dict[str, bytes]:
    """All files, by their paths, as a web server would find them."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for issuer in (directory / "status").iterdir()
        if not issuer.name.startswith(".")
        for path in issuer.glob("**/*")
        if path.is_file()
    }


# --- writing


def test_a_publication_stands_where_section_11_4_says(tmp_path: Path, insurer: Insurer) -> None:
    writer = MirrorWriter(tmp_path / "new" / "mirror")
    writer.publish(insurer.publish())
    assert served(tmp_path / "new" / "mirror") == files_of(insurer.published[0])
    insurer.clock.time += DAY
    writer.publish(insurer.publish())
    assert served(tmp_path / "new" / "mirror") == files_of(insurer.published[1])
    reader = DirectoryMirror(tmp_path / "new" / "mirror")
    for path, data in files_of(insurer.published[1]).items():
        assert reader.fetch(path, 10**6) == data


def test_what_was_written_is_what_a_publisher_goes_on_from(tmp_path: Path, insurer: Insurer) -> None:
    writer = MirrorWriter(tmp_path)
    assert writer.last(insurer.id) is None
    for _ in range(3):
        made = insurer.publisher().publish(MirrorWriter(tmp_path).last(insurer.id))
        insurer.publish(0)
        assert made == insurer.published[-1]
        writer.publish(made)
        last = writer.last(insurer.id)
        assert last is not None
        assert (last.snapshot, last.lists, last.sequence) == (made.snapshot, made.lists, made.sequence)


def test_old_deltas_stay_for_a_while(tmp_path: Path, insurer: Insurer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mirror.DELTAS_KEPT == MAX_DELTAS, "as many as a terminal takes"
    monkeypatch.setattr(mirror, "DELTAS_KEPT", 5)
    writer = MirrorWriter(tmp_path)
    for _ in range(9):
        writer.publish(insurer.publish(1))
    deltas = {path: data for path, data in served(tmp_path).items() if "/delta/" in path}
    assert len(deltas) == 5
    for publication in insurer.published[-5:]:
        assert publication.delta_from is not None
        assert deltas[f"status/fr-cnam/delta/{publication.delta_from.hex()}.cbor"] == publication.delta


def test_deltas_that_lead_nowhere_go(tmp_path: Path, insurer: Insurer) -> None:
    """A damaged one ends the chain: those before it lead to nothing any more."""
    writer = MirrorWriter(tmp_path)
    for _ in range(5):
        writer.publish(insurer.publish(1))
    broken = insurer.published[2].delta_from
    assert broken is not None
    (tmp_path / "status" / "fr-cnam" / "delta" / f"{broken.hex()}.cbor").write_bytes(b"\xf6")
    writer.publish(insurer.publish(1))
    ends = [parse_delta(data).unverified_claims.to for path, data in served(tmp_path).items() if "/delta/" in path]
    assert sorted(ends) == sorted(digest_of(publication.snapshot) for publication in insurer.published[3:])


def test_without_a_delta_the_chain_begins_anew(tmp_path: Path, insurer: Insurer) -> None:
    writer = MirrorWriter(tmp_path)
    for _ in range(3):
        writer.publish(insurer.publish(1))
    last = insurer.published[-1]
    (tmp_path / "status" / "fr-cnam" / "list" / "0.cbor").write_bytes(b"")
    read = writer.last(insurer.id)
    assert read is not None
    writer.publish(insurer.publisher().publish(read))
    assert not [path for path in served(tmp_path) if "/delta/" in path]
    assert last.sequence + 1 == (writer.last(insurer.id) or last).sequence


def test_to_publish_again_changes_nothing(tmp_path: Path, insurer: Insurer) -> None:
    writer = MirrorWriter(tmp_path)
    writer.publish(insurer.publish())
    writer.publish(insurer.publish())
    before = served(tmp_path)
    stamp = (tmp_path / "status" / "fr-cnam" / "snapshot.cbor").stat().st_mtime_ns
    writer.publish(insurer.published[-1])
    assert served(tmp_path) == before
    assert (tmp_path / "status" / "fr-cnam" / "snapshot.cbor").stat().st_mtime_ns == stamp


def test_what_is_not_newer_is_a_usage_error(tmp_path: Path, insurer: Insurer) -> None:
    writer = MirrorWriter(tmp_path)
    writer.publish(insurer.publish())
    insurer.clock.time += 1
    another = insurer.publisher().publish(None)
    writer.publish(insurer.publish())
    before = served(tmp_path)
    for publication in (insurer.published[0], another):
        with pytest.raises(UsageError):
            writer.publish(publication)
    assert served(tmp_path) == before


def test_a_disk_that_fails_leaves_what_is_served(
    tmp_path: Path, insurer: Insurer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each write in turn fails, the last of them the rename; then all of it works, and nothing is left of the attempts."""
    writer = MirrorWriter(tmp_path)
    for _ in range(3):
        writer.publish(insurer.publish())
    before, publication = served(tmp_path), insurer.publish()
    genuine = Path.replace
    for allowed in range(len(publication.lists) + 3):
        left = [allowed]

        def failing(path: Path, target: Path, left: list[int] = left) -> Path:
            if not left[0]:
                raise OSError("no space left on device")
            left[0] -= 1
            return genuine(path, target)

        monkeypatch.setattr(Path, "replace", failing)
        with pytest.raises(OSError, match="no space"):
            writer.publish(publication)
        assert served(tmp_path) == before
    monkeypatch.setattr(Path, "replace", genuine)
    writer.publish(publication)
    assert served(tmp_path).items() >= files_of(publication).items()
    assert sorted(path.name for path in (tmp_path / "status").iterdir()) == [".fr-cnam.lock", ".fr-cnam@4", "fr-cnam"]


def test_issuers_do_not_touch_each_other(tmp_path: Path) -> None:
    """Also where one's name begins with the other's."""
    clock, writer = StandingClock(), MirrorWriter(tmp_path)
    insurers = [Insurer(name, clock) for name in ("fr", "fr.1", "fr.1-2", "fr-1")]
    for _ in range(3):
        for insurer in insurers:
            writer.publish(insurer.publish())
    for insurer in insurers:
        assert served(tmp_path).items() >= files_of(insurer.published[-1]).items()
        assert writer.last(insurer.id) is not None


def test_trust_lists(tmp_path: Path) -> None:
    (tmp_path / "terminal").mkdir()
    nation, writer = Nation(tmp_path / "terminal"), MirrorWriter(tmp_path / "mirror")
    reader = DirectoryMirror(tmp_path / "mirror")
    lists = [nation.trust_list(version) for version in (1, 2, 3)]
    for data in (lists[0], lists[2]):
        writer.publish_trust_list(data)
        assert reader.fetch("trust/newest.cbor", 10**6) == data
    writer.publish_trust_list(lists[1])  # one that was forgotten does not become the newest
    assert reader.fetch("trust/newest.cbor", 10**6) == lists[2]
    assert [reader.fetch(f"trust/{version}.cbor", 10**6) for version in (1, 2, 3, 4)] == [*lists, None]
    more = nation.trust_list(3, nation.root_signers)
    writer.publish_trust_list(more)  # the same, with another signature
    assert reader.fetch("trust/newest.cbor", 10**6) == reader.fetch("trust/3.cbor", 10**6) == more
    with pytest.raises(UsageError):
        writer.publish_trust_list(nation.trust_list(3, exp=nation.clock.time + DAY))
    with pytest.raises(InputError):
        writer.publish_trust_list(lists[0][:-1])
    assert reader.fetch("trust/newest.cbor", 10**6) == more


@pytest.mark.parametrize("name", ["3.cbor", "newest.cbor"])
def test_a_trust_list_that_is_damaged_where_it_is_served(name: str, tmp_path: Path) -> None:
    """It is not the fault of the new one, of which nothing is written."""
    (tmp_path / "terminal").mkdir()
    nation, writer = Nation(tmp_path / "terminal"), MirrorWriter(tmp_path / "mirror")
    for version in (1, 2, 3):
        writer.publish_trust_list(nation.trust_list(version))
    path = tmp_path / "mirror" / "trust" / name
    path.write_bytes(path.read_bytes()[:-1])
    before = {each: each.read_bytes() for each in path.parent.iterdir()}
    with pytest.raises(UsageError, match=name):
        writer.publish_trust_list(nation.trust_list(3, nation.root_signers))
    assert {each: each.read_bytes() for each in path.parent.iterdir()} == before
    path.unlink()
    writer.publish_trust_list(nation.trust_list(3, nation.root_signers))
    assert path.read_bytes() == (path.parent / "3.cbor").read_bytes()


def test_a_link_that_leads_nowhere_is_no_beginning(tmp_path: Path, insurer: Insurer) -> None:
    """A publisher that took it for one would begin again with number 1, and terminals would refuse."""
    writer = MirrorWriter(tmp_path)
    writer.publish(insurer.publish())
    lost = (tmp_path / "status" / "fr-cnam").resolve()
    lost.rename(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="leads nowhere"):
        writer.last("fr-cnam")


def test_a_publisher_that_lost_its_directory_goes_on_by_the_clock(tmp_path: Path, insurer: Insurer) -> None:
    first = insurer.publisher().publish(None, at_least=insurer.clock.time // 60)
    assert first.sequence == insurer.clock.time // 60
    insurer.clock.time += 60
    assert insurer.publisher().publish(None, at_least=insurer.clock.time // 60).sequence == first.sequence + 1
    assert insurer.publisher().publish(first, at_least=1).sequence == first.sequence + 1


def test_a_stray_file_among_the_lists_is_none_of_them(tmp_path: Path, insurer: Insurer) -> None:
    writer = MirrorWriter(tmp_path)
    made = insurer.publish()
    writer.publish(made)
    (tmp_path / "status" / "fr-cnam" / "list" / "notes.txt").write_bytes(b"x")
    last = writer.last("fr-cnam")
    assert last is not None
    assert last.lists == made.lists


def test_two_publishers_wait_for_each_other(tmp_path: Path, insurer: Insurer) -> None:
    """What is served is one publication as a whole, whoever was faster; the other one is told."""
    first = insurer.publish()
    writer = MirrorWriter(tmp_path)
    writer.publish(first)
    made = []
    for idx in (1, 2):  # both from the same publication
        insurer.register.set(0, idx, Status.REVOKED)
        made.append(insurer.publisher().publish(first))

    done = at_once(2, lambda number: MirrorWriter(tmp_path).publish(made[number]))
    assert sorted(type(result) for result in done if result is not None) == [UsageError]
    assert files_of(made[done.index(None)]).items() <= served(tmp_path).items()


# --- reading


def test_a_terminal_keeps_up_with_a_directory(tmp_path: Path) -> None:
    (tmp_path / "terminal").mkdir()
    nation, writer = Nation(tmp_path / "terminal"), MirrorWriter(tmp_path / "mirror")
    writer.publish_trust_list(nation.mirror.files["trust/newest.cbor"])
    with nation.store() as store:
        updater = nation.updater(store, DirectoryMirror(tmp_path / "mirror"))
        for outcome in (Outcome.LISTS, Outcome.DELTAS, Outcome.DELTAS):
            nation.clock.time += DAY
            writer.publish(nation.insurers[0].publish())
            assert updater.update().issuers[0].outcome is outcome


@pytest.mark.parametrize(("limit", "read"), [(0, 1), (9, 10), (10, 10), (11, 10), (1000, 10)])
def test_no_more_is_read_than_shows_that_it_is_too_long(limit: int, read: int, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(range(10)))
    assert DirectoryMirror(tmp_path).fetch("file", limit) == bytes(range(10))[:read]


def test_a_file_without_end(tmp_path: Path) -> None:
    """SYNC-2, asked of a file that says it has a terabyte."""
    with (tmp_path / "endless").open("wb") as file:
        file.truncate(1 << 40)
    assert DirectoryMirror(tmp_path).fetch("endless", 262_144) == bytes(262_145)


@pytest.mark.parametrize(
    "path",
    [
        "", ".", "..", "/", "../secret", "a/../../secret", "a/./b", "a//b", "/etc/hostname", "a/", ".hidden", "a/.hidden", "A",
        "a\0", "a\\b", "a\n", "é", "status/../../secret",
    ],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_not_there(path: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    root = tmp_path / "mirror"
    for directory in ("a", "status", "é"):
        (root / directory).mkdir(parents=True)
    for file in (".hidden", "a/.hidden", "a/b", "A", "a\\b", "a\n"):
        (root / file).write_bytes(b"secret")
    assert DirectoryMirror(root).fetch(path, 100) is None
    assert DirectoryMirror(root).fetch("a/b", 100) == b"secret"


def test_a_link_that_leads_elsewhere_is_not_there(tmp_path: Path) -> None:
    """Who writes into the mirror must not choose what the terminal reads."""
    (tmp_path / "secret").write_bytes(b"secret")
    root = tmp_path / "mirror"
    root.mkdir()
    (root / "direct").symlink_to(tmp_path / "secret")
    (root / "up").symlink_to("..")
    (root / "circle").symlink_to("circle")
    (root / "gone").symlink_to("nowhere")
    (root / "file").write_bytes(b"open")
    (root / "inside").symlink_to("file")
    fetch = DirectoryMirror(root).fetch
    assert [fetch(path, 100) for path in ("direct", "up/secret", "circle", "gone")] == [None] * 4
    assert fetch("inside", 100) == b"open"


def test_what_is_no_file_is_not_there(tmp_path: Path) -> None:
    """A pipe would be waited for without end, a directory cannot be read."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "directory").mkdir()
    reader = DirectoryMirror(tmp_path)
    assert [reader.fetch(path, 100) for path in ("pipe", "directory", "nothing", "directory/nothing")] == [None] * 4
    assert DirectoryMirror(tmp_path / "nowhere").fetch("pipe", 100) is None
