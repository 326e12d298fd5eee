"""The demo for a person: the card, the pharmacy that asks, the card revoked, people and lending; and how each says no."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vitaletoken.cli.demo_people_pages import lending_lines, life_lines
from vitaletoken.cli.demo_steps import Steps, refusal_lines, step_lines
from vitaletoken.cli.review_page import review_lines
from vitaletoken.cli.verdict import bound_lines, detail_lines, person_lines

if TYPE_CHECKING:
    from vitaletoken.cli.demo import Story


def pages(story: Story, out: Path | None, *, show_qr: bool) -> list[str]:
    """All lines."""
    qr = story.qr
    key = "Ed25519" if story.suite == 1 else "P-256"
    size = f"{len(story.presentation.message)} bytes, {qr.characters} characters, version {qr.version}-{qr.error}"
    picture = "written to disk" if out is None else f"written to {out / 'qr.png'}"
    steps: Steps = [
        ("Keys", f"3 root keys, 2 of which must sign; an insurer, a terminal authority, a phone ({key})", ("keys",)),
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
    lines += step_lines(steps, story.timings)
    if show_qr:
        lines += ["", *qr.terminal().splitlines()]
    lines += ["", "ACCEPTED", "", *person_lines(story.seen.card), "", *detail_lines(story.seen), ""]
    before, after = story.refusals[:-2], story.refusals[-2:]
    parts = [
        ([], before),
        (_visit_lines(story), story.visit.refusals),
        (_revocation_lines(story), after),
        (life_lines(story.life, story.timings), story.life.refusals),
        (lending_lines(story.lending, story.timings), story.lending.refusals),
    ]
    first = 1
    for told, refusals in parts:
        lines += [*told, *([""] if told else []), *refusal_lines(refusals, first), ""]
        first += len(refusals)
    lines.pop()
    if out is not None:
        lines += ["", f"The QRs, the sticker and every message are in {out}"]
        lines += [f"Look into one: vitaletoken inspect {out / 'qr.png'}"]
    return lines


def _revocation_lines(story: Story) -> list[str]:
    """How the terminal, which decides with no network, learns that a card was revoked."""
    told = story.revocation
    steps: Steps = [
        ("Revocation", f"published with the issuer's new snapshot, as a delta of {told.delta} bytes", ("publish",)),
        (
            "Update",
            f"the terminal fetched {told.fetched:,} bytes in all from a mirror, verified and took them",
            ("sync",),
        ),
    ]
    return ["The card is revoked", "", *step_lines(steps, story.timings)]


def _visit_lines(story: Story) -> list[str]:
    """A pharmacy that says who it is, and asks."""
    visit = story.visit
    sizes = [f"version {code.version}-{code.error}" for code in (visit.sticker, visit.asked, visit.answered)]
    steps: Steps = [
        ("Sticker", f"certified, printed on A6, {sizes[0]}; a QR made for it alone: accepted", ("certify",)),
        ("Challenge", f"a care sheet to co-sign, the number (NIR), a session key: {sizes[1]}", ("challenge",)),
        ("Phone", "found the certificate and the challenge genuine, and says who asks, as below", ("review",)),
        ("Answer", f"with the code, sealed for that challenge: {sizes[2]}", ("answer",)),
        ("Decision", "opened, verified, recorded with the challenge", ("decide",)),
        ("Later", "the care sheet's signature checked without any secret", ("care_sheet",)),
    ]
    filmed, found = visit.filmed
    _, known = visit.opened
    return [
        "A pharmacy that says who it is, and asks",
        "",
        *step_lines(steps, story.timings),
        "",
        *(f"  | {line}".rstrip() for line in review_lines(visit.review)),
        "",
        "ACCEPTED",
        "",
        *person_lines(visit.seen.card)[:1],
        "",
        *bound_lines(visit.seen),
        "",
        f"  Who filmed both QRs can decode {filmed} layers. Personal data in them: {', '.join(found) or 'none'}.",
        f"  Once opened by the pharmacy alone, the answer shows: {', '.join(known)}.",
    ]
