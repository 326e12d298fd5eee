"""``terminal new``, ``terminal load``, ``verify``: the desk, with no network."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import FileStatus, FileTrust, read_message, read_roots
from vitaletoken.adapters.sqlite import SqliteReplayStore
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.cli import arguments, directories
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.directories import Profile
from vitaletoken.cli.intake import card_text
from vitaletoken.cli.output import Outcome, moment
from vitaletoken.cli.verdict import accepted
from vitaletoken.errors import UsageError
from vitaletoken.rules.policy import NORMAL_SKEW, Policy
from vitaletoken.verifier import Verifier
from vitaletoken.wire.registry import Environment, UserVerification

# The first byte tells the two apart: an array of two (the trust list) or of four (a COSE_Sign1).
_TRUST_LIST: Final = b"\x82"
_STATUS_LIST: Final = b"\x84"


def add_to(groups: arguments.Group) -> None:
    """Add the noun ``terminal`` and the verb ``verify``."""
    verbs = arguments.group(groups, "terminal", "the terminal's lists")
    parser = arguments.verb(verbs, "new", "make a terminal, which pins the root set", _new)
    arguments.add_input(parser, "roots", "the root set")
    arguments.add_environment(parser)
    arguments.add_out(parser, "new directory for it", metavar="DIR")

    parser = arguments.verb(verbs, "load", "verify lists and put them in force; older ones are refused", _load)
    _add_terminal(parser)
    parser.add_argument("lists", type=Path, nargs="+", metavar="FILE", help="trust lists and status lists")

    parser = arguments.verb(groups, "verify", "decide on a QR", _verify)
    _add_terminal(parser)
    parser.add_argument(
        "what", metavar="IMAGE|TEXT|-", help="a picture, a file with the text, the text, or -: standard input"
    )
    parser.add_argument("--session", metavar="ID", help="the care session: a QR is good for one (default: a new one)")
    arguments.add_choice(
        parser, "least-user-verification", UserVerification, UserVerification.CODE, "the least that is accepted"
    )
    parser.add_argument(
        "--skew-limit",
        type=int,
        default=NORMAL_SKEW,
        metavar="SECONDS",
        help=f"clock difference, 0 to 300, that is let pass (default: {NORMAL_SKEW})",
    )


def _add_terminal(parser: arguments.Parser) -> None:
    arguments.add_directory(parser, "terminal", "made by `terminal new`")


def _new(args: Args) -> Outcome:
    roots = read_roots(args.roots)
    directories.make(args.out, "terminal", {"environment": args.environment})
    FileTrust.pin(args.out, roots)
    return Outcome(
        {"result": "made", "directory": str(args.out), "environment": args.environment, "threshold": roots.threshold},
        [
            f"Terminal in {args.out}, {args.environment}; {roots.threshold} of {len(roots.keys)} pinned root keys must sign"
        ],
    )


def _lists(args: Args) -> tuple[FileTrust, FileStatus, Environment]:
    environment = Profile(args.terminal, "terminal").environment()
    trust = FileTrust(args.terminal, environment)
    return trust, FileStatus(args.terminal / "status", trust), environment


def _load(args: Args) -> Outcome:
    trust, status, _ = _lists(args)
    read = [(path, read_message(path)) for path in args.lists]
    for path, data in read:
        if not data.startswith((_TRUST_LIST, _STATUS_LIST)):
            raise UsageError(f"{path} is neither a trust list nor a status list")
    loaded: list[dict[str, object]] = []
    lines = []
    # Trust lists first: what a status list is worth depends on them.
    for path, data in sorted(read, key=lambda item: item[1].startswith(_STATUS_LIST)):
        if data.startswith(_TRUST_LIST):
            claims = trust.load(data).claims
            loaded.append({"file": str(path), "trust_list": claims.version, "expires": claims.exp})
            lines.append(f"Trust list version {claims.version} in force, until {moment(claims.exp)}")
        else:
            new = status.load(data)
            loaded.append(
                {
                    "file": str(path),
                    "status_list": new.number,
                    "issuer": new.issuer,
                    "as_of": new.iat,
                    "expires": new.exp,
                }
            )
            lines.append(f"Status list {new.number} of {new.issuer} as of {moment(new.iat)}, until {moment(new.exp)}")
    return Outcome({"result": "loaded", "lists": loaded}, lines)


def _verify(args: Args) -> Outcome:
    trust, status, environment = _lists(args)
    policy = Policy(
        environment=environment,
        least_user_verification=arguments.member(UserVerification, args.least_user_verification),
        skew_limit=args.skew_limit,
    )
    session = SystemEntropy().random(8).hex() if args.session is None else args.session
    text, decoder = card_text(args.what)
    with SqliteReplayStore(args.terminal / "replay.sqlite") as replay:
        verifier = Verifier(trust=trust, status=status, replay=replay, clock=SystemClock(), policy=policy)
        return accepted(verifier.verify(text, session), decoder=decoder, session=session)
