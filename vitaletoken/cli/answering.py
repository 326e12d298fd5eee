"""``phone review`` and ``phone present``: who asks, and the QR for one visit."""

from __future__ import annotations

import sys
from typing import Final

from vitaletoken.adapters.qr import Medium
from vitaletoken.adapters.system import SystemClock
from vitaletoken.cli import arguments, handset, qr_output
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.intake import terminal_text
from vitaletoken.cli.output import REFUSED, Outcome, moment
from vitaletoken.cli.review_page import review_data, review_lines
from vitaletoken.cli.secret_input import Secrets, confirm
from vitaletoken.errors import UsageError
from vitaletoken.holder import Presentation
from vitaletoken.rules.terminal import Review, VerifiedCertificate, VerifiedChallenge, review
from vitaletoken.wire.registry import UserVerification, View, label

_WHAT: Final = "the terminal's sticker or challenge: a picture, a file with the text, the text, or -: standard input"


def add_to(verbs: arguments.Group) -> None:
    """Add the verbs ``review`` and ``present`` to those of ``phone``."""
    parser = arguments.verb(verbs, "review", "find out who a terminal is and what it asks for; signs nothing", _review)
    arguments.add_directory(parser, "phone", "made by `phone new`")
    parser.add_argument("what", metavar="IMAGE|TEXT|-", help=_WHAT)

    parser = handset.acting(verbs, "present", "show the QR for one visit, good for 60 seconds", _present)
    parser.add_argument(
        "--to",
        metavar="IMAGE|TEXT",
        help=f"for this terminal alone, after a review: {_WHAT.replace(', or -: standard input', '')}",
    )
    parser.add_argument("--yes", action="store_true", help="with --to: what is asked for is shown, and not asked about")
    parser.add_argument(
        "--minimal", action="store_true", help="with --to: decline the billing view, with the number (NIR)"
    )
    qr_output.add_to(parser)
    parser.add_argument("--print", action="store_true", dest="on_paper", help="error correction M, for paper")
    handset.add_card(parser)
    parser.add_argument("--no-code", action="store_true", help="without the personal code")
    arguments.add_choice(
        parser, "user-verification", UserVerification, None, "with --no-code: what the phone itself knows"
    )


def _review(args: Args) -> Outcome:
    found = _reviewed(args, args.what)
    return Outcome({"result": "genuine", **review_data(found)}, review_lines(found))


def _reviewed(args: Args, what: str) -> Review:
    return review(terminal_text(what), handset.trust(args).current(), SystemClock().now())


def _present(args: Args) -> Outcome:
    if args.user_verification is not None and not args.no_code:
        raise UsageError("--user-verification goes with --no-code")
    if args.to is None and (args.yes or args.minimal):
        raise UsageError("--yes and --minimal go with --to")
    if args.to == "-":
        raise UsageError("--to is a picture, a file or the text: standard input is for what is asked for here")
    qr_output.require_possible(args)
    found = None if args.to is None else _reviewed(args, args.to)
    if found is not None:
        # To standard error, since the answer may be one JSON document or the text of the QR.
        print("\n".join([*review_lines(found), ""]), file=sys.stderr, flush=True)
        if not args.yes and not confirm("Answer this terminal?"):
            return Outcome({"result": "declined", **review_data(found)}, ["DECLINED: nothing was signed"], REFUSED)
    presentation = _made(args, None if found is None else found.asker)
    claims = presentation.claims
    data: dict[str, object] = {
        "result": "presented",
        "binding": label(claims.binding),
        "view": label(presentation.view),
        "sealed": presentation.sealed,
        "to": found and review_data(found),
        "counter": claims.counter,
        "expires": claims.exp,
        "bytes": len(presentation.message),
    }
    what = f"{'Sealed answer' if presentation.sealed else 'Presentation'} {claims.counter}"
    until = f"until {moment(claims.exp)}"
    if found is not None and found.challenge is not None:
        until = f"within the terminal's {found.challenge.claims.lifetime} s"
    medium = Medium.PRINT if args.on_paper else Medium.SCREEN
    return qr_output.shown(args, presentation.text, what, until, data, medium)


def _made(args: Args, asker: VerifiedCertificate | VerifiedChallenge | None) -> Presentation:
    secrets = Secrets(args.passphrase_file)
    view = View.MINIMAL if args.minimal else None
    with handset.opened(args, secrets) as holder:
        if args.no_code:
            level = arguments.member(UserVerification, args.user_verification or "none")
            return holder.present(card=args.card, to=asker, view=view, user_verification=level)
        return holder.present(secrets.code(), card=args.card, to=asker, view=view)
