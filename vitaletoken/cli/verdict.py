"""An accepted presentation, for the person at the desk and for a program.

For a person: one word first, then who acts where that is somebody else, then the beneficiary in large letters and the
policyholder apart, then the rest.
"""

from __future__ import annotations

from typing import Final

from vitaletoken.cli.output import Outcome, day, euros, moment
from vitaletoken.conformance.forms import result_json
from vitaletoken.rules.delegation import Delegate, Way
from vitaletoken.rules.policy import Grade, Reason
from vitaletoken.rules.presentation import VerifiedPresentation
from vitaletoken.wire.credential import Card
from vitaletoken.wire.registry import Binding, Environment, Quality, UserVerification, label

_PROOFS: Final = {
    "issuer": "issuer (the card is the insurer's)",
    "device": "device (this is the enrolled phone)",
    "code": "code (the person knew the personal code)",
}
_PROOFS_OF_DELEGATE: Final = {
    "issuer": "issuer (the card is the insurer's)",
    "device": "device (this is the phone that it was lent to)",
    "code": "code (who acts knew their personal code)",
}
_BINDINGS: Final = {
    Binding.OPEN: "open: fresh, and not used here before; made for any terminal",
    Binding.AUDIENCE: "audience: made for this terminal",
    Binding.CHALLENGE: "challenge: made for this visit",
}
_VERIFICATIONS: Final = {
    UserVerification.NONE: "none",
    UserVerification.DEVICE_UNLOCK: "the phone was unlocked",
    UserVerification.BIOMETRIC: "biometric, says the phone",
    UserVerification.CODE: "personal code",
}
#: How a card was lent.
WAYS: Final = {
    Way.ISSUER: "through the insurer",
    Way.GRANT: "from phone to phone, offline",
}


def accepted(seen: VerifiedPresentation, *, decoder: str, session: str, show_nir: bool = False) -> Outcome:
    """The answer to a presentation that was verified.

    Args:
        decoder: what read the picture; ``text`` where there was none.
        session: the care session in which the same QR may be shown again.
        show_nir: the numbers to the person too. A program gets them anyway: it is there to bill.
    """
    data = {"result": "accepted", **result_of(seen), "decoder": decoder, "session": session}
    return Outcome(data, [*_headline(seen), "", *person_lines(seen.card), "", *detail_lines(seen, show_nir=show_nir)])


def result_of(seen: VerifiedPresentation) -> dict[str, object]:
    """``seen`` in the form that vectors/README.md calls RESULT, and the name and the day that a desk wants to see."""
    return {**result_json(seen), "issuer_name": seen.issuer_name, "rights_until": seen.card.rights_until}


def _headline(seen: VerifiedPresentation) -> list[str]:
    word = "ACCEPTED" if seen.grade is Grade.FULL else "ACCEPTED WITH CAUTION"
    cautions = [f"  Caution: {_caution(reason, seen)}" for reason in seen.reasons]
    return [word, *cautions, *acting_lines(seen.delegate)]


def acting_lines(delegate: Delegate | None) -> list[str]:
    """Who acts for the beneficiary, in which way and until when; nothing where nobody does."""
    if delegate is None:
        return []
    return [
        "",
        f"  ACTING FOR THE PERSON BELOW: {delegate.name.upper()}",
        f"  The card was lent to them {WAYS[delegate.way]}, until {moment(delegate.until)}.",
        "  Nobody has checked that name. The phone and the code are theirs.",
    ]


def _caution(reason: Reason, seen: VerifiedPresentation) -> str:
    """For the person at the desk: what is not as it should be, and what to do."""
    match reason:
        case Reason.CLOCK_SKEW:
            return "the phone's clock and this one differ by more than a minute. Look whether this one is right."
        case Reason.STATUS_LIST_OLD:
            return f"what is known here of revoked cards is of {moment(seen.status_as_of)}. Connect this terminal."
        case Reason.TRUST_LIST_ENDING:
            return "this terminal will soon refuse every card unless it gets new lists. Connect it."
        case Reason.RIGHTS_OLD:
            return f"the rights were last confirmed on {day(seen.card.rights_as_of)}. Check them with the insurer if it matters."
        case Reason.NO_CODE:
            return "the personal code was not asked for. Look whether this is the person."


def person_lines(card: Card) -> list[str]:
    """The beneficiary, and the policyholder apart."""
    person = card.person
    names = [person.family_name.upper()]
    if person.name_in_use is not None:
        names.append(f"(in use: {person.name_in_use.upper()})")
    lines = [f"  {' '.join([*names, *person.given_names])}"]
    if person.birth_rank is not None:
        lines.append(f"  Birth rank {person.birth_rank}")
    if card.environment is Environment.TEST:
        lines.append("  TEST CARD: nobody is covered by it.")
    if card.quality is Quality.POLICYHOLDER or card.policyholder is None:
        lines += ["", "  Policyholder    the beneficiary"]
    else:
        relation = label(card.quality).replace("-", " ")
        lines += [
            "",
            f"  Policyholder    another person, alias {card.policyholder.hex()}; the beneficiary is a {relation}",
        ]
    return lines


def detail_lines(seen: VerifiedPresentation, *, show_nir: bool = False) -> list[str]:
    """What was proved, when and how."""
    card, claims = seen.card, seen.claims
    until = "" if card.rights_until is None else f", until {day(card.rights_until)} (first day not covered)"
    words = _PROOFS if seen.delegate is None else _PROOFS_OF_DELEGATE
    proofs = [words[proof] for proof in seen.proofs]
    lines = [
        f"  Scheme          {card.scheme}, {seen.issuer_name} ({seen.issuer})",
        f"  Proved          {proofs[0]}",
        *(f"                  {proof}" for proof in proofs[1:]),
    ]
    if claims.user_verification is not UserVerification.CODE:
        lines.append(f"  User verified   {_VERIFICATIONS[claims.user_verification]}")
    if claims.failed_tries:
        lines.append(f"  Wrong codes     {claims.failed_tries} just before this one")
    lines += [
        *bound_lines(seen, show_nir=show_nir),
        f"  Clocks          {_skew(seen.skew)}",
        f"  Not revoked     as of {moment(seen.status_as_of)}",
        f"  Rights          as of {day(card.rights_as_of)}{until}",
    ]
    if seen.repeated:
        lines.append("  Repeated        this QR was accepted before in this session")
    return lines


def bound_lines(seen: VerifiedPresentation, *, show_nir: bool = False) -> list[str]:
    """For whom it was made and, where that was asked for, what it gave beyond the card itself."""
    binding, card = seen.claims.binding, seen.card
    lines = [f"  Bound           {_BINDINGS[binding]}{'; sealed' if seen.sealed else ''}"]
    if binding is not Binding.CHALLENGE:
        return lines
    lines.append(f"  Asked for       {label(seen.purpose)}")
    if seen.transaction is not None:
        lines.append(f"  Co-signed       {seen.transaction.line}: {euros(seen.transaction.amount)}")
    if card.nir is None:
        return [*lines, "  Number (NIR)    not given"]
    if not show_nir:
        return [*lines, "  Number (NIR)    received; --show-nir shows it"]
    lines.append(f"  Number (NIR)    {card.nir.digits()}, key {card.nir.key}: the beneficiary's")
    if card.policyholder_nir is not None:
        own = card.policyholder_nir
        lines.append(f"  Billed under    {own.digits()}, key {own.key}: the policyholder's")
    return lines


def _skew(skew: int) -> str:
    if skew == 0:
        return "agree (0 s)"
    return f"differ: the phone's is at least {abs(skew)} s {'ahead' if skew > 0 else 'behind, or the QR is that old'}"
