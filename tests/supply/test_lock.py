"""What is installed here is what was locked: exact versions, and a hash for every file; and what is not so is named."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.supply.installs import in_python, in_script, sources

ROOT = Path(__file__).resolve().parents[2]
LOCKS = (
    *sorted((ROOT / "requirements").glob("*.txt")),
    ROOT / "tests" / "interop" / "stock" / "requirements.txt",
    ROOT / "tests" / "fuzz" / "requirements.txt",
    ROOT / "benches" / "peers" / "requirements.txt",
)
NPM = ROOT / "tests" / "interop" / "js"
PIN = re.compile(r"[a-z0-9][a-z0-9-]*==[\w.!+-]+( ; [\w .'<>=!()*]+)? \\")
LINE = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?|    # via .+|#.*")
#: Debian's packages for Python's venv and for libzbar: signed by the distribution, in whatever version it has. One function runs
#: apt-get, two calls of it install; nothing else may.
UNLOCKED = [
    ("tools/bootstrap.sh", 'apt-get -q -o DPkg::Lock::Timeout=120 "$@" >"$log" 2>'),
    ("tools/bootstrap.sh", 'apt install -y --no-install-recommends "$package"'),
    ("tools/bootstrap.sh", 'apt install -y --no-install-recommends "$package"'),
]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_package_is_pinned_and_each_file_has_a_hash(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    pins = [number for number, line in enumerate(lines) if PIN.fullmatch(line)]
    assert len(pins) > (0 if lock.name == "resolver.txt" else 5)
    assert not [line for number, line in enumerate(lines) if number not in pins and not LINE.fullmatch(line)]
    assert all(lines[number + 1].startswith("    --hash=sha256:") for number in pins)
    assert "//" not in "".join(lines), "a lock names no place"


def is_locked(command: str) -> bool:
    """It asks for hashes, and builds nothing; or it installs this package, with nothing from elsewhere."""
    tool, words = command.split(" ", 1)
    if tool == "npm":
        return words.split(" ")[0] == "ci" and "--ignore-scripts" in words
    hashed = "--require-hashes" in words and "--only-binary :all:" in words
    return tool == "pip" and (
        hashed or ("--no-index" in words and "--no-deps" in words and words.endswith("--editable . </dev/null"))
    )


def test_nothing_is_installed_but_what_is_locked() -> None:
    """By whichever tool, from scripts, the Makefile, .ci/run and Python; what is not locked is ``UNLOCKED``."""
    found = list(sources(ROOT))
    assert [each for each in found if not is_locked(each[1])] == UNLOCKED
    assert len(found) - len(UNLOCKED) == 8, "what is there is no longer seen"


def test_what_the_system_is_asked_for_is_named() -> None:
    """Two packages, one of them under two names; the document on security says so."""
    script = (ROOT / "tools" / "bootstrap.sh").read_text(encoding="utf-8")
    assert set(re.findall(r"\bpackage=(\S+?);?$", script, re.MULTILINE)) == {"python${version}-venv", "libzbar0"}
    assert re.findall(r"then package=(\S+);", script) == ["libzbar0t64"]
    assert re.search(r'^    \[ -z "\$\{VITALETOKEN_NO_APT:-\}" \] \|\| return 1$', script, re.MULTILINE)
    document = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    assert re.search(r"^Not locked is .*`python3-venv` and `libzbar`", document, re.MULTILINE)


@pytest.mark.parametrize(
    "line",
    [
        "pip install x",
        "  pip3.12 install x",
        ".venv/bin/pip install x",
        "$(BIN)/pip install x",
        "${PIP} install x",
        "$PIP -q install x",
        '"$scratch/venv/bin/pip" install x',
        "python -m pip -q install x",
        "python -mpip install x",
        '"$python" -m pip --retries 3 install x',
        ".venv/bin/python -m pip install -q \\\n    x",
        "cd x && pip install -e .",
        "if ! pip download x; then exit 1; fi",
        "sh -c 'pip install x'",
        'echo "$(pip install x)"',
        'say "a package"; pip install x',
        "PIP_NO_INPUT=1 pip install --require-hashes -r x.txt",
        "pipx install x",
        "pipx run x",
        "uv pip install x",
        '"$scratch/venv/bin/uv" --no-config pip install x',
        "uv add x",
        "uv tool install x",
        "uv run --with x y",
        "uvx x",
        "npm install x",
        "npm i",
        "npm ci",
        "npm --prefix x ci",
        "npm exec x",
        "npx x",
        "yarn add x",
        "apt-get install -y x",
        "sudo -n apt-get -q -o A=b install x",
        'apt-get -q "$@"',
        "dpkg -i x.deb",
        "curl -O https://x.example/x.whl",
        "wget https://x.example/x.whl",
        "cargo install x",
    ],
)
def test_every_way_to_install_is_seen(line: str) -> None:
    for text in (f"set -eu\n{line}\ntrue\n", f"target: other ## what it is\n\t@{line}\n"):
        (command,) = in_script(text)
        assert not is_locked(command)


@pytest.mark.parametrize(
    "line",
    [
        '["pip", "install", "x"]',
        '[sys.executable, "-m", "pip", "install", "x"]',
        '[f"{venv}/bin/python", "-m", "pip", "-q", "install", name]',
        '["npm", "ci"]',
        '("npx", "x")',
        'call("apt-get", "install", "-y", name)',
        '"pip install x"',
        '"cd /tmp && pip install x"',
        'f".venv/bin/pip install {name}"',
        '["sudo", "-n", "apt-get", "install", "x"]',
    ],
)
def test_every_way_to_install_is_seen_in_python_too(line: str) -> None:
    found = in_python(f'"""pip install x: what is only told."""\nwanted = run({line})\n')
    assert found
    assert not any(map(is_locked, found))


@pytest.mark.parametrize(
    "line",
    [
        "# pip install x",
        'die "Install it:  apt-get install $package"',
        "npm run check",
        "pip check",
        "PIP_NO_INPUT=1",
        '"$uv" pip compile --generate-hashes "$@"',
        "command -v npm",
        "apt-cache show x",
        "python -m venv x",
    ],
)
def test_what_installs_nothing_is_left_alone(line: str) -> None:
    assert in_script(f"{line}\n") == []


def test_each_npm_package_is_pinned_and_has_a_hash() -> None:
    """Those of the second implementation, which tests alone use."""
    lock = json.loads((NPM / "package-lock.json").read_text(encoding="utf-8"))
    asked = json.loads((NPM / "package.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert len(packages) > 7
    for name, package in packages.items():
        assert name.startswith("node_modules/")
        assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", package["integrity"]), name
        assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"]), name
        assert package.keys().isdisjoint({"resolved", "link", "hasInstallScript"}), name
    wanted = asked["dependencies"] | asked["devDependencies"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted


def test_every_lock_is_written_by_one_script_and_audited_by_another() -> None:
    """Whoever adds one adds it there."""
    names = {path.relative_to(ROOT).as_posix() for path in LOCKS}
    script = (ROOT / "tools" / "lock.sh").read_text(encoding="utf-8")
    assert set(re.findall(r"^lock (\S+)", script, re.MULTILINE)) == names
    audit = (ROOT / "tools" / "audit.sh").read_text(encoding="utf-8")
    assert set(re.findall(r"\S+\.txt", audit.rpartition("tools/audit.py")[2])) == names


def test_the_backend_that_builds_is_locked_too() -> None:
    assert re.search(r"^hatchling==", (ROOT / "requirements" / "lock.txt").read_text(encoding="utf-8"), re.MULTILINE)
