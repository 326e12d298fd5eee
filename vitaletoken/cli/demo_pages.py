"""The demo for a person: two screens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from vitaletoken.cli.output import advice_sentence
from vitaletoken.cli.verdict import detail_lines, person_lines

if TYPE_CHECKING:
    from vitaletoken.cli.demo import Story

_CASES: Final = {
    "replay": "The same QR again, at another visit",
    "byte-changed": "One byte of it changed",
    "hour-later": "The same QR, an hour later",
    "wrong-code": "A wrong personal code",
    "wrong-code-changed-phone": "A wrong code, on a phone tampered with to find it right",
    "revoked-card": "A fresh QR, after the card was revoked and the terminal got the new status list",
}


def pages(story: Story, out: Path | None, *, show_qr: bool) -> list[str]:
    """All lines."""
    qr = story.qr
    key = "Ed25519" if story.suite == 1 else "P-256"
    size = f"{len(story.presentation.message)} bytes, {qr.characters} characters, version {qr.version}-{qr.error}"
    picture = "written to disk" if out is None else f"written to {out / 'qr.png'}"
    steps = [
        ("Keys", f"3 root keys, 2 of which must sign; an insurer; a phone ({key})", ("keys",)),
        ("Trust list", "signed by 2 roots, verified, in force at the terminal", ("trust_list",)),
        ("Enrolment", "the phone chose its code (Argon2id) and proved its two keys", ("enrol",)),
        (
            "Card",
            f"issued, and accepted by the phone: {len(story.files['credential.cbor'])} bytes",
            ("issue", "accept"),
        ),
        ("Presentation", f"with the code (Argon2id again): {size}", ("present",)),
        ("QR", picture, ("qr_write",)),
        ("Scan", f"the picture read back by {story.scan.decoder}", ("qr_read",)),
        ("Decision", "with no network; recorded durably, so that this QR is used up", ("verify",)),
    ]
    lines = ["vitaletoken demo: test keys, invented people; everything below happened just now", ""]
    for name, what, parts in steps:
        lines.append(f"  {name:<14}{what:<77}{sum(story.timings[part] for part in parts):>7.1f} ms")
    if show_qr:
        lines += ["", *qr.terminal().splitlines()]
    lines += ["", "ACCEPTED", "", *person_lines(story.seen), "", *detail_lines(story.seen), ""]
    for number, refusal in enumerate(story.refusals, start=1):
        lines += [
            f"{number}. {_CASES[refusal['case']]}",
            f"   REFUSED by the {refusal['at']}: {refusal['reason']} {advice_sentence(refusal['advice'])}"
            f" ({refusal['code']}, step {refusal['step']})",
        ]
    if out is not None:
        lines += ["", f"The QR and every message are in {out}", f"Look into one: vitaletoken inspect {out / 'qr.png'}"]
    return lines
