"""``phone ...``: enrols and accepts the card. The rest is in ``answering`` (at a terminal), ``keeping`` and ``lending``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import FileTrust, read_message, read_roots
from vitaletoken.adapters.keystore import generate_device_key, save_key
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.cli import answering, arguments, directories, handset, keeping, lending
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.output import Outcome, moment, save
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.cli.wallet_page import card_data, terms_lines
from vitaletoken.errors import UsageError
from vitaletoken.rules.cards import CardKind
from vitaletoken.rules.trust import TrustAnchor, kid_of, verify_trust_list
from vitaletoken.rules.wallet import code_of
from vitaletoken.wire.registry import Algorithm, Environment

_SUITES: Final = {1: Algorithm.ED25519, 2: Algorithm.ESP256}


def add_to(groups: arguments.Group) -> None:
    """Add the noun ``phone``."""
    verbs = arguments.group(groups, "phone", "the person's phone")
    parser = arguments.verb(verbs, "new", "make a phone, with a key of its own", _new)
    parser.add_argument("--suite", type=int, choices=_SUITES, default=1, help="1: Ed25519 (default), 2: P-256")
    arguments.add_input(parser, "roots", "the root set, which it pins")
    arguments.add_input(parser, "trust", "the trust list")
    arguments.add_environment(parser)
    arguments.add_out(parser, "new directory for it", metavar="DIR")
    arguments.add_passphrase(parser)

    parser = arguments.verb(verbs, "load", "give the phone a newer trust list", _load)
    arguments.add_directory(parser, "phone", "made by `phone new`")
    arguments.add_input(parser, "trust", "the trust list")

    parser = handset.acting(
        verbs, "enrol", "answer an offer: choose or prove the personal code, make a request", _enrol
    )
    arguments.add_input(parser, "offer", "the issuer's offer")
    arguments.add_out(parser, "the request, for the issuer")
    handset.add_argon2(parser)
    parser.add_argument("--birth-date", type=arguments.day, metavar="YYYY-MM-DD", help="refused as a code")
    parser.add_argument("--child", action="store_true", help="the card is to be a child's of the phone's owner")
    arguments.add_number(parser, "the number of the person whom the card is for, which is sealed to the issuer")

    parser = handset.acting(verbs, "accept", "keep a card, if it answers what this phone itself has asked for", _accept)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--credential", type=Path, metavar="FILE", help="the card, enrolled or lent through the issuer")
    what.add_argument(
        "--renewed", type=Path, metavar="DIR", help="the cards in answer to a renewal, from `issuer renew`"
    )
    arguments.add_input(
        parser, "billing", "with --credential: its billing view, where the issuer gave one", required=False
    )
    handset.add_card(parser, "with --renewed: which card, where there are several: its handle, from `phone cards`")

    keeping.add_to(verbs)
    lending.add_to(verbs)
    answering.add_to(verbs)


def _new(args: Args) -> Outcome:
    roots, trust_list = read_roots(args.roots), read_message(args.trust)
    environment = arguments.member(Environment, args.environment)
    verify_trust_list(trust_list, TrustAnchor(roots), environment)  # before there is a directory
    passphrase = Secrets(args.passphrase_file).passphrase(str(args.out), new=True)
    entropy = SystemEntropy()
    key, secrets = generate_device_key(_SUITES[args.suite], entropy)
    directories.make(args.out, "phone", {"suite": args.suite, "environment": args.environment})
    save_key(args.out / "phone.key", key, secrets, passphrase, entropy)
    FileTrust.pin(args.out, roots)
    FileTrust(args.out, environment).load(trust_list)
    kid = kid_of(key.public_key).hex()
    return Outcome(
        {"result": "made", "directory": str(args.out), "suite": args.suite, "kid": kid},
        [f"Phone with key {kid} (suite {args.suite}) in {args.out}"],
    )


def _load(args: Args) -> Outcome:
    claims = handset.trust(args).load(read_message(args.trust)).claims
    return Outcome(
        {"result": "loaded", "version": claims.version, "expires": claims.exp},
        [f"Trust list version {claims.version} in force, until {moment(claims.exp)}"],
    )


def _enrol(args: Args) -> Outcome:
    secrets = Secrets(args.passphrase_file)
    offer, trusted = read_message(args.offer), handset.trust(args).current()
    with handset.opened(args, secrets) as holder:
        held = holder.wallet().code
        code = secrets.code(new=held is None)
        kind = CardKind.CHILD if args.child else CardKind.OWN
        nir = secrets.number(args.nir_file, "the child" if args.child else "the phone's owner")
        request = holder.enrol(
            offer, trusted, code, nir, kind=kind, profile=handset.argon2(args), birth_date=args.birth_date
        )
        made = code_of(holder.wallet())
    save(args.out, request)
    said = "the code is chosen and is written nowhere" if held is None else "under the code of this phone"
    return Outcome(
        {"result": "enrolled", "request": str(args.out), "argon2": made.profile.label},
        [f"Enrolment request in {args.out}; {said}"],
    )


def _accept(args: Args) -> Outcome:
    if args.renewed is not None and args.billing is not None:
        raise UsageError("--billing goes with --credential: a renewed card's views are in its directory")
    if args.credential is not None and args.card is not None:
        raise UsageError("--card goes with --renewed: a card that is new gets its own handle")
    return _accept_new(args) if args.renewed is None else _accept_renewed(args)


def _accept_new(args: Args) -> Outcome:
    billing = None if args.billing is None else read_message(args.billing)
    with handset.opened(args, Secrets(args.passphrase_file)) as holder:
        handle, verified = holder.accept(read_message(args.credential), handset.trust(args).current(), billing)
        card = holder.wallet().card(handle)
    claims = verified.claims
    return Outcome(
        {"result": "accepted", **card_data(card, SystemClock().now())},
        [
            f"ACCEPTED: card {claims.cti.hex()} of {verified.issuer_name}, until {moment(claims.exp)}"
            f"{', with its billing view' if billing is not None else ''}; here {handle}",
            *terms_lines(card),
        ],
    )


def _accept_renewed(args: Args) -> Outcome:
    answers = [read_message(path) for path in sorted(args.renewed.iterdir())]
    with handset.opened(args, Secrets(args.passphrase_file)) as holder:
        handle = holder.wallet().own_card(args.card).handle
        renewed = holder.accept_renewal(handle, answers, handset.trust(args).current())
        card = holder.wallet().card(handle)
        change = holder.wallet().change
    waiting = [] if change is None else list(change.waiting)
    lines = [f"ACCEPTED: card {handle} renewed, until {moment(card.stock[-1].claims.exp)}"]
    if renewed.code_changed:
        lines.append("  The new code counts from now on")
    lines += [f"  Gone with the old code: {gone}, which was lent to you" for gone in renewed.gone]
    lines += [f"  The new code waits for the answer for {other}" for other in waiting]
    return Outcome(
        {
            "result": "accepted",
            **card_data(card, SystemClock().now()),
            "code_changed": renewed.code_changed,
            "gone": list(renewed.gone),
            "change_waits_for": waiting,
        },
        lines,
    )
