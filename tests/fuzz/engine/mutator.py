"""Makes a new input of one that there is: by bytes, by structure, in another encoding, and signed again.

All choices come from the caller's ``random.Random``, so that a run without coverage guidance is the same each time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Final

import cbor2

from tests.forge import base45
from tests.fuzz import mutations
from tests.fuzz.engine.signing import Unsignable, resign
from tests.fuzz.engine.trees import NoTree, encoded, tree
from tests.fuzz.mutations import INTERESTING, Wrapped, at, changed, random_item
from tests.fuzz.targets import envelope
from tests.fuzz.targets.contract import NotAnInput, Shape, Target
from vitaletoken.errors import InputError
from vitaletoken.wire.text import (
    CERTIFICATE_PREFIX,
    CHALLENGE_PREFIX,
    INTRODUCTION_PREFIX,
    LENT_CARD_PREFIX,
    PREFIX,
    SEALED_PREFIX,
    parse_text,
)

Random = random.Random
#: Changes bytes, and makes no more than so many of them.
Bytewise = Callable[[bytes, int], bytes]

_PREFIXES: Final = (
    *(PREFIX, SEALED_PREFIX, CERTIFICATE_PREFIX, CHALLENGE_PREFIX),
    *(INTRODUCTION_PREFIX, LENT_CARD_PREFIX),
)
#: Of the messages that can be signed, so many are.
_SIGNED: Final = 0.6
#: Of the inputs that are no message any more, so many begin anew with one.
_ANEW: Final = 0.6
#: And of all, so many begin anew with a seed: what is kept for its coverage is mostly refused at an early step.
_FRESH: Final = 0.2
#: Bytes of a part that is worth putting elsewhere.
_LEAST: Final = 8
#: Where more of the seeds than this are texts, all inputs are meant to be.
_TEXTS: Final = 0.7
#: Seeds whose parts are put into other messages.
_DONORS: Final = 256


class Mutator:
    """What changes the inputs of one target.

    Args:
        seeds: what parts of other messages are taken from.
    """

    def __init__(self, target: Target, seeds: Sequence[bytes]) -> None:
        self._target = target
        self._seeds = seeds
        chosen = [part for seed in seeds[:: max(1, len(seeds) // _DONORS)] for part in self._parts_of(seed)]
        found = [(prefix, inside or part) for part in chosen for prefix, inside in [carried(part)]]
        self._donors = [message for _, message in found if len(message) >= _LEAST]
        prefixes = [prefix for prefix, _ in found if prefix]
        #: Where inputs are texts that carry messages: how they begin. A message may begin so by chance, or to deceive.
        self._prefixes = prefixes if len(prefixes) > _TEXTS * len(found) else []

    def _parts_of(self, seed: bytes) -> list[bytes]:
        if self._target.shape is not Shape.PARTS:
            return [seed]
        try:
            _, parts = envelope.unpack(seed, 1)
        except NotAnInput:
            return []
        return [each for part in parts for each in (part if isinstance(part, list) else [part]) if each]

    def __call__(self, data: bytes, rng: Random, bytewise: Bytewise) -> bytes:
        """An input like ``data``, of at most the target's size."""
        limit = self._target.max_size
        if self._seeds and rng.random() < _FRESH:
            data = rng.choice(self._seeds)
        match self._target.shape:
            case Shape.RAW:
                made = bytewise(data, limit)
            case Shape.MESSAGE:
                made = self._message(data, rng, bytewise, [])
            case Shape.PARTS:
                made = self._parts(data, rng, bytewise)
        return made[:limit]

    # --- several parts

    def _parts(self, data: bytes, rng: Random, bytewise: Bytewise) -> bytes:
        try:
            scene, parts = envelope.unpack(data, 1 << 16)
            contexts = self._target.contexts(data)
        except NotAnInput:
            return bytewise(data, self._target.max_size)
        if rng.random() < 0.05:
            scene = rng.randrange(1 << 10)
        if not parts:
            return envelope.pack(scene, parts)
        number = rng.choices(range(len(parts)), [min(1000, 5 + _length(part)) for part in parts])[0]
        part, spare = parts[number], self._target.max_size - len(data) - 8

        def within(old: bytes, most: int) -> bytes:
            """Else the envelope would be cut."""
            return bytewise(old, max(1, min(most, len(old) + spare)))

        if isinstance(part, list):
            parts[number] = self._several(part, rng, within, contexts)
        else:
            parts[number] = self._message(part, rng, within, contexts)
        made = envelope.pack(scene, parts)
        return made if len(made) <= self._target.max_size else data

    def _several(self, part: list[bytes], rng: Random, bytewise: Bytewise, contexts: list[bytes]) -> list[bytes]:
        choice = rng.random()
        if choice < 0.1 or not part:
            return [*part, rng.choice(self._donors or [b""])]
        number = rng.randrange(len(part))
        if choice < 0.2:
            return [*part[:number], *part[number + 1 :]]
        if choice < 0.3:
            return rng.sample(part, len(part))
        return [*part[:number], self._message(part[number], rng, bytewise, contexts), *part[number + 1 :]]

    # --- one message, or the text that carries one

    def _message(self, data: bytes, rng: Random, bytewise: Bytewise, contexts: list[bytes]) -> bytes:
        prefix, inside = carried(data)
        if inside is None and self._prefixes and self._donors and rng.random() < _ANEW:
            prefix, inside = rng.choice(self._prefixes), rng.choice(self._donors)
            data = (prefix + base45(inside)).encode()
        if inside is None:
            if prefix or self._prefixes:
                return bytewise(data, self._target.max_size)
            return self._changed(data, rng, bytewise, contexts)
        choice = rng.random()
        if choice < 0.1:
            text = mutations.spoil_text(rng, [data.decode("utf-8", "replace")])
            return text.encode("utf-8", "surrogatepass")
        if choice < 0.2:
            return bytewise(data, self._target.max_size)
        if choice < 0.25:
            prefix = rng.choice(_PREFIXES)
        return (prefix + base45(self._changed(inside, rng, bytewise, contexts))).encode()

    def _changed(self, data: bytes, rng: Random, bytewise: Bytewise, contexts: list[bytes]) -> bytes:
        choice = rng.random()
        if choice < 0.25:
            return bytewise(data, self._target.max_size)
        if choice < 0.3 and self._donors:
            return mutations.splice(rng, [data or b"\0", rng.choice(self._donors)])
        try:
            item, places = self._tree(data, rng)
            if choice < 0.37:
                return mutations.heads(rng, [encoded(item)])
            for more in range(rng.choice((1, 1, 1, 2, 4)) - 1, -1, -1):
                item = changed(item, rng.choice(places), lambda old: self._instead(rng, old))
                if more:
                    places = tuple(mutations.paths(item))
            if rng.random() < _SIGNED:
                item = _signed(item, rng, contexts)
            return encoded(item)
        except (NoTree, LookupError, TypeError, AttributeError):
            return bytewise(data, self._target.max_size)

    def _tree(self, data: bytes, rng: Random) -> tuple[Any, Sequence[Any]]:
        """Of the message; often of another one, where this one is spoiled already and there is no structure in it to change."""
        try:
            return tree(data)
        except NoTree:
            if not self._donors or rng.random() >= _ANEW:
                raise
            return tree(rng.choice(self._donors))

    def _instead(self, rng: Random, old: Any) -> Any:
        """Something near what was there, something new, or what stands somewhere in another message."""
        match rng.randrange(10):
            case 0 | 1 if isinstance(old, int):
                return old + rng.choice((-1, 1, -60, 60, 86_400, -(2**31), 2**32))
            case 0 | 1 if isinstance(old, list):
                return _other_list(rng, old)
            case 0 | 1 if isinstance(old, dict):
                return _other_map(rng, old)
            case 0 | 1 if isinstance(old, bytes):
                return mutations.edit_bytes(rng, [old or b"\0"])
            case 0 | 1 if isinstance(old, str):
                return mutations.spoil_text(rng, [old]).encode("utf-8", "replace").decode()
            case 2:
                return Wrapped(old)
            case 3 | 4:
                return random_item(rng)
            case 5:
                return rng.choice(INTERESTING)
            case 6:  # nothing new here: it is only signed again
                return old
            case _:
                return self._of_another(rng, old)

    def _of_another(self, rng: Random, old: Any) -> Any:
        for _ in range(3):
            try:
                item, places = tree(rng.choice(self._donors or [b"\0"]))
            except NoTree:
                continue
            found = at(item, rng.choice(places))
            if type(found) is type(old):
                return found
        return old


def _length(part: envelope.Part) -> int:
    return sum(map(len, part)) if isinstance(part, list) else len(part)


def carried(data: bytes) -> tuple[str, bytes | None]:
    """The prefix and the bytes of the text of a QR code; no bytes where it carries none, no prefix where it is no such text."""
    prefix = next((each for each in _PREFIXES if data.startswith(each.encode())), "")
    if not prefix:
        return "", None
    try:
        return prefix, parse_text(data.decode("ascii"), prefix)
    except (InputError, UnicodeDecodeError):
        return prefix, None


def _signed(item: Any, rng: Random, contexts: list[bytes]) -> Any:
    try:
        return resign(item, rng, contexts)
    except (Unsignable, cbor2.CBOREncodeError):
        return item


def _other_list(rng: Random, old: list[Any]) -> list[Any]:
    match rng.randrange(4):
        case 0:
            return [*old, rng.choice(old or [0])]
        case 1:
            return old[:-1]
        case 2:
            return rng.sample(old, len(old))
        case _:
            return [*old, *old]


def _other_map(rng: Random, old: dict[Any, Any]) -> dict[Any, Any]:
    match rng.randrange(3):
        case 0:
            return {**old, rng.choice((0, 1, 2, 3, 5, 8, 9, 13, 14, -3, 65533, -65537, "x")): random_item(rng, 1)}
        case 1 if old:
            gone = rng.choice(list(old))
            return {key: value for key, value in old.items() if key != gone}
        case _:
            return {key: random_item(rng, 1) if rng.random() < 0.2 else value for key, value in old.items()}


def bytes_of(rng: Random) -> Bytewise:
    """Changes bytes where there is no coverage-guided engine to do so."""

    def change(data: bytes, limit: int) -> bytes:
        kind = rng.choice((mutations.flip_bits, mutations.edit_bytes))
        return kind(rng, [data or b"\0"])[:limit]

    return change
