"""The demo's second part: a pharmacy that says who it is and asks, an answer that only it can read, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from vitaletoken.adapters.keystore import generate_signer
from vitaletoken.adapters.qr import QrCode, Scan, read_qr, write_qr
from vitaletoken.adapters.sticker import sticker
from vitaletoken.adapters.system import SystemEntropy
from vitaletoken.authority import TerminalAuthority
from vitaletoken.cli.bystander import found_in
from vitaletoken.cli.demo_world import AUTHORITY, NIR, Counter, DemoWorld, Stopwatch
from vitaletoken.cli.output import refusal_data, save
from vitaletoken.cli.verdict import result_of
from vitaletoken.errors import InputError
from vitaletoken.holder import Presentation
from vitaletoken.rules.care_sheet import verify_care_sheet
from vitaletoken.rules.presentation import VerifiedPresentation
from vitaletoken.rules.terminal import Review
from vitaletoken.terminal import Challenge
from vitaletoken.wire.challenge import Transaction
from vitaletoken.wire.registry import Purpose, View, label
from vitaletoken.wire.text import CERTIFICATE_PREFIX, CHALLENGE_PREFIX, SEALED_PREFIX, parse_text, serialize_text

_SESSION: Final = "visit 5"
_NAME: Final = "Pharmacie de la Gare, Lyon"
#: Any bytes do; what a pharmacy's software would bill.
_SHEET: Final = json.dumps(
    {"date": "2026-11-22", "lines": [["3400930000011", 2, 1310], ["3400930000028", 1, 30]], "total": 2650}
).encode()
_WANTED: Final = {"family name": "Lefebvre", "given name": "Camille", "second given name": "Élise", "number": NIR}


@dataclass(frozen=True)
class Visit:
    """What happened.

    Attributes:
        sticker, asked, answered: the QR codes, as they were on the counter, on the screen and on the phone.
        review: what the phone found out before it signed.
        at_the_counter: the answer to the sticker: made for this terminal alone.
        seen: the answer to the challenge.
        scan: how the answer was read back.
        filmed, opened: how many layers could be decoded, and which personal data stand in them: of the two QR codes of the
            challenge, and of the answer once the terminal has opened it.
        files: what is kept with ``--out``, by name.
    """

    sticker: QrCode
    asked: QrCode
    answered: QrCode
    review: Review
    at_the_counter: VerifiedPresentation
    seen: VerifiedPresentation
    scan: Scan
    filmed: tuple[int, list[str]]
    opened: tuple[int, list[str]]
    refusals: list[dict[str, str]]
    files: dict[str, bytes] = field(repr=False)


def tell(world: DemoWorld, code: str, out: Path, watch: Stopwatch) -> Visit:
    """The visit, with the personal code of the phone's owner."""
    with watch.time("certify"):
        counter = world.counter(world.pharmacy(_NAME))
        sheet = sticker(counter.certificate, specimen=True)

    first = world.holder.review(counter.certificate.text, world.trust)
    bound = world.holder.present(code, to=first.asker)
    at_the_counter = counter.verifier.verify(bound.text, _SESSION)

    with watch.time("challenge"):
        challenge = _ask(counter)
    with watch.time("review"):
        review = world.holder.review(challenge.text, world.trust)
    with watch.time("answer"):
        answer = world.holder.present(code, to=review.asker)
    asked, answered = write_qr(challenge.text), write_qr(answer.text)
    save(out / "challenge.png", asked.png())
    save(out / "answer.png", answered.png())
    scan = read_qr(out / "answer.png", prefixes=(SEALED_PREFIX,))
    with watch.time("decide"):
        seen = counter.verifier.verify(scan.text, _SESSION, Purpose.BILLING)

    opened = _opened(seen)
    with watch.time("care_sheet"):
        verify_care_sheet(opened, challenge.message, _SHEET, world.trust)
    filmed = [
        found_in(layer, _WANTED)
        for text, prefix in ((challenge.text, CHALLENGE_PREFIX), (answer.text, SEALED_PREFIX))
        for layer in (text.encode(), parse_text(text, prefix))
    ]
    refusals = _refusals(world, counter, code, challenge=challenge, answer=answer, opened=opened, review=review)
    return Visit(
        sheet.code,
        asked,
        answered,
        review,
        at_the_counter,
        seen,
        scan,
        (sum(count for count, _ in filmed), [name for _, names in filmed for name in names]),
        found_in(opened, _WANTED),
        refusals,
        {
            "sticker.svg": sheet.svg.encode(),
            "certificate.cbor": counter.certificate.raw,
            "challenge.cbor": challenge.message,
            "answer.txt": answer.text.encode(),
            "answer-opened.cbor": opened,
            "care-sheet.json": _SHEET,
        },
    )


def _ask(counter: Counter) -> Challenge:
    transaction = Transaction(sha256(_SHEET).digest(), "Ordonnance, 3 articles", 2650)
    purposes = [Purpose.DISPENSING, Purpose.BILLING]
    return counter.verifier.challenge(_SESSION, purposes, view=View.BILLING, transaction=transaction)


def _opened(seen: VerifiedPresentation) -> bytes:
    """What the terminal keeps beside the care sheet."""
    if seen.evidence is None:
        raise AssertionError("the care sheet was not co-signed: a defect of the library")
    return seen.evidence.presentation


def _refusals(
    world: DemoWorld,
    counter: Counter,
    code: str,
    *,
    challenge: Challenge,
    answer: Presentation,
    opened: bytes,
    review: Review,
) -> list[dict[str, str]]:
    """What went well before is done again, each time with one thing wrong."""
    other = world.counter(world.pharmacy("Pharmacie du Marché, Lyon"))
    _ask(other)
    second = world.holder.present(code, to=review.asker)
    changed = _SHEET.replace(b"2650", b"8650")
    forger = TerminalAuthority(AUTHORITY, generate_signer(SystemEntropy())[0], clock=world.clock)
    forged = serialize_text(world.pharmacy(_NAME, forger).certificate, CERTIFICATE_PREFIX)
    billing = Purpose.BILLING
    return [
        refused("other-terminal", "terminal", lambda: other.verifier.verify(answer.text, _SESSION, billing)),
        refused("answered-twice", "terminal", lambda: counter.verifier.verify(second.text, _SESSION, billing)),
        refused("other-sheet", "insurer", lambda: verify_care_sheet(opened, challenge.message, changed, world.trust)),
        refused("forged-certificate", "phone", lambda: world.holder.review(forged, world.trust)),
    ]


def refused(case: str, at: str, act: Callable[[], object]) -> dict[str, str]:
    """What ``act`` was answered."""
    try:
        act()
    except InputError as refusal:
        return {"case": case, "at": at, **refusal_data(refusal)}
    raise AssertionError(f"{case} was accepted: a defect of the library")


def data(visit: Visit) -> dict[str, object]:
    """For a program. The number is invented, and is left out all the same."""
    result = {name: value for name, value in result_of(visit.seen).items() if "nir" not in name}
    codes = {"sticker": visit.sticker, "challenge": visit.asked, "answer": visit.answered}
    claims = visit.review.certificate.claims
    return {
        "qr": {
            name: {"characters": code.characters, "version": code.version, "error": code.error}
            for name, code in codes.items()
        },
        "review": {
            "name": claims.name,
            "categories": [label(category) for category in claims.categories],
            "warnings": [warning.value for warning in visit.review.warnings],
        },
        "at_the_counter": label(visit.at_the_counter.claims.binding),
        "accepted": {**result, "decoder": visit.scan.decoder},
        "bystander": {"layers": visit.filmed[0], "found": visit.filmed[1]},
        "opened": {"layers": visit.opened[0], "found": visit.opened[1]},
        "refusals": visit.refusals,
    }
