"""The terminal authority: says who a terminal is, and what its establishment is (spec section 13.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vitaletoken.crypto import signing
from vitaletoken.errors import UsageError
from vitaletoken.ports import Clock, Signer
from vitaletoken.rules import context
from vitaletoken.rules.trust import kid_of
from vitaletoken.wire import cose
from vitaletoken.wire.certificate import CertificateClaims, serialize_certificate_claims
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.registry import Algorithm, Category

#: Seconds: a year, so that a sticker is not printed more often than that.
CERTIFICATE_LIFETIME: Final = 365 * 86_400


class TerminalAuthority:
    """One authority with one signing key, such as a profession's own register.

    Args:
        authority_id: as in the trust list.
        signer: an Ed25519 key that the trust list gives the use terminal certificate.

    Raises:
        UsageError: the signer's key is not Ed25519.
    """

    def __init__(self, authority_id: str, signer: Signer, *, clock: Clock) -> None:
        if signer.public_key.algorithm is not Algorithm.ED25519:
            raise UsageError("a terminal authority signs with Ed25519")
        self._id: Final = authority_id
        self._signer: Final = signer
        self._clock: Final = clock

    def certify(
        self,
        terminal_key: CoseKey,
        terminal_id: bytes,
        categories: Iterable[Category],
        *,
        establishment: str,
        name: str,
        lifetime: int = CERTIFICATE_LIFETIME,
    ) -> bytes:
        """The terminal certificate's bytes. That all of it is true is for the caller to have made sure of.

        Args:
            terminal_key: Ed25519; the terminal signs its challenges with it.
            terminal_id: 8 bytes; the same when the key changes.
            categories: 1 to 4, of those that the trust list lets this authority certify (CERT-2): phones refuse others.
            establishment: its number in the national directory, such as a FINESS number.
            name: for people to read.
            lifetime: seconds.

        Raises:
            UsageError: what is certified is not in form, or the key proves nothing (KEY-2).
        """
        if terminal_key.algorithm is not Algorithm.ED25519:
            raise UsageError("a terminal signs with Ed25519")
        if not signing.is_valid_key(signing.ED25519, terminal_key.public):
            raise UsageError("the terminal's key proves nothing")
        now = self._clock.now()
        claims = CertificateClaims(
            iss=self._id,
            iat=now,
            exp=now + lifetime,
            key=terminal_key.public,
            terminal=terminal_id,
            categories=tuple(sorted(set(categories))),
            establishment=establishment,
            name=name,
        )
        header = cose.header_with_kid(kid_of(self._signer.public_key))
        payload = serialize_certificate_claims(claims.in_nfc())
        return cose.sign(self._signer.sign, header, context.CERTIFICATE_AAD, payload)
