"""The layers of what a terminal downloads: trust lists, chains of them, snapshots, and how one leads to the next."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

from vitaletoken.conformance import forms
from vitaletoken.errors import Code, InputError, refusal
from vitaletoken.rules.delta import apply_deltas
from vitaletoken.rules.snapshot import (
    SnapshotMark,
    VerifiedSnapshot,
    status_list_from,
    status_list_of,
    verify_snapshot,
)
from vitaletoken.rules.status import VerifiedStatusList
from vitaletoken.rules.trust import TrustAnchor, VerifiedTrustList, verify_trust_list
from vitaletoken.wire.trust_list import RootSet

Json = Any
Lists = Mapping[int, VerifiedStatusList]


@lru_cache(maxsize=256)
def _pinned(data: str, roots: RootSet, environment: str) -> VerifiedTrustList:
    return verify_trust_list(forms.binary(data), TrustAnchor(roots), forms.environment(environment))


def trust(case: Json, environment: str) -> VerifiedTrustList:
    """The trust list that is input to another layer."""
    return _pinned(case["trust_list"], forms.roots(case["roots"]), environment)


def trust_list(case: Json) -> Json:
    """T1 to T7."""
    newest = case["newest"]
    anchor = TrustAnchor(forms.roots(case["roots"]))
    if newest is not None:
        anchor = TrustAnchor(anchor.roots, newest["version"], forms.binary(newest["digest"]))
    return forms.trust_list_json(_taken(case["bytes"], anchor, case))


def trust_chain(case: Json) -> Json:
    """T1 to T7, each list held against the anchor that those before left."""
    anchor = TrustAnchor(forms.roots(case["roots"]))

    def take(data: Json) -> Json:
        nonlocal anchor
        taken = _taken(data, anchor, case)
        anchor = taken.anchor
        return forms.trust_list_json(taken)

    return {"results": [forms.result(take, data) for data in case["lists"]]}


def _taken(data: str, anchor: TrustAnchor, case: Json) -> VerifiedTrustList:
    environment = forms.environment(case["environment"])
    return verify_trust_list(forms.binary(data), anchor, environment, post_quantum=case["post_quantum"])


def snapshot(case: Json) -> Json:
    """N1 to N6."""
    newest = case["newest"]
    mark = None if newest is None else SnapshotMark(newest["sequence"], forms.binary(newest["digest"]), newest["iat"])
    found = verify_snapshot(
        forms.binary(case["bytes"]),
        trust(case, case["environment"]),
        case["now"],
        mark,
        post_quantum=case["post_quantum"],
    )
    claims = found.claims
    return {
        "issuer": claims.iss,
        "sequence": claims.sequence,
        "iat": claims.iat,
        "lists": [[entry.number, entry.size] for entry in claims.lists],
        "digest": found.digest.hex(),
    }


def status_sync(case: Json) -> Json:
    """N1 to N7 and D1 to D4: what a terminal holds after it has taken what it found."""
    trusted = trust(case, case["environment"])
    held = None
    if case["held"] is not None:
        held = _held(case["held"], trusted, case)
    new = verify_snapshot(
        forms.binary(case["snapshot"]),
        trusted,
        case["now"],
        None if held is None else held[0].mark,
        post_quantum=case["post_quantum"],
    )
    by, lists, delta = _lists(case, new, held, trusted)
    return {
        "by": by,
        "sequence": new.claims.sequence,
        "statuses": [_status(lists, number, idx) for number, idx in case["look_up"]],
        "delta": delta and delta.value,
    }


def _held(case: Json, trusted: VerifiedTrustList, sync: Json) -> tuple[VerifiedSnapshot, Lists]:
    found = verify_snapshot(
        forms.binary(case["snapshot"]), trusted, sync["now"], None, post_quantum=sync["post_quantum"]
    )
    lists = {int(n): status_list_of(found, int(n), forms.binary(entries)) for n, entries in case["lists"].items()}
    return found, lists


def _lists(
    case: Json, new: VerifiedSnapshot, held: tuple[VerifiedSnapshot, Lists] | None, trusted: VerifiedTrustList
) -> tuple[str, Lists, Code | None]:
    """How the lists of ``new`` were come by, the lists, and why not by deltas."""
    refused = None
    if held is not None:
        before, lists = held
        if before.digest == new.digest:
            return "held", lists, None
        deltas = [forms.binary(data) for data in case["deltas"]]
        try:
            changed = apply_deltas(before, lambda number: lists[number].entries, deltas, new, trusted)
        except InputError as error:
            refused = error.code
        else:
            kept = {number: lists[number].entries for number in new.lists if number not in changed}
            return "deltas", {n: status_list_of(new, n, entries) for n, entries in {**kept, **changed}.items()}, None
    return "lists", _full(case, new, {} if held is None else held[1], trusted), refused


def _full(case: Json, new: VerifiedSnapshot, held: Lists, trusted: VerifiedTrustList) -> Lists:
    """N7: each list named is among those found, or those held that the snapshot names unchanged (SYNC-3)."""
    found = {}
    for number, kept in held.items():
        with suppress(InputError):
            found[number] = status_list_of(new, number, kept.entries)
    for data in case["lists"]:
        with suppress(InputError):
            status_list = status_list_from(new, forms.binary(data), trusted)
            found[status_list.number] = status_list
    if found.keys() != new.lists.keys():
        raise refusal(Code.SNAPSHOT_LIST)
    return found


def _status(lists: Lists, number: int, idx: int) -> int | None:
    status_list = lists.get(number)
    status = None if status_list is None else status_list.find(idx)
    return None if status is None else status.value
