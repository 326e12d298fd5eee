"""What is installed here is what was locked: exact versions, and a hash for every file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = (
    *sorted((ROOT / "requirements").glob("*.txt")),
    ROOT / "tests" / "interop" / "stock" / "requirements.txt",
    ROOT / "tests" / "fuzz" / "requirements.txt",
    ROOT / "benches" / "peers" / "requirements.txt",
)
SCRIPTS = sorted((ROOT / "tools").glob("*.sh"))
PIN = re.compile(r"[a-z0-9][a-z0-9-]*==[\w.!+-]+( ; [\w .'<>=!()*]+)? \\")
LINE = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?|    # via .+|#.*")
INSTALLS = re.compile(r"-m pip install [^|&\n]*(?:\\\n[^|&\n]*)*")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_package_is_pinned_and_each_file_has_a_hash(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    pins = [number for number, line in enumerate(lines) if PIN.fullmatch(line)]
    assert len(pins) > 5
    assert not [line for number, line in enumerate(lines) if number not in pins and not LINE.fullmatch(line)]
    assert all(lines[number + 1].startswith("    --hash=sha256:") for number in pins)
    assert "//" not in "".join(lines), "a lock names no place"


def test_nothing_is_installed_but_what_is_locked() -> None:
    """Each ``pip install`` of the scripts asks for hashes and for nothing that builds; or installs this package, offline."""
    found = [install for script in SCRIPTS for install in INSTALLS.findall(script.read_text(encoding="utf-8"))]
    assert len(found) >= 4
    for install in found:
        hashed = "--require-hashes" in install and "--only-binary :all:" in install
        # The resolver makes the lock: pinned, run when a person asks for it, in an environment that is thrown away.
        resolver = install.endswith('"uv==$UV"')
        assert hashed or resolver or ("--no-index" in install and "--no-deps" in install), install


def test_every_lock_is_written_by_one_script_and_audited_by_another() -> None:
    """Whoever adds one adds it there."""
    names = {path.relative_to(ROOT).as_posix() for path in LOCKS}
    script = (ROOT / "tools" / "lock.sh").read_text(encoding="utf-8")
    assert set(re.findall(r"^lock (\S+)", script, re.MULTILINE)) == names
    audit = (ROOT / "tools" / "audit.sh").read_text(encoding="utf-8")
    assert set(re.findall(r"\S+\.txt", audit.rpartition("tools/audit.py")[2])) == names


def test_the_backend_that_builds_is_locked_too() -> None:
    assert re.search(r"^hatchling==", (ROOT / "requirements" / "lock.txt").read_text(encoding="utf-8"), re.MULTILINE)
