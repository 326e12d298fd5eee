"""What an issuer's copy of the mirror serves, read again by who publishes next: somebody may have changed its files.

An input is CBOR [scene, snapshot, trust list, newest trust list, [status list, ...], [delta, ...]]; an empty one is not
there. What raises has changed nothing that is served.
"""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Final

from tests.fuzz.targets import envelope
from tests.fuzz.targets.contract import NotAnInput, Shape, Target
from tests.fuzz.targets.scratch import here
from tests.nation import Insurer, Nation
from tests.world import DAY
from vitaletoken.adapters.mirror import MirrorWriter
from vitaletoken.errors import UsageError


@cache
def _nation() -> Nation:
    directory = here() / "publisher"
    directory.mkdir()
    nation = Nation(directory)
    for _ in range(3):
        nation.publish(8)
        nation.clock.time += DAY
    return nation


def _insurer() -> Insurer:
    return _nation().insurers[0]


def _mirror(data: bytes) -> None:
    match envelope.unpack(data, 1)[1]:
        case [bytes(snapshot), bytes(numbered), bytes(newest), list(lists), list(deltas)]:
            _ask(_put(snapshot, numbered, newest, lists, deltas))
        case _:
            raise NotAnInput


def _put(snapshot: bytes, numbered: bytes, newest: bytes, lists: list[bytes], deltas: list[bytes]) -> Path:
    directory, issuer = here() / "mirror", _insurer().id
    shutil.rmtree(directory, ignore_errors=True)
    made = directory / "status" / f".{issuer}@2"
    for each in (made / "list", made / "delta", directory / "trust"):
        each.mkdir(parents=True)
    (directory / "status" / issuer).symlink_to(made.name)
    files = {made / "snapshot.cbor": snapshot, directory / "trust" / "1.cbor": numbered}
    files[directory / "trust" / "newest.cbor"] = newest
    files |= {made / "list" / f"{number}.cbor": each for number, each in enumerate(lists)}
    files |= {made / "delta" / f"{number}.cbor": each for number, each in enumerate(deltas)}
    for path, content in files.items():
        if content:
            path.write_bytes(content)
    return directory


def _ask(directory: Path) -> None:
    writer, failed = MirrorWriter(directory), None
    for ask in (
        lambda: writer.last(_insurer().id),
        lambda: writer.publish(_insurer().published[2]),
        lambda: writer.publish_trust_list(_nation().mirror.files["trust/1.cbor"]),
    ):
        before = _served(directory)
        try:
            ask()
        except (UsageError, OSError) as error:
            failed = error
            assert _served(directory) == before, "it failed, and has changed something"
    if failed is not None:
        raise failed


def _served(directory: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes() for part in ("status", "trust") for path in directory.glob(f"{part}/[!.]*/**/*.cbor")
    } | {path: path.read_bytes() for path in directory.glob("trust/*.cbor")}


def _seeds() -> list[bytes]:
    """What stands after two publications; and the same with no delta and no trust list."""
    first, second, _ = _insurer().published
    trust_list = _nation().mirror.files["trust/1.cbor"]
    lists = list(second.lists.values())
    return [
        envelope.pack(0, [second.snapshot, trust_list, trust_list, lists, [second.delta or b""]]),
        envelope.pack(0, [first.snapshot, b"", b"", list(first.lists.values()), []]),
    ]


TARGETS: Final = (
    Target(
        "file-mirror",
        _mirror,
        _seeds,
        8192,
        covers=(MirrorWriter.last, MirrorWriter.publish, MirrorWriter.publish_trust_list),
        shape=Shape.PARTS,
        allowed=(UsageError, OSError),
        weight=0.5,
    ),
)
