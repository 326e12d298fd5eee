"""``verify``: the decision on a QR, with no network."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vitaletoken.adapters.sqlite import SqliteReplayStore
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.cli import arguments, demands, desk
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.intake import card_text
from vitaletoken.cli.output import Outcome, save
from vitaletoken.cli.verdict import accepted
from vitaletoken.errors import Code, InputError, UsageError
from vitaletoken.rules.presentation import VerifiedPresentation
from vitaletoken.verifier import Verifier
from vitaletoken.wire.registry import Purpose

_NEEDS_SESSION: Final = (Code.SEAL_UNKNOWN, Code.CONTEXT_UNKNOWN)
_TERMINALS_OWN: Final = (
    Code.CLOCK_BEHIND,
    Code.TRUST_LIST_EXPIRED,
    Code.STATUS_UNAVAILABLE,
    Code.STATUS_EXPIRED,
    Code.STATUS_TOO_OLD,
)


def add_to(groups: arguments.Group) -> None:
    """Add the verb ``verify``."""
    parser = arguments.verb(groups, "verify", "decide on a QR", _verify)
    parser.epilog = demands.PLACES
    desk.add_terminal(parser)
    parser.add_argument(
        "what", metavar="IMAGE|TEXT|-", help="a picture, a file with the text, the text, or -: standard input"
    )
    parser.add_argument(
        "--session",
        metavar="ID",
        help="the care session: a QR is good for one (default: a new one); for an answer, that of the challenge",
    )
    arguments.add_choice(parser, "purpose", Purpose, Purpose.IDENTIFICATION, "what the card is asked for")
    demands.add_to(parser)
    parser.add_argument("--show-nir", action="store_true", help="show the number (NIR) too; --json has it anyway")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="new directory for the challenge and the opened answer, with which `care-sheet verify` checks a co-signed sheet",
    )


def _verify(args: Args) -> Outcome:
    if args.keep is not None and args.keep.exists():
        raise UsageError(f"{args.keep} is there already: nothing was verified")
    session = SystemEntropy().random(8).hex() if args.session is None else args.session
    with desk.knowledge(args.terminal) as known:
        policy = demands.policy(args, known.environment)
        text, decoder = card_text(args.what)
        trust = known.trust.current()
        with (
            SqliteReplayStore(args.terminal / "replay.sqlite") as replay,
            desk.opened(args.terminal, trust, None) as terminal,
        ):
            verifier = Verifier(
                trust=known.trust,
                status=known.status,
                replay=replay,
                clock=SystemClock(),
                policy=policy,
                terminal=terminal,
                floor=known.floor,
                categories=desk.categories(args.terminal, trust),
            )
            try:
                seen = verifier.verify(text, session, arguments.member(Purpose, args.purpose))
            except InputError as refused:
                _explain(refused, args)
                raise
    if args.keep is not None:
        _keep(args.keep, seen)
    return accepted(seen, decoder=decoder, session=session, show_nir=args.show_nir)


def _explain(refused: InputError, args: Args) -> None:
    """What to do, beyond the advice, which is the same wherever the library is embedded."""
    if args.session is None and refused.code in _NEEDS_SESSION:
        refused.add_note("An answer is verified in the session of its challenge: say --session.")
    if refused.code is Code.DELEGATION_NOT_ALLOWED:
        refused.add_note("Where it is allowed, say --delegates.")
    if refused.code is Code.DELEGATION_SCOPE:
        refused.add_note(
            "The card was lent for other purposes than --purpose, or for other places than this terminal is certified for."
        )
    if refused.code in _TERMINALS_OWN:
        refused.add_note("It is this terminal that must be put right, and not the card: vitaletoken terminal status.")


def _keep(directory: Path, seen: VerifiedPresentation) -> None:
    """Both halves of a co-signed care sheet. The answer is kept opened: its session key goes with the challenge."""
    if seen.evidence is None:
        return
    directory.mkdir(mode=0o700)
    save(directory / "challenge.cbor", seen.evidence.challenge)
    save(directory / "presentation.cbor", seen.evidence.presentation)
