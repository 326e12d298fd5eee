"""``issuer renew``, ``lend`` and ``unlock``: what an issuer does for phones that have a card."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import read_message
from vitaletoken.card_press import CREDENTIAL_LIFETIME
from vitaletoken.cli import arguments, insurer
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.intake import message
from vitaletoken.cli.output import Outcome, moment, save
from vitaletoken.cli.statuses import card_id, id_in
from vitaletoken.errors import UsageError
from vitaletoken.rules.cards import MAX_STOCK
from vitaletoken.wire.credential import parse_credential

_DAY: Final = 86_400


def add_to(verbs: arguments.Group) -> None:
    """Add the verbs to those of ``issuer``."""
    parser = insurer.acting(verbs, "renew", "make a card anew: new times and rights, or a new code's key", _renew)
    arguments.add_input(parser, "renewal", "from `phone renew` or `phone change-code`")
    parser.add_argument(
        "--stock",
        type=int,
        default=1,
        metavar="N",
        help=f"cards whose times follow each other, 1 to {MAX_STOCK} (default: 1)",
    )
    days = CREDENTIAL_LIFETIME // _DAY
    parser.add_argument("--days", type=int, default=days, help=f"lifetime of each (default: {days})")
    arguments.add_out(parser, "new directory for the cards, for the phone", metavar="DIR")

    parser = insurer.acting(verbs, "lend", "make a card of the same person for another person's phone", _lend)
    arguments.add_input(parser, "order", "from `phone lend`")
    parser.add_argument(
        "--introduction",
        metavar="IMAGE|TEXT",
        required=True,
        help="of the other phone, from `phone introduce`: a picture, a file with the text, or the text",
    )
    arguments.add_out(parser, "the card, for the other phone")

    parser = insurer.acting(
        verbs, "unlock", "give a locked phone its tries back, when its owner was proofed anew", _unlock
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--card", metavar="HEX", help="id of the card that the phone uses now, as `phone cards` says")
    which.add_argument("--credential", type=Path, metavar="FILE", help="that card itself")
    arguments.add_input(parser, "nonce", "from `phone ask-unlock`")
    arguments.add_out(parser, "the answer, for the phone")


def _renew(args: Args) -> Outcome:
    renewal = read_message(args.renewal)
    if args.out.exists():
        raise UsageError(f"{args.out} is there already: nothing was renewed")
    with insurer.issuer(args) as issuer:
        answers = issuer.renew(renewal, stock=args.stock, lifetime=args.days * _DAY)
    args.out.mkdir(mode=0o700)
    for number, answer in enumerate(answers, start=1):
        save(args.out / f"{number}.cbor", answer)
    claims = [parse_credential(answer).unverified_claims for answer in answers]
    cards = {each.cti.hex(): each.exp for each in claims}  # both views of one have one id
    return Outcome(
        {"result": "renewed", "directory": str(args.out), "files": len(answers), "cards": cards},
        [f"Card {card} in {args.out}, until {moment(end)}" for card, end in cards.items()],
    )


def _lend(args: Args) -> Outcome:
    order, introduction = read_message(args.order), message(args.introduction).data
    with insurer.issuer(args) as issuer:
        credential = issuer.lend(order, introduction)
    save(args.out, credential)
    claims = parse_credential(credential).unverified_claims
    return Outcome(
        {"result": "lent", "credential": str(args.out), "card": claims.cti.hex(), "expires": claims.exp},
        [f"Card {claims.cti.hex()} in {args.out}, lent until {moment(claims.exp)}; it can be revoked by itself"],
    )


def _unlock(args: Args) -> Outcome:
    card = card_id(args.card, "--card") if args.credential is None else id_in(args.credential)
    nonce = read_message(args.nonce)
    with insurer.issuer(args) as issuer:
        unlock = issuer.unlock(card, nonce)
    save(args.out, unlock)
    return Outcome(
        {"result": "unlocked", "message": str(args.out), "card": card.hex()},
        [f"The answer is in {args.out}; good once, on the phone with card {card.hex()}"],
    )
