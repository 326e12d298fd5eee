"""What a target is, and the contract that holds for each input of each target.

The contract: an input is accepted, or one of our own typed errors comes out, and nothing else; and an input of the allowed size
costs no more processor time and no more memory than its target's bounds.
"""

from __future__ import annotations

import resource
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from vitaletoken.errors import InputError

#: Seconds of processor time for one input, and bytes of memory beyond what there was before.
SECONDS = 0.05
#: For the readers of files of lists, of up to 266,240 bytes. The costliest that is known, a list in form with 4,608 keys, takes
#: nearly ``SECONDS`` on the machine of docs/performance.md; a slower machine is not to find fault with it.
FILE_SECONDS = 0.1
BYTES = 50_000_000
#: How often what took too long is measured again: the least of these counts, since a busy machine only ever adds to it.
TRIES = 7

Run = Callable[[bytes], object]


class Shape(Enum):
    """What the bytes of an input are; it decides how they are changed."""

    #: A message as it stands on the wire, or the text of a QR code in UTF-8.
    MESSAGE = "message"
    #: CBOR [scene: bstr .size 2, part, ...] with each part a bstr or an array of them: see ``envelope``.
    PARTS = "parts"
    #: Bytes of no structure that is known here.
    RAW = "raw"


class NotAnInput(Exception):
    """The bytes are no input of this target: their envelope is broken. They count as no execution."""


@dataclass(frozen=True)
class Target:
    """One door through which bytes come in.

    Attributes:
        name: stable: findings and corpora are kept under it.
        run: gives an input to the library. It returns, or raises one of ``allowed``; or ``NotAnInput``.
        seeds: inputs to begin with, from the vectors where there are any.
        max_size: bytes of an input that is made here.
        covers: functions of the library that this is the target of.
        shape: what the bytes are.
        allowed: the errors that the contract permits.
        contexts: of an input, the messages that a presentation in it may be bound to.
        seconds: bound of the processor time.
        memory: bound of what is allocated, in bytes.
        weight: share of the time of a run, beside the others'.
    """

    name: str
    run: Run
    seeds: Callable[[], Iterable[bytes]]
    max_size: int
    covers: tuple[Callable[..., object], ...] = ()
    shape: Shape = Shape.MESSAGE
    allowed: tuple[type[Exception], ...] = (InputError,)
    contexts: Callable[[bytes], list[bytes]] = lambda data: []
    seconds: float = SECONDS
    memory: int = BYTES
    weight: float = 1.0


@dataclass(frozen=True)
class Finding:
    """An input that breaks the contract, and how."""

    target: str
    data: bytes
    what: str


class Executor:
    """Gives inputs to one target and holds the contract against what comes of each.

    Time is watched with each input, and memory by its high-water mark with each and exactly with a sample. Here these are
    suspicions only: coverage instrumentation and busy machines make them too great, so ``measure``, in a process without either,
    has the last word.

    Args:
        sample: of so many inputs one is run with its memory traced.
    """

    def __init__(self, target: Target, *, sample: int = 1024) -> None:
        self._target = target
        self._sample = sample
        self._mark = high_water()
        self.executions = 0
        self.accepted = 0

    def execute(self, data: bytes) -> Finding | None:
        """What is wrong with this input; None for nothing, also where it is no input of the target."""
        traced = self.executions % self._sample == self._sample - 1
        if traced:
            tracemalloc.start()
        begin = time.thread_time()
        try:
            self._target.run(data)
            self.accepted += 1
        except NotAnInput:
            return None
        except self._target.allowed:
            pass
        except Exception as error:  # noqa: BLE001  # the very thing that is looked for
            return Finding(self._target.name, data, f"raised {type(error).__name__}: {error}"[:500])
        finally:
            spent = time.thread_time() - begin
            peak = tracemalloc.get_traced_memory()[1] if traced else 0
            if traced:
                tracemalloc.stop()
        self.executions += 1
        mark = high_water()
        grown, self._mark = mark - self._mark, mark
        if not traced and spent > self._target.seconds:
            return Finding(self._target.name, data, f"{SUSPECT} {1000 * spent:.0f} ms")
        if max(peak, grown) > self._target.memory:
            return Finding(self._target.name, data, f"{SUSPECT} {max(peak, grown) / 1e6:.0f} MB")
        return None


#: How the text of a finding begins that has to be measured again by itself.
SUSPECT = "suspected of"


def high_water() -> int:
    """The most memory that this process has held, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def measure(target: Target, data: bytes) -> tuple[float, int]:
    """Seconds of processor time, the least of several, and the greatest number of bytes allocated; of one input."""
    seconds = []
    for _ in range(TRIES):
        begin = time.thread_time()
        _outcome(target, data)
        seconds.append(time.thread_time() - begin)
    return min(seconds), allocated(target, data)


def allocated(target: Target, data: bytes) -> int:
    """The greatest number of bytes that Python has allocated at a time for one input."""
    tracemalloc.start()
    try:
        _outcome(target, data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _outcome(target: Target, data: bytes) -> None:
    try:
        target.run(data)
    except (NotAnInput, *target.allowed):
        pass


def judge(target: Target, data: bytes) -> Finding | None:
    """The whole contract for one input, in a process that nothing instruments."""
    finding = Executor(target, sample=sys.maxsize).execute(data)
    if finding is not None and not finding.what.startswith(SUSPECT):
        return finding
    seconds, size = measure(target, data)
    if seconds > target.seconds:
        return Finding(target.name, data, f"took {1000 * seconds:.0f} ms, of {1000 * target.seconds:.0f} permitted")
    if size > target.memory:
        return Finding(target.name, data, f"took {size / 1e6:.0f} MB, of {target.memory / 1e6:.0f} permitted")
    return None
