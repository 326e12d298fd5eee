"""What a terminal asks with: its certificates, and challenges that are open for one visit each (spec section 13)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from vitaletoken.crypto import sealing
from vitaletoken.errors import UsageError
from vitaletoken.ports import ChallengeStore, Entropy, MonotonicClock, OpenChallenge, Signer
from vitaletoken.rules import context
from vitaletoken.rules.binding import AskedChallenge, Evidence, may_bill
from vitaletoken.rules.presentation import AnswerOutcome
from vitaletoken.rules.terminal import VerifiedCertificate
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.wire import cose
from vitaletoken.wire.certificate import parse_certificate
from vitaletoken.wire.challenge import (
    NONCE_SIZE,
    ChallengeClaims,
    Transaction,
    parse_challenge,
    serialize_challenge_claims,
)
from vitaletoken.wire.registry import Algorithm, Category, Purpose, View
from vitaletoken.wire.text import CHALLENGE_PREFIX, serialize_text


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a terminal shows for one visit.

    Attributes:
        text: for the QR code: ``VTC1:...``
        message: the bytes in it; to be kept with the answer where it co-signs a care sheet (``verify_care_sheet``).
        claims: what it asks for.
    """

    text: str = field(repr=False)
    message: bytes = field(repr=False)
    claims: ChallengeClaims


@dataclass(frozen=True, slots=True)
class PendingChallenge:
    """The challenge open for a session, as its terminal remembers it at the moment of looking.

    Attributes:
        challenge: as it was kept.
        claims: what it asks for.
        categories: of its certificate.
        is_in_time: fewer seconds than its lifetime have passed (CHAL-3).
    """

    challenge: OpenChallenge
    claims: ChallengeClaims
    categories: tuple[Category, ...]
    is_in_time: bool

    def awaits_answer(self, purpose: Purpose) -> bool:
        """Whether only an answer to it will do for that purpose (ASK-1)."""
        return self.is_in_time and purpose in self.claims.purposes

    def answered_by(self, presentation: bytes) -> AskedChallenge:
        """For the decision on a presentation of level challenge; these are its bytes, opened."""
        evidence = Evidence(presentation, self.challenge.message)
        return AskedChallenge(self.challenge.digest, evidence, self.claims, self.categories, self.is_in_time)


class Terminal:
    """Who a verifier says it is, and its memory of what it asks.

    When it starts, when it asks and when it looks up a challenge that is over, it deletes what is over (SEAL-2).

    Args:
        certificates: each verified by ``verify_certificate``; several while one takes another's place. They are verified again
            under each trust list that is in force, and those that do not hold are not used; the first that does, and is of
            ``signer``'s key, goes into challenges (CERT-3).
        signer: the terminal's Ed25519 key. Challenges of another key that are in the same store are not its own.
        challenges: one for all the processes that answer for this terminal.
        stopwatch: the same for all of them; no wall clock (CHAL-3).

    Raises:
        UsageError: the signer's key is not Ed25519.
    """

    def __init__(
        self,
        certificates: Iterable[VerifiedCertificate],
        signer: Signer,
        *,
        challenges: ChallengeStore,
        stopwatch: MonotonicClock,
        entropy: Entropy,
    ) -> None:
        if signer.public_key.algorithm is not Algorithm.ED25519:
            raise UsageError("a terminal signs with Ed25519")
        self._certificates: Final = tuple(certificates)
        self._signer: Final = signer
        self._challenges: Final = challenges
        self._stopwatch: Final = stopwatch
        self._entropy: Final = entropy
        self._held: tuple[VerifiedTrustList | None, tuple[VerifiedCertificate, ...]] = (None, ())
        challenges.drop_over(stopwatch.read())

    def challenge(
        self,
        session: str,
        purposes: Iterable[Purpose],
        now: int,
        trust: VerifiedTrustList,
        *,
        view: View,
        lifetime: int,
        transaction: Transaction | None,
        sealed: bool,
    ) -> Challenge:
        """As ``Verifier.challenge``, at ``now`` by the wall clock, under the trust list in force."""
        certificate = self._own_certificate(trust, now)
        if view is View.BILLING and not (sealed and may_bill(certificate.claims.categories)):
            raise UsageError("the billing view takes a sealed answer, and a category that has the right to it")
        secret = self._entropy.random(sealing.KEY_SIZE) if sealed else None
        claims = ChallengeClaims(
            iat=now,
            nonce=self._entropy.random(NONCE_SIZE),
            certificate=certificate.raw,
            purposes=tuple(sorted(set(purposes))),
            view=view,
            lifetime=lifetime,
            session_key=None if secret is None else sealing.session_public_key(secret),
            transaction=transaction and transaction.in_nfc(),
        )
        payload = serialize_challenge_claims(claims)
        opened = self._stopwatch.read()  # before it is shown, so that its lifetime is never longer than it says
        message = cose.sign(self._signer.sign, cose.HEADER_ED25519, context.CHALLENGE_AAD, payload)
        digest = hashlib.sha256(message).digest()
        self._challenges.open(OpenChallenge(session, digest, message, secret, opened, lifetime))
        return Challenge(serialize_text(message, CHALLENGE_PREFIX), message, claims)

    def _own_certificate(self, trust: VerifiedTrustList, now: int) -> VerifiedCertificate:
        own = self._signer.public_key.public
        for certificate in self._holding(trust, now):
            if certificate.claims.key == own:
                return certificate
        raise UsageError("no certificate of this terminal's key is valid now")

    def audiences(self, trust: VerifiedTrustList, now: int) -> tuple[bytes, ...]:
        """The contexts of level audience: SHA-256 of each certificate that holds at ``now`` under that trust list."""
        return tuple([certificate.digest for certificate in self._holding(trust, now)])

    def _holding(self, trust: VerifiedTrustList, now: int) -> list[VerifiedCertificate]:
        """CERT-3. Signatures are verified once for each trust list; list and certificates are exchanged together, as one pair."""
        held_under, held = self._held
        if held_under is not trust:
            renewed = [certificate.under(trust) for certificate in self._certificates]
            held = tuple([certificate for certificate in renewed if certificate is not None])
            self._held = (trust, held)
        return [certificate for certificate in held if certificate.holds_at(now)]

    def find(self, session: str) -> PendingChallenge | None:
        """The challenge open for ``session``, if it is under this terminal's own key.

        One that is over is given out this once, so that its answer is refused for that, and is then gone (SEAL-2).
        """
        challenge = self._challenges.find(session)
        if challenge is None:
            return None
        claims = parse_challenge(challenge.message).unverified_claims
        certificate = parse_certificate(claims.certificate).unverified_claims
        if certificate.key != self._signer.public_key.public:  # CERT-3
            return None
        now = self._stopwatch.read()
        if challenge.is_over(now):
            self._challenges.drop_over(now)
        is_in_time = now.is_within(claims.lifetime, challenge.opened)
        return PendingChallenge(challenge, claims, certificate.categories, is_in_time)

    def record_answer(self, session: str, asked: AskedChallenge, replay_key: bytes) -> AnswerOutcome:
        """Step V15 at level challenge: record that this presentation answers it (CHAL-2)."""
        return self._challenges.answer(session, asked.digest, replay_key)
