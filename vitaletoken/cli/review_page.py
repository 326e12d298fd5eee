"""What a phone found out about a terminal, for its owner and for a program (CHAL-4)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final

from vitaletoken.cli.output import euros, moment
from vitaletoken.conformance.forms import certificate_json, challenge_json
from vitaletoken.rules.terminal import Review, TerminalWarning
from vitaletoken.wire.registry import View, label

_WARNINGS: Final = {
    TerminalWarning.CLOCK_DIFFERS: "the terminal's clock and this phone's differ by more than five minutes",
    TerminalWarning.NOT_SEALED: "whoever films the answer can read it",
    TerminalWarning.BILLING_VIEW: "it asks for the insurance number (NIR)",
}
_SEEN: Final = {
    View.MINIMAL: "names, sex, quality and scheme",
    View.BILLING: "names, sex, quality, scheme and the number (NIR); --minimal declines the number",
}


def review_data(review: Review) -> dict[str, object]:
    """For a program."""
    return {
        "certificate": certificate_json(review.certificate),
        "challenge": review.challenge and challenge_json(review.challenge),
        "warnings": [warning.value for warning in review.warnings],
    }


def review_lines(review: Review) -> list[str]:
    """For a person: one word, then who it is, then what for."""
    claims = review.certificate.claims
    lines = ["GENUINE, WITH CAUTION" if review.warnings else "GENUINE"]
    lines += [f"  Caution: {_WARNINGS[warning]}." for warning in review.warnings]
    lines += [
        "",
        f"  {claims.name}",
        "",
        f"  Establishment   {claims.establishment}, {_names(claims.categories)}",
        f"  Certified by    {review.certificate.authority_name} ({claims.iss}), until {moment(claims.exp)}",
    ]
    if review.challenge is None:
        return [*lines, "  Asks for        nothing yet: this is the sticker. A QR made for it is good there alone"]
    asked = review.challenge.claims
    lines += [f"  Asks for        {_names(asked.purposes)}", f"  Will see        {_SEEN[asked.view]}"]
    if asked.transaction is not None:
        lines.append(f"  You sign        {asked.transaction.line}: {euros(asked.transaction.amount)}")
    sealed = "sealed: nobody else can read it" if asked.session_key else "not sealed"
    return [*lines, f"  Answer          within {asked.lifetime} s; {sealed}"]


def _names(members: Iterable[IntEnum]) -> str:
    return ", ".join(map(label, members))
