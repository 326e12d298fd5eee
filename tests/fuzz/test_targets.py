"""Every door through which bytes come in has a fuzz target; and each target's contract holds on its seeds and on the same few
thousand mutations of them in each run, without coverage guidance. ``make fuzz`` is the long way.

Bounds of time are not asserted here, but by ``make fuzz``: a suite that measures is a suite that fails by chance. What is
allocated is the same each time, and is asserted here too, for the costliest inputs that are known.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import vitaletoken.adapters
import vitaletoken.wire
from tests.fuzz import document
from tests.fuzz.engine import javascript
from tests.fuzz.engine.signing import LABELS, LAYERED
from tests.fuzz.engine.worker import mutations_of, seeds_of
from tests.fuzz.targets import layers, parsers, vectors
from tests.fuzz.targets.contract import SUSPECT, Executor, allocated
from tests.fuzz.targets.differential import HAS_FIDO2
from tests.fuzz.targets.extremes import extremes
from tests.fuzz.targets.registry import FAMILIES, TARGETS
from tests.interop.second import needs_node
from vitaletoken.adapters.database import Closing
from vitaletoken.wire import registry

#: Inputs of each target beyond its seeds.
MUTATIONS = 250
REGRESSIONS = Path(__file__).parent / "regressions"
#: How the functions are called that read what comes from outside.
READS = ("parse_", "decode", "repair_")


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(vitaletoken.wire.__path__):
        yield importlib.import_module(f"vitaletoken.wire.{found.name}")


def readers(module: ModuleType) -> Iterator[Callable[..., Any]]:
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and name.startswith(READS):
            yield function


COVERED = {function for target in TARGETS.values() for function in target.covers}


@pytest.mark.parametrize("module", list(modules()), ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_parser_has_a_target(module: ModuleType) -> None:
    """A new one takes an entry in ``targets/parsers.py``."""
    missing = [function.__name__ for function in readers(module) if function not in COVERED]
    assert not missing
    name = module.__name__.rpartition(".")[2]
    covered = any(getattr(function, "__module__", None) == module.__name__ for function in COVERED)
    assert covered != (name in parsers.WITHOUT), "a module has a target, or a reason to have none"


#: Modules of ``vitaletoken.adapters`` that read nothing again, and why.
WITHOUT_STORED = {
    "columns": "the readers of which the stores are made",
    "database": "the frame of the stores",
    "memory": "what it keeps ends with the process",
    "memory_register": "what it keeps ends with the process",
    "number_key": "a key in memory",
    "pkcs11": "what a token answers, its own library reads",
    "qr": "pictures, whose decoders are not ours",
    "sticker": "draws, and reads nothing",
    "system": "the machine's clocks and randomness",
}


@pytest.mark.parametrize("name", [found.name for found in pkgutil.iter_modules(vitaletoken.adapters.__path__)])
def test_every_adapter_that_reads_what_is_stored_has_a_target(name: str) -> None:
    """A new one takes an entry in ``targets/stores.py`` or ``targets/files.py``; a store, in each of its classes."""
    module = importlib.import_module(f"vitaletoken.adapters.{name}")
    covered = {
        function.__qualname__.partition(".")[0] for function in COVERED if function.__module__ == module.__name__
    }
    assert bool(covered) != (name in WITHOUT_STORED), "an adapter has a target, or a reason to have none"
    stores = {each.__name__ for each in Closing.__subclasses__() if each.__module__ == module.__name__}
    assert stores <= covered


def test_every_layer_of_the_vectors_has_a_target() -> None:
    """A new one takes a line in ``targets/layers.py``."""
    assert sorted([*layers.FIELDS, *layers.WITHOUT]) == sorted(vectors.layers())


def test_every_message_can_be_signed_again() -> None:
    """A new private claim takes a line in ``engine/signing.py``."""
    claims = {value for name, value in vars(registry).items() if name.endswith("_CLAIM")}
    assert claims == {*LABELS, *LAYERED}


def test_names_are_files_names_and_nobodys_twice() -> None:
    assert len(TARGETS) == sum(map(len, FAMILIES.values()))
    assert all(name.replace("-", "").isalnum() for name in TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_the_contract_holds(name: str) -> None:
    target = TARGETS[name]
    executor = Executor(target, sample=10**9)
    count = len(seeds_of(target)) + MUTATIONS
    for data in itertools.islice(mutations_of(target, "suite"), count):
        finding = executor.execute(data)
        assert finding is None or finding.what.startswith(SUSPECT), (finding.what, data.hex())
    assert executor.executions > count / 2
    assert executor.accepted > 0, "not even a seed is accepted"


@pytest.mark.parametrize("name", [name for name in TARGETS if any(True for _ in extremes(name))])
def test_the_costliest_inputs_keep_within_their_memory(name: str) -> None:
    """What is allocated is the same in each run."""
    for what, data in extremes(name):
        assert allocated(TARGETS[name], data) <= TARGETS[name].memory, what


@needs_node
def test_the_second_implementation_says_the_same() -> None:
    batch = list(itertools.islice(javascript.cases("suite"), 400))
    assert {target for target, _, _ in batch} == {f"layer-{name}" for name in layers.FIELDS}
    assert not list(javascript.compare(batch))


@pytest.mark.skipif(HAS_FIDO2, reason="it is here, and compared with above")
def test_a_decoder_of_somebody_else() -> None:
    pytest.skip("our CBOR profile is not compared with the decoder of fido2, which is not installed: tools/fuzz.sh")


def regressions() -> list[Path]:
    return sorted(REGRESSIONS.glob("*.bin"))


def test_what_was_found_stays_fixed() -> None:
    assert regressions()
    for path in regressions():
        name = path.stem.rsplit("-", 1)[0]
        finding = Executor(TARGETS[name], sample=10**9).execute(path.read_bytes())
        assert finding is None or finding.what.startswith(SUSPECT), (path.name, finding.what)


def test_the_document_lists_the_targets() -> None:
    """``python -m tests.fuzz.document`` writes the table again."""
    assert document.table() in document.PAGE.read_text("utf-8")
