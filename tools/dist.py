"""Builds the sdist and the wheel twice, far apart, and keeps them in dist/ only if both times gave the same bytes.

    python tools/dist.py [--out DIRECTORY]

What is built is what git knows, as it is in the working tree: each build has a copy of that, in a directory of its own and of
another length, its files made in another order, with other times, and with the modes that the umask leaves them. Umask, locale
(and the encoding that goes with it), time zone and hash seed differ too: ``SURROUNDINGS``. The wheel is built a third time, from
the sdist, as a distribution does it. All dates in the files are that of the last commit, or SOURCE_DATE_EPOCH where it is set
(reproducible-builds.org). The content is then looked at: all that git knows, and nothing else.

What does not differ is the machine, the Python and its zlib, and the build backend, which is locked. Both files are deflated, and
another zlib may pack the same content into other bytes: that of this build is printed.

Needs git, and the locked build backend (hatchling) in this Python; uses no network.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Of what is tracked, what does not go into the sdist: of use in a checkout alone.
CHECKOUT_ALONE = (".ci/", ".editorconfig")
#: ``umask`` and ``mtime``, the time of every source file, are not of the environment. The zone needs no database: UTC+12:45.
SURROUNDINGS = (
    {
        "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "TZ": "UTC", "PYTHONHASHSEED": "1", "umask": "022",
        "mtime": "1000000000",
    },
    {"LC_ALL": "C.UTF-8", "TZ": "XYZ-12:45", "PYTHONHASHSEED": "2", "umask": "077", "mtime": "1600000001"},
)  # fmt: skip


class Fault(Exception):
    """What is wrong with a distribution, in a sentence."""


def tracked() -> list[str]:
    """The files that git knows and that are there; what was never added is not distributed."""
    command = ["git", "ls-files", "-z"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return sorted({name for name in found if name and (ROOT / name).is_file()})


def epoch() -> str:
    """The date of all files that are built: seconds since 1970."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return given
    command = ["git", "log", "-1", "--format=%ct"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def copy(names: Iterable[str], to: Path, start: Path = ROOT) -> None:
    """The files ``names`` of ``start``, at ``to``, made in that order."""
    for name in names:
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(start / name, target)
        target.chmod(0o755 if os.access(start / name, os.X_OK) else 0o644)


def surround(source: Path, surroundings: Mapping[str, str]) -> None:
    """Give what is under ``source`` the times, and the modes, that it has in ``surroundings``."""
    mtime, umask = int(surroundings["mtime"]), int(surroundings["umask"], 8)
    for path in [source, *source.rglob("*")]:
        path.chmod(path.stat().st_mode & 0o777 & ~umask)
        os.utime(path, (mtime, mtime))


def run(command: Sequence[str], source: Path, date: str, surroundings: Mapping[str, str]) -> str:
    """What ``command`` prints, run in ``source`` and in ``surroundings``, with nothing else of this environment but paths."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")}
    environment = {**kept, **surroundings, "SOURCE_DATE_EPOCH": date}
    umask = int(environment.pop("umask"), 8)
    del environment["mtime"]
    done = subprocess.run(
        command, cwd=source, env=environment, umask=umask, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Fault(f"the build failed:\n{done.stderr}")
    return done.stdout


def build(source: Path, into: Path, date: str, surroundings: Mapping[str, str], *targets: str) -> None:
    """What hatchling makes of ``source``, in the new directory ``into``."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(into)]
    for target in targets:
        command += ["-t", target]
    surround(source, surroundings)
    run(command, source, date, surroundings)


def made(directory: Path) -> dict[str, bytes]:
    """The files in ``directory`` by name."""
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


def require_same(first: dict[str, bytes], second: dict[str, bytes], what: str) -> None:
    """Raises Fault where the two differ."""
    if first.keys() != second.keys():
        raise Fault(f"{what}: {sorted(first)} and {sorted(second)}")
    for name, content in first.items():
        if content != second[name]:
            at = next((i for i, (a, b) in enumerate(zip(content, second[name], strict=False)) if a != b), "the end")
            raise Fault(f"{what}: {name} has other bytes, from {at} on")


def require_content(files: Path, names: list[str]) -> None:
    """That the sdist and the wheel in ``files`` have what is in ``names``, and what the build adds, and no more."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stem = f"{project['name']}-{project['version']}"
    (sdist,) = files.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        members = archive.getmembers()
        odd = [member.name for member in members if not member.isfile() or member.uid or member.gid]
        if odd:
            raise Fault(f"the sdist has what is no plain file of nobody's: {odd}")
        has = {member.name for member in members}
    wanted = {f"{stem}/{name}" for name in names if not name.startswith(CHECKOUT_ALONE)} | {f"{stem}/PKG-INFO"}
    _require_equal("sdist", has, wanted)
    (wheel,) = files.glob("*.whl")
    info = f"{stem}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        has = set(archive.namelist())
    wanted = {name for name in names if name.startswith("vitaletoken/")}
    wanted |= {f"{info}/{name}" for name in ("METADATA", "WHEEL", "entry_points.txt", "RECORD")}
    wanted |= {f"{info}/licenses/{name}" for name in project["license-files"]}
    _require_equal("wheel", has, wanted)


def _require_equal(what: str, has: set[str], wanted: set[str]) -> None:
    if has != wanted:
        raise Fault(f"the {what} has too many {sorted(has - wanted)[:10]}, lacks {sorted(wanted - has)[:10]}")


def distributions(scratch: Path) -> Path:
    """Build everything under ``scratch``, compare, look inside; the directory with what is good."""
    names, date = tracked(), epoch()
    outputs = []
    copy(names, scratch / "kept")  # once from the working tree, where somebody may be writing
    for number, surroundings in enumerate(SURROUNDINGS):
        source = scratch / ("a" if number else "a much longer name of a directory") / "source"
        copy(names if number else reversed(names), source, scratch / "kept")
        outputs.append(scratch / f"out{number}")
        build(source, outputs[-1], date, surroundings)
    require_same(made(outputs[0]), made(outputs[1]), "two builds of one tree")
    (sdist,) = outputs[0].glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        # Filters came with 3.11.4, and Debian 12 has 3.11.2; before, there was none, and the archive is our own.
        archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
        archive.extractall(scratch / "unpacked")
    (source,) = (scratch / "unpacked").iterdir()
    build(source, scratch / "again", date, SURROUNDINGS[0], "wheel")
    wheels = {name: content for name, content in made(outputs[0]).items() if name.endswith(".whl")}
    require_same(wheels, made(scratch / "again"), "a wheel from the tree and one from the sdist")
    require_content(outputs[0], names)
    return outputs[0]


def main() -> int:
    """Exit status 0 if the distributions are in the directory asked for."""
    parser = argparse.ArgumentParser(description="Build the sdist and the wheel reproducibly.")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as scratch:
        try:
            good = distributions(Path(scratch))
        except Fault as fault:
            print(f"dist: {fault}", file=sys.stderr)
            return 1
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(good, out)
    print(f"{platform.python_implementation()} {platform.python_version()}, zlib {zlib.ZLIB_RUNTIME_VERSION}")
    for name, content in made(out).items():
        print(f"{hashlib.sha256(content).hexdigest()}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
