"""How the demo writes what was done, and what was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from vitaletoken.cli.output import advice_sentence

#: Name, what was done, whose times it took; none for what is part of another step.
Steps = list[tuple[str, str, tuple[str, ...]]]

_CASES: Final = {
    "replay": "The same QR again, at another visit",
    "byte-changed": "One byte of it changed",
    "hour-later": "The same QR, an hour later",
    "wrong-code": "A wrong personal code",
    "wrong-code-changed-phone": "A wrong code, on a phone tampered with to find it right",
    "revoked-card": "A fresh QR, after the card was revoked",
    "clock-set-back": "The same, with the terminal's clock set back by a year",
    "other-terminal": "The answer, at another pharmacy that has asked too",
    "answered-twice": "A second answer to the same challenge",
    "other-sheet": "The same signature, under a care sheet of another amount",
    "forged-certificate": "A sticker of the same name, certified by somebody else",
    "fathers-record": "Her card made by mistake from her father's record, with his number",
    "fathers-identity": "Her father before the proofing, for her application",
    "old-code": "The old code, after it was changed",
    "locked": "The right code, after ten wrong ones",
    "other-purpose": "The lent card, for a hospital admission",
    "other-phone": "The QR with the lent card, read by another phone",
    "without-code": "The lent card without a code, on a phone tampered with",
    "no-delegates": "The lent card, at a terminal where nobody acts for another",
    "withdrawn": "A fresh QR of it, after she withdrew what she had granted",
    "lent-card-revoked": "The card lent through the insurer, revoked by itself",
}


def step_lines(steps: Steps, timings: Mapping[str, float]) -> list[str]:
    """A line for each step, with the time that it took."""
    lines = []
    for name, what, parts in steps:
        took = f"{sum(timings[part] for part in parts):>7.1f} ms" if parts else ""
        lines.append(f"  {name:<14}{what:<86}{took}".rstrip())
    return lines


def refusal_lines(refusals: Sequence[Mapping[str, str]], first: int) -> list[str]:
    """Two lines for each refusal, numbered from ``first``."""
    lines = []
    for number, refusal in enumerate(refusals, start=first):
        lines += [
            f"{number}. {_CASES[refusal['case']]}: {refusal['code']} (step {refusal['step']})",
            f"   REFUSED by the {refusal['at']}: {refusal['reason']} {advice_sentence(refusal['advice'])}",
        ]
    return lines
