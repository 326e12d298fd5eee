"""``verify``: the decision on a QR, with no network."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vitaletoken.adapters.sqlite import SqliteReplayStore
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.cli import arguments, desk
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.intake import card_text
from vitaletoken.cli.output import Outcome, save
from vitaletoken.cli.terminal import add_terminal
from vitaletoken.cli.verdict import accepted
from vitaletoken.errors import Code, InputError, UsageError
from vitaletoken.rules.policy import NORMAL_SKEW, Policy
from vitaletoken.rules.presentation import VerifiedPresentation
from vitaletoken.rules.profiles import PROFILES
from vitaletoken.verifier import Verifier
from vitaletoken.wire.registry import Binding, Environment, Purpose, UserVerification

_PROFILES: Final = {profile.name: profile for profile in PROFILES}
_NEEDS_SESSION: Final = (Code.SEAL_UNKNOWN, Code.CONTEXT_UNKNOWN)


def add_to(groups: arguments.Group) -> None:
    """Add the verb ``verify``."""
    parser = arguments.verb(groups, "verify", "decide on a QR", _verify)
    parser.epilog = "Profiles: " + "; ".join(f"{profile.name}: {profile.place}" for profile in PROFILES) + "."
    add_terminal(parser)
    parser.add_argument(
        "what", metavar="IMAGE|TEXT|-", help="a picture, a file with the text, the text, or -: standard input"
    )
    parser.add_argument(
        "--session",
        metavar="ID",
        help="the care session: a QR is good for one (default: a new one); for an answer, that of the challenge",
    )
    arguments.add_choice(parser, "purpose", Purpose, Purpose.IDENTIFICATION, "what the card is asked for")
    parser.add_argument("--profile", choices=_PROFILES, help="what such a place demands for each purpose")
    arguments.add_choice(parser, "least-binding", Binding, None, "the least that is accepted (default: open)")
    arguments.add_choice(
        parser, "least-user-verification", UserVerification, None, "the least that is accepted (default: code)"
    )
    parser.add_argument(
        "--skew-limit",
        type=int,
        metavar="SECONDS",
        help=f"clock difference, 0 to 300, that is let pass (default: {NORMAL_SKEW})",
    )
    parser.add_argument("--show-nir", action="store_true", help="show the number (NIR) too; --json has it anyway")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="new directory for the challenge and the opened answer, with which `care-sheet verify` checks a co-signed sheet",
    )


def _policy(args: Args, environment: Environment) -> Policy:
    """The profile's, or made of the options.

    Raises:
        UsageError: both were given.
    """
    if args.profile is None:
        return Policy(
            environment,
            arguments.member(Binding, args.least_binding or "open"),
            arguments.member(UserVerification, args.least_user_verification or "code"),
            NORMAL_SKEW if args.skew_limit is None else args.skew_limit,
        )
    if (args.least_binding, args.least_user_verification, args.skew_limit) != (None, None, None):
        raise UsageError("--profile says it all: no --least-binding, --least-user-verification or --skew-limit with it")
    return _PROFILES[args.profile].policy(environment)


def _verify(args: Args) -> Outcome:
    trust, status, environment = desk.lists(args.terminal)
    policy = _policy(args, environment)
    if args.keep is not None and args.keep.exists():
        raise UsageError(f"{args.keep} is there already: nothing was verified")
    session = SystemEntropy().random(8).hex() if args.session is None else args.session
    text, decoder = card_text(args.what)
    with (
        SqliteReplayStore(args.terminal / "replay.sqlite") as replay,
        desk.opened(args.terminal, trust.current(), None) as terminal,
    ):
        verifier = Verifier(
            trust=trust, status=status, replay=replay, clock=SystemClock(), policy=policy, terminal=terminal
        )
        try:
            seen = verifier.verify(text, session, arguments.member(Purpose, args.purpose))
        except InputError as refused:
            if args.session is None and refused.code in _NEEDS_SESSION:
                refused.add_note("An answer is verified in the session of its challenge: say --session.")
            raise
        if args.keep is not None:
            _keep(args.keep, seen)
    return accepted(seen, decoder=decoder, session=session, show_nir=args.show_nir)


def _keep(directory: Path, seen: VerifiedPresentation) -> None:
    """Both halves of a co-signed care sheet. The answer is kept opened: its session key goes with the challenge."""
    if seen.evidence is None:
        return
    directory.mkdir(mode=0o700)
    save(directory / "challenge.cbor", seen.evidence.challenge)
    save(directory / "presentation.cbor", seen.evidence.presentation)
