"""A terminal's working directory as what a verifier needs: what it knows, its certificates, what it has asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from vitaletoken.adapters.files import FileTrust, read_message, write_atomic
from vitaletoken.adapters.sqlite import SqliteChallengeStore
from vitaletoken.adapters.status_store import SqliteStatusStore
from vitaletoken.adapters.system import SystemClock, SystemEntropy, SystemMonotonicClock
from vitaletoken.adapters.time_floor import FileTimeFloor
from vitaletoken.cli import arguments
from vitaletoken.cli.directories import Profile
from vitaletoken.errors import InputError, UsageError
from vitaletoken.ports import Signer
from vitaletoken.rules.terminal import VerifiedCertificate, verify_certificate
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.terminal import Terminal
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.registry import Category, Environment

_CERTIFICATES: Final = "certificates"


def add_terminal(parser: arguments.Parser) -> None:
    """The option ``--terminal``."""
    arguments.add_directory(parser, "terminal", "made by `terminal new`")


@dataclass(frozen=True)
class Knowledge:
    """What a terminal knows: whom to believe, which cards are revoked, the newest time that it has seen signed."""

    trust: FileTrust
    status: SqliteStatusStore
    floor: FileTimeFloor
    environment: Environment


@contextmanager
def knowledge(directory: Path) -> Iterator[Knowledge]:
    """What the terminal in ``directory`` knows."""
    profile = Profile(directory, "terminal")
    floor = FileTimeFloor(directory / "floor.cbor")
    trust = FileTrust(directory, profile.environment(), floor=floor, post_quantum=profile.flag("post_quantum"))
    with SqliteStatusStore(directory / "status.sqlite", trust) as status:
        yield Knowledge(trust, status, floor, profile.environment())


def trust_in_force(directory: Path) -> VerifiedTrustList:
    """Whom the terminal in ``directory`` believes. Raises as ``FileTrust.current``."""
    profile = Profile(directory, "terminal")
    return FileTrust(directory, profile.environment(), post_quantum=profile.flag("post_quantum")).current()


def keep_certificate(directory: Path, data: bytes) -> VerifiedCertificate:
    """Verify the terminal's own certificate ``data`` and keep it beside those it has.

    Raises:
        InputError: steps H2 to H5.
        UsageError: it is another terminal's (CERT-3).
    """
    profile = Profile(directory, "terminal")
    certificate = verify_certificate(data, trust_in_force(directory), SystemClock().now())
    if certificate.claims.key != profile.public_key().public:
        raise UsageError("the certificate is that of another terminal's key")
    kept = directory / _CERTIFICATES
    kept.mkdir(mode=0o700, exist_ok=True)
    write_atomic(kept / f"{hashlib.sha256(data).hexdigest()[:16]}.cbor", data)
    return certificate


def certificates(directory: Path, trust: VerifiedTrustList) -> list[VerifiedCertificate]:
    """The terminal's certificates that hold now (CERT-3), newest first."""
    now = SystemClock().now()
    found = []
    for path in (directory / _CERTIFICATES).glob("*.cbor"):
        try:
            found.append(verify_certificate(read_message(path), trust, now))
        except InputError:  # expired, or its authority is no longer trusted: as good as none
            continue
    return sorted(found, key=lambda certificate: (certificate.claims.iat, certificate.digest), reverse=True)


def categories(directory: Path, trust: VerifiedTrustList) -> frozenset[Category]:
    """What the terminal's establishment is, by its certificates that hold now; nothing where it has none (GRANT-3)."""
    found = certificates(directory, trust)
    return frozenset(category for certificate in found for category in certificate.claims.categories)


def newest_certificate(directory: Path) -> VerifiedCertificate:
    """The one for the sticker.

    Raises:
        UsageError: there is none that holds now.
    """
    found = certificates(directory, trust_in_force(directory))
    if not found:
        raise UsageError(f"{directory} has no certificate that is valid now (vitaletoken terminal certificate)")
    return found[0]


@contextmanager
def opened(directory: Path, trust: VerifiedTrustList, signer: Signer | None) -> Iterator[Terminal]:
    """What a verifier asks with, and its memory of that.

    Args:
        signer: its key; None for one that only verifies, which takes none.
    """
    own = signer or _PublicHalf(Profile(directory, "terminal").public_key())
    with SqliteChallengeStore(directory / "challenges.sqlite") as challenges:
        yield Terminal(
            certificates(directory, trust),
            own,
            challenges=challenges,
            stopwatch=SystemMonotonicClock(),
            entropy=SystemEntropy(),
        )


class _PublicHalf:
    """A signer whose key file stays closed: verifying signs nothing, so nobody is asked for a passphrase."""

    def __init__(self, public_key: CoseKey) -> None:
        self._public_key = public_key

    @property
    def public_key(self) -> CoseKey:
        return self._public_key

    def sign(self, tbs: bytes) -> NoReturn:
        raise UsageError("the terminal's key file has not been opened")
