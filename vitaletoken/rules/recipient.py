"""For whom a phone makes a presentation, and what it may show them (PRES-5)."""

from __future__ import annotations

from typing import NamedTuple

from vitaletoken.errors import UsageError
from vitaletoken.rules.sealing import seal_answer
from vitaletoken.rules.terminal import VerifiedCertificate, VerifiedChallenge, require_may_ask
from vitaletoken.wire.registry import Binding, View
from vitaletoken.wire.text import PREFIX, SEALED_PREFIX, serialize_text


class Recipient(NamedTuple):
    """Whom a presentation is bound to. Made by ``recipient_of``, so that what it may show follows from who asked.

    Attributes:
        context: SHA-256 of the exact certificate or challenge; None at level open.
        session_key: the challenge's; the presentation is then sealed.
        view: the one to be shown.
        insists: it is that view or none.
    """

    binding: Binding
    context: bytes | None
    session_key: bytes | None
    view: View
    insists: bool

    def choose(self, minimal: bytes, billing: bytes) -> tuple[View, bytes]:
        """Which view of a card is shown, and its bytes; ``billing`` is empty where the phone does not have that one.

        Raises:
            UsageError: no card, or not the view that this is for.
        """
        if not minimal:
            raise UsageError("there is no card on this phone")
        if self.view is View.BILLING and billing:
            return View.BILLING, billing
        if self.view is View.BILLING and self.insists:
            raise UsageError("this phone does not have the billing view")
        return View.MINIMAL, minimal

    def address(self, presentation: bytes) -> tuple[str, bytes]:
        """The text for the QR code, and the bytes in it: sealed where there is a session key."""
        if self.session_key is None or self.context is None:
            return serialize_text(presentation, PREFIX), presentation
        sealed = seal_answer(presentation, self.session_key, self.context)
        return serialize_text(sealed, SEALED_PREFIX), sealed


def recipient_of(asker: VerifiedCertificate | VerifiedChallenge | None, view: View | None) -> Recipient:
    """The recipient of a presentation for ``asker``; None is whoever sees it.

    Args:
        view: None for what is asked for, as far as the phone has it.

    Raises:
        Rejected: ``billing-refused`` (H7).
        UsageError: the billing view, where it isn't asked for.
    """
    asked = View.MINIMAL
    if isinstance(asker, VerifiedChallenge):
        require_may_ask(asker)  # which also says that an answer with the billing view is sealed
        asked = asker.claims.view
    if view is View.BILLING and asked is not View.BILLING:
        raise UsageError(
            "the billing view is shown in a sealed answer to a challenge that asks for it, and nowhere else"
        )
    shown, insists = asked if view is None else view, view is not None
    if asker is None:
        return Recipient(Binding.OPEN, None, None, shown, insists)
    if isinstance(asker, VerifiedCertificate):
        return Recipient(Binding.AUDIENCE, asker.digest, None, shown, insists)
    return Recipient(Binding.CHALLENGE, asker.digest, asker.claims.session_key, shown, insists)
