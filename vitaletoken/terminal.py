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
from vitaletoken.wire import cose
from vitaletoken.wire.certificate import parse_certificate
from vitaletoken.wire.challenge import (
    NONCE_SIZE,
    ChallengeClaims,
    Transaction,
    parse_challenge,
    serialize_challenge_claims,
)
from vitaletoken.wire.registry import Algorithm, Purpose, View
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


class Terminal:
    """Who a verifier says it is, and its memory of what it asks.

    Args:
        certificates: each verified by ``verify_certificate``; several while one takes another's place. The first that is of
            ``signer``'s key, and in time, goes into challenges (CERT-3).
        signer: the terminal's Ed25519 key.
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
        #: SHA-256 of each certificate: the contexts of level audience.
        self.audiences: Final = tuple(certificate.digest for certificate in self._certificates)

    def challenge(
        self,
        session: str,
        purposes: Iterable[Purpose],
        now: int,
        *,
        view: View,
        lifetime: int,
        transaction: Transaction | None,
        sealed: bool,
    ) -> Challenge:
        """As ``Verifier.challenge``, at ``now`` by the wall clock."""
        certificate = self._own_certificate(now)
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

    def _own_certificate(self, now: int) -> VerifiedCertificate:
        own = self._signer.public_key.public
        for certificate in self._certificates:
            if certificate.claims.key == own and certificate.is_in_time(now):
                return certificate
        raise UsageError("no certificate of this terminal's key is valid now")

    def open_challenge(self, session: str) -> OpenChallenge | None:
        """The challenge open for ``session``."""
        return self._challenges.find(session)

    def asked(self, challenge: OpenChallenge, answer: bytes) -> AskedChallenge:
        """What its own memory says of a challenge, and whether it is still in time.

        Args:
            answer: the presentation's bytes, opened.
        """
        claims = parse_challenge(challenge.message).unverified_claims
        return AskedChallenge(
            challenge.digest,
            Evidence(answer, challenge.message),
            claims,
            parse_certificate(claims.certificate).unverified_claims.categories,
            self._stopwatch.read().is_within(claims.lifetime, challenge.opened),
        )

    def record_answer(self, session: str, asked: AskedChallenge, replay_key: bytes) -> AnswerOutcome:
        """Step V15 at level challenge: record that this presentation answers it (CHAL-2)."""
        return self._challenges.answer(session, asked.digest, replay_key)
