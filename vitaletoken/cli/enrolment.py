"""``desk ...``: the insurer's enrolment desk, where a request becomes a card; see docs/enrolment.md."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from vitaletoken.adapters.applications import SqliteApplications
from vitaletoken.adapters.files import read_message
from vitaletoken.adapters.keystore import load_symmetric_keys, save_key
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.cli import arguments, directories, insurer
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.outbox import FileMailer
from vitaletoken.cli.output import REFUSED, Outcome, moment, save
from vitaletoken.cli.people_file import FilePeople
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.enrolment_desk import DeskKeys, EnrolmentDesk, Unsettled
from vitaletoken.errors import Code, InputError, UsageError
from vitaletoken.rules.application import Application
from vitaletoken.rules.identity import Identity
from vitaletoken.rules.mail_code import MAX_TRIES
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.registry import EnrolmentMethod, label

_KEY_SIZE: Final = 32
_KEYS: Final = "desk.key"
_PEOPLE: Final = "people.json"
_ID: Final = re.compile(r"[0-9a-f]{64}")
_DAY: Final = 86_400


def add_to(groups: arguments.Group) -> None:
    """Add the noun ``desk``."""
    verbs = arguments.group(groups, "desk", "the insurer's enrolment desk: from a request to a card")
    parser = insurer.acting(verbs, "new", "open the desk of an issuer", _new)
    parser.epilog = (
        f"The desk believes the insurer's records in {_PEOPLE} of the issuer's directory: for tests, invented people."
    )

    parser = insurer.acting(
        verbs, "submit", "take a phone's request; the e-mail code goes to the address on record", _submit
    )
    arguments.add_input(parser, "offer", "the offer")
    arguments.add_input(parser, "request", "the phone's answer to it")

    _on_one(verbs, "send-code", "send a new e-mail code, if the one before has expired", _send_code)
    parser = _on_one(
        verbs, "confirm", "the person gives the e-mail code: asked for, or a line of standard input", _confirm
    )
    parser = _on_one(
        verbs, "proof", "record whose identity was proofed: for a child's card, the policyholder's", _proof
    )
    parser.add_argument(
        "--method", choices=[label(method) for method in EnrolmentMethod], required=True, help="the kind of evidence"
    )
    parser.add_argument("--nobody", action="store_true", help="the evidence was not good, or nobody was made out")
    arguments.add_number(parser, "the number on record of the person who was there")
    _on_one(verbs, "decide", "approve the application by the policy, or refuse it with the reasons", _decide)
    parser = _on_one(verbs, "issue", "make the card; one made before for the same person is revoked", _issue)
    arguments.add_out(parser, "the card, for the phone: its minimal view")
    _on_one(verbs, "show", "say how an application stands", _show)
    parser = insurer.acting(
        verbs, "settle", "end what is over and revoke what was replaced, as each verb does first; daily", _settle
    )
    parser.epilog = (
        "Exit status 3 where a card that was replaced could not be revoked: it stays due, and each verb says so."
    )


def _on_one(verbs: arguments.Group, name: str, summary: str, run: arguments.Run) -> arguments.Parser:
    parser = insurer.acting(verbs, name, summary, run)
    parser.add_argument("application", metavar="REQUEST|ID", help="the request's file, or the id, from `desk submit`")
    return parser


def _new(args: Args) -> Outcome:
    path = args.issuer / _KEYS
    passphrase = Secrets(args.passphrase_file).passphrase(str(args.issuer))
    directories.open_key(args.issuer, insurer.profile(args).public_key(), passphrase)  # the same for all its keys
    entropy = SystemEntropy()
    try:
        save_key(path, None, entropy.random(2 * _KEY_SIZE), passphrase, entropy)
    except FileExistsError:
        raise UsageError(f"{args.issuer} has a desk already: nothing was changed") from None
    return Outcome(
        {"result": "made", "directory": str(args.issuer)},
        [
            f"Enrolment desk in {args.issuer}. Its records: {args.issuer / _PEOPLE}; letters go to {args.issuer / 'mail'}"
        ],
    )


@contextmanager
def _desk(args: Args, secrets: Secrets) -> Iterator[EnrolmentDesk]:
    """The desk of the issuer ``args.issuer``, when it has done what was due; what could not be done is told, also at the end."""
    if not (args.issuer / _KEYS).exists():
        raise UsageError(f"{args.issuer} has no desk (vitaletoken desk new)")
    clock = SystemClock()
    people = FilePeople(args.issuer / _PEOPLE, clock.now() // _DAY)
    passphrase = secrets.passphrase(str(args.issuer))
    keys = load_symmetric_keys(args.issuer / _KEYS, passphrase, 2 * _KEY_SIZE)
    with (
        insurer.issuer(args, passphrase) as issuer,
        SqliteApplications(args.issuer / "applications.sqlite") as store,
    ):
        desk = EnrolmentDesk(
            issuer,
            people=people,
            mailer=FileMailer(args.issuer / "mail"),
            store=store,
            clock=clock,
            entropy=SystemEntropy(),
            keys=DeskKeys(keys[:_KEY_SIZE], keys[_KEY_SIZE:]),
        )
        told = _tell(desk.try_to_settle())
        yield desk
        _tell(each for each in desk.try_to_settle() if each.application.id not in told)


def _tell(unsettled: Iterable[Unsettled]) -> set[bytes]:
    """Say on standard error what stays due: the verb goes on, and its answer is its own. The ids of the applications."""
    told = set()
    for each in unsettled:
        print(f"vitaletoken: {_sentence(each)}", file=sys.stderr)
        told.add(each.application.id)
    return told


def _sentence(unsettled: Unsettled) -> str:
    return (
        f"card {unsettled.application.card.hex()} was replaced and could not be revoked, so that it is still in force: "
        f"{_reason(unsettled)}"
    )


def _reason(unsettled: Unsettled) -> str:
    return str(unsettled.failure) or type(unsettled.failure).__name__


def _id(args: Args) -> bytes:
    if _ID.fullmatch(args.application):
        return bytes.fromhex(args.application)
    return hashlib.sha256(read_message(Path(args.application))).digest()


def _submit(args: Args) -> Outcome:
    request, offer = read_message(args.request), read_message(args.offer)
    with _desk(args, Secrets(args.passphrase_file)) as desk:
        application = desk.submit(request, offer)
    # No word on whether the number is known: else anybody could ask who is insured here.
    return _answer(
        application, "If the number is on record, a code is on its way to the address that is on record with it"
    )


def _send_code(args: Args) -> Outcome:
    with _desk(args, Secrets(args.passphrase_file)) as desk:
        application = desk.send_code(_id(args))
    return _answer(application, f"The code on its way, or sent before, is of {moment(application.code.sent)}")


def _confirm(args: Args) -> Outcome:
    secrets = Secrets(args.passphrase_file)
    with _desk(args, secrets) as desk:
        try:
            application = desk.confirm(_id(args), secrets.mail_code())
        except InputError as error:
            if error.code is Code.MAIL_CODE_WRONG:
                error.add_note(f"{desk.find(_id(args)).code.tries} of {MAX_TRIES} tries have failed.")
            raise
    return _answer(application, "Every other application for the same number is refused now")


def _proof(args: Args) -> Outcome:
    if args.nobody and args.nir_file is not None:
        raise UsageError("--nobody and --nir-file do not go together")
    secrets = Secrets(args.passphrase_file)
    method = arguments.member(EnrolmentMethod, args.method)
    with _desk(args, secrets) as desk:
        person = None if args.nobody else secrets.number(args.nir_file, "the person who was there")
        application = desk.identify(_id(args), Identity(method, person))
    return _answer(application)


def _decide(args: Args) -> Outcome:
    with _desk(args, Secrets(args.passphrase_file)) as desk:
        try:
            application = desk.decide(_id(args))
        except InputError as error:
            if error.code is Code.NOT_ELIGIBLE:
                error.add_note(f"The policy says: {', '.join(desk.find(_id(args)).reasons)}.")
            raise
    return _answer(application)


def _issue(args: Args) -> Outcome:
    with _desk(args, Secrets(args.passphrase_file)) as desk:
        credential = desk.issue(_id(args))
        application = desk.find(_id(args))
    save(args.out, credential)
    claims = parse_credential(credential).unverified_claims
    answer = _answer(application, f"Card {claims.cti.hex()} in {args.out}, until {moment(claims.exp)}")
    return Outcome({**answer.data, "credential": str(args.out), "expires": claims.exp}, answer.lines)


def _show(args: Args) -> Outcome:
    with _desk(args, Secrets(args.passphrase_file)) as desk:
        application = desk.find(_id(args))
    return _answer(application, f"Requested {moment(application.requested)}")


def _settle(args: Args) -> Outcome:
    with _desk(args, Secrets(args.passphrase_file)) as desk:
        unsettled = desk.try_to_settle()
    due = [
        {
            "application": each.application.id.hex(),
            "card": each.application.card.hex(),
            "reason": _reason(each),
        }
        for each in unsettled
    ]
    if not due:
        return Outcome({"result": "settled", "due": []}, ["SETTLED: nothing is due"])
    lines = [f"  Application {each.application.id.hex()}: {_sentence(each)}" for each in unsettled]
    return Outcome({"result": "due", "due": due}, ["DUE: what was replaced is not revoked", *lines], REFUSED)


def _answer(application: Application, *more: str) -> Outcome:
    """How ``application`` stands; nothing in it says who it is for."""
    card = application.card.hex() or None
    data = {
        "result": "application",
        "application": application.id.hex(),
        "state": application.state.value,
        "reasons": [reason.value for reason in application.reasons],
        "requested": application.requested,
        "mail_code_tries": application.code.tries,
        "method": None if application.method is None else label(application.method),
        "identity_due": application.identity_due,
        "card": card,
        "revocation": application.revocation.value,
    }
    lines = [f"{application.state.value.upper()}: application {application.id.hex()}"]
    if application.reasons:
        lines.append(f"  The policy says: {', '.join(application.reasons)}")
    return Outcome(data, [*lines, *(f"  {line}" for line in more)])
