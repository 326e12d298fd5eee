"""Faults that somebody could make, one line each: the story has to find every one of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from vitaletoken import Code
from vitaletoken.adapters import memory
from vitaletoken.errors import refusal
from vitaletoken.rules import context, enrolment, identity, presentation, wallet
from vitaletoken.rules.code import CodeCounter
from vitaletoken.rules.presentation import AnswerOutcome, ReplayOutcome


class Defect(NamedTuple):
    """One of them.

    Attributes:
        where, name, instead: what is replaced by what.
        found: what the story says of it. story: the number of one that soon comes to it.
    """

    where: Any
    name: str
    instead: Callable[..., Any]
    found: str
    story: int = 6

    def seed(self, patch: pytest.MonkeyPatch) -> None:
        patch.setattr(self.where, self.name, self.instead)


def _nothing(*_: Any, **__: Any) -> None:
    pass


def _held_list(status_list: Any, *_: Any) -> Any:
    if status_list is None:
        raise refusal(Code.STATUS_UNAVAILABLE)
    return status_list


def _own_keys_will_do(credential: Any, _view: Any, _binding: Any, device_key: Any, code_key: bytes) -> None:
    if (credential.claims.device_key, credential.claims.card.code_key) != (device_key, code_key):
        raise refusal(Code.CREDENTIAL_NOT_MINE)


def _all_but_the_device(key: Any, layer: Any, aad: bytes, code: Code) -> None:
    if code is not Code.DEVICE_SIGNATURE:
        _require_signature(key, layer, aad, code)


def _with_its_nonce(state: wallet.Wallet) -> wallet.Wallet:
    return dataclasses.replace(_unlocked(state), unlock=state.unlock)


_require_signature = context.require_signature
_unlocked = wallet.unlocked

DEFECTS = {
    "a replay store that forgets": Defect(
        memory.MemoryReplayStore, "insert", lambda *_: ReplayOutcome.FIRST, "accepted, though: a copy|repeated, and not"
    ),
    "a challenge that is answered again and again": Defect(
        memory.MemoryChallengeStore,
        "answer",
        lambda *_: AnswerOutcome.FIRST,
        "accepted, though: a copy|repeated, and not",
    ),
    "a terminal that does not look at the status": Defect(
        presentation, "require_not_revoked", _held_list, "accepted, though: not in force"
    ),
    "a terminal that does not look at withdrawals": Defect(
        presentation, "require_not_withdrawn", _nothing, "accepted, though: not in force"
    ),
    "a terminal that does not look at the scope of a loan": Defect(
        presentation, "require_scope", _nothing, "accepted, though: beyond the loan"
    ),
    "a terminal that does not look at the end of a grant": Defect(
        presentation, "require_granted_now", _nothing, "accepted, though: beyond the loan"
    ),
    "a terminal that does not verify the device layer": Defect(
        context, "require_signature", _all_but_the_device, "accepted what no phone has made", 5
    ),
    "a terminal that names no delegate": Defect(presentation, "delegate_of", _nothing, "another delegate"),
    "a phone that accepts what is for its keys": Defect(
        enrolment, "_require_own", _own_keys_will_do, "a card from another record was installed|another person's card"
    ),
    "a phone that is locked and shows its cards": Defect(
        wallet, "require_not_locked", lambda state: wallet.code_of(state).tries.failed, "the phone was locked"
    ),
    "a phone that counts no try": Defect(
        CodeCounter, "count_try", lambda self, _: self, "a code was taken|tries are not|too early|locked"
    ),
    "an unlock that is good twice": Defect(wallet, "unlocked", _with_its_nonce, "an unlock was good twice", 3),
    "a proofing that takes anybody": Defect(
        identity.Identity, "proves", lambda *_: True, "a proofing took one person for another"
    ),
}
