"""``authority ...``: certifies terminals, which then can say who they are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vitaletoken.adapters.keystore import generate_signer, load_signer, save_key
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.authority import CERTIFICATE_LIFETIME, TerminalAuthority
from vitaletoken.cli import arguments, directories
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.directories import Profile
from vitaletoken.cli.json_fields import text_field
from vitaletoken.cli.output import Outcome, moment, save
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.errors import NotInForm, UsageError
from vitaletoken.rules.trust import kid_of
from vitaletoken.wire import fields as f
from vitaletoken.wire.certificate import parse_certificate
from vitaletoken.wire.registry import Category, label

_DAY: Final = 86_400


def add_to(groups: arguments.Group) -> None:
    """Add the noun ``authority``."""
    verbs = arguments.group(groups, "authority", "a terminal authority: says who a terminal is")
    parser = arguments.verb(verbs, "new", "make a terminal authority, with one signing key", _new)
    parser.add_argument("--id", required=True, help="as in the trust list, such as fr-cnop")
    parser.add_argument("--name", required=True, help="for display")
    arguments.add_choices(parser, "category", Category, "what it may certify")
    arguments.add_environment(parser)
    arguments.add_out(parser, "new directory for it", metavar="DIR")
    arguments.add_passphrase(parser)

    parser = arguments.verb(verbs, "certify", "certify a terminal; that all of it is true is yours to know", _certify)
    arguments.add_directory(parser, "authority", "made by `authority new`")
    parser.add_argument(
        "--terminal", type=Path, metavar="DIR", required=True, help="made by `terminal new`; its public part is read"
    )
    arguments.add_choices(parser, "category", Category, "what the establishment is")
    parser.add_argument(
        "--establishment", required=True, metavar="NUMBER", help="in the national directory (FINESS, SIRET or other)"
    )
    parser.add_argument("--name", required=True, help="for patients to read, such as 'Pharmacie de la Gare, Lyon'")
    days = CERTIFICATE_LIFETIME // _DAY
    parser.add_argument("--days", type=int, default=days, help=f"lifetime (default: {days})")
    arguments.add_out(parser, "the certificate, for the terminal")
    arguments.add_passphrase(parser)


def _new(args: Args) -> Outcome:
    try:
        f.issuer_id(args.id)
    except (NotInForm, UnicodeEncodeError):
        raise UsageError("--id: 1 to 32 of a-z 0-9 . - (first a letter or digit)") from None
    name = text_field(args.name)
    passphrase = Secrets(args.passphrase_file).passphrase(str(args.out), new=True)
    entropy = SystemEntropy()
    signer, secret = generate_signer(entropy)
    categories = sorted({arguments.member(Category, name) for name in args.category})
    profile = {
        "id": args.id,
        "name": name,
        "categories": [label(category) for category in categories],
        "environment": args.environment,
        "created": SystemClock().now(),
        "public_key": directories.public_hex(signer),
    }
    directories.make(args.out, "authority", profile)
    save_key(args.out / "authority.key", signer, secret, passphrase, entropy)
    kid = kid_of(signer.public_key).hex()
    return Outcome(
        {"result": "made", "directory": str(args.out), "id": args.id, "kid": kid, "categories": profile["categories"]},
        [f"Terminal authority {args.id} with key {kid} in {args.out}, {args.environment}"],
    )


def _certify(args: Args) -> Outcome:
    own = Profile(args.authority, "authority")
    terminal = Profile(args.terminal, "terminal")
    if terminal.environment() is not own.environment():
        raise UsageError(f"{args.terminal} is not of the environment {own.text('environment')}")
    categories = {arguments.member(Category, name) for name in args.category}
    permitted = own.members("categories", Category)
    if not categories <= set(permitted):  # CERT-2: no phone would believe it
        raise UsageError(f"{own.text('id')} certifies: {', '.join(label(category) for category in permitted)}")
    passphrase = Secrets(args.passphrase_file).passphrase(str(args.authority))
    signer = load_signer(args.authority / "authority.key", passphrase)
    certificate = TerminalAuthority(own.text("id"), signer, clock=SystemClock()).certify(
        terminal.public_key(),
        terminal.binary("id"),
        categories,
        establishment=text_field(args.establishment),
        name=text_field(args.name),
        lifetime=args.days * _DAY,
    )
    save(args.out, certificate)
    claims = parse_certificate(certificate).unverified_claims
    return Outcome(
        {
            "result": "certified",
            "certificate": str(args.out),
            "terminal": claims.terminal.hex(),
            "categories": [label(category) for category in claims.categories],
            "establishment": claims.establishment,
            "name": claims.name,
            "expires": claims.exp,
        },
        [f"Certificate of {claims.name} ({claims.establishment}) in {args.out}, until {moment(claims.exp)}"],
    )
