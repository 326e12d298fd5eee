"""What a trust list is to say: made from profiles, or from the list in force and what is to change. Signs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from vitaletoken.cli import insurer
from vitaletoken.cli.arguments import Args, member
from vitaletoken.cli.directories import Profile
from vitaletoken.cli.roots import public_keys
from vitaletoken.errors import UsageError
from vitaletoken.rules.trust import all_keys, kid_of
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.registry import Algorithm, Category, Environment, KeyUse
from vitaletoken.wire.trust_list import (
    AuthorityEntry,
    IssuerEntry,
    IssuerKey,
    RootSet,
    TrustListClaims,
    Withdrawal,
)

_DAY: Final = 86_400
_KID: Final = re.compile(r"[0-9a-f]{16}")
_ISSUING: Final = (KeyUse.CREDENTIAL, KeyUse.STATUS_LIST, KeyUse.ENROLMENT_OFFER)
_CERTIFYING: Final = (KeyUse.TERMINAL_CERTIFICATE,)
_SECOND: Final = (KeyUse.SNAPSHOT_SECOND,)

_Owner = TypeVar("_Owner", IssuerEntry, AuthorityEntry)


def proposed(args: Args, before: TrustListClaims | None, now: int) -> TrustListClaims:
    """The claims that ``args`` ask for.

    Args:
        args: with the options of ``trust propose``.
        before: of the list in force, which they change; None for the first list.
        now: NumericDate.

    Raises:
        UsageError: a profile is not in form or of another environment; or there is nothing of the name to be changed.
    """
    if before is None:
        environment = member(Environment, args.environment or "test")
        claims = TrustListClaims(1, now, now, environment, RootSet(1, ()), ())
    elif args.environment is not None:
        raise UsageError("the environment is that of the list in force")
    else:
        claims = replace(before, version=before.version + 1, iat=now)
    claims = replace(claims, exp=now + args.days * _DAY, roots=_roots(args, claims.roots))
    claims = replace(
        claims,
        issuers=_without(claims.issuers, args.remove_issuer, "issuer"),
        authorities=_without(claims.authorities, args.remove_authority, "terminal authority"),
    )
    key_end = now + args.key_days * _DAY
    for path in args.issuer:
        issuer = _of_environment(Profile(path, "issuer"), claims.environment, path)
        claims = replace(claims, issuers=_with(claims.issuers, _issuer_entry(issuer, key_end)))
    for path in args.authority:
        authority = _of_environment(Profile(path, "authority"), claims.environment, path)
        claims = replace(claims, authorities=_with(claims.authorities, _authority_entry(authority, key_end)))
    for what in args.withdraw:
        withdrawal = Withdrawal(now if args.start is None else args.start, args.keep)
        claims = _with_key(claims, _kid(what), withdrawal)
    for what in args.remove_key:
        claims = _with_key(claims, _kid(what), None)
    return claims


def _roots(args: Args, roots: RootSet) -> RootSet:
    keys = list(all_keys(roots))
    for what in args.retire_root:
        wanted = {what} if _KID.fullmatch(what) else {kid_of(key).hex() for key in _root_keys(what)}
        left = [key for key in keys if kid_of(key).hex() not in wanted]
        if len(left) == len(keys):
            raise UsageError(f"{what} is not in the root set")
        keys = left
    for path in args.root:
        keys += _root_keys(path)
    threshold = roots.threshold if args.threshold is None else args.threshold
    return RootSet(threshold, *(tuple(_of(algorithm, keys)) for algorithm in (Algorithm.ED25519, Algorithm.ML_DSA_65)))


def _root_keys(path: str | Path) -> list[CoseKey]:
    return public_keys(Profile(Path(path), "root"))


def _of(algorithm: Algorithm, keys: Iterable[CoseKey]) -> list[CoseKey]:
    return [key for key in keys if key.algorithm is algorithm]


def _of_environment(profile: Profile, environment: Environment, path: Path) -> Profile:
    if profile.environment() is not environment:
        raise UsageError(f"{path} is not of the environment {environment.name.lower()}")
    return profile


def _issuer_entry(issuer: Profile, key_end: int) -> IssuerEntry:
    """An issuer with the keys that its profile has: the one in use, the next one, the second one for its snapshots."""
    keys = [IssuerKey(issuer.public_key(), _ISSUING, issuer.number("created"), key_end)]
    if issuer.has("next_key"):
        keys.append(IssuerKey(issuer.public_key("next_key"), _ISSUING, issuer.number("next_created"), key_end))
    if issuer.has("post_quantum_key"):
        key = issuer.public_key("post_quantum_key")
        keys.append(IssuerKey(key, _SECOND, issuer.number("post_quantum_created"), key_end))
    sealing_key = insurer.sealing_key(issuer)
    return IssuerEntry(issuer.text("id"), issuer.text("name"), tuple(keys), issuer.text("status_uri"), sealing_key)


def _authority_entry(authority: Profile, key_end: int) -> AuthorityEntry:
    key = IssuerKey(authority.public_key(), _CERTIFYING, authority.number("created"), key_end)
    categories = authority.members("categories", Category)
    return AuthorityEntry(authority.text("id"), authority.text("name"), (key,), categories)


def _with(owners: tuple[_Owner, ...], new: _Owner) -> tuple[_Owner, ...]:
    """``owners`` with ``new``; of one that is there already the keys stay, and those of ``new`` come to them or last longer."""
    held = next((owner for owner in owners if owner.id == new.id), None)
    if held is None:
        return owners + (new,)  # noqa: RUF005 - mypy loses the type of the other form
    by_use = {(key.key, key.uses): key for key in held.keys}
    for key in new.keys:
        known = by_use.get((key.key, key.uses))
        by_use[key.key, key.uses] = key if known is None else replace(known, exp=max(known.exp, key.exp))
    merged = replace(new, keys=tuple(by_use.values()))
    return tuple([merged if owner is held else owner for owner in owners])


def _without(owners: tuple[_Owner, ...], ids: Sequence[str], kind: str) -> tuple[_Owner, ...]:
    for gone in ids:
        if all(owner.id != gone for owner in owners):
            raise UsageError(f"the list has no {kind} {gone}")
    return tuple(owner for owner in owners if owner.id not in ids)


def _kid(what: str) -> str:
    """The key id that ``what`` is; or that of the key in use in the profile at that path."""
    if _KID.fullmatch(what):
        return what
    path = Path(what)
    for kind in ("issuer", "authority"):
        try:
            return kid_of(Profile(path, kind).public_key()).hex()
        except UsageError:
            continue
    raise UsageError(f"{what} is neither a key id (16 hex digits) nor the profile of an issuer or an authority")


def _with_key(claims: TrustListClaims, kid: str, withdrawal: Withdrawal | None) -> TrustListClaims:
    """``claims`` with each key of that id withdrawn, wherever it stands; or without it, where there is no withdrawal."""

    def changed(owner: _Owner) -> _Owner:
        keys = []
        for key in owner.keys:
            if kid_of(key.key).hex() != kid:
                keys.append(key)
            elif withdrawal is not None:
                keys.append(replace(key, withdrawn=withdrawal))
        return replace(owner, keys=tuple(keys))

    keys = [key for issuer in claims.issuers for key in issuer.keys]
    keys += [key for authority in claims.authorities for key in authority.keys]
    if all(kid_of(key.key).hex() != kid for key in keys):
        raise UsageError(f"no issuer and no authority of the list has the key {kid}")
    return replace(
        claims,
        issuers=tuple(changed(owner) for owner in claims.issuers),
        authorities=tuple(changed(owner) for owner in claims.authorities),
    )
