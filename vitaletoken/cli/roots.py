"""``root new``, ``trust new``, ``trust sign``: the keys that everything hangs on, and the list of whom to believe."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import read_message, write_roots
from vitaletoken.adapters.keystore import SoftwareSigner, generate_signer, load_signer, save_key
from vitaletoken.adapters.system import SystemClock, SystemEntropy
from vitaletoken.cli import arguments, directories
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.directories import Profile
from vitaletoken.cli.output import Outcome, moment, save
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.errors import InputError, UsageError
from vitaletoken.rules.trust import combine_trust_list, kid_of, signatures_in, trust_list_tbs
from vitaletoken.wire.registry import Category, Environment, KeyUse
from vitaletoken.wire.trust_list import (
    AuthorityEntry,
    IssuerEntry,
    IssuerKey,
    RootSet,
    TrustListClaims,
    parse_trust_list,
)

_DAY: Final = 86_400
_EVERY_USE: Final = (KeyUse.CREDENTIAL, KeyUse.STATUS_LIST, KeyUse.ENROLMENT_OFFER)


def add_to(groups: arguments.Group) -> None:
    """Add the nouns ``root`` and ``trust``."""
    verbs = arguments.group(groups, "root", "root keys, which sign the trust list")
    parser = arguments.verb(verbs, "new", "make a root key", _new_root)
    arguments.add_out(parser, "new directory for it", metavar="DIR")
    arguments.add_passphrase(parser)

    verbs = arguments.group(groups, "trust", "the trust list: whom terminals and phones believe")
    parser = arguments.verb(
        verbs, "new", "make a trust list, and the root set that terminals and phones pin", _new_trust
    )
    parser.add_argument(
        "--root", type=Path, metavar="DIR", action="append", required=True, help="signs now; repeatable"
    )
    parser.add_argument(
        "--other-root",
        type=Path,
        metavar="DIR",
        action="append",
        default=[],
        help="pinned too, signs later (trust sign); repeatable",
    )
    parser.add_argument("--threshold", type=int, default=1, metavar="K", help="how many roots must sign (default: 1)")
    parser.add_argument("--issuer", type=Path, metavar="DIR", action="append", required=True, help="repeatable")
    parser.add_argument(
        "--authority", type=Path, metavar="DIR", action="append", default=[], help="certifies terminals; repeatable"
    )
    parser.add_argument("--version", type=int, help="default: one more than that of the list in the file --out, or 1")
    parser.add_argument("--days", type=int, default=30, help="until it expires (default: 30)")
    arguments.add_environment(parser)
    arguments.add_out(parser, "the trust list")
    parser.add_argument("--roots", type=Path, metavar="FILE", help="the root set (default: roots.cbor beside the list)")
    arguments.add_passphrase(parser)

    parser = arguments.verb(verbs, "sign", "add the signature of one more root to a trust list", _sign_trust)
    arguments.add_directory(parser, "root", "who signs")
    parser.add_argument("list", type=Path, metavar="FILE", help="the trust list; replaced")
    arguments.add_passphrase(parser)


def _new_root(args: Args) -> Outcome:
    passphrase = Secrets(args.passphrase_file).passphrase(str(args.out), new=True)
    entropy = SystemEntropy()
    signer, secret = generate_signer(entropy)
    directories.make(args.out, "root", {"public_key": directories.public_hex(signer)})
    save_key(args.out / "root.key", signer, secret, passphrase, entropy)
    kid = kid_of(signer.public_key).hex()
    return Outcome({"result": "made", "directory": str(args.out), "kid": kid}, [f"Root key {kid} in {args.out}"])


def _new_trust(args: Args) -> Outcome:
    environment = arguments.member(Environment, args.environment)
    pinned = [Profile(directory, "root").public_key() for directory in (*args.root, *args.other_root)]
    issuers = [Profile(directory, "issuer") for directory in args.issuer]
    authorities = [Profile(directory, "authority") for directory in args.authority]
    for directory, owner in zip((*args.issuer, *args.authority), (*issuers, *authorities), strict=True):
        if owner.environment() is not environment:
            raise UsageError(f"{directory} is not of the environment {args.environment}")
    now = SystemClock().now()
    expiry = now + args.days * _DAY
    claims = TrustListClaims(
        version=args.version or _next_version(args.out),
        iat=now,
        exp=expiry,
        environment=environment,
        roots=RootSet(args.threshold, tuple(pinned)),
        issuers=tuple(_issuer_entry(issuer, expiry) for issuer in issuers),
        authorities=tuple(_authority_entry(authority, expiry) for authority in authorities),
    )
    secrets = Secrets(args.passphrase_file)
    signers = [_open_root(directory, secrets) for directory in args.root]
    data = combine_trust_list(claims, {s.public_key: s.sign(trust_list_tbs(claims, s.public_key)) for s in signers})
    roots = args.roots or args.out.with_name("roots.cbor")
    save(args.out, data)
    write_roots(roots, claims.roots)
    return Outcome(
        {
            "result": "made",
            "trust_list": str(args.out),
            "roots": str(roots),
            "version": claims.version,
            "expires": expiry,
            "environment": args.environment,
            "signatures": len(signers),
            "threshold": args.threshold,
        },
        [
            f"Trust list version {claims.version} in {args.out}, {args.environment}, until {moment(expiry)}",
            f"Root set to pin in {roots}",
            *_missing(args.threshold - len(signers)),
        ],
    )


def _sign_trust(args: Args) -> Outcome:
    parsed = parse_trust_list(read_message(args.list))
    claims = parsed.unverified_claims
    signer = _open_root(args.root, Secrets(args.passphrase_file))
    if signer.public_key not in claims.roots.keys:
        raise UsageError(f"{args.root} is not in the root set of {args.list}")
    signatures = signatures_in(parsed)
    signatures[signer.public_key] = signer.sign(trust_list_tbs(claims, signer.public_key))
    save(args.list, combine_trust_list(claims, signatures))
    missing = claims.roots.threshold - len(signatures)
    return Outcome(
        {
            "result": "signed",
            "trust_list": str(args.list),
            "version": claims.version,
            "signatures": len(signatures),
            "threshold": claims.roots.threshold,
        },
        [f"Trust list version {claims.version} in {args.list} has {len(signatures)} signatures", *_missing(missing)],
    )


def _missing(signatures: int) -> list[str]:
    return [f"Not in force yet: {signatures} more to sign it (vitaletoken trust sign)"] if signatures > 0 else []


def _issuer_entry(issuer: Profile, expiry: int) -> IssuerEntry:
    key = IssuerKey(issuer.public_key(), _EVERY_USE, issuer.number("created"), expiry)
    return IssuerEntry(issuer.text("id"), issuer.text("name"), (key,), issuer.text("status_uri"))


def _authority_entry(authority: Profile, expiry: int) -> AuthorityEntry:
    key = IssuerKey(authority.public_key(), (KeyUse.TERMINAL_CERTIFICATE,), authority.number("created"), expiry)
    categories = authority.members("categories", Category)
    return AuthorityEntry(authority.text("id"), authority.text("name"), (key,), categories)


def _open_root(directory: Path, secrets: Secrets) -> SoftwareSigner:
    return load_signer(directory / "root.key", secrets.passphrase(str(directory)))


def _next_version(path: Path) -> int:
    if not path.exists():
        return 1
    try:
        return parse_trust_list(read_message(path)).unverified_claims.version + 1
    except InputError:
        raise UsageError(f"{path} is there and is no trust list: say --version to replace it") from None
