"""The directory of section 11.4, that any plain web server can serve: an issuer writes it, terminals fetch from it.

What stands at ``status/ISSUER`` is a symbolic link to a directory beside it, ``.ISSUER@SEQUENCE``. A publication is written
there as a whole, and then one rename makes it the one that is served: a reader never finds lists of one moment with the
snapshot of another, and a publisher killed at any moment leaves the old publication or the new one. A copy of the directory
that another machine makes need not be so; what terminals take is verified in any case.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from vitaletoken.adapters.files import make_directory, read_message, sync_directory, write_atomic
from vitaletoken.errors import InputError, UsageError
from vitaletoken.publisher import Publication
from vitaletoken.wire.delta import parse_delta
from vitaletoken.wire.snapshot import parse_snapshot
from vitaletoken.wire.trust_list import ParsedTrustList, parse_trust_list

#: Deltas kept: with one publication a day, a terminal that was away for two months still needs no full list.
DELTAS_KEPT: Final = 64

# What the paths of section 11.4 are made of: no part begins with a dot, so that none leads out of the directory.
_PATH: Final = re.compile(r"[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)*")

_LIST: Final = re.compile(r"[0-9]{1,5}\.cbor")


class DirectoryMirror:
    """As ``ports.Mirror``: a mirror that is a directory here, or mounted here."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def fetch(self, path: str, limit: int) -> bytes | None:
        """As ``ports.Mirror``. What cannot be read, or is no plain file, or lies outside the directory, is not there."""
        if not _PATH.fullmatch(path):
            return None
        try:
            found = (self._directory / path).resolve(strict=True)
            if not found.is_relative_to(self._directory.resolve(strict=True)):
                return None
            # Not to hang where somebody has put a pipe.
            descriptor = os.open(found, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    return None
                return file.read(limit + 1)
        except (OSError, RuntimeError):  # RuntimeError: links in a circle, to Python before 3.13
            return None


class MirrorWriter:
    """An issuer's own copy of the directory, into which it publishes. Processes that write for one issuer wait for each other.

    Args:
        directory: made where it is not there.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._status = directory / "status"

    def last(self, issuer: str) -> Publication | None:
        """The publication that stands, without its delta; None before the first.

        Raises:
            UsageError: its snapshot cannot be read.
            OSError: a file cannot be read.
        """
        served = self._status / issuer
        if not served.exists():
            if served.is_symlink():
                raise UsageError(f"{served} leads nowhere: what was published there is lost")
            return None
        lists = {
            int(path.stem): read_message(path) for path in (served / "list").iterdir() if _LIST.fullmatch(path.name)
        }
        return Publication.of(read_message(served / "snapshot.cbor"), lists)

    def publish(self, publication: Publication) -> None:
        """Make ``publication`` the one that is served, in one step, durable before this returns.

        The deltas that lead to the one before stay, up to ``DELTAS_KEPT`` in all. To publish the same again changes nothing.

        Raises:
            UsageError: what is served is another of the same sequence number, or a newer one.
            OSError: what was served is served still.
        """
        self._make(self._status)
        with self._alone(publication.issuer):
            self._publish(publication)

    def _publish(self, publication: Publication) -> None:
        issuer, served = publication.issuer, self._status / publication.issuer
        standing = self.last(issuer)
        self._remove_what_is_not_served(issuer)
        if standing is not None and standing.sequence >= publication.sequence:
            if parse_snapshot(standing.snapshot).payload != parse_snapshot(publication.snapshot).payload:
                raise UsageError("what is served is not older than this publication")
            sync_directory(self._status)  # who put it there may have been killed before it did
            return
        made = self._status / f".{issuer}@{publication.sequence}"
        for part in ("list", "delta"):
            (made / part).mkdir(parents=True)
        for number, data in publication.lists.items():
            write_atomic(made / "list" / f"{number}.cbor", data)
        if publication.delta is not None and publication.delta_from is not None:
            for earlier in _leading_to(publication.delta_from, served / "delta")[: DELTAS_KEPT - 1]:
                (made / "delta" / earlier.name).hardlink_to(earlier)
            write_atomic(made / "delta" / f"{publication.delta_from.hex()}.cbor", publication.delta)
        write_atomic(made / "snapshot.cbor", publication.snapshot)
        link = made / "link"
        link.symlink_to(made.name)
        sync_directory(self._status)  # after a power cut, the link must not be there without what it leads to
        link.replace(served)
        sync_directory(self._status)
        self._remove_what_is_not_served(issuer)

    def publish_trust_list(self, data: bytes) -> None:
        """Serve the trust list ``data``, beside those before it. The same one with more signatures takes its place.

        Raises:
            Malformed: it is not in form. The writer trusts nobody and verifies nothing.
            UsageError: another one of that version is served, or what is served is damaged, which is for a person to look at.
            OSError: what was the newest is the newest still.
        """
        parsed = parse_trust_list(data)
        version = parsed.unverified_claims.version
        trust = self._directory / "trust"
        self._make(trust)
        numbered, newest = trust / f"{version}.cbor", trust / "newest.cbor"
        served, last = _trust_list(numbered), _trust_list(newest)  # both before either is written
        if served is not None and served.payload != parsed.payload:
            raise UsageError(f"another trust list of version {version} is served")
        write_atomic(numbered, data)
        if last is None or last.unverified_claims.version <= version:
            write_atomic(newest, data)

    def _make(self, directory: Path) -> None:
        """A directory in this one, which is made too, durably; web servers read both."""
        self._directory.parent.mkdir(parents=True, exist_ok=True)
        for each in (self._directory, directory):
            make_directory(each, mode=0o777)

    @contextmanager
    def _alone(self, issuer: str) -> Iterator[None]:
        """No other process writes for this issuer meanwhile."""
        with (self._status / f".{issuer}.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _remove_what_is_not_served(self, issuer: str) -> None:
        """Publications gone by, and what a publisher that was killed left."""
        served = (self._status / issuer).resolve()
        for made in self._status.glob(f".{issuer}@*"):
            if made.resolve() != served:
                shutil.rmtree(made)


def _trust_list(path: Path) -> ParsedTrustList | None:
    """The one that is served there; None where there is none. Raises ``UsageError`` for one that is damaged."""
    if not path.exists():
        return None
    try:
        return parse_trust_list(read_message(path))
    except InputError:
        raise UsageError(f"{path} is not a trust list: remove it, and publish the trust list again") from None


def _leading_to(digest: bytes, deltas: Path) -> list[Path]:
    """The deltas of the chain that ends at the snapshot whose payload has this SHA-256, the last one first."""
    by_end = {}
    for path in deltas.iterdir():
        try:
            claims = parse_delta(read_message(path)).unverified_claims
        except InputError:  # damaged: the chain ends here, and terminals take the lists
            continue
        by_end[claims.to] = (path, claims.start)
    chain = []
    while digest in by_end:
        path, digest = by_end.pop(digest)
        chain.append(path)
    return chain
