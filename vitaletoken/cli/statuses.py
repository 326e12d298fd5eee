"""``issuer revoke`` and the like, in batches; ``lent-from``; and ``issuer publish``, from which terminals learn it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import read_message
from vitaletoken.adapters.mirror import MirrorWriter
from vitaletoken.adapters.system import SystemClock
from vitaletoken.cli import arguments, insurer
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.output import Outcome, moment, span
from vitaletoken.errors import UsageError, raise_alone
from vitaletoken.issuer import Issuer
from vitaletoken.publisher import LIFETIME, TTL
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.snapshot import parse_snapshot

_ID_SIZE: Final = 8

_Change = Callable[..., None]
_VERBS: Final[tuple[tuple[str, str, _Change, str], ...]] = (
    ("revoke", "revoke cards, for good", Issuer.revoke, "revoked"),
    ("suspend", "suspend cards", Issuer.suspend, "suspended"),
    ("restore", "make suspended cards valid again", Issuer.restore, "restored"),
    (
        "withdraw-delegations",
        "withdraw the delegations granted so far; the cards stay valid",
        Issuer.withdraw_delegations,
        "without the delegations granted so far",
    ),
    (
        "lend-anew",
        "let cards be lent again, 72 hours after their delegations were withdrawn or later",
        Issuer.lend_anew,
        "can be lent again",
    ),
)


def add_to(verbs: arguments.Group) -> None:
    """Add the verbs to those of ``issuer``."""
    for name, summary, change, done in _VERBS:
        parser = insurer.acting(
            verbs, name, f"{summary}; terminals learn it from the next publication", _changing(name, change, done)
        )
        parser.epilog = "All of them, or, where one of them cannot be changed so, none."
        parser.add_argument(
            "--card", metavar="HEX", action="append", default=[], help="a card's id, from `issuer issue`; repeatable"
        )
        parser.add_argument(
            "--credential", type=Path, metavar="FILE", action="append", default=[], help="a card itself; repeatable"
        )
        parser.add_argument(
            "--cards",
            type=Path,
            metavar="FILE",
            action="append",
            default=[],
            help="ids, one a line; empty lines and what follows a # are passed over; repeatable",
        )

    parser = insurer.acting(verbs, "lent-from", "list the cards that were lent from a card", _lent_from)
    parser.epilog = "The answer for a person is a list as `issuer revoke --cards` takes one."
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--card", metavar="HEX", help="the card's id, any that it has had")
    which.add_argument("--credential", type=Path, metavar="FILE", help="the card itself")

    parser = insurer.acting(
        verbs, "publish", "publish the status of all cards to a mirror, for the terminals", _publish
    )
    parser.add_argument("--mirror", type=Path, metavar="DIR", required=True, help="the mirror's directory")
    parser.add_argument(
        "--lists",
        type=int,
        metavar="N",
        help="set up N status lists from now on, of 1,048,576 cards each (never fewer)",
    )
    parser.add_argument(
        "--ttl",
        type=arguments.duration,
        default=TTL,
        metavar="TIME",
        help=f"in which terminals should fetch the next one (default: {span(TTL)})",
    )
    parser.add_argument(
        "--lifetime",
        type=arguments.duration,
        default=LIFETIME,
        metavar="TIME",
        help=f"after which no terminal believes it (default: {span(LIFETIME)})",
    )


def _changing(name: str, change: _Change, done: str) -> arguments.Run:
    def run(args: Args) -> Outcome:
        cards = _cards(args)
        with insurer.issuer(args) as issuer:
            change(issuer, *cards)
        what = f"Card {cards[0].hex()}" if len(cards) == 1 else f"{len(cards)} cards"
        return Outcome(
            {"result": name, "cards": [card.hex() for card in cards]},
            [f"{what}: {done}; now publish: vitaletoken issuer publish"],
        )

    return run


def _cards(args: Args) -> list[bytes]:
    """The ids that were given in any way, each once."""
    found = [card_id(text, "--card") for text in args.card]
    found += map(id_in, args.credential)
    for path in args.cards:
        try:
            lines = path.read_text("ascii").splitlines()
        except UnicodeDecodeError:  # with all of another file in it
            raise_alone(UsageError(f"{path} is not a list of card ids"))
        for number, line in enumerate(lines, start=1):
            text = line.partition("#")[0].strip()
            if text:
                found.append(card_id(text, f"{path}, line {number}"))
    if not found:
        raise UsageError("which cards? Say --card, --cards or --credential")
    return list(dict.fromkeys(found))


def card_id(text: str, where: str) -> bytes:
    """A card's id in hex. Raises ``UsageError``: it is none; ``where`` it stands is said."""
    try:
        card = bytes.fromhex(text)
    except ValueError:
        card = b""
    if len(card) != _ID_SIZE:
        raise UsageError(f"{where}: a card's id is 16 hex digits")
    return card


def id_in(path: Path) -> bytes:
    """The id of the card in a file."""
    return parse_credential(read_message(path)).unverified_claims.cti


def _lent_from(args: Args) -> Outcome:
    card = id_in(args.credential) if args.card is None else card_id(args.card, "--card")
    with insurer.issuer(args) as issuer:
        cards = [lent.hex() for lent in issuer.lent_from(card)]
    return Outcome(
        {"result": "lent-from", "card": card.hex(), "cards": cards},
        [f"# {len(cards)} lent from {card.hex()} here, with those that are over or revoked", *cards],
    )


def _publish(args: Args) -> Outcome:
    own = insurer.profile(args)
    count = own.number("status_lists")
    if args.lists is not None and args.lists < count:
        raise UsageError(f"{count} status lists were set up, and cards may be in any of them: never fewer")
    count = args.lists or count
    writer = MirrorWriter(args.mirror)
    with insurer.publisher(args, count) as publisher:
        # The minute as the least sequence number: terminals go on even after the last publication was lost.
        made = publisher.publish(
            writer.last(own.text("id")), ttl=args.ttl, lifetime=args.lifetime, at_least=SystemClock().now() // 60
        )
    writer.publish(made)
    if count != own.number("status_lists"):
        own.change(status_lists=count)  # only now: no card is put into a list that no terminal can have
    claims = parse_snapshot(made.snapshot).unverified_claims
    lists = sum(map(len, made.lists.values()))
    delta = None if made.delta is None else len(made.delta)
    by_delta = "terminals need every list" if delta is None else f"or a delta of {delta:,} bytes from the one before"
    return Outcome(
        {
            "result": "published",
            "mirror": str(args.mirror),
            "issuer": made.issuer,
            "sequence": made.sequence,
            "as_of": claims.iat,
            "ttl": claims.ttl,
            "expires": claims.exp,
            "lists": len(made.lists),
            "post_quantum": own.has("post_quantum_key"),
            "bytes": {"snapshot": len(made.snapshot), "lists": lists, "delta": delta},
        },
        [
            f"PUBLISHED: snapshot {made.sequence} of {made.issuer} as of {moment(claims.iat)} in {args.mirror}",
            f"  Snapshot {len(made.snapshot):,} bytes, {len(made.lists)} lists {lists:,} bytes, {by_delta}",
            f"  A newer one is due within {span(claims.ttl)}; none believes it after {moment(claims.exp)}",
        ],
    )
