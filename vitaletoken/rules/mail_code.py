"""The code that confirms an e-mail address (MAIL-1): six digits, 600 seconds, five tries. Pure; a port delivers it."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from vitaletoken.errors import Code, refusal
from vitaletoken.wire.cbor import encode_ordered

LIFETIME: Final = 600
MAX_TRIES: Final = 5
_CODES: Final = 1_000_000
# The greatest multiple of the number of codes that four bytes can draw from: what is above would make low codes likelier.
_EVEN: Final = 2**32 // _CODES * _CODES


def draw(random: Callable[[int], bytes]) -> str:
    """Six digits, each code as likely as any other.

    Args:
        random: gives as many fresh random bytes as it is asked for.
    """
    while True:
        number = int.from_bytes(random(4), "big")
        if number < _EVEN:
            return f"{number % _CODES:06}"


@dataclass(frozen=True, slots=True)
class MailCode:
    """What an issuer keeps of a code sent: nothing from which it could be read without the issuer's key.

    Attributes:
        mac: HMAC-SHA-256 over enc([application, code]).
        sent: NumericDate.
        tries: made so far for this application, counted before each is made; a new code does not give any back.
    """

    mac: bytes = field(repr=False)
    sent: int
    tries: int = 0

    @classmethod
    def of(cls, code: str, application: bytes, key: bytes, now: int) -> MailCode:
        """The record of ``code``, sent at ``now`` for the application with that id."""
        return cls(_mac(code, application, key), now)

    def renewed(self, code: str, application: bytes, key: bytes, now: int) -> MailCode:
        """The record of a new code in the place of this one. The tries made count on."""
        return replace(self, mac=_mac(code, application, key), sent=now)

    def has_expired(self, now: int) -> bool:
        """``sent`` + 600 is the first second refused."""
        return now >= self.sent + LIFETIME

    def count_try(self, now: int) -> MailCode:
        """The record to keep, durably, *before* a try at ``now`` is made.

        Raises:
            Rejected: ``mail-code-used-up``, ``mail-code-expired``.
        """
        if self.tries >= MAX_TRIES:
            raise refusal(Code.MAIL_CODE_USED_UP)
        if self.has_expired(now):
            raise refusal(Code.MAIL_CODE_EXPIRED)
        return replace(self, tries=self.tries + 1)

    def is_right(self, code: str, application: bytes, key: bytes) -> bool:
        """Whether ``code`` is the one sent; in constant time. What is not six ASCII digits is wrong like any other."""
        is_code = len(code) == 6 and code.isascii() and code.isdecimal()
        return hmac.compare_digest(self.mac, _mac(code if is_code else "", application, key))


def _mac(code: str, application: bytes, key: bytes) -> bytes:
    return hmac.digest(key, encode_ordered([application, code]), "sha256")
