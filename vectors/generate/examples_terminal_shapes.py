"""Section 13 of the CDDL as shapes."""

from __future__ import annotations

from vectors.generate.encoder import Value
from vectors.generate.examples_layout import Fields, Holds, Leaf, Many
from vectors.generate.examples_shapes import CATEGORY, PLAIN, TIME, one_of, sign1
from vectors.generate.expectations import PURPOSES, VIEWS


def _numbered(names: tuple[str, ...]) -> Leaf:
    return Leaf(one_of({number: name.replace("-", " ") for number, name in enumerate(names, 1)}))


def _cents(value: Value) -> str:
    assert isinstance(value, int)
    return f"{value // 100}.{value % 100:02} euros"


CERTIFICATE = sign1(
    "terminal-certificate",
    Fields(
        "certificate-claims",
        {
            1: ("iss", PLAIN),
            4: ("exp", TIME),
            6: ("iat", TIME),
            -65540: (
                "terminal",
                Fields(
                    "",
                    {
                        1: ("key", PLAIN),
                        2: ("id", PLAIN),
                        3: ("categories", Many("category", CATEGORY)),
                        4: ("establishment", PLAIN),
                        5: ("name", PLAIN),
                    },
                ),
            ),
        },
    ),
)
CHALLENGE = sign1(
    "challenge",
    Fields(
        "challenge-claims",
        {
            6: ("iat", TIME),
            7: ("cti", Leaf(lambda value: "the nonce")),
            -65541: (
                "challenge",
                Fields(
                    "",
                    {
                        1: ("certificate", Holds(CERTIFICATE)),
                        2: ("purposes", Many("purpose", _numbered(PURPOSES))),
                        3: ("view", _numbered(VIEWS)),
                        4: ("lifetime", Leaf(lambda value: "seconds")),
                        5: ("session key", PLAIN),
                        6: (
                            "",
                            Fields(
                                "transaction", {1: ("digest", PLAIN), 2: ("line", PLAIN), 3: ("amount", Leaf(_cents))}
                            ),
                        ),
                    },
                ),
            ),
        },
    ),
)
