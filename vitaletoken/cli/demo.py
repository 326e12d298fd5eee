"""``demo``: the whole story once, on invented people and test keys, and then the ways in which it says no.

Everything shown is computed: the keys are made now, the picture is written and read back by a decoder of pictures, and each
refusal is what the terminal or the phone answered.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from vitaletoken.adapters.memory import MemoryHolderStore
from vitaletoken.adapters.qr import QrCode, Scan, read_qr, write_qr
from vitaletoken.adapters.system import SystemEntropy
from vitaletoken.cli import arguments, demo_lending, demo_pages, demo_people, demo_visit
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.demo_lending import Lending, Lent
from vitaletoken.cli.demo_people import Life
from vitaletoken.cli.demo_visit import Visit, refused
from vitaletoken.cli.demo_world import DemoWorld, Stopwatch
from vitaletoken.cli.output import Outcome, save
from vitaletoken.cli.verdict import result_of
from vitaletoken.conformance.forms import delegate_json, person_json
from vitaletoken.crypto import pin, signing
from vitaletoken.holder import Holder, Presentation
from vitaletoken.ports import DeviceKey
from vitaletoken.rules.cards import PersonalCode
from vitaletoken.rules.presentation import VerifiedPresentation
from vitaletoken.rules.wallet import code_of
from vitaletoken.wire.registry import Algorithm

#: Published, as all that this makes: test keys and invented people.
_CODE: Final = "270519"
_WRONG_CODE: Final = "180736"
_HOUR: Final = 3_600
_YEAR: Final = 365 * 24 * _HOUR


def add_to(groups: arguments.Group) -> None:
    """Add the verb ``demo``."""
    parser = arguments.verb(groups, "demo", "the whole story once, and 21 refusals", _demo)
    arguments.add_out(parser, "keep the QR and the messages here", metavar="DIR", required=False)
    parser.add_argument("--suite", type=int, choices=(1, 2), default=1, help="1: Ed25519 (default), 2: P-256")
    parser.add_argument("--show-qr", action="store_true", help="show the QR in the terminal too")


@dataclass(frozen=True)
class Revocation:
    """What the terminal fetched after it.

    Attributes:
        delta, fetched, lists: bytes: of the delta, of all that was fetched, and of the whole status list that it stands for.
        outcome: by which of them the terminal learned it.
    """

    delta: int
    fetched: int
    lists: int
    outcome: str


@dataclass(frozen=True)
class Story:
    """What happened.

    Attributes:
        visit, life, lending: the second part, the third and the fourth.
        revocation: how the terminal learned that the card was revoked.
        timings: milliseconds, by what was done.
        refusals: each with its case, where it was refused, and why.
        files: what is kept with ``--out``, by name.
    """

    suite: int
    seen: VerifiedPresentation
    scan: Scan
    qr: QrCode
    presentation: Presentation
    visit: Visit
    life: Life
    lending: Lending
    revocation: Revocation
    timings: dict[str, float]
    refusals: list[dict[str, str]]
    files: dict[str, bytes] = field(repr=False)


def _demo(args: Args) -> Outcome:
    read_qr(write_qr("VT1:").png())  # says at once if a package for pictures is missing; and is no part of the timings
    with ExitStack() as stack:
        state = Path(stack.enter_context(TemporaryDirectory(prefix="vitaletoken-demo-")))
        out: Path = args.out or state / "out"
        out.mkdir(parents=True, exist_ok=True)
        story = _tell(args.suite, state, out, stack)
        data = _data(story, args.out)
        if args.out is not None:
            for name, content in story.files.items():
                save(out / name, content)
            save(out / "result.json", f"{json.dumps(data, ensure_ascii=False, indent=2)}\n".encode())
    return Outcome(data, demo_pages.pages(story, args.out, show_qr=args.show_qr))


def _tell(suite: int, state: Path, out: Path, stack: ExitStack) -> Story:
    watch = Stopwatch()
    world = DemoWorld(Algorithm.ED25519 if suite == 1 else Algorithm.ESP256, state, stack, watch)
    card = world.enrol(_CODE)
    published = world.publish()
    world.sync()
    world.files |= {"snapshot.cbor": published.snapshot, "status-list.cbor": published.lists[0]}
    with watch.time("present"):
        presentation = world.holder.present(_CODE)
    with watch.time("qr_write"):
        qr = write_qr(presentation.text)
        save(out / "qr.png", qr.png())
    with watch.time("qr_read"):
        scan = read_qr(out / "qr.png")
    with watch.time("verify"):
        seen = world.verifier.verify(scan.text, "visit 1")
    visit = demo_visit.tell(world, _CODE, out, watch)
    refusals = _refusals(world, presentation, watch)
    revocation = _revoke(world, card, watch)
    refusals += _refusals_after(world)
    life = demo_people.tell(world, watch)
    lending = demo_lending.tell(world, life, watch)
    files = {
        **world.files,
        **visit.files,
        **lending.files,
        "presentation.cbor": presentation.message,
        "qr.svg": qr.svg().encode(),
        "qr.txt": presentation.text.encode(),
    }
    return Story(suite, seen, scan, qr, presentation, visit, life, lending, revocation, watch.times, refusals, files)


def _refusals(world: DemoWorld, shown: Presentation, watch: Stopwatch) -> list[dict[str, str]]:
    """What went well before is done again, each time with one thing wrong."""
    verify, holder = world.verifier.verify, world.holder
    refusals = [refused("replay", "terminal", lambda: verify(shown.text, "visit 2"))]

    changed = bytearray(shown.message)
    changed[-40] ^= 1  # within the phone's signature
    refusals.append(
        refused("byte-changed", "terminal", lambda: world.verifier.verify_message(bytes(changed), "visit 1"))
    )
    with world.clock.ahead(_HOUR):
        refusals.append(refused("hour-later", "terminal", lambda: verify(shown.text, "visit 1")))
    refusals.append(refused("wrong-code", "phone", lambda: holder.present(_WRONG_CODE)))

    with watch.time("code_derivation"):
        public = _code_key(world.device_key, code_of(world.store.load()), _WRONG_CODE)
    changed_phone = _phone_that_expects(public, world)
    forged = changed_phone.present(_WRONG_CODE)
    refusals.append(refused("wrong-code-changed-phone", "terminal", lambda: verify(forged.text, "visit 3")))
    return refusals


def _revoke(world: DemoWorld, card: bytes, watch: Stopwatch) -> Revocation:
    """The insurer revokes the card and publishes; the terminal fetches what has changed."""
    world.issuer.revoke(card)
    with watch.time("publish"):
        published = world.publish()
    with watch.time("sync"):
        report = world.sync()
    if published.delta is None:
        raise AssertionError("one card more is no delta: a defect of the library")
    world.files |= {"snapshot-after-revocation.cbor": published.snapshot, "delta.cbor": published.delta}
    fetched = report.trust.fetched + sum(update.fetched for update in report.issuers)
    return Revocation(len(published.delta), fetched, len(published.lists[0]), report.issuers[0].outcome.value)


def _refusals_after(world: DemoWorld) -> list[dict[str, str]]:
    """A fresh QR of the revoked card; and what comes of a clock set back to when the card was good."""
    fresh = world.holder.present(_CODE)
    refusals = [refused("revoked-card", "terminal", lambda: world.verifier.verify(fresh.text, "visit 4"))]
    with world.clock.ahead(-_YEAR):
        refusals.append(refused("clock-set-back", "terminal", lambda: world.verifier.verify(fresh.text, "visit 4")))
    return refusals


def _code_key(device_key: DeviceKey, kept: PersonalCode, code: str) -> bytes:
    """The public half of the key that ``code`` and this phone make together."""
    device = device_key.public_key
    thumbprint = signing.thumbprint(device.algorithm, device.public)
    return pin.code_signing_key(pin.derive(code, kept.salt, kept.profile, thumbprint, device_key.prf)).public


def _phone_that_expects(code_key: bytes, world: DemoWorld) -> Holder:
    """The same phone, tampered with so that it finds another code right. The key that the issuer certified stays what it is."""
    store, state = MemoryHolderStore(), world.store.load()
    store.update(lambda _: replace(state, code=replace(code_of(state), key=code_key)))
    return Holder(world.device_key, store=store, clock=world.clock, entropy=SystemEntropy())


def _data(story: Story, out: Path | None) -> dict[str, object]:
    return {
        "result": "accepted",
        "suite": story.suite,
        "accepted": {
            **result_of(story.seen),
            "beneficiary": person_json(story.seen.card.person),
            "decoder": story.scan.decoder,
        },
        "qr": {
            "bytes": len(story.presentation.message),
            **_qr_data(story.qr),
        },
        "timings_ms": {name: round(value, 2) for name, value in story.timings.items()},
        "refusals": story.refusals,
        "visit": demo_visit.data(story.visit),
        "life": _life_data(story.life),
        "lending": _lending_data(story.lending),
        "revocation": asdict(story.revocation),
        "out": None if out is None else str(out),
    }


def _life_data(life: Life) -> dict[str, object]:
    return {
        "letters": life.letters,
        "twins": [
            {
                "beneficiary": person_json(seen.card.person),
                "alias": seen.card.beneficiary.hex(),
                "policyholder": seen.card.policyholder and seen.card.policyholder.hex(),
            }
            for seen in life.twins
        ],
        "renewed": life.renewed,
        "refusals": life.refusals,
    }


def _lending_data(lending: Lending) -> dict[str, object]:
    return {
        "introduction": _qr_data(lending.introduction),
        "handed_over": _qr_data(lending.handed_over),
        "granted": _lent_data(lending.granted),
        "by_issuer": _lent_data(lending.by_issuer),
        "refusals": lending.refusals,
    }


def _lent_data(lent: Lent) -> dict[str, object]:
    return {"bytes": lent.size, **_qr_data(lent.qr), "delegate": delegate_json(lent.seen.delegate)}


def _qr_data(code: QrCode) -> dict[str, object]:
    return {"characters": code.characters, "version": code.version, "error": code.error}
