"""Who is shown what: to whoever sees it, and at a counter sticker, the minimal view in the open (PRES-5)."""

from __future__ import annotations

from tests import forge
from tests.world import NOW, enrolled
from vitaletoken import Binding, View, verify_challenge
from vitaletoken.rules.recipient import Recipient, recipient_of


def test_what_follows_from_who_asks() -> None:
    w = enrolled()
    certificate, challenge = w.certificate(), verify_challenge(forge.challenge(w), w.trust, NOW)
    environment = w.trust.claims.environment
    assert recipient_of(None, None, NOW) == Recipient(Binding.OPEN, None, None, None, View.MINIMAL)
    assert recipient_of(certificate, None, NOW) == Recipient(
        Binding.AUDIENCE, certificate.digest, None, environment, View.MINIMAL
    )
    asked = Recipient(
        Binding.CHALLENGE, challenge.digest, challenge.claims.session_key, environment, challenge.claims.view
    )
    assert recipient_of(challenge, None, NOW) == asked
    assert asked.view is View.BILLING
    assert asked.session_key is not None
    declined = recipient_of(challenge, View.MINIMAL, NOW)
    assert declined == asked._replace(view=View.MINIMAL, insists=True), "sealed all the same"
