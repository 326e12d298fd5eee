"""``phone introduce``, ``lend``, ``grant``, ``receive``, ``lent``: a card that another person acts with; see docs/lending.md."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final

from vitaletoken.adapters.qr import Medium
from vitaletoken.adapters.system import SystemClock
from vitaletoken.cli import arguments, handset, qr_output
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.intake import introduction_text, lent_card_text
from vitaletoken.cli.output import REFUSED, Outcome, moment, save, span
from vitaletoken.cli.secret_input import Secrets, confirm
from vitaletoken.cli.wallet_page import card_data, loan_data, loan_lines, terms_lines
from vitaletoken.errors import UsageError
from vitaletoken.rules.introduction import VerifiedIntroduction, review_introduction
from vitaletoken.wire.credential import MAX_LENT
from vitaletoken.wire.grant import MAX_LIFETIME
from vitaletoken.wire.registry import Category, Purpose
from vitaletoken.wire.text import INTRODUCTION_PREFIX, LENT_CARD_PREFIX, parse_text

_WHAT: Final = "a picture, a file with the text, the text, or -: standard input"


def add_to(verbs: arguments.Group) -> None:
    """Add the verbs to those of ``phone``."""
    parser = handset.acting(verbs, "introduce", "show who is to lend a card whose phone this is", _introduce)
    parser.add_argument("--name", required=True, help="yours, as the lender knows you; terminals are told it")
    handset.add_argon2(parser)
    qr_output.add_to(parser)

    parser = _lending(verbs, "lend", "lend a card through its issuer: make the order for it", _lend, MAX_LENT)
    arguments.add_out(parser, "the order, for `issuer lend`")

    parser = _lending(verbs, "grant", "lend a card offline: a QR for the other phone to read", _grant, MAX_LIFETIME)
    qr_output.add_to(parser)

    parser = handset.acting(verbs, "receive", "keep a card that another phone grants, if it is for this one", _receive)
    parser.add_argument("what", metavar="IMAGE|TEXT|-", help=_WHAT)

    handset.acting(verbs, "lent", "list what is lent of this phone's cards now", _lent)


def _lending(verbs: arguments.Group, name: str, summary: str, run: arguments.Run, longest: int) -> arguments.Parser:
    parser = handset.acting(verbs, name, summary, run)
    parser.add_argument(
        "--to",
        metavar="IMAGE|TEXT",
        required=True,
        help=f"the other phone's introduction: {_WHAT.replace(', or -: standard input', '')}",
    )
    parser.add_argument(
        "--for",
        type=arguments.duration,
        required=True,
        metavar="TIME",
        dest="lifetime",
        help=f"how long, such as 36h or 3d; {span(longest)} at most",
    )
    arguments.add_choices(parser, "purpose", Purpose, "what for")
    arguments.add_choices(parser, "category", Category, "where (default: anywhere)", required=False)
    handset.add_card(parser)
    parser.add_argument("--yes", action="store_true", help="you know who that is: nothing is asked")
    parser.set_defaults(longest=longest)
    return parser


def _introduce(args: Args) -> Outcome:
    qr_output.require_possible(args)
    secrets = Secrets(args.passphrase_file)
    with handset.opened(args, secrets) as holder:
        is_new = holder.wallet().code is None
        text = holder.introduce(args.name, secrets.code(new=is_new), profile=handset.argon2(args))
    data: dict[str, object] = {"result": "introduced", "bytes": len(parse_text(text, INTRODUCTION_PREFIX))}
    return qr_output.shown(args, text, "Introduction", "to be read within 10 minutes", data, Medium.SCREEN)


def _lend(args: Args) -> Outcome:
    introduction = _reviewed(args)
    if introduction is None:
        return _declined()
    secrets = Secrets(args.passphrase_file)
    until = SystemClock().now() + args.lifetime
    with handset.opened(args, secrets) as holder:
        purposes, categories = _scope(args)
        order = holder.order(
            introduction, secrets.code(), until=until, purposes=purposes, categories=categories, card=args.card
        )
        loan = holder.lent()[-1]
    save(args.out, order)
    return Outcome(
        {"result": "ordered", "order": str(args.out), **loan_data(loan)},
        [f"Order in {args.out}, for the issuer, with the introduction", *loan_lines(loan)],
    )


def _grant(args: Args) -> Outcome:
    qr_output.require_possible(args)
    introduction = _reviewed(args)
    if introduction is None:
        return _declined()
    secrets = Secrets(args.passphrase_file)
    with handset.opened(args, secrets) as holder:
        purposes, categories = _scope(args)
        text = holder.grant(
            introduction,
            secrets.code(),
            lifetime=args.lifetime,
            purposes=purposes,
            categories=categories,
            card=args.card,
        )
        loan = holder.lent()[-1]
    data: dict[str, object] = {
        "result": "granted",
        **loan_data(loan),
        "bytes": len(parse_text(text, LENT_CARD_PREFIX)),
    }
    return qr_output.shown(args, text, "Card and grant", f"until {moment(loan.until)}", data, Medium.SCREEN)


def _scope(args: Args) -> tuple[list[Purpose], list[Category] | None]:
    categories = None if args.category is None else [arguments.member(Category, name) for name in args.category]
    return [arguments.member(Purpose, name) for name in args.purpose], categories


def _reviewed(args: Args) -> VerifiedIntroduction | None:
    """Whose phone it is; None where the person says no. Shown on standard error: the answer may be the text of a QR."""
    if args.to == "-":
        raise UsageError("--to is a picture, a file or the text: standard input is for what is asked for here")
    if not 1 <= args.lifetime <= args.longest:
        raise UsageError(f"--for is 1 second to {span(args.longest)}")
    introduction = review_introduction(introduction_text(args.to), SystemClock().now())
    claims = introduction.claims
    lines = [
        f"This phone says that it is {claims.name}'s. Nobody has checked the name.",
        f"  To be lent     for {span(args.lifetime)}, for {', '.join(args.purpose)}; {_where(args.category)}",
    ]
    print("\n".join([*lines, ""]), file=sys.stderr, flush=True)
    return introduction if args.yes or confirm("Is that who you mean, and is this what you lend?") else None


def _where(categories: Iterable[str] | None) -> str:
    return "anywhere" if categories is None else f"at: {', '.join(categories)}"


def _declined() -> Outcome:
    return Outcome({"result": "declined"}, ["DECLINED: nothing was signed"], REFUSED)


def _receive(args: Args) -> Outcome:
    text = lent_card_text(args.what)
    with handset.opened(args, Secrets(args.passphrase_file)) as holder:
        handle = holder.receive(text, handset.trust(args).current()).handle
        card = holder.wallet().card(handle)
    return Outcome(
        {"result": "accepted", **card_data(card, SystemClock().now())},
        [f"ACCEPTED: a card that is lent to you; here {handle}", *terms_lines(card)],
    )


def _lent(args: Args) -> Outcome:
    with handset.opened(args, Secrets(args.passphrase_file)) as holder:
        loans = holder.lent()
    lines = [line for loan in loans for line in loan_lines(loan)]
    return Outcome({"result": "lent", "loans": [loan_data(loan) for loan in loans]}, lines or ["Nothing is lent"])
