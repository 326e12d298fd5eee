"""The table of targets in docs/fuzzing.md; ``python -m tests.fuzz.document`` writes it there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.fuzz.engine import javascript
from tests.fuzz.targets.contract import Target
from tests.fuzz.targets.registry import FAMILIES

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "fuzzing.md"
BEGIN, END = "<!-- targets -->", "<!-- /targets -->"

#: What there is only where something was installed; it is listed all the same.
OPTIONAL: Final = {"differential": ("cbor-fido2",)}
_SAYS: Final = {
    "parsers": "each reader of `vitaletoken/wire`",
    "verifier": "`Verifier.verify` in every terminal of the vectors: all levels, sealed and in the open",
    "phone": "what a phone is shown and sent, and takes into its wallet",
    "insurer": "what phones send an insurer, to be renewed, lent and enrolled",
    "mirror": "`Updater.update` before a hostile mirror: trust list, snapshot, deltas, lists",
    "layers": "each layer of the vectors that takes bytes from outside, step by step",
    "files": "files that are read again, wallet, trust anchor and keys among them, and `inspect`",
    "stores": "databases that are opened again: as files of any bytes, and with any rows",
    "differential": "two decoders, one answer",
}


def table() -> str:
    """One row for each family."""
    rows = ["| family | what it is given to | targets |", "|---|---|---|"]
    for family, targets in FAMILIES.items():
        rows.append(f"| {family} | {_SAYS[family]} | {_names(family, targets)} |")
    rows.append(
        f"| {javascript.NAME} | the layers' targets, Python against the second implementation | `{javascript.NAME}` |"
    )
    return "\n".join(rows) + "\n"


def _names(family: str, targets: tuple[Target, ...]) -> str:
    names = sorted({*(target.name for target in targets), *OPTIONAL.get(family, ())})
    return ", ".join(f"`{name}`" for name in names)


def main() -> None:
    """Write it."""
    page = PAGE.read_text("utf-8")
    PAGE.write_text(re.sub(f"{BEGIN}\n.*{END}", lambda _: f"{BEGIN}\n{table()}{END}", page, flags=re.DOTALL), "utf-8")


if __name__ == "__main__":
    main()
