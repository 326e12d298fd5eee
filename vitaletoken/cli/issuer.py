"""``issuer ...``: offers enrolment, issues cards, revokes them, publishes their status."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import read_message
from vitaletoken.adapters.keystore import generate_signer, load_signer, save_key
from vitaletoken.adapters.sqlite import SqliteRegister
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.cli import arguments, directories
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.directories import Profile
from vitaletoken.cli.output import Outcome, moment, save
from vitaletoken.cli.person_file import read_person, text_field
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.errors import NotInForm, UsageError
from vitaletoken.issuer import CREDENTIAL_LIFETIME, OFFER_LIFETIME, Issuer
from vitaletoken.rules.trust import kid_of
from vitaletoken.wire import fields as f
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.registry import Quality
from vitaletoken.wire.status_list import parse_status_list

_DAY: Final = 86_400


def add_to(groups: arguments.Group) -> None:
    """Add the noun ``issuer``."""
    verbs = arguments.group(groups, "issuer", "the insurer")
    parser = arguments.verb(verbs, "new", "make an issuer, with one signing key", _new)
    parser.add_argument("--id", required=True, help="as in the trust list, such as fr-cnam")
    parser.add_argument("--name", required=True, help="for display")
    parser.add_argument("--status-uri", metavar="URI", help="base of its status lists (default: at status.example)")
    arguments.add_environment(parser)
    arguments.add_out(parser, "new directory for it", metavar="DIR")
    arguments.add_passphrase(parser)

    parser = _acting(verbs, "offer", "offer enrolment to one phone", _offer)
    parser.add_argument("--seconds", type=int, default=OFFER_LIFETIME, help=f"lifetime (default: {OFFER_LIFETIME})")
    arguments.add_out(parser, "the offer, for the phone")

    parser = _acting(verbs, "issue", "issue a card to the phone that answered an offer", _issue)
    arguments.add_input(parser, "offer", "the offer")
    arguments.add_input(parser, "request", "the phone's answer to it")
    arguments.add_input(parser, "person", "the beneficiary, in JSON")
    days = CREDENTIAL_LIFETIME // _DAY
    parser.add_argument("--days", type=int, default=days, help=f"lifetime of the card (default: {days})")
    arguments.add_out(parser, "the card, for the phone: its minimal view")
    parser.add_argument("--billing", type=Path, metavar="FILE", help="its billing view too, with the number (NIR)")
    parser.add_argument(
        "--nir-file",
        type=Path,
        metavar="FILE",
        help="with --billing: the beneficiary's number, and on a second line the policyholder's where that is someone else; "
        "13 characters, or 15 with the key (default: asked for, or read as lines of standard input)",
    )

    for name, summary, change in (
        ("revoke", "revoke a card, for good", Issuer.revoke),
        ("suspend", "suspend a card", Issuer.suspend),
        ("restore", "make a suspended card valid again", Issuer.restore),
    ):
        parser = _acting(
            verbs, name, f"{summary}; terminals learn it from the next status list", _changing(name, change)
        )
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--card", metavar="HEX", help="the card's id, as `issuer issue` gave it")
        which.add_argument("--credential", type=Path, metavar="FILE", help="the card itself")

    parser = _acting(verbs, "status", "publish the status list, for the terminals", _status)
    arguments.add_out(parser, "the status list")


def _acting(verbs: arguments.Group, name: str, summary: str, run: arguments.Run) -> arguments.Parser:
    """A verb of an issuer that exists."""
    parser = arguments.verb(verbs, name, summary, run)
    arguments.add_directory(parser, "issuer", "made by `issuer new`")
    arguments.add_passphrase(parser)
    return parser


def _new(args: Args) -> Outcome:
    status_uri = args.status_uri or f"https://status.example/{args.id}"
    try:
        f.issuer_id(args.id)
        f.uri(status_uri)
    except (NotInForm, UnicodeEncodeError):
        raise UsageError(
            "--id: 1 to 32 of a-z 0-9 . - (first a letter or digit); --status-uri: 1 to 200 bytes"
        ) from None
    name = text_field(args.name)
    passphrase = Secrets(args.passphrase_file).passphrase(str(args.out), new=True)
    entropy = SystemEntropy()
    signer, secret = generate_signer(entropy)
    profile = {
        "id": args.id,
        "name": name,
        "status_uri": status_uri,
        "environment": args.environment,
        "created": SystemClock().now(),
        "public_key": directories.public_hex(signer),
    }
    directories.make(args.out, "issuer", profile)
    save_key(args.out / "issuer.key", signer, secret, passphrase, entropy)
    kid = kid_of(signer.public_key).hex()
    return Outcome(
        {"result": "made", "directory": str(args.out), "id": args.id, "kid": kid, "status_uri": status_uri},
        [f"Issuer {args.id} with key {kid} in {args.out}, {args.environment}"],
    )


@contextmanager
def _issuer(args: Args) -> Iterator[Issuer]:
    profile = Profile(args.issuer, "issuer")
    signer = load_signer(args.issuer / "issuer.key", Secrets(args.passphrase_file).passphrase(str(args.issuer)))
    with SqliteRegister(args.issuer / "register.sqlite") as register:
        yield Issuer(
            profile.text("id"),
            signer,
            register=register,
            clock=SystemClock(),
            entropy=SystemEntropy(),
            status_uri=profile.text("status_uri"),
            environment=profile.environment(),
        )


def _offer(args: Args) -> Outcome:
    with _issuer(args) as issuer:
        offer = issuer.offer(args.seconds)
    save(args.out, offer)
    return Outcome(
        {"result": "made", "offer": str(args.out), "seconds": args.seconds},
        [f"Enrolment offer in {args.out}, for one phone, within {args.seconds} s"],
    )


def _issue(args: Args) -> Outcome:
    if args.billing is None and args.nir_file is not None:
        raise UsageError("--nir-file goes with --billing")
    beneficiary = read_person(args.person, SystemClock().now() // _DAY)
    offer, request = read_message(args.offer), read_message(args.request)
    lifetime = args.days * _DAY
    with _issuer(args) as issuer:
        if args.billing is None:
            credential = issuer.issue(request, offer, beneficiary, lifetime=lifetime)
        else:
            is_policyholder = beneficiary.quality is Quality.POLICYHOLDER
            own, other = Secrets(args.passphrase_file).numbers(args.nir_file, policyholder=is_policyholder)
            numbered = replace(beneficiary, nir=own, policyholder_nir=other)
            views = issuer.issue_views(request, offer, numbered, lifetime=lifetime)
            credential = views.minimal
            save(args.billing, views.billing)
    save(args.out, credential)
    claims = parse_credential(credential).unverified_claims
    billing = "" if args.billing is None else f", its billing view in {args.billing}"
    return Outcome(
        {
            "result": "issued",
            "credential": str(args.out),
            "billing": args.billing and str(args.billing),
            "card": claims.cti.hex(),
            "expires": claims.exp,
        },
        [f"Card {claims.cti.hex()} in {args.out}{billing}, until {moment(claims.exp)}"],
    )


def _changing(name: str, change: Callable[[Issuer, bytes], None]) -> arguments.Run:
    def run(args: Args) -> Outcome:
        card = _card_id(args)
        with _issuer(args) as issuer:
            change(issuer, card)
        done = {"revoke": "revoked", "suspend": "suspended", "restore": "restored"}[name]
        return Outcome(
            {"result": done, "card": card.hex()}, [f"Card {card.hex()} {done}; now publish: vitaletoken issuer status"]
        )

    return run


def _card_id(args: Args) -> bytes:
    if args.credential is not None:
        return parse_credential(read_message(args.credential)).unverified_claims.cti
    try:
        return bytes.fromhex(args.card)
    except ValueError:
        raise UsageError("--card is the card's id in hex, 16 digits") from None


def _status(args: Args) -> Outcome:
    with _issuer(args) as issuer:
        data = issuer.publish_status_list()
    save(args.out, data)
    claims = parse_status_list(data).unverified_claims
    return Outcome(
        {
            "result": "made",
            "status_list": str(args.out),
            "as_of": claims.iat,
            "expires": claims.exp,
            "bytes": len(data),
        },
        [f"Status list as of {moment(claims.iat)} in {args.out}, until {moment(claims.exp)}"],
    )
