"""How much randomness a mail code costs: four bytes, and four more only where those would make low codes likelier."""

from __future__ import annotations

from vitaletoken.rules.mail_code import draw


def test_four_bytes_are_asked_for_at_a_time() -> None:
    drawn = iter([b"\xff" * 4, b"\x00\x00\x00\x07"])
    asked = []

    def random(size: int) -> bytes:
        asked.append(size)
        return next(drawn)

    assert draw(random) == "000007"
    assert asked == [4, 4]
