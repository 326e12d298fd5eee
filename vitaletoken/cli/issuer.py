"""``issuer ...``: its keys; offers enrolment, issues cards. What becomes of the cards is in ``servicing`` and ``statuses``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import read_message
from vitaletoken.adapters.keystore import generate_signer, save_key
from vitaletoken.adapters.number_key import generate_number_key
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.card_press import CREDENTIAL_LIFETIME, MAX_STATUS_LISTS
from vitaletoken.cli import arguments, directories, insurer, servicing, statuses
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.json_fields import text_field
from vitaletoken.cli.output import Outcome, moment, save
from vitaletoken.cli.person_file import read_person
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.errors import NotInForm, UsageError
from vitaletoken.issuer import OFFER_LIFETIME
from vitaletoken.rules.trust import kid_of
from vitaletoken.wire import fields as f
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.registry import Algorithm, Quality

_DAY: Final = 86_400


def add_to(groups: arguments.Group) -> None:
    """Add the noun ``issuer``."""
    verbs = arguments.group(groups, "issuer", "the insurer")
    parser = arguments.verb(
        verbs, "new", "make an issuer, with a signing key and a key to which phones seal numbers (NIR)", _new
    )
    parser.add_argument("--id", required=True, help="as in the trust list, such as fr-cnam")
    parser.add_argument("--name", required=True, help="for display")
    parser.add_argument("--status-uri", metavar="URI", help="base of its status lists (default: at status.example)")
    parser.add_argument(
        "--lists",
        type=int,
        default=1,
        metavar="N",
        help=f"status lists of 1,048,576 cards each, 1 to {MAX_STATUS_LISTS}, for all the cards expected (default: 1)",
    )
    parser.add_argument(
        "--post-quantum", action="store_true", help="an ML-DSA-65 key too, for second signatures under status snapshots"
    )
    arguments.add_environment(parser)
    arguments.add_out(parser, "new directory for it", metavar="DIR")
    arguments.add_passphrase(parser)

    insurer.acting(verbs, "next-key", "make the key that is to take the place of the one in use", _next_key)
    parser = arguments.verb(verbs, "switch-key", "put the next key to use, once the trust list has it", _switch_key)
    arguments.add_directory(parser, "issuer", "made by `issuer new`")

    parser = insurer.acting(verbs, "offer", "offer enrolment to one phone", _offer)
    parser.add_argument("--seconds", type=int, default=OFFER_LIFETIME, help=f"lifetime (default: {OFFER_LIFETIME})")
    arguments.add_out(parser, "the offer, for the phone")

    parser = insurer.acting(verbs, "issue", "issue a card to the phone that answered an offer", _issue)
    arguments.add_input(parser, "offer", "the offer")
    arguments.add_input(parser, "request", "the phone's answer to it")
    arguments.add_input(parser, "person", "the beneficiary, in JSON")
    days = CREDENTIAL_LIFETIME // _DAY
    parser.add_argument("--days", type=int, default=days, help=f"lifetime of the card (default: {days})")
    arguments.add_out(parser, "the card, for the phone: its minimal view")
    parser.add_argument("--billing", type=Path, metavar="FILE", help="its billing view too, with the number (NIR)")
    arguments.add_number(
        parser,
        "the beneficiary's number; with --billing, on a second line the policyholder's where that is someone else",
    )

    servicing.add_to(verbs)
    statuses.add_to(verbs)


def _new(args: Args) -> Outcome:
    status_uri = args.status_uri or f"https://status.example/{args.id}"
    try:
        f.issuer_id(args.id)
        f.uri(status_uri)
    except (NotInForm, UnicodeEncodeError):
        raise UsageError(
            "--id: 1 to 32 of a-z 0-9 . - (first a letter or digit); --status-uri: 1 to 200 bytes"
        ) from None
    if not 1 <= args.lists <= MAX_STATUS_LISTS:
        raise UsageError(f"--lists is 1 to {MAX_STATUS_LISTS}")
    name = text_field(args.name)
    passphrase = Secrets(args.passphrase_file).passphrase(str(args.out), new=True)
    entropy, now = SystemEntropy(), SystemClock().now()
    keys = [generate_signer(entropy)]
    number_key, number_secret = generate_number_key(entropy)
    profile = {
        "id": args.id,
        "name": name,
        "status_uri": status_uri,
        "environment": args.environment,
        "status_lists": args.lists,
        "created": now,
        "public_key": directories.public_hex(keys[0][0]),
        insurer.SEALING_KEY: number_key.public_key.hex(),
    }
    if args.post_quantum:
        keys.append(generate_signer(entropy, Algorithm.ML_DSA_65))
        profile |= {"post_quantum_created": now, "post_quantum_key": directories.public_hex(keys[1][0])}
    directories.make(args.out, "issuer", profile)
    for key in keys:
        directories.keep_key(args.out, key, passphrase, entropy)
    save_key(args.out / insurer.NUMBER_KEY_FILE, number_key, number_secret, passphrase, entropy)
    kids = [kid_of(signer.public_key).hex() for signer, _ in keys]
    second = kids[1] if args.post_quantum else None
    return Outcome(
        {
            "result": "made",
            "directory": str(args.out),
            "id": args.id,
            "kid": kids[0],
            "post_quantum_kid": second,
            "status_uri": status_uri,
        },
        [
            f"Issuer {args.id} with key {kids[0]} in {args.out}, {args.environment}",
            *([] if second is None else [f"and with ML-DSA-65 {second}"]),
        ],
    )


def _next_key(args: Args) -> Outcome:
    own = insurer.profile(args)
    if own.has("next_key"):
        raise UsageError("there is a next key already: switch to it first (vitaletoken issuer switch-key)")
    passphrase = Secrets(args.passphrase_file).passphrase(str(args.issuer))
    directories.open_key(args.issuer, own.public_key(), passphrase)  # the same passphrase for all its keys
    entropy = SystemEntropy()
    key = generate_signer(entropy)
    directories.keep_key(args.issuer, key, passphrase, entropy)
    own.change(next_key=directories.public_hex(key[0]), next_created=SystemClock().now())
    kid = kid_of(key[0].public_key).hex()
    return Outcome(
        {"result": "made", "next_kid": kid},
        [
            f"Next key {kid}, not in use yet. Have {args.issuer / 'issuer.json'} put into the trust list;",
            "when terminals have that, switch to it: vitaletoken issuer switch-key",
        ],
    )


def _switch_key(args: Args) -> Outcome:
    own = insurer.profile(args)
    if not own.has("next_key"):
        raise UsageError("there is no next key: make one (vitaletoken issuer next-key)")
    old, new = kid_of(own.public_key()).hex(), kid_of(own.public_key("next_key")).hex()
    own.change(public_key=own.text("next_key"), created=own.number("next_created"), next_key=None, next_created=None)
    return Outcome(
        {"result": "switched", "kid": new, "old_kid": old},
        [
            f"Key {new} signs from now on. The file of {old} is for you to destroy. Now publish: vitaletoken issuer publish"
        ],
    )


def _offer(args: Args) -> Outcome:
    with insurer.issuer(args) as issuer:
        offer = issuer.offer(args.seconds)
    save(args.out, offer)
    return Outcome(
        {"result": "made", "offer": str(args.out), "seconds": args.seconds},
        [f"Enrolment offer in {args.out}, for one phone, within {args.seconds} s"],
    )


def _issue(args: Args) -> Outcome:
    person = read_person(args.person, SystemClock().now() // _DAY)
    offer, request = read_message(args.offer), read_message(args.request)
    lifetime = args.days * _DAY
    secrets = Secrets(args.passphrase_file)
    with insurer.issuer(args, secrets.passphrase(str(args.issuer))) as issuer:
        bills_another = args.billing is not None and person.fields.quality is not Quality.POLICYHOLDER
        beneficiary = person.beneficiary(*secrets.numbers(args.nir_file, policyholder=bills_another))
        if args.billing is None:
            credential = issuer.issue(request, offer, beneficiary, lifetime=lifetime)
        else:
            views = issuer.issue_views(request, offer, beneficiary, lifetime=lifetime)
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
