"""Writes of spec/examples what terminals download to stay fresh: a status snapshot and a status delta."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.encoder import encode
from vectors.generate.examples_layout import Fields, Holds, Leaf, Many, Omitted, Row, size
from vectors.generate.examples_page import Example, opened, private, signature, thumbprint
from vectors.generate.examples_shapes import ALG, PLAIN, TIME, detached, one_of, sign1
from vectors.generate.keys import CNAM_STATUS
from vectors.generate.messages import Sign1, aad, delta, header_of, sha256, snapshot
from vectors.generate.messages import detached as detached_signature
from vectors.generate.mldsa import CNAM_SECOND
from vectors.generate.snapshots import TODAYS, day_to_day, entry_indices, made_at, snapshot_claims

VALUES = {0: "valid", 1: "revoked", 2: "suspended", 3: "valid, delegations withdrawn"}
LIST = Row("", (("list", PLAIN), ("size", Leaf(lambda value: "bytes")), ("digest", PLAIN)))
SNAPSHOT = Row(
    "status-snapshot",
    (
        (
            "content",
            Holds(
                Fields(
                    "snapshot-claims",
                    {
                        1: ("iss", PLAIN),
                        4: ("exp", TIME),
                        6: ("iat", TIME),
                        65534: ("ttl", Leaf(lambda value: "seconds")),
                        -65542: (
                            "snapshot",
                            Fields("", {1: ("sequence number", PLAIN), 2: ("lists", Many("list", LIST))}),
                        ),
                    },
                )
            ),
        ),
        ("signatures", Many("signature of the issuer", detached(PLAIN))),
    ),
)
CHANGE = Row("", (("value", Leaf(one_of(VALUES))), ("gaps", PLAIN)))
CHANGES = Row("", (("list", PLAIN), ("values", Many("changes", CHANGE))))
DELTA = sign1(
    "status-delta",
    Fields(
        "delta-claims",
        {
            1: ("iss", PLAIN),
            -65543: (
                "delta",
                Fields("", {1: ("from", PLAIN), 2: ("to", PLAIN), 3: ("changes", Many("list", CHANGES))}),
            ),
        },
    ),
)
NOT_SHOWN = Omitted("which are in the vector")
SECOND_KEY = Fields("", {1: ("kty", Leaf(one_of({7: "AKP"}))), 3: ("alg", ALG), -1: ("pub", Omitted("not shown"))})


def status_examples() -> Iterator[Example]:
    """Both."""
    yield _snapshot()
    yield _delta()


def _snapshot() -> Example:
    claims = snapshot_claims()
    content = encode(claims)
    layer = Sign1(header_of(CNAM_STATUS), content, aad("status-snapshot"), CNAM_STATUS)
    parts = (
        f"Deltas call this snapshot `{sha256(content).hex()}`:\nSHA-256 of the {size(content)} of its content.",
        signature("The issuer's signature", layer),
        thumbprint("the issuer's key", CNAM_STATUS),
        *_second(content),
    )
    message = snapshot(claims, [CNAM_STATUS])
    return Example("status-snapshot", "Status snapshot", "snapshot/accepted/snapshot", message, SNAPSHOT, parts)


def _second(content: bytes) -> tuple[str, str]:
    """The same with an ML-DSA-65 signature, of which the long byte strings are left out."""
    layer = Sign1(header_of(CNAM_SECOND), content, aad("status-snapshot"), CNAM_SECOND)
    made = encode(detached_signature(content, CNAM_SECOND, "status-snapshot"))
    key = encode(CNAM_SECOND.cose)
    said = (
        "## The second signature\n\nThe vector `snapshot/accepted/post-quantum` is this snapshot with a second signature, by "
        f"the issuer's key of use 5: another {size(made)}.\nIn Sig_structure its protected header takes the place of the other; "
        f"SHA-256 of that is\n`{sha256(layer.to_be_signed).hex()}`. There is no context string (SIG-3), and this signature "
        "is the\ndeterministic one, so that the vectors are the same each time; signers should draw randomness."
    )
    thumb = (
        f"## Thumbprint of the issuer's key of use 5\n\nSHA-256 of all {size(key)} of its COSE_Key is\n"
        f"`{CNAM_SECOND.thumbprint.hex()}`; the kid is `{CNAM_SECOND.kid.hex()}`.\n{private(CNAM_SECOND)}"
    )
    return f"{said}\n\n{opened(made, detached(NOT_SHOWN))}", f"{thumb}\n\n{opened(key, SECOND_KEY)}"


def _delta() -> Example:
    claims = day_to_day(TODAYS)
    layer = delta(claims, CNAM_STATUS)
    rows = [
        f"| {number} | {value}, {VALUES[value]} | `{gaps.hex()}` | {', '.join(map(str, entry_indices(gaps)))} |"
        for number, values in claims[-65543][3]
        for value, gaps in values
    ]
    table = "\n".join(["| list | new value | gaps | indices |", "|---|---|---|---|", *rows])
    parts = (
        "## What it changes\n\nThe first number of `gaps` is an index, each one after it the difference to the one before; "
        f"LEB128, seven bits a byte, the lowest first.\n\n{table}",
        f"`from` is SHA-256 of the content of the snapshot with sequence number {TODAYS - 1}, made at {made_at(TODAYS - 1)}; "
        "`to` is that of status-snapshot.md.",
        signature("The issuer's signature", layer),
        thumbprint("the issuer's key", CNAM_STATUS),
    )
    return Example("status-delta", "Status delta", "status-sync/accepted/one-delta", layer.encode(), DELTA, parts)
