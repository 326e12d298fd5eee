"""The demo's third and fourth part for a person: a family at the insurer's desk, a code's life, a card that is lent."""

from __future__ import annotations

from collections.abc import Mapping

from vitaletoken.adapters.qr import QrCode
from vitaletoken.cli.demo_lending import Lending, Lent
from vitaletoken.cli.demo_people import Life
from vitaletoken.cli.demo_steps import Steps, step_lines
from vitaletoken.cli.verdict import acting_lines, person_lines


def life_lines(life: Life, timings: Mapping[str, float]) -> list[str]:
    """A mother, her twins, her code."""
    steps: Steps = [
        ("Desk", "request, e-mail code, identity (CNIe), policy: the mother's card is on her phone", ("desk",)),
        ("Twins", "the same for each, by her identity: their cards on her phone, with their own numbers", ("twins",)),
        ("New code", f"under the old one; in force when all {life.renewed} cards were made for it", ("change_code",)),
        ("Unlock", "after ten wrong codes: the insurer signs the phone's nonce, once", ("unlock",)),
    ]
    first, second = life.twins
    return [
        "A family at the insurer's desk",
        "",
        *step_lines(steps, timings),
        "",
        "ACCEPTED, one after the other: the twins, by the same phone",
        "",
        *(line for line in person_lines(first.card) if line),
        "",
        *(line for line in person_lines(second.card) if line),
    ]


def lending_lines(lending: Lending, timings: Mapping[str, float]) -> list[str]:
    """A neighbour who fetches the medicines."""
    sizes = f"introduction {_version(lending.introduction)}, card and grant {_version(lending.handed_over)}"
    steps: Steps = [
        ("Grant", f"offline, for three days: {sizes}", ("grant", "receive")),
        ("Shown", f"with the neighbour's own code: {_size(lending.granted)}", ()),
        ("Lent", "through the insurer, thirty days: a card of its own on the neighbour's phone", ("lend",)),
        ("Shown", f"with the neighbour's own code: {_size(lending.by_issuer)}", ()),
    ]
    seen = lending.granted.seen
    return [
        "She lends her card to a neighbour, for the pharmacy",
        "",
        *step_lines(steps, timings),
        "",
        "ACCEPTED",
        *acting_lines(seen.delegate),
        "",
        *person_lines(seen.card)[:1],
    ]


def _size(lent: Lent) -> str:
    return f"{lent.size} bytes, {_version(lent.qr)}"


def _version(code: QrCode) -> str:
    return f"version {code.version}-{code.error}"
