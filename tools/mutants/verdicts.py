"""What the tests said of each mutant, kept from run to run, and for how long that counts.

A line of the file is ``[file, place, change, number, verdict, hash of the module, test, hash of the test]``. That a mutant was
noticed counts while its module has the same text and so has what noticed it: the test's file, or the vector. It is not seen
when something changes that both stand on, such as the world of the tests: a run without ``--again`` judges all anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection
from functools import cache
from pathlib import Path

from tools.mutants.listed import Identity

KILLED, AT_IMPORT, TIMEOUT, SURVIVED, UNTESTED = "killed", "killed at import", "timeout", "survived", "untested"
NOTICED = frozenset({KILLED, AT_IMPORT, TIMEOUT})
VECTORS = "tests/test_vectors.py::test_vector["


class Verdicts:
    """The file at ``path``, of the repository at ``root``. Tests are taken to be as they were when this was made."""

    def __init__(self, root: Path, path: Path) -> None:
        self._root = root
        self._path = path
        self.hash_of = cache(self._hash_of)
        self._vectors = self._read_vectors()
        for test in (root / "tests").rglob("*.py"):
            self.hash_of(test.relative_to(root).as_posix())

    def begin(self) -> None:
        """Forget all that was said."""
        self._path.write_text("", encoding="utf-8")

    def record(self, identity: Identity, verdict: str, test: str | None) -> None:
        """Add one. ``test`` is the id of that which noticed: empty where it took none, None where it is not known."""
        line = [*identity, verdict, self.hash_of(identity[0]), test, self._hash_of_test(verdict, test)]
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def standing(self, mutants_in: Callable[[str], Collection[Identity]]) -> tuple[dict[Identity, str], int]:
        """The last verdict on each mutant that still counts; and how many that were noticed do no longer.

        One that was left over counts as long as it is among ``mutants_in`` its file.
        """
        found: dict[Identity, tuple[str, bool]] = {}
        for line in self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else ():
            file, place, change, number, verdict, *rest = json.loads(line)
            found[file, place, change, number] = verdict, verdict not in NOTICED or self._holds(file, verdict, *rest)
        left = {file for (file, *_), (verdict, _) in found.items() if verdict not in NOTICED and self.hash_of(file)}
        there = {identity for file in left for identity in mutants_in(file)}
        counts = {
            identity: verdict
            for identity, (verdict, holds) in found.items()
            if holds and (verdict in NOTICED or identity in there)
        }
        return counts, sum(not holds for _, holds in found.values())

    def _holds(self, file: str, verdict: str, module: str = "", test: str | None = None, tests: str = "") -> bool:
        """Of a line of before there were hashes: no."""
        return bool(module) and (module, tests) == (self.hash_of(file), self._hash_of_test(verdict, test))

    def _hash_of_test(self, verdict: str, test: str | None) -> str:
        """Of what noticed: a vector with its runner, or a test's file; of all tests and vectors where it is not known."""
        if verdict not in NOTICED or test == "":
            return ""
        if test is None:
            return self.hash_of("tests") + self.hash_of("vectors")
        if test.startswith(VECTORS):
            return self.hash_of(test.split("::")[0]) + self._vectors.get(
                test.removeprefix(VECTORS).removesuffix("]"), ""
            )
        return self.hash_of(test.split("::")[0])

    def _hash_of(self, name: str) -> str:
        """Of a file's bytes, or of those of all sources under a directory; empty where it is not there."""
        path = self._root / name
        if path.is_dir():
            names = sorted(
                each for suffix in ("*.py", "*.json") for each in path.rglob(suffix) if "node_modules" not in each.parts
            )
            return _digest("".join(f"{each}{_digest(each.read_bytes())}" for each in names).encode())
        return _digest(path.read_bytes()) if path.is_file() else ""

    def _read_vectors(self) -> dict[str, str]:
        return {
            case["id"]: _digest(json.dumps(case, sort_keys=True).encode())
            for path in sorted((self._root / "vectors").glob("*.json"))
            if path.name != "schema.json"
            for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
        }


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
