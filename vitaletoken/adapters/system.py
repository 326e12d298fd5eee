"""The machine's clock and randomness."""

from __future__ import annotations

import secrets
import time


class SystemClock:
    """The system's wall clock."""

    def now(self) -> int:
        """NumericDate, whole seconds."""
        return int(time.time())


class SystemEntropy:
    """The operating system's generator."""

    def random(self, size: int) -> bytes:
        """``size`` fresh random bytes."""
        return secrets.token_bytes(size)
