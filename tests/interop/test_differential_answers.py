"""Two implementations, one verdict and one reason, on what is not a visit: care sheets that were co-signed, sealed answers by
themselves, and the cards that a phone is given, with their billing views.
"""

from __future__ import annotations

import random
from collections import Counter as Tally
from functools import cache

from tests.fuzz.test_hostile import Scene
from tests.interop.cards import Cards
from tests.interop.counter import Counter
from tests.interop.seal import Sealed
from tests.interop.second import agreed, codes, needs_node, steps
from tests.interop.sheets import Sheets

pytestmark = needs_node

CARE_SHEETS = 1_000
SEALED = 700
CARDS = 1_000

#: Of V6: no clock is asked for but the one that is read.
FLOOR = {"clock-behind"}


@cache
def scene() -> Scene:
    return Scene()


def test_care_sheets() -> None:
    sheets = Sheets(scene(), random.Random("differential care sheets"))
    results = agreed("care-sheet", [sheets.care_sheet() for _ in range(CARE_SHEETS)])
    tally = Tally(result.get("error") for result in results)
    assert tally.keys() == (
        (codes("verify", ["V2", "V3", "V4", "V5", "V6", "V7", "V10"]) - FLOOR)
        | codes("terminal", ["H2", "H3", "H4", "H5", "H6"])
        | codes("care-sheet", steps("K", 2))
        | {"context-mismatch", "billing-not-permitted", "wrong-environment"}
        | {"credential-not-yet-valid", "credential-expired", "rights-ended"}
        | {None}
    )
    assert tally[None] > CARE_SHEETS / 10


def test_sealed_answers() -> None:
    rng = random.Random("differential sealed answers")
    sealed = Sealed(Counter(scene().world, rng), scene().messages, rng)
    made = [sealed.one() for _ in range(SEALED)]
    results = agreed("unseal", [each for _, each in made])
    tally = Tally((kind, result.get("error")) for (kind, _), result in zip(made, results, strict=True))
    assert tally.keys() == {
        # A presentation of the greatest length is opened, a longer one is not.
        *((kind, error) for kind in ("genuine", "deceitful") for error in (None, "seal-broken")),
        *((kind, "seal-broken") for kind in ("changed", "for_another", "too_short", "small_order")),
    }


def test_cards() -> None:
    cards = Cards(scene(), random.Random("differential cards 12"))
    inputs = [cards.accept() for _ in range(CARDS)]
    results = agreed("accept", inputs)
    tally = Tally(
        (result.get("error"), given["billing"] is None) for given, result in zip(inputs, results, strict=True)
    )
    expected = (
        (codes("verify", ["V6", "V7"]) - FLOOR)
        | codes("enrolment", ["A1"])
        | {"credential-structure", "credential-expired", "wrong-environment"}
        | {None}
    )
    assert tally.keys() == {(error, alone) for error in expected for alone in (False, True)}
    assert tally[None, False] > CARDS / 10
