"""What a terminal demands, as options: of the QR, and of how new its own knowledge is."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from vitaletoken.cli import arguments
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.output import span
from vitaletoken.errors import UsageError
from vitaletoken.rules.policy import NORMAL_SKEW, TRUST_NOTICE, Policy
from vitaletoken.rules.profiles import PROFILES
from vitaletoken.wire.registry import Binding, Environment, UserVerification

_PROFILES: Final = {profile.name: profile for profile in PROFILES}

#: For the help.
PLACES: Final = "Profiles: " + "; ".join(f"{profile.name}: {profile.place}" for profile in PROFILES) + "."


def add_to(parser: arguments.Parser) -> None:
    """All of them."""
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
    parser.add_argument(
        "--delegates",
        action="store_true",
        help="let people act for others, with cards that were lent to them",
    )
    add_ages(parser)


def add_ages(parser: arguments.Parser) -> None:
    """Of how new the terminal's own knowledge is."""
    parser.add_argument(
        "--status-grace",
        type=arguments.duration,
        metavar="TIME",
        help="how long after their time status lists are believed, such as 48h (default: until they expire)",
    )
    parser.add_argument(
        "--trust-notice",
        type=arguments.duration,
        metavar="TIME",
        default=TRUST_NOTICE,
        help=f"how long before its end a trust list is a caution (default: {span(TRUST_NOTICE)})",
    )
    parser.add_argument(
        "--rights-age",
        type=int,
        metavar="DAYS",
        help="days after which rights that were not confirmed anew are a caution (default: never)",
    )


def policy(args: Args, environment: Environment) -> Policy:
    """The profile's, or made of the options; with the ages of ``args`` in either case.

    Raises:
        UsageError: both were given, or a number is out of range.
    """
    if args.profile is None:
        demanded = Policy(
            environment,
            arguments.member(Binding, args.least_binding or "open"),
            arguments.member(UserVerification, args.least_user_verification or "code"),
            NORMAL_SKEW if args.skew_limit is None else args.skew_limit,
        )
    elif (args.least_binding, args.least_user_verification, args.skew_limit) != (None, None, None):
        raise UsageError("--profile says it all: no --least-binding, --least-user-verification or --skew-limit with it")
    else:
        demanded = _PROFILES[args.profile].policy(environment)
    return replace(with_ages(args, demanded), delegates=args.delegates)


def with_ages(args: Args, demanded: Policy) -> Policy:
    """``demanded`` with the ages that ``args`` ask for."""
    return replace(demanded, status_grace=args.status_grace, trust_notice=args.trust_notice, rights_age=args.rights_age)
