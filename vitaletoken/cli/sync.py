"""``terminal sync``: what is new, from a mirror that nobody has to trust."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vitaletoken.adapters.mirror import DirectoryMirror
from vitaletoken.adapters.system import SystemClock
from vitaletoken.cli import arguments, desk
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.desk import Knowledge
from vitaletoken.cli.output import DONE, REFUSED, Outcome, span
from vitaletoken.errors import CATALOGUE, UsageError
from vitaletoken.rules.updates import Concern, Update, UpdateReport
from vitaletoken.rules.updates import Outcome as Taken
from vitaletoken.updater import Updater
from vitaletoken.wire.trust_list import MAX_SIZE

_NEWEST: Final = "trust/newest.cbor"

_TAKEN: Final = {
    Taken.HELD: "nothing newer there",
    Taken.NEW: "new",
    Taken.DELTAS: "new, by deltas",
    Taken.LISTS: "new, by whole lists",
    Taken.FAILED: "NOT UPDATED",
}
#: For a person.
CONCERNS: Final = {
    Concern.CLOCK_BEHIND: "The clock of this terminal is behind: set it. Until then every card is refused.",
    Concern.ALL_OLD: "No status list here is as new as it should be: the mirror stands still, or this clock is ahead.",
    Concern.TRUST_LIST_EXPIRED: "The trust list has expired: until there is a new one every card is refused.",
}


def add_to(verbs: arguments.Group) -> None:
    """Add the verb ``sync`` to those of ``terminal``."""
    parser = arguments.verb(verbs, "sync", "fetch what is new from a mirror: the trust list, then status lists", _sync)
    parser.epilog = (
        "What is damaged, older than what is held, or not signed as it must be is refused, and what was held stays in use. "
        "Exit status 3: something could not be updated."
    )
    desk.add_terminal(parser)
    parser.add_argument(
        "mirror", type=Path, metavar="MIRROR", help="its directory, or a copy of it, such as on a USB stick"
    )


def _sync(args: Args) -> Outcome:
    if not args.mirror.is_dir():
        raise UsageError(f"{args.mirror} is not a directory: what was held stays in use")
    mirror = DirectoryMirror(args.mirror)
    with desk.knowledge(args.terminal) as known:
        updater = Updater(
            mirror=mirror,
            trust=known.trust,
            status=known.status,
            clock=SystemClock(),
            floor=known.floor,
        )
        try:
            report = updater.update()
        except UsageError:
            _take_first_trust_list(known, mirror)
            raise
    updates = (report.trust, *report.issuers)
    failed = any(update.outcome is Taken.FAILED for update in updates)
    lines = ["NOT ALL UPDATED: what was held stays in use" if failed else "UPDATED", ""]
    lines += [line for update in updates for line in _lines(update)]
    lines += [f"  WARNING         {CONCERNS[concern]}" for concern in report.concerns]
    return Outcome(_data(report, failed=failed), lines, REFUSED if failed else DONE)


def _take_first_trust_list(known: Knowledge, mirror: DirectoryMirror) -> None:
    """Raise what is wrong with the mirror's: as long as none is held, that is the answer."""
    newest = mirror.fetch(_NEWEST, MAX_SIZE)
    if newest is None:
        raise UsageError(f"the mirror has no {_NEWEST}, and there is no trust list here to go on with")
    known.trust.catch_up(lambda version: mirror.fetch(f"trust/{version}.cbor", MAX_SIZE), newest)


def _lines(update: Update) -> list[str]:
    name, unit = ("Trust list", "version") if update.issuer is None else (update.issuer, "snapshot")
    held = "nothing held" if update.number is None else f"{unit} {update.number}"
    if update.age is not None:
        held += f", {span(update.age)} {'old' if update.age >= 0 else 'ahead of this clock'}"
    return [
        f"  {name:<15} {held}: {_TAKEN[update.outcome]}; {update.fetched:,} bytes",
        *(f"    refused       {CATALOGUE[code].reason} ({code.value})" for code in update.refusals),
        *(f"    not there     {path}" for path in update.missing),
    ]


def _data(report: UpdateReport, *, failed: bool) -> dict[str, object]:
    def data(update: Update) -> dict[str, object]:
        return {
            "outcome": update.outcome.value,
            "number": update.number,
            "age": update.age,
            "bytes": update.fetched,
            "refusals": [code.value for code in update.refusals],
            "missing": list(update.missing),
        }

    return {
        "result": "incomplete" if failed else "synced",
        "trust_list": data(report.trust),
        "issuers": {str(update.issuer): data(update) for update in report.issuers},
        "bytes": sum(update.fetched for update in (report.trust, *report.issuers)),
        "warnings": [concern.value for concern in report.concerns],
    }
