"""Beside the peers, and on two cores: ``make bench``. ``make performance`` writes the same into docs/performance.md."""

from __future__ import annotations

import pytest

from benches import beside, performance_page, throughput


@pytest.mark.skipif(not beside.are_installed(), reason=beside.MISSING)
def test_beside_the_peers(capsys: pytest.CaptureFixture[str]) -> None:
    rows, parts = beside.measured()
    with capsys.disabled():
        print(f"\n{performance_page.table(rows)}\n\n{performance_page.parts(parts)}")
    ours = next(row for row in rows if row.package == "vitaletoken")
    rivals = [row for row in rows if row.factors >= 2 and row.package != "vitaletoken"]
    assert rivals
    assert all(ours.verify < row.verify for row in rivals)


def test_two_cores(capsys: pytest.CaptureFixture[str]) -> None:
    found = throughput.measured()
    with capsys.disabled():
        print(f"\n{performance_page.cores(found)}")
