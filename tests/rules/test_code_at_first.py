"""A counter of which nothing was said: no try failed, and none was made (0 in the layer code-counter of the vectors)."""

from __future__ import annotations

from vitaletoken.rules.code import CodeCounter


def test_a_new_counter() -> None:
    assert CodeCounter() == CodeCounter(failed=0, last_try=0)
    assert CodeCounter().count_try(1) == CodeCounter(failed=1, last_try=1)
    assert CodeCounter().count_try(0) == CodeCounter(failed=1, last_try=0)
