"""What can become of a card's status: what an issuer's register lets happen to an entry, and what it publishes."""

from __future__ import annotations

from vitaletoken.errors import UsageError
from vitaletoken.wire.registry import Status


def published(own: Status, lender: Status | None) -> Status:
    """The status that a card is published with (LEND-1).

    Args:
        own: its own entry.
        lender: the entry of the card that it was lent from; None where it was not lent.
    """
    if Status.REVOKED in (own, lender):
        return Status.REVOKED
    return Status.SUSPENDED if lender in (Status.SUSPENDED, Status.DELEGATIONS_WITHDRAWN) else own


def require_allowed(held: Status, new: Status, *, lend_anew: bool) -> None:
    """Return if an entry may go from ``held`` to ``new``.

    Args:
        lend_anew: whether delegations that were withdrawn may count again, which they do once the entry is 0.

    Raises:
        UsageError: the card is revoked, which is for good; or it is suspended and ``new`` would make it valid in passing.
    """
    if held is Status.REVOKED and new is not Status.REVOKED:
        raise UsageError("a revoked card stays revoked")
    if held is Status.SUSPENDED and new is Status.DELEGATIONS_WITHDRAWN:
        raise UsageError("the card is suspended: restore it first")
    if held is Status.DELEGATIONS_WITHDRAWN and new is Status.VALID and not lend_anew:
        raise UsageError("the card's delegations are withdrawn: to restore it would let them count again")
