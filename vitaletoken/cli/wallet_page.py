"""What is on a phone, for its owner and for a program: names, for it is the owner's own screen; no number (NIR), no code."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from vitaletoken.cli.output import moment
from vitaletoken.cli.verdict import WAYS
from vitaletoken.rules.cards import Loan, WalletCard
from vitaletoken.rules.code import MAX_FAILED
from vitaletoken.rules.wallet import Wallet
from vitaletoken.wire.introduction import parse_introduction
from vitaletoken.wire.registry import View, label


def card_data(card: WalletCard, now: int) -> dict[str, object]:
    """A card, for a program."""
    edition, terms = card.edition(now), card.lent
    claims = edition.claims
    lent = terms and {
        "name": terms.name,
        "way": terms.way.value,
        "until": terms.until,
        "purposes": _names(terms.scope.purposes),
        "categories": None if terms.scope.categories is None else _names(terms.scope.categories),
    }
    return {
        "handle": card.handle,
        "kind": label(card.kind),
        "issuer": claims.iss,
        "card": claims.cti.hex(),
        "family_name": claims.card.person.family_name,
        "given_names": list(claims.card.person.given_names),
        "expires": card.stock[-1].claims.exp,
        "stock": len(card.stock),
        "views": [label(View.MINIMAL), *([label(View.BILLING)] if edition.billing else [])],
        "presentations": card.presentations,
        "lent": lent,
    }


def card_lines(card: WalletCard, now: int) -> list[str]:
    """The same for a person."""
    person = card.edition(now).claims.card.person
    whose = {"own": "your own", "child": "your child's", "lent": "lent to you"}[label(card.kind)]
    return [
        f"{card.handle}  {' '.join([person.family_name.upper(), *person.given_names])}, {whose}",
        f"  until {moment(card.stock[-1].claims.exp)}" if card.lent is None else "",
        *terms_lines(card),
    ]


def terms_lines(card: WalletCard) -> list[str]:
    """On what terms the card was lent to the phone's owner; nothing where it was not."""
    terms = card.lent
    if terms is None:
        return []
    return [
        f"  You act as {terms.name}, until {moment(terms.until)}; lent {WAYS[terms.way]}",
        f"  {_scope(terms.scope.purposes, terms.scope.categories)}",
    ]


def loan_data(loan: Loan) -> dict[str, object]:
    """A card that is lent, for a program."""
    return {
        "card": loan.card,
        "way": loan.way.value,
        "name": loan.name,
        "until": loan.until,
        "purposes": _names(loan.purposes),
        "categories": None if loan.categories is None else _names(loan.categories),
        "id": loan.id.hex(),
        "delegate": loan.delegate.hex(),
    }


def loan_lines(loan: Loan) -> list[str]:
    """The same for a person."""
    return [
        f"  Card {loan.card} is lent to {loan.name}, {WAYS[loan.way]}, until {moment(loan.until)}",
        f"    {_scope(loan.purposes, loan.categories)}",
    ]


def wallet_data(wallet: Wallet, due: Iterable[str], now: int) -> dict[str, object]:
    """All that the phone has, for a program."""
    code, change = wallet.code, wallet.change
    return {
        "cards": [card_data(card, now) for card in wallet.cards],
        "enrolments": [
            {"handle": each.handle, "kind": label(each.kind), "sent": each.sent} for each in wallet.pending
        ],
        "introductions": [
            {"handle": each.handle, "name": _introduced(each.message), "made": each.made}
            for each in wallet.introductions
        ],
        "due": list(due),
        "code": code and {
            "argon2": code.profile.label,
            "failed_tries": code.tries.failed,
            "locked": code.tries.failed >= MAX_FAILED,
            "change_waits_for": None if change is None else list(change.waiting),
        },
    }  # fmt: skip


def wallet_lines(wallet: Wallet, due: Iterable[str], now: int) -> list[str]:
    """The same for a person."""
    lines = [line for card in wallet.cards for line in card_lines(card, now) if line]
    lines += [f"{each.handle}  enrolment of {moment(each.sent)}, waits for its card" for each in wallet.pending]
    lines += [
        f"{each.handle}  introduction as {_introduced(each.message)}, of {moment(each.made)}"
        for each in wallet.introductions
    ]
    lines += [f"To be renewed: {handle} (vitaletoken phone renew)" for handle in due]
    if wallet.change is not None:
        lines += [f"The new code waits for the answer for {handle}" for handle in wallet.change.waiting]
    if wallet.code is not None and wallet.code.tries.failed:
        locked = ": LOCKED until the issuer unlocks it" if wallet.code.tries.failed >= MAX_FAILED else ""
        lines.append(f"Code: {wallet.code.tries.failed} of {MAX_FAILED} tries have failed{locked}")
    return lines or ["Nothing is on this phone"]


def _introduced(message: bytes) -> str:
    return parse_introduction(message).unverified_claims.name


def _scope(purposes: Iterable[IntEnum], categories: Iterable[IntEnum] | None) -> str:
    where = "anywhere" if categories is None else f"at: {', '.join(_names(categories))}"
    return f"For {', '.join(_names(purposes))}; {where}"


def _names(members: Iterable[IntEnum]) -> list[str]:
    return [label(member) for member in members]
