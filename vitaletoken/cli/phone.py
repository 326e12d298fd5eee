"""``phone ...``: enrols and accepts the card. What it does at a terminal is in ``answering``."""

from __future__ import annotations

from datetime import date
from typing import Final

from vitaletoken.adapters.files import FileTrust, read_message, read_roots
from vitaletoken.adapters.keystore import generate_device_key, save_key
from vitaletoken.adapters.system import SystemEntropy, stretch_seconds
from vitaletoken.cli import answering, arguments, directories, handset
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.output import Outcome, moment, save
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.crypto.pin import Argon2Profile, choose_profile
from vitaletoken.rules.trust import TrustAnchor, kid_of, verify_trust_list
from vitaletoken.rules.wallet import CardKind, code_of
from vitaletoken.wire.registry import Algorithm, Environment, View, label

_SUITES: Final = {1: Algorithm.ED25519, 2: Algorithm.ESP256}
_PROFILES: Final = {profile.label: profile for profile in Argon2Profile}
_MEASURED: Final = "measured"
_BUDGET: Final = 1.0


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
    parser.add_argument(
        "--argon2",
        choices=(*_PROFILES, _MEASURED),
        help=f"profile of the code key, chosen with the code (default: default; {_MEASURED}: by time, within {_BUDGET} s)",
    )
    parser.add_argument("--birth-date", type=_day, metavar="YYYY-MM-DD", help="refused as a code")
    parser.add_argument("--child", action="store_true", help="the card is to be a child's of the phone's owner")

    parser = handset.acting(verbs, "accept", "keep the card, if it answers this phone's own request", _accept)
    arguments.add_input(parser, "credential", "the card")
    arguments.add_input(parser, "billing", "its billing view, where the issuer gave one", required=False)

    answering.add_to(verbs)


def _day(text: str) -> date:
    return date.fromisoformat(text)


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
        profile = None if args.argon2 is None else _profile(args.argon2)
        code = secrets.code(new=held is None)
        kind = CardKind.CHILD if args.child else CardKind.OWN
        request = holder.enrol(offer, trusted, code, kind=kind, profile=profile, birth_date=args.birth_date)
        made = code_of(holder.wallet())
    save(args.out, request)
    said = "the code is chosen and is written nowhere" if held is None else "under the code of this phone"
    return Outcome(
        {"result": "enrolled", "request": str(args.out), "argon2": made.profile.label},
        [f"Enrolment request in {args.out}; {said}"],
    )


def _profile(name: str) -> Argon2Profile:
    return choose_profile(stretch_seconds, _BUDGET) if name == _MEASURED else _PROFILES[name]


def _accept(args: Args) -> Outcome:
    billing = None if args.billing is None else read_message(args.billing)
    with handset.opened(args, Secrets(args.passphrase_file)) as holder:
        handle, verified = holder.accept(read_message(args.credential), handset.trust(args).current(), billing)
    claims = verified.claims
    views = [label(View.MINIMAL), *([label(View.BILLING)] if billing is not None else [])]
    return Outcome(
        {
            "result": "accepted",
            "issuer": claims.iss,
            "card": claims.cti.hex(),
            "handle": handle,
            "expires": claims.exp,
            "views": views,
        },
        [
            f"ACCEPTED: card {claims.cti.hex()} of {verified.issuer_name}, until {moment(claims.exp)}"
            f"{', with its billing view' if billing is not None else ''}; here {handle}"
        ],
    )
