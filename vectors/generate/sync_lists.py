"""Layer `status-sync`: the lists, N7, taken where there are no deltas; a fault there leaves everything as it was (SNAP-2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vectors.generate import deflate
from vectors.generate.cases import Case
from vectors.generate.fixtures import CARDS_EXP, CNAM_BASE, DAY, MSA_BASE, status_claims
from vectors.generate.keys import CNAM_CARDS, CNAM_STATUS, MSA, STRANGER
from vectors.generate.messages import status_list
from vectors.generate.snapshots import DAYS, TODAYS, listed, made_at, published, snapshot_claims
from vectors.generate.sync_case import FULL, YESTERDAY, Sync, accepted, fallen_back, held_on, refused

CODE = "snapshot-list"
THIRD, SEVENTH = FULL
TODAY = DAYS[TODAYS]
FIRST_TIME = replace(YESTERDAY, held=None, deltas=())
BASE = "status-sync/accepted/first-time"
RULES = ("N7", "SNAP-2")
UNCHANGED = "delta-chain/unchanged-list-held"


def list_cases() -> Iterator[Case]:
    yield from _accepted()
    yield from _unchanged()
    yield from _refused()


def _accepted() -> Iterator[Case]:
    for slug, comment, found in (
        ("lists-reversed", "the lists in another order", (SEVENTH, THIRD)),
        ("lists-more", "a list that the snapshot does not name stands among them", (THIRD, listed(4, bytes(9)), SEVENTH)),
        ("lists-twice", "each list twice", (*FULL, *FULL)),
        ("lists-other-days", "yesterday's lists before today's", (*published(DAYS[43], 43), *FULL)),
        ("lists-other-days-after", "yesterday's lists after today's", (*FULL, *published(DAYS[43], 43))),
        ("lists-damaged-besides", "a damaged copy of each list, and a whole one", (THIRD[:-1], SEVENTH[:-1], *FULL)),
        ("lists-dated-otherwise", "the right bytes in lists that were signed days before: the snapshot's iat counts",
         published(TODAY, 40)),
    ):  # fmt: skip
        yield accepted(f"accepted/{slug}", ("N7",), comment, replace(FIRST_TIME, found=found), by="lists")
    repeated = {**status_claims(CNAM_BASE, 9, deflate.repeated(0x55, 262144)), 6: made_at(TODAYS)}
    largest = {**TODAY, 9: b"\x55" * 262144}
    yield accepted(
        "accepted/lists-largest",
        ("N7", "STATUS-2"),
        "a list of 262,144 bytes among them",
        replace(
            FIRST_TIME, claims=snapshot_claims(lists=largest), lists=largest, look_up=[(9, 0), (9, 1048575), (9, 1048576)],
            found=(*FULL, status_list(repeated, CNAM_STATUS).encode()),
        ),
        "boundary",
        "limit",
        by="lists",
    )  # fmt: skip
    shorter = {3: TODAY[3], 7: TODAY[7][:-1]}
    yield fallen_back(
        "delta-chain/shorter-list", ("D3", "N7"), "a list that has become shorter, and no delta: by lists it can",
        replace(YESTERDAY, claims=snapshot_claims(lists=shorter), lists=shorter, deltas=()),
    )  # fmt: skip


def _unchanged() -> Iterator[Case]:
    """SYNC-3: what is held, and named unchanged by the new snapshot, need not be found."""
    rules = ("N7", "SYNC-3")
    before = DAYS[TODAYS - 1]
    only_third = {3: TODAY[3], 7: before[7]}
    sync = replace(YESTERDAY, claims=snapshot_claims(lists=only_third), lists=only_third, deltas=(), found=(THIRD,))
    cut = YESTERDAY.deltas[0][:-1]
    yield fallen_back(UNCHANGED, ("D3", *rules), "no delta; list 7 is unchanged and held, list 3 is found", sync)
    yield fallen_back(
        "delta-structure/unchanged-list-held", ("D1", *rules), "the same with a broken delta", replace(sync, deltas=(cut,))
    )  # fmt: skip
    yield fallen_back(
        f"{UNCHANGED}-others-found", ("D3", *rules), "list 7 is unchanged and held; what is found under its number is another",
        replace(sync, found=(THIRD, SEVENTH)),
    )  # fmt: skip
    third_only = {3: before[3], 7: TODAY[7]}
    yield fallen_back(
        f"{UNCHANGED}-first-of-two", ("D3", *rules), "list 3 is unchanged and held, list 7 is found",
        replace(sync, claims=snapshot_claims(lists=third_only), lists=third_only, found=(SEVENTH,)),
    )  # fmt: skip
    same = replace(sync, claims=snapshot_claims(lists=before), lists=before, found=())
    yield accepted(
        "delta-chain/unchanged-lists-held",
        ("D3", *rules, "DELTA-2"),
        "no delta, and no list: both are unchanged and held",
        same,
        "boundary",
        by="lists",
        delta="delta-chain",
    )
    shrunk = {7: before[7]}
    yield accepted(
        "delta-chain/unchanged-list-held-other-gone",
        ("D3", *rules, "DELTA-2"),
        "no delta, and no list: list 7 is unchanged and held, list 3 is no longer named",
        replace(same, claims=snapshot_claims(lists=shrunk), lists=shrunk),
        by="lists",
        delta="delta-chain",
    )
    moved = {3: TODAY[3], 8: before[7]}
    longer = {3: TODAY[3], 7: before[7] + b"\0"}
    shorter = {3: TODAY[3], 7: before[7][:-1]}
    for slug, comment, lists, flag in (
        ("held-under-other-number", "the bytes of list 8 are held, as list 7", moved, None),
        ("held-longer-now", "list 7 is held, and has a zero byte more now", longer, "boundary"),
        ("held-shorter-now", "list 7 is held, and has a byte less now", shorter, "boundary"),
    ):
        yield refused(
            f"{CODE}/{slug}", (*RULES, "SYNC-3"), f"no delta, list 3 is found; {comment}",
            replace(sync, claims=snapshot_claims(lists=lists), lists=lists), *([flag] if flag else []),
            base=f"status-sync/{UNCHANGED}",
        )  # fmt: skip


def _refused() -> Iterator[Case]:
    seventh = TODAY[7]
    bomb = status_list(status_claims(CNAM_BASE, 7, deflate.repeated(0, 1 << 20)), CNAM_STATUS).encode()
    other_base = status_list(status_claims(MSA_BASE, 7, deflate.stored(seventh)), MSA).encode()
    claims = status_claims(CNAM_BASE, 7, deflate.stored(seventh))
    late = {**claims, 6: CARDS_EXP, 4: CARDS_EXP + DAY}
    unlisted = status_list({**claims, 99: 0}, CNAM_STATUS).encode()
    raw = status_list({**claims, 65533: {"lst": seventh, "bits": 2}}, CNAM_STATUS).encode()
    rows: tuple[tuple[str, str, Sequence[bytes], str | None], ...] = (
        ("none", "no list is found", (), None),
        ("one-missing", "one of two lists is missing", (THIRD,), None),
        ("other-missing", "the other of two lists is missing", (SEVENTH,), None),
        ("number", "the bytes of list 7 as list 8", (THIRD, listed(8, seventh)), None),
        ("exchanged", "each list's bytes under the other's number", (listed(3, seventh), listed(7, TODAY[3])), None),
        ("same-twice", "list 3 twice in place of lists 3 and 7", (THIRD, THIRD), None),
        ("bit", "one entry differs", (THIRD, listed(7, bytes([seventh[0] ^ 1]) + seventh[1:])), "revocation"),
        ("longer", "a zero byte more", (THIRD, listed(7, seventh + b"\0")), "boundary"),
        ("shorter", "the last byte is missing", (THIRD, listed(7, seventh[:-1])), "boundary"),
        ("zeros", "a list of zeros: nobody is revoked", (THIRD, listed(7, bytes(20))), "revocation"),
        ("mixed-days", "list 3 of today, list 7 of yesterday", (THIRD, published(DAYS[43], 43)[1]), None),
        ("mixed-days-other", "list 3 of yesterday, list 7 of today", (published(DAYS[43], 43)[0], SEVENTH), None),
        ("yesterdays", "both lists of yesterday", published(DAYS[43], 43), None),
        ("cut", "the last byte of the message is missing", (THIRD, SEVENTH[:-1]), None),
        ("empty", "no byte at all in place of a list", (THIRD, b""), None),
        ("unknown-key", "S1: a list with an unlisted key", (THIRD, unlisted), "unknown-key"),
        ("other-issuer", "S2: the other issuer's list of that number, the same bytes", (THIRD, other_base), "cross-protocol"),
        ("use-1", "S2: signed by the key for credentials", (THIRD, status_list(claims, CNAM_CARDS).encode()), "cross-protocol"),
        ("stranger", "S2: signed by a stranger", (THIRD, status_list(claims, STRANGER).encode()), None),
        ("key-at-exp", "S2: the list's iat is its key's exp", (THIRD, status_list(late, CNAM_STATUS).encode()), "boundary"),
        ("zero-signature", "S3: 64 zero bytes",
         (THIRD, replace(status_list(claims, CNAM_STATUS), signature=bytes(64)).encode()), None),
        ("bomb", "S4: a list of 2^20 bytes", (THIRD, bomb), "bomb"),
        ("not-compressed", "S4: the bytes as they are", (THIRD, raw), "wrong-type"),
    )  # fmt: skip
    for slug, comment, found, flag in rows:
        sync = replace(FIRST_TIME, found=found)
        yield refused(f"{CODE}/{slug}", RULES, comment, sync, *([flag] if flag else []), base=BASE)
    yield from _held()


def _held() -> Iterator[Case]:
    """Something is held, the deltas fail, and the lists too."""
    broken = replace(YESTERDAY, deltas=(YESTERDAY.deltas[0][:-1],))
    rows: tuple[tuple[str, str, Sync], ...] = (
        ("held-no-deltas", "no delta, and no list", replace(YESTERDAY, deltas=())),
        ("held-broken-delta", "a broken delta, and no list", broken),
        ("held-broken-delta-one-missing", "a broken delta, and one of two lists", replace(broken, found=(THIRD,))),
        ("held-broken-delta-mixed", "a broken delta, and lists of two days",
         replace(broken, found=(THIRD, published(DAYS[43], 43)[1]))),
        ("held-slept", "a broken chain of three, and the lists of yesterday",
         replace(YESTERDAY, held=held_on(41), found=published(DAYS[43], 43))),
    )  # fmt: skip
    for slug, comment, sync in rows:
        yield refused(f"{CODE}/{slug}", (*RULES, "DELTA-2"), comment, sync)
