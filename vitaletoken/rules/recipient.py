"""For whom a phone makes a presentation, and what it may show them (PRES-5, ASK-2)."""

from __future__ import annotations

from typing import NamedTuple

from vitaletoken.errors import Code, UsageError, refusal
from vitaletoken.rules.sealing import seal_answer
from vitaletoken.rules.terminal import Review, VerifiedCertificate, VerifiedChallenge, require_may_ask
from vitaletoken.wire.credential import parse_credential
from vitaletoken.wire.registry import Binding, Environment, UserVerification, View
from vitaletoken.wire.text import SEALED_PREFIX, serialize_text


class Recipient(NamedTuple):
    """Whom a presentation is bound to. Made by ``recipient_of``, so that what it may show follows from who asked.

    Attributes:
        context: SHA-256 of the exact certificate or challenge; None at level open.
        session_key: the challenge's; the presentation is then sealed.
        environment: of the trust list that vouches for the terminal; None at level open.
        view: the one to be shown.
        insists: it is that view or none.
    """

    binding: Binding
    context: bytes | None
    session_key: bytes | None
    environment: Environment | None
    view: View
    insists: bool = False

    def choose(self, minimal: bytes, billing: bytes, user_verification: UserVerification) -> tuple[View, bytes]:
        """Which view of a card is shown, and its bytes; ``billing`` is empty where the phone does not have that one.

        Raises:
            Rejected: ``wrong-environment`` (ASK-2).
            UsageError: no card, not the view that this is for, or the billing view of a phone that nobody unlocked (PRES-5).
        """
        if not minimal:
            raise UsageError("there is no card on this phone")
        view, credential = View.MINIMAL, minimal
        if self.view is View.BILLING and billing:
            view, credential = View.BILLING, billing
        elif self.view is View.BILLING and self.insists:
            raise UsageError("this phone does not have the billing view")
        if view is View.BILLING and user_verification is UserVerification.NONE:
            raise UsageError("the billing view takes the code or an unlocked phone; the minimal view is there without")
        if self.environment not in (None, parse_credential(credential).unverified_claims.card.environment):
            raise refusal(Code.WRONG_ENVIRONMENT)
        return view, credential

    def address(self, presentation: bytes) -> tuple[str, bytes]:
        """The text for the QR code, and the bytes in it: sealed where there is a session key.

        Raises:
            UsageError: a session key without the challenge that it stands in.
        """
        if self.session_key is None:
            return serialize_text(presentation), presentation
        if self.context is None:
            raise UsageError("a session key stands in a challenge")
        sealed = seal_answer(presentation, self.session_key, self.context)
        return serialize_text(sealed, SEALED_PREFIX), sealed


def recipient_of(asker: VerifiedCertificate | VerifiedChallenge | None, view: View | None, now: int) -> Recipient:
    """The recipient of a presentation for ``asker``; None is whoever sees it.

    Args:
        view: None for what is asked for, as far as the phone has it.
        now: NumericDate, of the signing: what time decides of the review is asked again (ASK-2).

    Raises:
        Untrusted: ``certificate-authority``: the trust list of the review has expired.
        Rejected: ``certificate-not-valid``, ``billing-refused`` (H7).
        UsageError: no asker, one that was reviewed too long ago, or the billing view where it isn't asked for.
    """
    _require_kinds(asker, view)
    if asker is None:
        recipient = Recipient(Binding.OPEN, None, None, None, View.MINIMAL)
    elif isinstance(asker, VerifiedCertificate):
        asker.require_holds(now)
        recipient = Recipient(Binding.AUDIENCE, asker.digest, None, asker.environment, View.MINIMAL)
    else:
        asker.certificate.require_holds(now)
        asker.require_fresh(now)
        require_may_ask(asker)  # which also says that an answer with the billing view is sealed
        environment, claims = asker.certificate.environment, asker.claims
        recipient = Recipient(Binding.CHALLENGE, asker.digest, claims.session_key, environment, claims.view)
    if view is None:
        return recipient
    if view is View.BILLING and recipient.view is not View.BILLING:
        raise UsageError(
            "the billing view is shown in a sealed answer to a challenge that asks for it, and nowhere else"
        )
    return recipient._replace(view=view, insists=True)


def _require_kinds(asker: object, view: object) -> None:
    """Types are not checked where apps call; and what is taken for nobody in particular would be shown to everybody."""
    if isinstance(asker, Review):
        raise UsageError("a presentation is for the asker of a review: pass review.asker")
    if not (asker is None or isinstance(asker, (VerifiedCertificate, VerifiedChallenge))):
        raise UsageError("a presentation is for a verified certificate, a verified challenge, or None")
    if not (view is None or isinstance(view, View)):
        raise UsageError("a view is one of View, or None")
