"""Who acts in a presentation, and whether they may: what steps V8 to V14 ask of a delegate (spec sections 8 and 14).

A delegate acts under a grant, with keys of their own, or with a card that was lent through the issuer, key 15.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from vitaletoken.errors import Code, refusal
from vitaletoken.rules.credential import VerifiedCredential
from vitaletoken.rules.grant import VerifiedGrant, verify_parsed_grant
from vitaletoken.wire.grant import parse_grant
from vitaletoken.wire.presentation import ParsedPresentation
from vitaletoken.wire.registry import Category, Purpose, Status

if TYPE_CHECKING:  # a phone has no status lists
    from vitaletoken.rules.status import VerifiedStatusList


class Way(StrEnum):
    """How a card was lent."""

    ISSUER = "issuer"
    GRANT = "grant"


class Delegate(NamedTuple):
    """Who acts for the beneficiary.

    Attributes:
        name: as they gave it to who lent the card. No identity was proofed: it proves nothing.
        until: NumericDate, the end of the grant, or of the card that was lent through the issuer.
    """

    name: str
    way: Way
    until: int

    def __repr__(self) -> str:
        return f"Delegate(way={self.way!r}, until={self.until})"


def verify_delegation(presentation: ParsedPresentation, credential: VerifiedCredential, grant: bytes) -> VerifiedGrant:
    """Step V8, for the bytes of the grant that the presentation carries.

    Raises:
        Malformed: ``grant-structure``.
        Untrusted: ``grant-signature``, ``grant-hop``, ``grant-code``.
    """
    parsed = parse_grant(grant)
    if presentation.algorithm is not parsed.unverified_claims.device_key.algorithm:  # CRED-4
        raise refusal(Code.GRANT_STRUCTURE)
    verified = verify_parsed_grant(parsed, credential)
    if presentation.code_layer is None:  # GRANT-4
        raise refusal(Code.GRANT_CODE)
    return verified


def require_scope(
    credential: VerifiedCredential,
    grant: VerifiedGrant | None,
    purposes: Iterable[Purpose],
    categories: Iterable[Category],
) -> None:
    """The last row of V11, GRANT-3.

    Args:
        purposes: for which the card is asked: every one must be in the scope. Where a care sheet is co-signed, all that the
            challenge names: what is signed does not say for which of them.
        categories: of the terminal's establishment, where it has them.

    Raises:
        Rejected: ``delegation-scope``.
    """
    acting = credential.claims.card.acting
    for scope in (grant and grant.claims.scope, acting and acting.scope):
        if scope and not (
            set(scope.purposes) >= set(purposes)
            and (scope.categories is None or set(scope.categories) & set(categories))
        ):
            raise refusal(Code.DELEGATION_SCOPE)


def require_granted_now(grant: VerifiedGrant, now: int, skew_limit: int) -> None:
    """The rows of V12 for a grant. ``now`` is a NumericDate, ``skew_limit`` seconds.

    Raises:
        Rejected: ``grant-not-yet-valid``, ``grant-expired``.
    """
    if now < grant.claims.iat - skew_limit:
        raise refusal(Code.GRANT_NOT_YET_VALID)
    if now >= grant.claims.exp:
        raise refusal(Code.GRANT_EXPIRED)


def require_not_withdrawn(
    credential: VerifiedCredential, grant: VerifiedGrant, status_list: VerifiedStatusList
) -> None:
    """The last row of V13, for the list that answered. Raises ``Rejected``: ``delegations-withdrawn``."""
    if grant.claims.iat >= status_list.iat:
        return
    if status_list.find(credential.claims.card.status.idx) is Status.DELEGATIONS_WITHDRAWN:
        raise refusal(Code.DELEGATIONS_WITHDRAWN)


def delegate_of(credential: VerifiedCredential, grant: VerifiedGrant | None) -> Delegate | None:
    """Who acts, for the terminal to be told; None where it is the card's own phone."""
    if grant is not None:
        return Delegate(grant.claims.name, Way.GRANT, grant.claims.exp)
    acting = credential.claims.card.acting
    return acting and Delegate(acting.name, Way.ISSUER, credential.claims.exp)
