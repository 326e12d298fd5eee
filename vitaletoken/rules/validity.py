"""Step V12: the presentation's window and the card's own times; and the skew that is reported (spec section 8)."""

from __future__ import annotations

from typing import Final

from vitaletoken.errors import Code, refusal
from vitaletoken.wire.credential import CredentialClaims
from vitaletoken.wire.presentation import PresentationClaims

#: Seconds; days are counted in UTC.
DAY: Final = 86_400


def require_in_window(claims: PresentationClaims, now: int, tolerance: int) -> None:
    """The rows of V12 that are the presentation's.

    Args:
        now: NumericDate, seconds.
        tolerance: seconds by which the phone's clock and this one may differ, either way.

    Raises:
        Rejected: ``presentation-not-yet-valid``, ``presentation-expired``.
    """
    if now < claims.iat - tolerance:
        raise refusal(Code.PRESENTATION_NOT_YET_VALID)
    if now >= claims.exp + tolerance:
        raise refusal(Code.PRESENTATION_EXPIRED)


def require_card_in_time(claims: CredentialClaims, now: int, tolerance: int) -> None:
    """The rows of V12 that are the card's own times.

    Args:
        now: NumericDate, seconds.
        tolerance: seconds by which the card may be from the future; it ends to the second (TIME-1).

    Raises:
        Rejected: ``credential-not-yet-valid``, ``credential-expired``.
    """
    if now < claims.iat - tolerance:
        raise refusal(Code.CREDENTIAL_NOT_YET_VALID)
    if now >= claims.exp:
        raise refusal(Code.CREDENTIAL_EXPIRED)


def require_rights(claims: CredentialClaims, now: int) -> None:
    """The last row of V12. ``now`` is a NumericDate.

    Raises:
        Rejected: ``rights-ended``.
    """
    rights_until = claims.card.rights_until
    if rights_until is not None and now // DAY >= rights_until:
        raise refusal(Code.RIGHTS_ENDED)


def skew_of(claims: PresentationClaims, now: int) -> int:
    """TIME-2: the least clock difference, in seconds, that explains the presentation; negative for a phone that is behind."""
    if now < claims.iat:
        return claims.iat - now
    return 0 if now < claims.exp else claims.exp - 1 - now
