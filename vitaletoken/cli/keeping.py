"""``phone cards``, ``delete``, ``renew``, ``change-code`` and giving that up, ``ask-unlock``, ``unlock``: over the years."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vitaletoken.adapters.files import read_message
from vitaletoken.adapters.system import SystemClock
from vitaletoken.cli import arguments, handset
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.output import Outcome, save
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.cli.wallet_page import wallet_data, wallet_lines
from vitaletoken.errors import UsageError


def add_to(verbs: arguments.Group) -> None:
    """Add the verbs to those of ``phone``."""
    handset.acting(verbs, "cards", "list what is on the phone", _cards)
    parser = handset.acting(verbs, "delete", "delete a card, an enrolment under way or an introduction", _delete)
    parser.add_argument("handle", metavar="HANDLE", help="from `phone cards`")

    parser = handset.acting(verbs, "renew", "ask the issuer for a card anew, before it ends", _renew)
    handset.add_card(parser)
    arguments.add_out(parser, "the message, for `issuer renew`")

    parser = handset.acting(
        verbs, "change-code", "choose a new personal code: the old one, then the new one", _change_code
    )
    parser.epilog = "The old code counts until `phone accept --renewed` has had the answer for each card."
    parser.add_argument("--birth-date", type=arguments.day, metavar="YYYY-MM-DD", help="refused as a code")
    handset.add_argon2(parser)
    parser.add_argument("--again", action="store_true", help="no codes: write again what waits for its answer")
    arguments.add_out(parser, "new directory for a message for each card, for `issuer renew`", metavar="DIR")

    parser = handset.acting(
        verbs, "give-up-code-change", "give up a new personal code that waits: the old one, asked for, stays", _give_up
    )
    parser.epilog = (
        "Only where nothing of it was sent: a card that its issuer has made for the new code has to be enrolled anew."
    )

    parser = handset.acting(verbs, "ask-unlock", "make what the issuer is to sign, to have the tries back", _ask_unlock)
    handset.add_card(parser)
    arguments.add_out(parser, "the nonce, for `issuer unlock`")
    parser = handset.acting(verbs, "unlock", "have the tries of the personal code back", _unlock)
    parser.add_argument("message", type=Path, metavar="FILE", help="the issuer's answer")


def _cards(args: Args) -> Outcome:
    now = SystemClock().now()
    with handset.opened(args, Secrets(args.passphrase_file)) as holder:
        wallet, due = holder.wallet(), holder.due()
    return Outcome({"result": "cards", **wallet_data(wallet, due, now)}, wallet_lines(wallet, due, now))


def _delete(args: Args) -> Outcome:
    with handset.opened(args, Secrets(args.passphrase_file)) as holder:
        holder.delete(args.handle)
        has_code = holder.wallet().code is not None
    code = "" if has_code else ", and the code with it: a new one can be chosen"
    return Outcome({"result": "deleted", "handle": args.handle, "code": has_code}, [f"Deleted {args.handle}{code}"])


def _renew(args: Args) -> Outcome:
    secrets = Secrets(args.passphrase_file)
    with handset.opened(args, secrets) as holder:
        renewal = holder.renewal(secrets.code(), card=args.card)
    save(args.out, renewal)
    return Outcome(
        {"result": "made", "renewal": str(args.out)}, [f"Renewal in {args.out}, to be sent within 5 minutes"]
    )


def _change_code(args: Args) -> Outcome:
    if args.out.exists():
        raise UsageError(f"{args.out} is there already: nothing was changed")
    secrets = Secrets(args.passphrase_file)
    with handset.opened(args, secrets) as holder:
        if not args.again:
            old, new = secrets.code(), secrets.code(new=True)
            holder.change_code(old, new, birth_date=args.birth_date, profile=handset.argon2(args))
        change = holder.wallet().change
    waiting = {} if change is None else change.waiting
    if not waiting:
        changed = "Nothing waits for an answer" if args.again else "The new code counts from now on"
        return Outcome({"result": "changed", "renewals": {}}, [changed])
    files = _written(args.out, waiting)
    return Outcome(
        {"result": "asked", "renewals": files},
        [
            f"To be sent to the issuers, and answered, before the new code counts: {args.out}",
            *(f"  {', '.join(names)}, for card {handle}" for handle, names in files.items()),
        ],
    )


def _give_up(args: Args) -> Outcome:
    secrets = Secrets(args.passphrase_file)
    with handset.opened(args, secrets) as holder:
        holder.give_up_code_change(secrets.code())
    return Outcome(
        {"result": "given-up"},
        ["The old code stays the code. What was written to be sent is not to be sent any more"],
    )


def _written(directory: Path, waiting: Mapping[str, tuple[bytes, ...]]) -> dict[str, list[str]]:
    """The files of each card, the newest first: an issuer that has answered an older one knows no other."""
    directory.mkdir(mode=0o700)
    files: dict[str, list[str]] = {}
    for handle, renewals in waiting.items():
        for number, renewal in enumerate(reversed(renewals), start=1):
            name = f"{handle}.cbor" if number == 1 else f"{handle}-{number}.cbor"
            save(directory / name, renewal)
            files.setdefault(handle, []).append(name)
    return files


def _ask_unlock(args: Args) -> Outcome:
    with handset.opened(args, Secrets(args.passphrase_file)) as holder:
        nonce = holder.ask_unlock(card=args.card)
    save(args.out, nonce)
    return Outcome(
        {"result": "asked", "nonce": str(args.out)},
        [f"For the issuer, when it knows again who asks: {args.out}. What was asked for before is forgotten"],
    )


def _unlock(args: Args) -> Outcome:
    with handset.opened(args, Secrets(args.passphrase_file)) as holder:
        holder.unlock(read_message(args.message), handset.trust(args).current())
    return Outcome({"result": "unlocked"}, ["UNLOCKED: the personal code has all its tries again"])
