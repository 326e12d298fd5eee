"""The diagram of an application's states in docs/enrolment.md, made from the table of transitions.

``python -m tests.spec.state_diagram`` writes it anew.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from vitaletoken.rules.application import TRANSITIONS, State

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "enrolment.md"
_BLOCK: Final = re.compile(r"(?<=```mermaid\n).*?(?=```)", re.DOTALL)


def diagram() -> str:
    """A mermaid state diagram: each state, and an arrow for each row and state of the table."""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{state.value}" as {_id(state)}' for state in State]
    for states, event, becomes in TRANSITIONS:
        lines += [f"    {_id(state)} --> {_id(becomes)} : {event.value}" for state in states or (None,)]
    lines += [f"    {_id(state)} --> [*]" for state in State if all(state not in row.states for row in TRANSITIONS)]
    return "".join(f"{line}\n" for line in lines)


def _id(state: State | None) -> str:
    return "[*]" if state is None else state.name.lower()


def written() -> str:
    """The diagram that stands in the document."""
    (found,) = _BLOCK.findall(DOCUMENT.read_text("utf-8"))
    return str(found)


if __name__ == "__main__":
    DOCUMENT.write_text(_BLOCK.sub(diagram().replace("\\", r"\\"), DOCUMENT.read_text("utf-8")), "utf-8")
