"""Writes requirements/sbom.cdx.json, the bill of materials (CycloneDX 1.6), from pyproject.toml and requirements/lock.txt alone.

    python tools/sbom.py [--check]

The same two files give the same bytes: there is no time in it, and its serial number is a UUID made of its content. Scopes are
CycloneDX's: ``required`` is what the core imports, ``optional`` what an extra brings, ``excluded`` what builds, tests and checks.
The hashes of a component are those of all its files that the lock permits; which of them is taken depends on the platform.
With ``--check`` nothing is written, and exit status 1 says that the file is not what it should be.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
import uuid
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SBOM = ROOT / "requirements" / "sbom.cdx.json"
#: Of version 5 UUIDs made here; itself made of a name that is this project's.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "sbom.vitaletoken.invalid")
_PIN = re.compile(r"^([a-z0-9][a-z0-9-]*)==([\w.!+-]+)(?: ; (.+?))? \\$")
_HASH = re.compile(r"^    --hash=sha256:([0-9a-f]{64})(?: \\)?$")
_VIA = re.compile(r"^    # via (.+)$")


@dataclass(frozen=True)
class Locked:
    """One package of the lock.

    Attributes:
        marker: where it is installed at all; empty for everywhere.
        hashes: SHA-256 of its files, in hex. asked_by: names of packages, and "vitaletoken" for the project itself.
    """

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    asked_by: tuple[str, ...]

    @property
    def ref(self) -> str:
        """The package's URL (purl), which names it without a place."""
        return f"pkg:pypi/{self.name}@{self.version}"


def locked(text: str) -> list[Locked]:
    """The packages of a lock file. Raises ValueError for a line that is not understood: nothing may be left out in silence."""
    found: list[Locked] = []
    head: re.Match[str] | None = None
    hashes: list[str] = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if pin := _PIN.match(line):
            if head is not None:
                raise ValueError(f"{head[1]} has nobody who asked for it: make lock")
            head = pin
        elif digest := _HASH.match(line):
            hashes.append(digest[1])
        elif (via := _VIA.match(line)) and head is not None and hashes:
            asked_by = sorted({each.split(" ")[0] for each in via[1].split(", ")})
            found.append(Locked(head[1], head[2], head[3] or "", tuple(sorted(hashes)), tuple(asked_by)))
            head, hashes = None, []
        else:
            raise ValueError(f"not a line of a lock file: {line}")
    if head is not None:
        raise ValueError(f"{head[1]} has nobody who asked for it: make lock")
    return found


def named(requirements: list[str]) -> set[str]:
    """The normalized names of what ``requirements`` ask for."""
    names = [re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements]
    return {re.sub(r"[-_.]+", "-", name[0]).lower() for name in names if name}


def closure(names: set[str], packages: list[Locked]) -> set[str]:
    """``names``, and what they bring."""
    while True:
        more = {package.name for package in packages if names.intersection(package.asked_by)} | names
        if more == names:
            return names
        names = more


def sbom(project: dict[str, object], packages: list[Locked]) -> dict[str, object]:
    """The bill of materials.

    Args:
        project: the table ``[project]`` of pyproject.toml.
    """
    core, extras = project["dependencies"], project["optional-dependencies"]
    assert isinstance(core, list)
    assert isinstance(extras, dict)
    own = str(project["name"])
    wanted = named([requirement for extra in extras.values() for requirement in extra]) - {own}
    direct = named(core) | wanted
    missing = direct - {package.name for package in packages}
    if missing:
        raise ValueError(f"not in the lock: {sorted(missing)}")
    required = closure(named(core), packages)
    optional = closure(wanted, packages) - required
    this = f"pkg:pypi/{own}@{project['version']}"
    brings: dict[str, set[str]] = {this: {package.ref for package in packages if package.name in direct}}
    refs: dict[str, list[str]] = {}
    for package in packages:
        refs.setdefault(package.name, []).append(package.ref)
        brings.setdefault(package.ref, set())
    for package in packages:
        for who in package.asked_by:
            for ref in refs.get(who, ()):
                brings[ref].add(package.ref)
    components = [
        {
            "type": "library",
            "bom-ref": package.ref,
            "name": package.name,
            "version": package.version,
            "scope": scope(package.name, required, optional),
            "purl": package.ref,
            "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.hashes],
            **({"properties": [{"name": "vitaletoken:marker", "value": package.marker}]} if package.marker else {}),
        }
        for package in sorted(packages, key=lambda package: package.ref)
    ]
    content: dict[str, object] = {
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": this,
                "name": own,
                "version": project["version"],
                "description": project["description"],
                "licenses": [{"expression": project["license"]}],
                "purl": this,
            },
        },
        "components": components,
        "dependencies": [
            {"ref": ref, **({"dependsOn": sorted(brings[ref])} if brings[ref] else {})} for ref in sorted(brings)
        ],
    }
    serial = uuid.uuid5(NAMESPACE, json.dumps(content, sort_keys=True))
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}", **content}


def scope(name: str, required: set[str], optional: set[str]) -> str:
    """CycloneDX's word for it."""
    return "required" if name in required else "optional" if name in optional else "excluded"


def text() -> str:
    """The file as it should be."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    packages = locked((ROOT / "requirements" / "lock.txt").read_text(encoding="utf-8"))
    return json.dumps(sbom(project, packages), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write it, or say whether it is as it should be."""
    parser = argparse.ArgumentParser(description="Write the bill of materials (CycloneDX).")
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 where it is not in step")
    wanted = text()
    if not parser.parse_args().check:
        SBOM.write_text(wanted, encoding="utf-8")
    elif not SBOM.exists() or SBOM.read_text(encoding="utf-8") != wanted:
        print(
            "sbom: requirements/sbom.cdx.json is not in step with the lock. To write it again: make sbom",
            file=sys.stderr,
        )
        return 1
    print(f"{SBOM.relative_to(ROOT)}: in step with requirements/lock.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
