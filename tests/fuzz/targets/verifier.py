"""The whole verifier through its public door, at every level, with scenes from the vectors: ``Verifier.verify``.

An input is the scene's number, how it arrives (``PLAIN`` or ``SEALED``) and the presentation. It is sealed here, so that fuzzing
gets behind the seal; the verifier forgets what it has seen, so that this hides nothing.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Final

from tests.fuzz.targets import envelope
from tests.fuzz.targets.contract import NotAnInput, Shape, Target
from tests.fuzz.targets.layers import layer
from tests.fuzz.targets.vectors import Json
from vectors.generate.hpke import Sealing, X25519Key
from vectors.generate.terminals import info_for
from vitaletoken import Verifier
from vitaletoken.adapters.memory import FixedTrust, MemoryStatus, MemoryTimeFloor
from vitaletoken.conformance import forms, lists
from vitaletoken.conformance.terminals import Answers, terminal_of
from vitaletoken.errors import InputError
from vitaletoken.rules.presentation import ReplayOutcome
from vitaletoken.rules.sealing import open_answer
from vitaletoken.rules.status import verify_status_list
from vitaletoken.wire.text import PREFIX, SEALED_PREFIX, parse_text, serialize_text

PLAIN, SEALED = b"\0", b"\1"
_EPHEMERAL: Final = X25519Key(bytes(range(1, 33)))


class _Forgetful:
    """A replay store that has never seen anything."""

    def insert(self, key: bytes, session: str, keep_until: int, now: int) -> ReplayOutcome:
        return ReplayOutcome.FIRST


class _NoAnswers(dict[tuple[str, bytes], bytes]):
    """Which presentation answered which challenge: none ever did."""

    def __setitem__(self, key: tuple[str, bytes], value: bytes) -> None:
        """Forget it."""


class _At:
    def __init__(self, now: int) -> None:
        self._now = now

    def now(self) -> int:
        return self._now


class Scene:
    """A terminal of the vectors, made once and used for many inputs."""

    def __init__(self, case: Json) -> None:
        self.session, self.purpose = case["session"], forms.purpose(case["purpose"])
        opened = case["terminal"]["challenge"]
        self.challenge = None if opened is None else bytes.fromhex(opened["bytes"])
        self.secret = None if opened is None or opened["secret"] is None else X25519Key(bytes.fromhex(opened["secret"]))
        trust = lists.trust(case, case["policy"]["environment"])
        answers: Answers = _NoAnswers()
        self.verifier = Verifier(
            trust=FixedTrust(trust),
            status=MemoryStatus([verify_status_list(bytes.fromhex(data), trust) for data in case["status_lists"]]),
            replay=_Forgetful(),
            clock=_At(case["now"]),
            policy=forms.policy(case["policy"]),
            terminal=terminal_of(case, trust, answers),
            floor=MemoryTimeFloor(case["time_floor"]),
            categories=[forms.category(name) for name in case["terminal"]["categories"]],
        )
        given = case["terminal"]["certificates"]
        self.contexts = [hashlib.sha256(bytes.fromhex(each)).digest() for each in given]
        if self.challenge is not None:
            self.contexts.append(hashlib.sha256(self.challenge).digest())

    def text(self, form: bytes, message: bytes) -> str:
        """What the terminal scans; in the open also where nothing can be sealed."""
        if form != SEALED or self.secret is None or self.challenge is None:
            return serialize_text(message)
        sealing = Sealing(self.secret.public, info_for(self.challenge), _EPHEMERAL)
        return serialize_text(sealing.seal(message), SEALED_PREFIX)

    def opened(self, text: str) -> tuple[bytes, bytes] | None:
        """The form and the message of a text of the vectors; None for one that carries none."""
        try:
            if text.startswith(PREFIX):
                return PLAIN, parse_text(text)
            if self.secret is None or self.challenge is None:
                return None
            digest = hashlib.sha256(self.challenge).digest()
            return SEALED, open_answer(parse_text(text, SEALED_PREFIX), self.secret.secret, digest)
        except InputError:
            return None


@cache
def _scene(number: int) -> Scene:
    return Scene(layer("verify").scenes[number])


def _of(data: bytes) -> tuple[Scene, list[envelope.Part]]:
    number, parts = envelope.unpack(data, len(layer("verify").scenes))
    return _scene(number), parts


def _verify(data: bytes) -> object:
    scene, parts = _of(data)
    match parts:
        case [bytes(form), bytes(message)]:
            return scene.verifier.verify(scene.text(form, message), scene.session, scene.purpose)
        case _:
            raise NotAnInput


def _seeds() -> list[bytes]:
    here = layer("verify")
    found = []
    for seed in here.seeds:
        number, _ = envelope.unpack(seed, len(here.scenes))
        text = here.case(seed)["text"]
        opened = _scene(number).opened(text)
        if opened is not None:
            found.append(envelope.pack(number, opened))
    return found


TARGETS: Final = (
    Target(
        "verifier",
        _verify,
        _seeds,
        1536,
        covers=(Verifier.verify,),
        shape=Shape.PARTS,
        contexts=lambda data: _of(data)[0].contexts,
        weight=6.0,
    ),
)
