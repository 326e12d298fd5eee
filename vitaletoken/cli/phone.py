"""``phone ...``: enrols, accepts the card, shows the QR."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import FileTrust, read_message, read_roots
from vitaletoken.adapters.keystore import generate_device_key, load_device_key, save_key
from vitaletoken.adapters.qr import Medium, QrCode, write_qr
from vitaletoken.adapters.sqlite import SqliteHolderStore
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.cli import arguments, directories
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.directories import Profile
from vitaletoken.cli.output import Outcome, moment, save
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.errors import Code, InputError, UsageError
from vitaletoken.holder import Holder, Presentation
from vitaletoken.ports import HolderStore
from vitaletoken.rules.code import MAX_FAILED, WAITS
from vitaletoken.rules.trust import kid_of, verify_trust_list
from vitaletoken.wire.registry import Algorithm, Environment, UserVerification

_SUITES: Final = {1: Algorithm.ED25519, 2: Algorithm.ESP256}
_PROFILES: Final = {profile.label: profile for profile in Argon2Profile}
_ENDINGS: Final = (".png", ".svg", ".txt")


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

    parser = _acting(verbs, "enrol", "answer an offer: choose the personal code, make the code key", _enrol)
    arguments.add_input(parser, "offer", "the issuer's offer")
    arguments.add_out(parser, "the request, for the issuer")
    parser.add_argument("--argon2", choices=_PROFILES, default="default", help="profile of the code key")
    parser.add_argument("--birth-date", type=_day, metavar="YYYY-MM-DD", help="refused as a code")

    parser = _acting(verbs, "accept", "keep the card, if it answers this phone's own request", _accept)
    arguments.add_input(parser, "credential", "the card")

    parser = _acting(verbs, "present", "show the QR for one visit, good for 60 seconds", _present)
    parser.add_argument(
        "--out",
        metavar="FILE",
        help="a picture (.png, .svg) or the text (.txt); -: the text to standard output; default: the QR to the terminal",
    )
    parser.add_argument("--print", action="store_true", dest="on_paper", help="error correction M, for paper")
    parser.add_argument("--light-background", action="store_true", help="the terminal writes dark on light")
    parser.add_argument("--no-code", action="store_true", help="without the personal code")
    arguments.add_choice(
        parser, "user-verification", UserVerification, None, "with --no-code: what the phone itself knows"
    )


def _acting(verbs: arguments.Group, name: str, summary: str, run: arguments.Run) -> arguments.Parser:
    """A verb of a phone that exists."""
    parser = arguments.verb(verbs, name, summary, run)
    arguments.add_directory(parser, "phone", "made by `phone new`")
    arguments.add_passphrase(parser)
    return parser


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _new(args: Args) -> Outcome:
    roots, trust_list = read_roots(args.roots), read_message(args.trust)
    environment = arguments.member(Environment, args.environment)
    verify_trust_list(trust_list, roots, environment)  # before there is a directory
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
    claims = _trust(args).load(read_message(args.trust)).claims
    return Outcome(
        {"result": "loaded", "version": claims.version, "expires": claims.exp},
        [f"Trust list version {claims.version} in force, until {moment(claims.exp)}"],
    )


def _trust(args: Args) -> FileTrust:
    return FileTrust(args.phone, Profile(args.phone, "phone").environment())


@contextmanager
def _store(args: Args) -> Iterator[SqliteHolderStore]:
    Profile(args.phone, "phone")  # so that no database is made where there is no phone
    with SqliteHolderStore(args.phone / "phone.sqlite") as store:
        yield store


def _holder(args: Args, secrets: Secrets, store: HolderStore) -> Holder:
    key = load_device_key(args.phone / "phone.key", secrets.passphrase(str(args.phone)))
    return Holder(key, store=store, clock=SystemClock(), entropy=SystemEntropy())


def _enrol(args: Args) -> Outcome:
    secrets = Secrets(args.passphrase_file)
    offer, trust = read_message(args.offer), _trust(args).current()
    with _store(args) as store:
        holder = _holder(args, secrets, store)
        code = secrets.code(new=True)
        request = holder.enrol(offer, trust, code, profile=_PROFILES[args.argon2], birth_date=args.birth_date)
    save(args.out, request)
    return Outcome(
        {"result": "enrolled", "request": str(args.out), "argon2": args.argon2},
        [f"Enrolment request in {args.out}; the code is chosen and is written nowhere"],
    )


def _accept(args: Args) -> Outcome:
    with _store(args) as store:
        holder = _holder(args, Secrets(args.passphrase_file), store)
        verified = holder.accept(read_message(args.credential), _trust(args).current())
    claims = verified.claims
    return Outcome(
        {"result": "accepted", "issuer": claims.iss, "card": claims.cti.hex(), "expires": claims.exp},
        [f"ACCEPTED: card {claims.cti.hex()} of {verified.issuer_name}, until {moment(claims.exp)}"],
    )


def _present(args: Args) -> Outcome:
    if args.user_verification is not None and not args.no_code:
        raise UsageError("--user-verification goes with --no-code")
    if args.out not in (None, "-") and Path(args.out).suffix.lower() not in _ENDINGS:
        raise UsageError(f"--out ends in one of {', '.join(_ENDINGS)}, or is -")
    write_qr("VT1:")  # no presentation is spent where no QR can be made
    secrets = Secrets(args.passphrase_file)
    with _store(args) as store:
        holder = _holder(args, secrets, store)
        if args.no_code:
            level = arguments.member(UserVerification, args.user_verification or "none")
            presentation = holder.present(user_verification=level)
        else:
            presentation = _with_code(holder, store, secrets.code())
    return _shown(
        args, presentation, write_qr(presentation.text, medium=Medium.PRINT if args.on_paper else Medium.SCREEN)
    )


def _with_code(holder: Holder, store: HolderStore, code: str) -> Presentation:
    try:
        return holder.present(code)
    except InputError as error:
        tries = store.load().tries
        if error.code is Code.CODE_DELAYED:
            error.add_note(f"The next try is at {moment(tries.last_try + WAITS[tries.failed])}.")
        if error.code in (Code.CODE_WRONG, Code.CODE_DELAYED):
            error.add_note(f"{tries.failed} of {MAX_FAILED} tries have failed; after that only the issuer unlocks it.")
        raise


def _shown(args: Args, presentation: Presentation, code: QrCode) -> Outcome:
    claims = presentation.claims
    data: dict[str, object] = {
        "result": "presented",
        "out": args.out,
        "qr": {
            "bytes": len(presentation.message),
            "characters": code.characters,
            "version": code.version,
            "error": code.error,
        },
        "counter": claims.counter,
        "expires": claims.exp,
    }
    size = f"{code.characters} characters, QR version {code.version}-{code.error}"
    if args.out is None:
        picture = code.terminal(dark_background=not args.light_background).splitlines()
        lines = [*picture, f"{size}, until {moment(claims.exp)}"]
        return Outcome({**data, "text": presentation.text}, lines)
    if args.out == "-":
        print(f"until {moment(claims.exp)}", file=sys.stderr)
        return Outcome({**data, "text": presentation.text}, [presentation.text])
    path = Path(args.out)
    save(path, _file(code, presentation.text, path.suffix.lower()))
    return Outcome(data, [f"Presentation {claims.counter} in {path}: {size}, until {moment(claims.exp)}"])


def _file(code: QrCode, text: str, ending: str) -> bytes:
    if ending == ".txt":
        return text.encode()
    return code.png() if ending == ".png" else code.svg().encode()
