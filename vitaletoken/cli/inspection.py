"""``inspect``: what is in a message, with names. Nothing is verified, and the first and the last line say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vitaletoken.adapters.files import MAX_MESSAGE
from vitaletoken.cli import arguments, card_shapes, message_shapes
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.diagnostic import MOST, SHOWN, layers, named, notation, without_numbers
from vitaletoken.cli.intake import message
from vitaletoken.cli.output import Outcome
from vitaletoken.cli.shape_parts import PLAIN, Shape
from vitaletoken.crypto.sealing import KEY_SIZE, OVERHEAD
from vitaletoken.errors import Code, InputError, NotInForm, UsageError, refusal
from vitaletoken.wire import cbor
from vitaletoken.wire.certificate import parse_certificate
from vitaletoken.wire.challenge import parse_challenge
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.credential_glance import parse_credential_in
from vitaletoken.wire.delta import parse_delta
from vitaletoken.wire.enrolment import parse_offer, parse_request
from vitaletoken.wire.grant import parse_grant, parse_lent_card
from vitaletoken.wire.introduction import parse_introduction
from vitaletoken.wire.lending_order import parse_order
from vitaletoken.wire.presentation import parse_presentation
from vitaletoken.wire.renewal import parse_renewal
from vitaletoken.wire.snapshot import parse_snapshot
from vitaletoken.wire.status_list import parse_status_list
from vitaletoken.wire.text import SEALED_PREFIX
from vitaletoken.wire.trust_list import parse_claims, parse_trust_list, root_set_of
from vitaletoken.wire.unlock import parse_unlock

_WARNING: Final = "UNVERIFIED: no signature was checked. Do not act on any of this."


def _parse_whole_presentation(data: bytes) -> None:
    parse_credential_in(parse_presentation(data))


def _parse_whole_challenge(data: bytes) -> None:
    parse_certificate(parse_challenge(data).unverified_claims.certificate)


def _parse_whole_lent_card(data: bytes) -> None:
    credential, grant = parse_lent_card(data)
    parse_credential(credential)
    parse_grant(grant)


def _parse_root_set(data: bytes) -> None:
    root_set_of(cbor.decode(data, MAX_MESSAGE))


# In form is what its parser takes; maps are closed, so that no message passes for another.
_KINDS: Final[tuple[tuple[str, Callable[[bytes], object], Shape], ...]] = (
    ("presentation", _parse_whole_presentation, card_shapes.PRESENTATION),
    ("presentation whose credential is not in form", parse_presentation, card_shapes.PRESENTATION),
    ("credential", parse_credential, card_shapes.CREDENTIAL),
    ("trust list", parse_trust_list, message_shapes.TRUST_LIST),
    ("trust list that nobody has signed", parse_claims, message_shapes.TRUST_LIST_PROPOSAL),
    ("status list", parse_status_list, message_shapes.STATUS_LIST),
    ("status snapshot", parse_snapshot, message_shapes.SNAPSHOT),
    ("status delta", parse_delta, message_shapes.DELTA),
    ("enrolment offer", parse_offer, card_shapes.OFFER),
    ("enrolment request", parse_request, card_shapes.REQUEST),
    ("renewal", parse_renewal, card_shapes.RENEWAL),
    ("unlock", parse_unlock, card_shapes.UNLOCK),
    ("introduction", parse_introduction, card_shapes.INTRODUCTION),
    ("lending order", parse_order, card_shapes.ORDER),
    ("grant", parse_grant, card_shapes.GRANT),
    ("lent card", _parse_whole_lent_card, card_shapes.LENT_CARD),
    ("lent card whose credential or grant is not in form", parse_lent_card, card_shapes.LENT_CARD),
    ("terminal certificate", parse_certificate, message_shapes.CERTIFICATE),
    ("challenge", _parse_whole_challenge, message_shapes.CHALLENGE),
    ("challenge whose certificate is not in form", parse_challenge, message_shapes.CHALLENGE),
    ("root set", _parse_root_set, message_shapes.ROOT_SET),
)
_UNKNOWN: Final = "no message of version 1 in form"


def add_to(groups: arguments.Group) -> None:
    """Add the verb ``inspect``."""
    parser = arguments.verb(groups, "inspect", "show what is in a message; verifies nothing", _inspect)
    parser.add_argument(
        "what",
        metavar="FILE|TEXT|-",
        help="a message, its hex digits, the text of a QR, a picture of it; -: standard input",
    )
    parser.add_argument("--show-nir", action="store_true", help="show numbers (NIR) too")
    parser.add_argument("--full", action="store_true", help=f"show byte strings longer than {SHOWN} bytes whole")


def _inspect(args: Args) -> Outcome:
    given = message(args.what)
    data, limit = given.data, None if args.full else SHOWN
    if given.prefix == SEALED_PREFIX:
        return _sealed(data, limit)
    try:
        item = cbor.decode(data, MAX_MESSAGE, MOST if len(data) > MOST else None)
        inside = layers(item)
    except cbor.TooManyItems:
        raise UsageError(f"the message has more than {MOST} items, and is not shown") from None
    except NotInForm as error:
        refused = refusal(Code.CBOR_PROFILE)
        refused.add_note(f"Of {len(data) if len(data) <= MAX_MESSAGE else 'too many'} bytes: {error}.")
        raise refused from None
    kind, shape = _recognised(data)
    if not args.show_nir:
        item = without_numbers(item, inside)
    return _answer(kind, len(data), named(item, shape), notation(item, shape, limit=limit))


def _sealed(data: bytes, limit: int | None) -> Outcome:
    """A sealed answer is no CBOR; it tells who has no key its length, and nothing else."""
    if len(data) < OVERHEAD:
        raise refusal(Code.SEAL_BROKEN)
    enc, ct = data[:KEY_SIZE], data[KEY_SIZE:]
    shapes = ((enc, Shape("enc")), (ct, Shape("ct")))
    lines = [line for part, shape in shapes for line in notation(part, shape, limit=limit)]
    return _answer("sealed answer", len(data), {"enc": enc.hex(), "ct": ct.hex()}, lines)


def _answer(kind: str, size: int, content: object, lines: list[str]) -> Outcome:
    return Outcome(
        {"result": "unverified", "kind": kind, "bytes": size, "content": content, "diagnostic": "\n".join(lines)},
        [_WARNING, "", f"{kind[0].upper()}{kind[1:]}, {size} bytes", "", *lines, "", _WARNING],
    )


def _recognised(data: bytes) -> tuple[str, Shape]:
    """Which message it is, found by trying."""
    for kind, parse, shape in _KINDS:
        try:
            parse(data)
        except (InputError, NotInForm):
            continue
        return kind, shape
    return _UNKNOWN, PLAIN
