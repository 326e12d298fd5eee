"""A process that times what it is told to, line by line, so that several can take turns. Standard library only.

It writes one line of JSON that says what it has. Then for each line ``NAME CALLS`` that it reads, NAME is called CALLS times
and the seconds are written.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any


def serve(told: Any, timed: Mapping[str, Callable[[], object]]) -> None:
    """Say ``told``, then time what is asked for until the input ends."""
    gc.collect()
    gc.freeze()
    print(json.dumps(told), flush=True)
    for line in sys.stdin:
        name, calls = line.split()
        call, times = timed[name], range(int(calls))
        begin = perf_counter()
        for _ in times:
            call()
        print(perf_counter() - begin, flush=True)
