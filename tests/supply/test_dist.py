"""The distributions: the same bytes in other surroundings, and nothing in them but the project."""

from __future__ import annotations

import importlib.util
import io
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from tools import dist

needs_a_checkout = pytest.mark.skipif(
    not (dist.ROOT / ".git").exists() or importlib.util.find_spec("hatchling") is None,
    reason="not a git checkout, or no hatchling in this Python",
)


@needs_a_checkout
def test_two_builds_are_the_same_bytes(tmp_path: Path) -> None:
    """In other surroundings, ``dist.SURROUNDINGS``, and other directories; and the wheel once more from the sdist."""
    files = dist.distributions(tmp_path)
    assert sorted(path.suffix for path in files.iterdir()) == [".gz", ".whl"]


PROBE = """
import locale, os, stat, sys, time
locale.setlocale(locale.LC_ALL, "")
mask = os.umask(0)
file = os.stat("file")
print(os.getcwd(), mask, stat.S_IMODE(file.st_mode), file.st_mtime, locale.setlocale(locale.LC_CTYPE),
      locale.getpreferredencoding(), time.timezone, hash("hash"), os.environ["SOURCE_DATE_EPOCH"], sep="\\n")
"""


def test_the_surroundings_differ_in_all_that_is_said(tmp_path: Path) -> None:
    """As a build sees them: directory, umask, modes and times of files, locale, encoding, time zone, hash seed; not the date."""
    seen = []
    for number, surroundings in enumerate(dist.SURROUNDINGS):
        source = tmp_path / str(number)
        source.mkdir()
        (source / "file").write_text("")
        dist.surround(source, surroundings)
        seen.append(dist.run([sys.executable, "-c", PROBE], source, "1500000000", surroundings).splitlines())
    assert len(seen[0]) == 9
    assert [one != other for one, other in zip(*seen, strict=True)] == [True] * 8 + [False]


@needs_a_checkout
def test_the_builds_have_them_and_other_orders_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[tuple[str, Mapping[str, str]]] = []
    copied: list[list[str]] = []

    def build(source: Path, into: Path, date: str, surroundings: Mapping[str, str], *targets: str) -> None:
        built.append((str(source), surroundings))
        into.mkdir()
        if len(built) == 2:
            raise dist.Fault("enough")

    def copy(names: Iterable[str], to: Path, start: Path = dist.ROOT) -> None:
        copied.append(list(names))

    monkeypatch.setattr(dist, "build", build)
    monkeypatch.setattr(dist, "copy", copy)
    with pytest.raises(dist.Fault, match="enough"):
        dist.distributions(tmp_path)
    assert [surroundings for _, surroundings in built] == list(dist.SURROUNDINGS)
    assert len({len(source) for source, _ in built}) == 2
    assert copied[1] == copied[2][::-1] != copied[2]


@needs_a_checkout
def test_a_difference_is_found(tmp_path: Path) -> None:
    source = tmp_path / "source"
    dist.copy(dist.tracked(), source)
    for date in ("1000000000", "1000000002"):
        dist.build(source, tmp_path / date, date, dist.SURROUNDINGS[0], "wheel")
    with pytest.raises(dist.Fault, match="has other bytes, from"):
        dist.require_same(dist.made(tmp_path / "1000000000"), dist.made(tmp_path / "1000000002"), "two dates")


def test_another_set_of_files_is_a_difference() -> None:
    with pytest.raises(dist.Fault, match="one"):
        dist.require_same({"a": b""}, {}, "one and none")


@pytest.mark.parametrize(
    ("sdist", "wheel", "fault"),
    [
        ([], [], ""),
        (["secret.pem"], [], "sdist has too many .*secret.pem"),
        ([], ["tests/test_x.py"], "wheel has too many .*test_x.py"),
    ],
)
def test_junk_is_found(tmp_path: Path, sdist: list[str], wheel: list[str], fault: str) -> None:
    names = ["vitaletoken/__init__.py", "LICENSE", ".ci/run"]
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        for name in ["vitaletoken/__init__.py", "LICENSE", "PKG-INFO", *sdist]:
            archive.addfile(tarfile.TarInfo(f"vitaletoken-0.1.0/{name}"), io.BytesIO())
    info = "vitaletoken-0.1.0.dist-info"
    licenses = [f"{info}/licenses/LICENSE", f"{info}/licenses/vectors/LICENSE"]
    own = [f"{info}/{name}" for name in ("METADATA", "WHEEL", "entry_points.txt", "RECORD")]
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as made:
        for name in ["vitaletoken/__init__.py", *own, *licenses, *wheel]:
            made.writestr(name, b"")
    if fault:
        with pytest.raises(dist.Fault, match=fault):
            dist.require_content(tmp_path, names)
    else:
        dist.require_content(tmp_path, names)


def test_a_link_in_the_sdist_is_found(tmp_path: Path) -> None:
    link = tarfile.TarInfo("vitaletoken-0.1.0/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        archive.addfile(link)
    with pytest.raises(dist.Fault, match="no plain file"):
        dist.require_content(tmp_path, [])
