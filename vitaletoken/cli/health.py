"""``terminal status``: how good what a terminal knows is, until when, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from vitaletoken.adapters.system import SystemClock
from vitaletoken.cli import arguments, demands, desk
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.desk import Knowledge
from vitaletoken.cli.output import DONE, REFUSED, Outcome, moment, span
from vitaletoken.cli.sync import CONCERNS
from vitaletoken.errors import CATALOGUE, Code, InputError
from vitaletoken.rules.floor import TOLERANCE
from vitaletoken.rules.policy import Policy
from vitaletoken.rules.snapshot import verify_snapshot
from vitaletoken.rules.terminal import VerifiedCertificate
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.rules.updates import Concern
from vitaletoken.wire.snapshot import SnapshotClaims

# Whether what is held is dated ahead is asked below, with a message of its own.
_ANY_TIME: Final = 2**62
_SYNC: Final = "Connect this terminal and fetch new lists: vitaletoken terminal sync."


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name, line: what, and in words how it stands. data: the same for a program.
        caution: in words why cards are accepted with a caution. refused: why they are not accepted.
    """

    name: str
    line: str
    data: dict[str, object] = field(default_factory=dict)
    caution: str | None = None
    refused: str | None = None


def add_to(verbs: arguments.Group) -> None:
    """Add the verb ``status`` to those of ``terminal``."""
    parser = arguments.verb(
        verbs, "status", "how good what this terminal knows is, until when, and what to do", _status
    )
    parser.epilog = "Exit status 3: cards are being refused."
    desk.add_terminal(parser)
    demands.add_ages(parser)


def _status(args: Args) -> Outcome:
    with desk.knowledge(args.terminal) as known:
        policy = demands.with_ages(args, Policy(known.environment))
        clock, floor = SystemClock().now(), known.floor.read()
        now = max(clock, floor)  # TIME-4
        trust = known.trust.current()
        general = [_clock(clock, floor), _trust_list(trust, now, policy)]
        issuers = [_issuer(known, issuer.id, trust, now, policy) for issuer in trust.claims.issuers]
    return _outcome(general, issuers, desk.certificates(args.terminal, trust))


def _outcome(general: list[Finding], issuers: list[Finding], certificates: list[VerifiedCertificate]) -> Outcome:
    refusing = [each.name for each in issuers if each.refused is not None]
    refused = [each.refused for each in (*general, *issuers) if each.refused is not None]
    cautions = [each.caution for each in (*general, *issuers) if each.caution is not None]
    if all(each.data and (each.caution or each.refused) for each in issuers):
        cautions.append(CONCERNS[Concern.ALL_OLD])
    if len(refusing) < len(refused) or len(refusing) == len(issuers):
        head, result = "EVERY CARD IS REFUSED: ask for plastic cards until this is put right", "refusing"
    elif refusing:
        head, result = f"CARDS OF {', '.join(refusing)} ARE REFUSED: ask for their plastic cards", "refusing"
    elif cautions:
        head, result = "READY, WITH CAUTION", "caution"
    else:
        head, result = "READY", "ready"
    lines = [f"  {each.name:<15} {each.line}" for each in (*general, *issuers)]
    lines += [f"  {'Certificate':<15} {each.claims.name}, until {moment(each.claims.exp)}" for each in certificates]
    lines += [f"  {'TO DO':<15} {each}" for each in refused] + [f"  {'Caution':<15} {each}" for each in cautions]
    return Outcome(
        {
            "result": result,
            "clock": general[0].data,
            "trust_list": general[1].data,
            "issuers": {each.name: each.data for each in issuers},
            "certificates": [{"name": each.claims.name, "expires": each.claims.exp} for each in certificates],
            "refused": refused,
            "cautions": cautions,
        },
        [head, "", *lines],
        REFUSED if refused else DONE,
    )


def _clock(clock: int, floor: int) -> Finding:
    behind = clock < floor - TOLERANCE
    return Finding(
        "Clock",
        f"{moment(clock)}; newest signed time seen: {moment(floor)}",
        {"now": clock, "floor": floor, "behind": behind},
        refused=f"The clock is {span(floor - clock)} behind what was seen signed: set it." if behind else None,
    )


def _trust_list(trust: VerifiedTrustList, now: int, policy: Policy) -> Finding:
    claims = trust.claims
    expired = trust.has_expired(now)
    left = claims.exp - now
    ending = not expired and left <= policy.trust_notice
    return Finding(
        "Trust list",
        f"version {claims.version}, {span(now - claims.iat)} old, "
        + (f"EXPIRED {moment(claims.exp)}" if expired else f"until {moment(claims.exp)} ({span(left)})"),
        {"version": claims.version, "as_of": claims.iat, "expires": claims.exp},
        caution=f"In {span(left)} every card is refused unless a new trust list comes. {_SYNC}" if ending else None,
        refused=f"{CATALOGUE[Code.TRUST_LIST_EXPIRED].reason} {_SYNC}" if expired else None,
    )


def _issuer(known: Knowledge, issuer: str, trust: VerifiedTrustList, now: int, policy: Policy) -> Finding:
    message = known.status.snapshot(issuer)
    if message is None:
        return Finding(issuer, "no status lists", refused=f"There are no status lists of {issuer}. {_SYNC}")
    try:
        snapshot = verify_snapshot(message, trust, _ANY_TIME, None)
    except InputError as error:
        line = f"status lists that count no longer ({error.code.value})"
        return Finding(issuer, line, refused=f"{error.reason} {_SYNC}")
    damaged = sum(known.status.find(issuer, number) is None for number in snapshot.lists)
    if damaged:
        line = f"{damaged} of {len(snapshot.lists)} status lists damaged"
        return Finding(issuer, line, refused=f"Status lists of {issuer} are damaged. {_SYNC}")
    claims = snapshot.claims
    until = claims.exp if policy.status_grace is None else min(claims.exp, _due(claims) + policy.status_grace)
    caution = refused = None
    if claims.iat > now + TOLERANCE:
        refused = f"The status lists of {issuer} are dated ahead of this clock: is it right?"
    elif now >= until:
        refused = f"The status lists of {issuer} are too old. {_SYNC}"
    elif now >= _due(claims):
        caution = f"New status lists of {issuer} should have come by now. {_SYNC}"
    return Finding(
        issuer,
        f"as of {moment(claims.iat)}, {span(now - claims.iat)} old; newer ones due {moment(_due(claims))}, "
        f"believed until {moment(until)}",
        {
            "sequence": claims.sequence,
            "as_of": claims.iat,
            "due": _due(claims),
            "until": until,
            "lists": len(snapshot.lists),
        },
        caution,
        refused,
    )


def _due(claims: SnapshotClaims) -> int:
    return claims.iat + claims.ttl
