"""``terminal ...``: who a desk is, and what it asks. What it knows, and how old that is, is in ``sync`` and ``health``."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import FileTrust, read_message, read_roots
from vitaletoken.adapters.keystore import generate_signer, load_signer, save_key
from vitaletoken.adapters.memory import MemoryReplayStore
from vitaletoken.adapters.qr import Medium
from vitaletoken.adapters.sticker import sticker
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.cli import arguments, desk, directories, health, qr_output, sync
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.directories import Profile
from vitaletoken.cli.json_fields import text_field
from vitaletoken.cli.output import Outcome, moment, save
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.errors import UsageError
from vitaletoken.rules.policy import Policy
from vitaletoken.rules.trust import kid_of
from vitaletoken.verifier import Verifier
from vitaletoken.wire.certificate import TERMINAL_ID_SIZE
from vitaletoken.wire.challenge import MAX_LIFETIME, Transaction
from vitaletoken.wire.registry import Environment, Purpose, View, label

_EUROS: Final = re.compile(r"([0-9]{1,6})[.,]([0-9]{2})")

_STICKER: Final = """\
The sheet is A6 (105 x 148 mm), to be printed at its own size. It says, in French: "Before you show your health-insurance
card: 1. Open the app and scan this code. 2. Check that the name it shows is this one. 3. Then show your QR: it is good
here and nowhere else. Another name, a warning? Show nothing and ask at the counter. This code says nothing about you."
At the bottom: until when the certificate is valid; and in a test environment that it is a specimen, for tests only.
"""


def add_to(groups: arguments.Group) -> None:
    """Add the noun ``terminal``."""
    verbs = arguments.group(groups, "terminal", "the desk: what it knows, who it is, what it asks")
    parser = arguments.verb(verbs, "new", "make a terminal, with a key of its own, which pins the root set", _new)
    arguments.add_input(parser, "roots", "the root set")
    parser.add_argument(
        "--post-quantum", action="store_true", help="believe no trust list and no snapshot without ML-DSA-65 signatures"
    )
    arguments.add_environment(parser)
    arguments.add_out(parser, "new directory for it", metavar="DIR")
    arguments.add_passphrase(parser)

    sync.add_to(verbs)
    health.add_to(verbs)

    parser = arguments.verb(
        verbs,
        "certificate",
        "verify this terminal's own certificate and keep it; others stay until they expire",
        _certificate,
    )
    desk.add_terminal(parser)
    parser.add_argument("certificate", type=Path, metavar="FILE", help="made by `authority certify`")

    parser = arguments.verb(verbs, "sticker", "print who this terminal is: the sheet for the counter", _sticker)
    parser.epilog = _STICKER
    desk.add_terminal(parser)
    arguments.add_out(parser, "the sheet, in SVG")

    parser = arguments.verb(verbs, "challenge", "ask for a card: a QR for one visit, to be answered once", _challenge)
    desk.add_terminal(parser)
    parser.add_argument("--session", metavar="ID", required=True, help="the visit; `verify` is then given the same")
    arguments.add_choices(parser, "purpose", Purpose, "what the card is asked for")
    arguments.add_choice(parser, "view", View, View.MINIMAL, "billing: with the number (NIR)")
    arguments.add_input(
        parser, "transaction", "the care sheet that the patient is to co-sign; any file", required=False
    )
    parser.add_argument("--line", help="what the patient reads of it, in the open: no name in it, no state of health")
    parser.add_argument("--amount", metavar="EUROS", help="what it comes to, such as 26.50")
    parser.add_argument(
        "--lifetime",
        type=int,
        default=MAX_LIFETIME,
        metavar="SECONDS",
        help=f"1 to {MAX_LIFETIME}, in which it can be answered (default: {MAX_LIFETIME})",
    )
    parser.add_argument("--unsealed", action="store_true", help="the answer can be read by whoever films it")
    qr_output.add_to(parser)
    arguments.add_passphrase(parser)


def _new(args: Args) -> Outcome:
    roots = read_roots(args.roots)
    passphrase = Secrets(args.passphrase_file).passphrase(str(args.out), new=True)
    entropy = SystemEntropy()
    signer, secret = generate_signer(entropy)
    terminal_id = entropy.random(TERMINAL_ID_SIZE).hex()
    profile = {
        "id": terminal_id,
        "environment": args.environment,
        "post_quantum": args.post_quantum,
        "public_key": directories.public_hex(signer),
    }
    directories.make(args.out, "terminal", profile)
    save_key(args.out / "terminal.key", signer, secret, passphrase, entropy)
    FileTrust.pin(args.out, roots)
    return Outcome(
        {
            "result": "made",
            "directory": str(args.out),
            "environment": args.environment,
            "threshold": roots.threshold,
            "id": terminal_id,
            "kid": kid_of(signer.public_key).hex(),
        },
        [
            f"Terminal {terminal_id} in {args.out}, {args.environment}; "
            f"{roots.threshold} of {len(roots.keys)} pinned root keys must sign"
        ],
    )


def _certificate(args: Args) -> Outcome:
    certificate = desk.keep_certificate(args.terminal, read_message(args.certificate))
    claims = certificate.claims
    return Outcome(
        {
            "result": "kept",
            "name": claims.name,
            "establishment": claims.establishment,
            "categories": [label(category) for category in claims.categories],
            "authority": claims.iss,
            "expires": claims.exp,
        },
        [
            f"This terminal is {claims.name} ({claims.establishment}), says {certificate.authority_name}, "
            f"until {moment(claims.exp)}"
        ],
    )


def _sticker(args: Args) -> Outcome:
    certificate = desk.newest_certificate(args.terminal)
    environment = Profile(args.terminal, "terminal").environment()
    sheet = sticker(certificate, specimen=environment is Environment.TEST)
    save(args.out, sheet.svg.encode())
    claims, code = certificate.claims, sheet.code
    return Outcome(
        {
            "result": "made",
            "sticker": str(args.out),
            "qr": {
                "bytes": len(certificate.raw),
                "characters": code.characters,
                "version": code.version,
                "error": code.error,
            },
            "text": certificate.text,
            "expires": claims.exp,
        },
        [
            f"Counter sticker of {claims.name} in {args.out}: A6, QR version {code.version}-{code.error}, "
            f"until {moment(claims.exp)}"
        ],
    )


def _challenge(args: Args) -> Outcome:
    qr_output.require_possible(args)
    transaction = _transaction(args)
    passphrase = Secrets(args.passphrase_file).passphrase(str(args.terminal))
    signer = load_signer(args.terminal / "terminal.key", passphrase)
    with (
        desk.knowledge(args.terminal) as known,
        desk.opened(args.terminal, known.trust.current(), signer) as terminal,
    ):
        verifier = Verifier(
            trust=known.trust,
            status=known.status,
            replay=MemoryReplayStore(),  # asking reads and writes none
            clock=SystemClock(),
            policy=Policy(known.environment),
            terminal=terminal,
            floor=known.floor,
        )
        challenge = verifier.challenge(
            args.session,
            [arguments.member(Purpose, name) for name in args.purpose],
            view=arguments.member(View, args.view),
            lifetime=args.lifetime,
            transaction=transaction,
            sealed=not args.unsealed,
        )
    claims = challenge.claims
    data: dict[str, object] = {
        "result": "asked",
        "session": args.session,
        "purposes": [label(purpose) for purpose in claims.purposes],
        "view": label(claims.view),
        "lifetime": claims.lifetime,
        "sealed": claims.session_key is not None,
        "transaction": transaction and transaction.digest.hex(),
        "bytes": len(challenge.message),
    }
    what, until = f"Challenge for session {args.session}", f"to be answered within {claims.lifetime} s"
    return qr_output.shown(args, challenge.text, what, until, data, Medium.SCREEN)


def _transaction(args: Args) -> Transaction | None:
    parts = (args.transaction, args.line, args.amount)
    if parts == (None, None, None):
        return None
    if None in parts:
        raise UsageError("--transaction, --line and --amount go together")
    euros = _EUROS.fullmatch(args.amount)
    if euros is None:
        raise UsageError("--amount is in euros and cents, such as 26.50, and below 1,000,000")
    with args.transaction.open("rb") as file:
        digest = sha256(file.read()).digest()
    return Transaction(digest, text_field(args.line), int("".join(euros.groups())))
