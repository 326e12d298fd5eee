"""``care-sheet verify``: a co-signed care sheet, checked later by anybody, with no secret."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import read_message, read_roots
from vitaletoken.cli import arguments
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.output import Outcome, euros, moment
from vitaletoken.cli.verdict import acting_lines, person_lines
from vitaletoken.conformance.forms import certificate_json, delegate_json, person_json
from vitaletoken.rules.care_sheet import CosignedSheet, verify_care_sheet
from vitaletoken.rules.trust import TrustAnchor, verify_trust_list
from vitaletoken.wire.registry import Environment, UserVerification, label

_NOT_KNOWN: Final = "whether the answer was in time, the card revoked then, the challenge answered before"


def add_to(groups: arguments.Group) -> None:
    """Add the noun ``care-sheet``."""
    verbs = arguments.group(groups, "care-sheet", "care sheets that a patient co-signed")
    parser = arguments.verb(verbs, "verify", "check that the patient signed this care sheet, and for whom", _verify)
    arguments.add_input(parser, "roots", "the root set")
    arguments.add_input(parser, "trust", "the trust list")
    arguments.add_environment(parser)
    arguments.add_input(parser, "challenge", "what was asked; `verify --keep` keeps it")
    arguments.add_input(parser, "presentation", "the opened answer; `verify --keep` keeps it")
    parser.add_argument("sheet", type=Path, metavar="FILE", help="the care sheet, byte for byte")


def _verify(args: Args) -> Outcome:
    environment = arguments.member(Environment, args.environment)
    trust = verify_trust_list(read_message(args.trust), TrustAnchor(read_roots(args.roots)), environment)
    presentation, challenge = read_message(args.presentation), read_message(args.challenge)
    signed = verify_care_sheet(presentation, challenge, args.sheet.read_bytes(), trust)
    return Outcome(_data(signed), _lines(signed))


def _data(signed: CosignedSheet) -> dict[str, object]:
    card, transaction = signed.credential.claims.card, signed.transaction
    return {
        "result": "co-signed",
        "alias": card.beneficiary.hex(),
        "person": person_json(card.person),
        "environment": label(card.environment),
        "user_verification": label(signed.claims.user_verification),
        "delegate": delegate_json(signed.delegate),
        "digest": transaction.digest.hex(),
        "line": transaction.line,
        "amount": transaction.amount,
        "certificate": certificate_json(signed.challenge.certificate),
        "asked": signed.challenge.claims.iat,
        "not_known": _NOT_KNOWN,
    }


def _lines(signed: CosignedSheet) -> list[str]:
    claims, asked = signed.challenge.certificate.claims, signed.challenge.claims
    with_code = signed.claims.user_verification is UserVerification.CODE
    phone = "the enrolled phone" if signed.delegate is None else "the phone of who acts"
    return [
        "CO-SIGNED",
        *acting_lines(signed.delegate),
        "",
        *person_lines(signed.credential.claims.card),
        "",
        f"  Care sheet      {signed.transaction.line}: {euros(signed.transaction.amount)}",
        f"  Signed          by {phone}{' and with the personal code' if with_code else ', without the code'}",
        f"  Asked by        {claims.name} ({claims.establishment}), says {signed.challenge.certificate.authority_name}",
        f"  Asked at        {moment(asked.iat)}, by the terminal's clock",
        f"  Not known here  {_NOT_KNOWN}",
    ]
