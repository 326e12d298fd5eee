"""Where an issuer changes and publishes the statuses of its cards (spec section 11.1)."""

from __future__ import annotations

from vitaletoken.card_press import CardPress
from vitaletoken.rules.publication import pack, sign_status_list
from vitaletoken.rules.status import CAPACITY
from vitaletoken.wire.registry import Status


class CardStatuses:
    """An issuer of whose cards some are revoked, suspended, or no longer lent.

    Args:
        press: with the register of the cards.
        status_uri: base URI of the status lists, as in the trust list.
    """

    def __init__(self, press: CardPress, status_uri: str) -> None:
        self._press = press
        self._status_uri = status_uri

    def revoke(self, *credential_ids: bytes) -> None:
        """Revoke the cards with these ctis (8 bytes each), for good; terminals learn it from the next publication.

        A card goes by each cti that it has had; its renewals share its status. A card lent from it has its own, and is
        published as revoked with it (LEND-1).

        All of them in one durable step, or none.

        Raises:
            UsageError: no such card.
        """
        self._change(credential_ids, Status.REVOKED)

    def suspend(self, *credential_ids: bytes) -> None:
        """Suspend cards, and with them those that were lent from them; ``restore`` undoes it.

        As ``revoke``; raises for a card that is revoked too.
        """
        self._change(credential_ids, Status.SUSPENDED)

    def restore(self, *credential_ids: bytes) -> None:
        """Make cards that are suspended valid again. As ``revoke``; raises too for a card that is revoked, or valid with its
        delegations withdrawn.

        Delegations withdrawn before the suspension count again: an entry has no room for both. Withdraw them anew.
        """
        self._change(credential_ids, Status.VALID)

    def lend_anew(self, *credential_ids: bytes) -> None:
        """Let cards whose delegations were withdrawn be lent again.

        What was granted before counts again until it ends: do this no earlier than 72 hours, which is as long as a grant can be
        good, after the withdrawal was published. So does what was lent through the issuer, for up to 30 days: revoke those of
        ``lent_from`` that are to stay withdrawn. As ``revoke``.
        """
        self._press.register.set_statuses(dict.fromkeys(credential_ids, Status.VALID), lend_anew=True)

    def withdraw_delegations(self, *credential_ids: bytes) -> None:
        """Withdraw the delegations granted so far; the cards stay valid (STATUS-1).

        Cards lent from them are published as suspended until ``lend_anew`` (LEND-1).

        As ``revoke``; raises too for a card that is revoked or suspended, which must not become valid by this.
        """
        self._change(credential_ids, Status.DELEGATIONS_WITHDRAWN)

    def lent_from(self, credential_id: bytes) -> tuple[bytes, ...]:
        """The ctis of the cards that were lent through the issuer from the card with that cti, which may be any that it has had.

        Also of those that are over or revoked; none where no card of that cti was issued here.
        """
        return self._press.register.lent_from(credential_id)

    def _change(self, credential_ids: tuple[bytes, ...], status: Status) -> None:
        self._press.register.set_statuses(dict.fromkeys(credential_ids, status))

    def publish_status_list(
        self, number: int = 0, *, ttl: int = 86_400, lifetime: int = 7 * 86_400, capacity: int = CAPACITY
    ) -> bytes:
        """The status list of that number, as of now: the same statuses and time give the same bytes.

        The simple form: lists alone. ``Publisher`` makes them all, with the snapshot and the delta that terminals keep up with.

        Args:
            ttl: seconds after which a terminal should have fetched a newer one.
            lifetime: seconds after which no terminal accepts it.
            capacity: entries, a multiple of four.

        Raises:
            UsageError: a number or a size out of range.
        """
        now = self._press.clock.now()
        entries = pack(self._press.register.statuses(number), capacity)
        return sign_status_list(
            self._press.signer.sign,
            self._press.kid,
            base_uri=self._status_uri,
            number=number,
            iat=now,
            exp=now + lifetime,
            ttl=ttl,
            entries=entries,
        )
