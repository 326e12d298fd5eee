"""What an issuer makes all its credentials with, on whichever way they are asked for: numbers, signs and records them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from vitaletoken.errors import UsageError
from vitaletoken.ports import Clock, Entropy, IssuerRegister, RecordOutcome, RightsSource, Signer
from vitaletoken.rules import context
from vitaletoken.rules.card_record import HeldCard, IssuedCard, IssuedCredential
from vitaletoken.rules.status import CAPACITY
from vitaletoken.rules.trust import kid_of
from vitaletoken.wire import cose
from vitaletoken.wire.credential import Card, CredentialClaims, StatusRef, serialize_claims
from vitaletoken.wire.nir import BeneficiaryNir, PolicyholderNir

#: Seconds: a fortnight.
CREDENTIAL_LIFETIME: Final = 14 * 86_400
#: Status lists that one issuer can have: what a snapshot can name.
MAX_STATUS_LISTS: Final = 4096
#: How often something is drawn, or looked at again after another process was faster, before that is an error.
# Full lists have no free index; long before that, drawing at random would take many draws. Issuers set lists up for all the
# cards that they expect, and more in time.
DRAWS: Final = 64


class Numbers(NamedTuple):
    """What the billing view has and the minimal view has not."""

    nir: BeneficiaryNir | None
    policyholder_nir: PolicyholderNir | None

    def __repr__(self) -> str:
        return "Numbers(...)"


class CardPress:
    """The parts of one issuer, and what it does with them for each credential.

    Args:
        signer: an Ed25519 key.
        rights: what the insurer's records say of rights today; None where cards keep the rights that they have.
    """

    def __init__(
        self,
        issuer_id: str,
        signer: Signer,
        *,
        register: IssuerRegister,
        clock: Clock,
        entropy: Entropy,
        status_lists: int,
        rights: RightsSource | None,
    ) -> None:
        self.issuer_id = issuer_id
        self.signer = signer
        self.kid = kid_of(signer.public_key)
        self.register = register
        self.clock = clock
        self.entropy = entropy
        self.status_lists = status_lists
        self.rights = rights

    def alias(self, reference: str) -> bytes:
        """Of the person whom the issuer names so.

        Raises:
            UsageError: none of those drawn was free.
        """
        for _ in range(DRAWS):
            alias = self.register.alias(reference, self.entropy.random(8))
            if alias is not None:
                return alias
        raise UsageError("no free alias: is the randomness random?")

    def cti(self) -> bytes:
        """A fresh one; whether it is taken is found out when it is recorded."""
        return self.entropy.random(8)

    def status(self) -> StatusRef:
        """An entry at random, each of all the lists as likely as any other (STATUS-6)."""
        even = MAX_STATUS_LISTS // self.status_lists * self.status_lists  # beyond it, the first lists would have more
        while True:
            number, idx = divmod(int.from_bytes(self.entropy.random(4), "big"), CAPACITY)
            if number < even:
                return StatusRef(number % self.status_lists, idx)

    def with_rights_of_today(self, card: Card, reference: str) -> Card:
        """``card`` with what the insurer's records say now of the rights of the person with that name."""
        rights = None if self.rights is None else self.rights.find(reference)
        if rights is None:
            return card
        return card._replace(scheme=rights.scheme, rights_as_of=rights.as_of, rights_until=rights.until)

    def credentials(self, claims: CredentialClaims, numbers: Numbers | None) -> tuple[IssuedCredential, ...]:
        """The minimal view with these claims, and the billing view where there are numbers, signed.

        Ed25519 gives the same bytes each time. Nothing is signed where a view is not in form.

        Raises:
            UsageError: the claims, or the numbers for them, are not in form (VIEW-1).
        """
        views = [claims]
        if numbers is not None:
            views.append(claims._replace(card=claims.card._replace(**numbers._asdict())))
        payloads = [serialize_claims(view) for view in views]
        header = cose.header_with_kid(self.kid)
        return tuple(
            IssuedCredential(claims.cti, cose.sign(self.signer.sign, header, context.CREDENTIAL_AAD, payload))
            for payload in payloads
        )

    def record(
        self, card: IssuedCard, claims: CredentialClaims, numbers: Numbers | None = None, *, lent_before: int = 0
    ) -> IssuedCard | None:
        """Make and record a new card, with a status index and a cti that no other has, before anybody is handed it.

        Args:
            card: what to record of it; status and credentials are put in here.
            claims: of its minimal view; cti and status may be drawn anew.
            lent_before: as for ``ports.IssuerRegister.record``.

        Returns:
            The card, or the one that was recorded before for the same origin; None where the card that it would be lent from is
            not in force, or has been lent meanwhile.

        Raises:
            UsageError: not in form, or the status lists are too full.
        """
        for _ in range(DRAWS):
            made = replace(card, status=claims.card.status, credentials=self.credentials(claims, numbers))
            outcome = self.register.record(made, lent_before)
            if outcome is RecordOutcome.RECORDED:
                return made
            if outcome is RecordOutcome.ANSWERED:
                return self.register.answer_to(card.origin)
            if outcome is RecordOutcome.LENDER_CHANGED:
                return None
            claims = claims._replace(cti=self.cti(), card=claims.card._replace(status=self.status()))
        raise UsageError("the status lists are too full: set up more")


def numbers_of(held: HeldCard) -> Numbers | None:
    """Those that the card had before, and no others: a renewal asks no record whose number it is."""
    billing = held.newest_billing
    if billing is None:
        return None
    card = billing.unverified_claims.card
    return Numbers(card.nir, card.policyholder_nir)
