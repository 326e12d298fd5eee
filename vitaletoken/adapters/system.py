"""The machine's clocks and randomness."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Final

from vitaletoken.crypto import pin
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.rules.binding import Instant

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """The system's wall clock."""

    def now(self) -> int:
        """NumericDate, whole seconds."""
        return int(time.time())


class SystemMonotonicClock:
    """The system's time since it started, with sleep (``CLOCK_BOOTTIME``), and the kernel's id of that start as its era.

    All processes of one machine read the same. Where there is no such clock or no such id, the era is random and the clock
    is this object's own: what another process opened is then taken for over, which errs on the safe side. That own clock is
    ``time.monotonic``, which sleep may stop: a challenge then lives longer by the time slept.

    A virtual machine that is put back to a snapshot has that moment's era, clock and, where it is on the same disk, challenge
    store again: what was open or unanswered then is so once more.
    """

    def __init__(self, boot_id: Path = _BOOT_ID) -> None:
        self._clock: int | None = getattr(time, "CLOCK_BOOTTIME", None)
        try:
            self._era = boot_id.read_bytes().strip()
        except OSError:
            self._era = b""
        if self._clock is None or not self._era:
            self._clock, self._era = None, secrets.token_bytes(16)

    def read(self) -> Instant:
        """Now, in whole seconds since the system started."""
        elapsed = time.monotonic() if self._clock is None else time.clock_gettime(self._clock)
        return Instant(self._era, int(elapsed))


class SystemEntropy:
    """The operating system's generator."""

    def random(self, size: int) -> bytes:
        """``size`` fresh random bytes."""
        return secrets.token_bytes(size)


def stretch_seconds(profile: Argon2Profile) -> float:
    """Seconds that one derivation of the personal code takes on this machine now; for ``pin.choose_profile``."""
    begun = time.perf_counter()
    pin.stretch(b"000000", bytes(pin.SALT_SIZE), profile)
    return time.perf_counter() - begun
