"""``trust ...``: the ceremony. Propose a trust list, sign it one by one, combine, check, publish; each step on any machine."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import read_message, write_roots
from vitaletoken.adapters.mirror import MirrorWriter
from vitaletoken.adapters.system import SystemClock
from vitaletoken.cli import arguments
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.directories import Profile
from vitaletoken.cli.output import DONE, REFUSED, Outcome, moment, save
from vitaletoken.cli.roots import open_keys, public_keys
from vitaletoken.cli.secret_input import confirm
from vitaletoken.cli.trust_page import Standing, standing
from vitaletoken.cli.trust_proposal import proposed
from vitaletoken.errors import UsageError, refusal
from vitaletoken.rules.trust import (
    all_keys,
    combine_trust_list,
    kid_of,
    require_not_ahead,
    signatures_in,
    trust_list_tbs,
)
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.registry import Environment, label
from vitaletoken.wire.trust_list import RootSet, TrustListClaims, parse_claims, parse_trust_list, serialize_claims

# The first byte tells the two apart: an array of two (a trust list), or a map (what is to be signed, before anybody has).
_TRUST_LIST: Final = b"\x82"
_NEWEST: Final = "trust/newest.cbor"
_WHICH: Final = "a proposal, or a trust list that some have signed"


def add_to(groups: arguments.Group) -> None:
    """Add the noun ``trust``."""
    verbs = arguments.group(groups, "trust", "the trust list: whom terminals and phones believe; see docs/ceremony.md")
    parser = arguments.verb(verbs, "propose", "write down what a trust list is to say, for the roots to sign", _propose)
    _add_after(parser, "the list in force, which the new one changes; none for the very first")
    _add_content(parser)
    arguments.add_out(parser, "the proposal")

    parser = arguments.verb(
        verbs, "check", "say in words what a list says, who has signed it and who is missing", _check
    )
    _add_list(parser, _WHICH)
    _add_after(parser)

    parser = arguments.verb(verbs, "sign", "sign a list, on the machine that has the root key", _sign)
    _add_list(parser, _WHICH)
    arguments.add_directory(parser, "root", "made by `root new`")
    _add_after(parser)
    parser.add_argument("--yes", action="store_true", help="it has been checked: nothing is shown, nothing asked")
    arguments.add_out(parser, "the list, with this root's signatures beside those that it has")
    arguments.add_passphrase(parser)

    parser = arguments.verb(verbs, "combine", "put the signatures together that several roots have made", _combine)
    parser.add_argument("lists", metavar="FILE", type=Path, nargs="+", help="made by `trust sign`")
    _add_after(parser)
    arguments.add_out(parser, "the trust list")

    parser = arguments.verb(
        verbs, "publish", "serve a trust list from a mirror, where its newest list leads to it", _publish
    )
    _add_list(parser, "the trust list, signed by all who must")
    parser.add_argument("--mirror", type=Path, metavar="DIR", required=True, help="the mirror's directory")

    parser = arguments.verb(verbs, "roots", "write the root set of a trust list, for terminals and phones to pin", _pin)
    _add_list(parser, "the trust list, signed by all who must")
    arguments.add_out(parser, "the root set")


def _add_list(parser: arguments.Parser, summary: str) -> None:
    parser.add_argument("list", metavar="FILE", type=Path, help=summary)


def _add_after(parser: arguments.Parser, summary: str = "the list in force, whose roots must sign too") -> None:
    parser.add_argument("--after", type=Path, metavar="FILE", help=summary)


def _add_content(parser: arguments.Parser) -> None:
    def each(name: str, metavar: str, summary: str, read: type = str) -> None:
        parser.add_argument(
            f"--{name}", type=read, metavar=metavar, action="append", default=[], help=f"{summary}; repeatable"
        )

    each("root", "FILE", "root.json of a root that joins", Path)
    each("retire-root", "FILE|KID", "a root that leaves: its root.json, or a key id")
    parser.add_argument("--threshold", type=int, metavar="K", help="how many roots must sign (first list: 1)")
    each(
        "issuer", "FILE", "issuer.json: an issuer that is new, or has new keys, or whose keys are to last longer", Path
    )
    each("remove-issuer", "ID", "no card of it is accepted any more")
    each("authority", "FILE", "authority.json, likewise", Path)
    each("remove-authority", "ID", "no terminal that it certified is believed any more")
    each(
        "withdraw",
        "FILE|KID",
        "a key that is withdrawn: its key id, or the key in use in an issuer.json or authority.json",
    )
    parser.add_argument(
        "--from",
        type=arguments.moment,
        metavar="TIME",
        dest="start",
        help="with --withdraw: what the key signed from then on counts for nothing (default: now)",
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="with --withdraw: what it signed before then goes on counting; else nothing does",
    )
    each("remove-key", "KID", "a key that is long past, to make room")
    parser.add_argument("--days", type=int, default=30, help="until the list expires (default: 30)")
    parser.add_argument(
        "--key-days",
        type=int,
        default=1_096,
        help="until what is given with --issuer and --authority expires (default: 1096)",
    )
    environments = [label(environment) for environment in Environment]
    parser.add_argument("--environment", choices=environments, help="of the first list (default: test)")


def _propose(args: Args) -> Outcome:
    if not args.withdraw and (args.start is not None or args.keep):
        raise UsageError("--from and --keep go with --withdraw")
    before = _before(args.after)
    claims = proposed(args, before, SystemClock().now())
    stands = standing(claims, before, {})
    save(args.out, serialize_claims(claims))
    return Outcome(
        {"result": "proposed", "proposal": str(args.out), **stands.data()},
        [*stands.lines(), "", f"Written to {args.out}, for the roots to check and sign"],
    )


def _check(args: Args) -> Outcome:
    before = _before(args.after)
    stands = standing(*_read(args.list, before))
    return Outcome({"result": "checked", **stands.data()}, stands.lines(), REFUSED if stands.is_faulty else DONE)


def _sign(args: Args) -> Outcome:
    before = _before(args.after)
    claims, _, signatures = _read(args.list, before)
    known = {*all_keys(claims.roots), *(() if before is None else all_keys(before.roots))}
    if not known.intersection(public_keys(Profile(args.root, "root"))):
        more = "" if before is not None else "; if it leaves with this list, say --after with the list in force"
        raise UsageError(f"{args.root} is not in the root set of {args.list}{more}")
    _require_next(claims, before)
    require_not_ahead(claims, SystemClock().now())
    stands = standing(claims, before, signatures)
    if stands.is_faulty and stands.refusal is not None:
        raise refusal(stands.refusal)
    if not args.yes:
        # To standard error, since the answer may be one JSON document.
        print("\n".join([*stands.lines(), ""]), file=sys.stderr, flush=True)
        if not confirm("Sign this?"):
            return Outcome({"result": "declined", **stands.data()}, ["DECLINED: nothing was signed"], REFUSED)
    made = {key: s.sign(trust_list_tbs(claims, key)) for s in open_keys(args) if (key := s.public_key) in known}
    signatures = {**signatures, **made}
    save(args.out, combine_trust_list(claims, signatures))
    stands = standing(claims, before, signatures)
    kids = [kid_of(key).hex() for key in made]
    return Outcome(
        {"result": "signed", "trust_list": str(args.out), "kids": kids, **stands.data()},
        [f"SIGNED by {' and '.join(kids)}: {args.out}", "", *stands.signature_lines()],
    )


def _combine(args: Args) -> Outcome:
    before = _before(args.after)
    claims, _, signatures = _read(args.lists[0], before)
    for path in args.lists[1:]:
        other, _, more = _read(path, before)
        if other != claims:
            raise UsageError(f"{path} is another list than {args.lists[0]}: their fingerprints differ (trust check)")
        signatures = {**signatures, **more}
    stands = standing(claims, before, signatures)
    save(args.out, combine_trust_list(claims, signatures))
    return Outcome(
        {"result": "combined", "trust_list": str(args.out), **stands.data()},
        [f"Trust list version {claims.version} in {args.out}", "", *stands.signature_lines()],
    )


def _publish(args: Args) -> Outcome:
    newest = args.mirror / _NEWEST
    data, stands = _complete(args.list, newest if newest.exists() else None)
    _require_next(stands.claims, stands.before)
    require_not_ahead(stands.claims, SystemClock().now())
    MirrorWriter(args.mirror).publish_trust_list(data)
    claims = stands.claims
    return Outcome(
        {"result": "published", "mirror": str(args.mirror), **stands.data()},
        [f"PUBLISHED: trust list version {claims.version} in {args.mirror}, until {moment(claims.exp)}"],
    )


def _pin(args: Args) -> Outcome:
    _, stands = _complete(args.list, None)
    roots = stands.claims.roots
    write_roots(args.out, roots)
    kids = [kid_of(key).hex() for key in all_keys(roots)]
    return Outcome(
        {"result": "made", "roots": str(args.out), "threshold": roots.threshold, "kids": kids},
        [f"Root set in {args.out}: {roots.threshold} of {len(roots.keys)} must sign", *(f"  {kid}" for kid in kids)],
    )


def _require_next(claims: TrustListClaims, before: TrustListClaims | None) -> None:
    """No version is left out: terminals that have slept go from one to the next (TRUST-5)."""
    if before is not None and claims.version > before.version + 1:
        raise UsageError(f"version {claims.version} does not follow on version {before.version}")


def _complete(path: Path, after: Path | None) -> tuple[bytes, Standing]:
    """A list that terminals take that hold the one before. Raises ``InputError`` where they would not."""
    before = _before(after)
    data = read_message(path)
    parsed = parse_trust_list(data)
    others = () if before is None else (before.roots,)
    stands = standing(parsed.unverified_claims, before, signatures_in(parsed, *others))
    if stands.refusal is not None:
        raise refusal(stands.refusal)
    return data, stands


def _before(path: Path | None) -> TrustListClaims | None:
    """What the list in force says. It is whoever gives it who says that it is the one; it must have its roots' signatures."""
    return None if path is None else _complete(path, None)[1].claims


def _read(
    path: Path, before: TrustListClaims | None
) -> tuple[TrustListClaims, TrustListClaims | None, Mapping[CoseKey, bytes]]:
    """What ``standing`` takes, of the list at ``path``.

    Raises:
        Malformed: it is not in form.
        UsageError: it has a signature by none of the roots that are known here, or one that does not verify.
    """
    data = read_message(path)
    if not data.startswith(_TRUST_LIST):
        return parse_claims(data), before, {}
    parsed = parse_trust_list(data)
    others: tuple[RootSet, ...] = () if before is None else (before.roots,)
    signatures = signatures_in(parsed, *others)
    # Terminals pass over what does not count. Here it would be lost unseen, and somebody has to be called again.
    if len(signatures) < len(parsed.signatures):
        raise UsageError(
            f"{path} has a signature that is damaged, made twice, or by no root known here"
            + ("" if before is not None else ": if roots leave with this list, say --after with the list in force")
        )
    return parsed.unverified_claims, before, signatures
