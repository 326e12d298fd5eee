"""``make performance``: measures us beside the peers, on two cores and at import; writes docs/performance.md and its plot."""

from __future__ import annotations

import importlib.metadata
import sys

from benches import beside, imports, performance_page, throughput
from benches.simulate_status import machine


def main() -> int:
    if not beside.are_installed():
        print(f"performance: {beside.MISSING}; nothing is written", file=sys.stderr)
        return 1
    rows, parts = beside.measured()
    found = throughput.measured()
    imported = imports.measured()
    on = {name: value for name, value in machine().items() if name != "SQLite"}
    on["cbor2"] = importlib.metadata.version("cbor2")
    performance_page.write(beside.ROOT / "docs", rows, parts, found, imported, on)
    page = performance_page
    print("\n\n".join([page.table(rows), page.parts(parts), page.cores(found), page.imports(imported)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
