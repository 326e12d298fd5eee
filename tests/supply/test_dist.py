"""The distributions: the same bytes wherever they are built, and nothing in them but the project."""

from __future__ import annotations

import importlib.util
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from tools import dist

needs_a_checkout = pytest.mark.skipif(
    not (dist.ROOT / ".git").exists() or importlib.util.find_spec("hatchling") is None,
    reason="not a git checkout, or no hatchling in this Python",
)


@needs_a_checkout
def test_two_builds_are_the_same_bytes(tmp_path: Path) -> None:
    """In other directories, under another umask, locale, time zone and hash seed; and the wheel once more from the sdist."""
    files = dist.distributions(tmp_path)
    assert sorted(path.suffix for path in files.iterdir()) == [".gz", ".whl"]


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
