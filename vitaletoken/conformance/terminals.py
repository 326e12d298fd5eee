"""A case's ``terminal`` as the library's: the challenge it gives is open, and was made as long ago as it says."""

from __future__ import annotations

import hashlib
from typing import Any, NoReturn

from vitaletoken.conformance import forms
from vitaletoken.ports import OpenChallenge
from vitaletoken.rules.binding import Instant
from vitaletoken.rules.presentation import AnswerOutcome
from vitaletoken.rules.terminal import verify_certificate
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.terminal import Terminal
from vitaletoken.wire.certificate import parse_certificate
from vitaletoken.wire.challenge import parse_challenge
from vitaletoken.wire.cose import CoseKey, ed25519_key

Json = Any

#: The replay key of the presentation that has answered, by session and challenge digest.
Answers = dict[tuple[str, bytes], bytes]


def terminal_of(case: Json, trust: VerifiedTrustList, answers: Answers) -> Terminal:
    """The terminal of a case of the layer ``verify``, which shares ``answers`` with the other steps of its scenario."""
    given = case["terminal"]["challenge"]
    elapsed = None if given is None else given["elapsed"]
    challenge = None if given is None else _open(given, case["session"])
    # Under a trust list that has expired no certificate holds, and nothing gets as far as to need one.
    certificates = () if trust.has_expired(case["now"]) else case["terminal"]["certificates"]
    return Terminal(
        [verify_certificate(forms.binary(raw), trust, case["now"]) for raw in certificates],
        _PublicHalf(bytes(32) if challenge is None else _key_of(challenge)),
        challenges=_Given(challenge, answers),
        stopwatch=_Stopped(Instant(b"another", 0) if elapsed is None else Instant(b"", elapsed)),
        entropy=_NoEntropy(),
    )


def _key_of(challenge: OpenChallenge) -> bytes:
    """The terminal's own key: the one that a case's challenge is under (CERT-3)."""
    claims = parse_challenge(challenge.message).unverified_claims
    return parse_certificate(claims.certificate).unverified_claims.key


def _open(given: Json, session: str) -> OpenChallenge:
    message = forms.binary(given["bytes"])
    return OpenChallenge(
        session,
        hashlib.sha256(message).digest(),
        message,
        forms.binary(given["secret"]) if given["secret"] else None,
        Instant(b"", 0),
        parse_challenge(message).unverified_claims.lifetime,
    )


class _Given:
    """A challenge store that holds the case's challenge, and remembers answers beyond it."""

    def __init__(self, challenge: OpenChallenge | None, answers: Answers) -> None:
        self._challenge = challenge
        self._answers = answers

    def open(self, challenge: OpenChallenge) -> NoReturn:
        raise AssertionError("no case makes a challenge")

    def drop_over(self, now: Instant) -> None:
        """Nothing: what is still there is for the case to say."""

    def find(self, session: str) -> OpenChallenge | None:
        return self._challenge

    def answer(self, session: str, digest: bytes, replay_key: bytes) -> AnswerOutcome:
        if (session, digest) not in self._answers:
            self._answers[session, digest] = replay_key
            return AnswerOutcome.FIRST
        return AnswerOutcome.SAME if self._answers[session, digest] == replay_key else AnswerOutcome.REFUSED


class _Stopped:
    """A clock that stands at the case's ``elapsed``."""

    def __init__(self, instant: Instant) -> None:
        self._instant = instant

    def read(self) -> Instant:
        return self._instant


class _PublicHalf:
    """A key that no case of verifying signs with."""

    def __init__(self, public: bytes) -> None:
        self._public = public

    @property
    def public_key(self) -> CoseKey:
        return ed25519_key(self._public)

    def sign(self, tbs: bytes) -> NoReturn:
        raise AssertionError("a verifier signs nothing")


class _NoEntropy:
    """A randomness that no case of verifying draws from."""

    def random(self, size: int) -> NoReturn:
        raise AssertionError("a verifier draws nothing")
