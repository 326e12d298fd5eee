"""The survivors that were looked at, each with its reason: tools/mutants/survivors, a file for each package."""

from __future__ import annotations

import tomllib
from pathlib import Path

SURVIVORS = "tools/mutants/survivors"

#: What a mutant is known by: file, place, change, number.
Identity = tuple[str, str, str, int]


def listed(root: Path) -> dict[Identity, str]:
    """The reasons, by mutant.

    Raises:
        SystemExit: an entry is there twice, or without a reason, or in the list of another package.
    """
    found: dict[Identity, str] = {}
    for path in sorted((root / SURVIVORS).glob("*.toml")):
        name = f"{SURVIVORS}/{path.name}"
        for group in tomllib.loads(path.read_text(encoding="utf-8")).get("reason", []):
            if not group["why"].strip():
                raise SystemExit(f"{name}: a reason is empty")
            for entry in group["mutants"]:
                identity = entry["file"], entry["place"], entry["change"], entry.get("number", 1)
                if identity in found:
                    raise SystemExit(f"{name}: {' | '.join(map(str, identity))} is there twice")
                if not entry["file"].startswith(f"vitaletoken/{path.stem}/"):
                    raise SystemExit(f"{name}: {entry['file']} is not of that package")
                found[identity] = group["why"]
    return found


def entry(identity: Identity) -> str:
    """A line for the list."""
    file, place, change, number = identity
    fields = f"file = {_quoted(file)}, place = {_quoted(place)}, change = {_quoted(change)}"
    return f"    {{ {fields} }}," if number == 1 else f"    {{ {fields}, number = {number} }},"


def _quoted(text: str) -> str:
    if "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
