"""What is watched while a story is told: its secrets, all that shows itself meanwhile, and all that is left in the end."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import GeneratorType
from typing import Any

import pytest

from tests.secrets.canaries import Canaries
from vitaletoken.crypto import keywrap, pin, rows, sealing

WRONG = "916352"
REFERENCE = "dossier zx81-quincampoix"
#: Bytes at the end of a message by which it is known: its parts before that (ids, public keys) may be shown, it may not.
SIGNATURE = 64
FAMILY, GIVEN = "Quatremère-Bizeul", "Philogone"


@dataclass
class Story:
    """What was to be kept, and what came out."""

    canaries: Canaries = field(default_factory=Canaries)
    errors: list[BaseException] = field(default_factory=list)
    objects: list[object] = field(default_factory=list)
    output: io.StringIO = field(default_factory=io.StringIO)

    def fails(self, call: Callable[..., object], *arguments: object, **options: object) -> None:
        """Do what cannot succeed, and keep the exception, with all that it holds on to."""
        try:
            call(*arguments, **options)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
            self.errors.append(error)
            return
        raise AssertionError(f"{call} succeeded")

    def keep(self, value: Any) -> Any:
        """To be looked at in the end."""
        self.objects.append(value)
        return value


@contextlib.contextmanager
def watched(story: Story, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything that is logged, warned of or printed goes to ``story.output``; secrets made meanwhile are canaries."""
    handler = logging.StreamHandler(story.output)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(args)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    _recording(story, patch)
    try:
        with (
            contextlib.redirect_stdout(story.output),
            contextlib.redirect_stderr(story.output),
            warnings.catch_warnings(record=True) as caught,
        ):
            warnings.simplefilter("always")
            yield
        story.output.writelines(f"{warning.message}\n" for warning in caught)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def _recording(story: Story, patch: pytest.MonkeyPatch) -> None:
    """Secrets that are made on the way become canaries when they are made."""
    derive, expand, stretch, public = pin.derive, rows._expand, pin.stretch, sealing.session_public_key

    def derived(*arguments: Any) -> Any:
        made = story.keep(derive(*arguments))
        for name in ("s", "h", "seed"):
            story.canaries.binary(f"code derivation {name}", getattr(made, name))
        return made

    def expanded(secret: bytes, *arguments: Any) -> bytes:
        made = expand(secret, *arguments)
        story.canaries.binary("wallet secret", secret)
        story.canaries.binary("wallet key", made)
        return made

    def stretched(*arguments: Any) -> bytes:
        made = stretch(*arguments)
        story.canaries.binary("stretched passphrase or code", made)
        return made

    def session(secret: bytes) -> bytes:
        story.canaries.binary("session secret", secret)
        return public(secret)

    patch.setattr(pin, "derive", derived)
    patch.setattr(pin, "stretch", stretched)
    patch.setattr(keywrap, "stretch", stretched)
    patch.setattr(rows, "_expand", expanded)
    patch.setattr(sealing, "session_public_key", session)


def reachable(roots: list[object]) -> Iterator[object]:
    """Every object of ours, or of these tests, that ``roots`` lead to: by attributes, slots, items, cells and frames."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        value = waiting.pop()
        if id(value) in seen or isinstance(value, (str, bytes, int, float, type(None), type)):
            continue
        seen.add(id(value))
        if type(value).__module__.partition(".")[0] == "vitaletoken":
            yield value
        if isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, (list, tuple, set, frozenset)):
            waiting += value
        elif isinstance(value, GeneratorType):
            waiting += [] if value.gi_frame is None else list(value.gi_frame.f_locals.values())
        if callable(value) and getattr(value, "__closure__", None):
            waiting += [cell.cell_contents for cell in value.__closure__ if _filled(cell)]  # type: ignore[attr-defined]
        waiting += vars(value).values() if hasattr(value, "__dict__") else ()
        names = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        waiting += [getattr(value, name) for name in names if hasattr(value, name)]


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
