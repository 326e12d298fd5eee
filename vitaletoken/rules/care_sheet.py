"""The co-signed care sheet, checked later by anybody, with no secret: spec section 13.4, steps K1 and K2."""

from __future__ import annotations

import hashlib
import hmac
from typing import NamedTuple

from vitaletoken.errors import Code, refusal
from vitaletoken.rules.authentic import authenticate
from vitaletoken.rules.credential import VerifiedCredential, verify_credential
from vitaletoken.rules.delegation import Delegate, delegate_of, require_granted_now, require_scope
from vitaletoken.rules.policy import MAX_SKEW
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.rules.terminal import VerifiedChallenge, verify_parsed_challenge
from vitaletoken.rules.trust import VerifiedTrustList
from vitaletoken.rules.validity import require_card_in_time, require_rights
from vitaletoken.wire.challenge import Transaction, parse_challenge
from vitaletoken.wire.credential_glance import parse_credential_in
from vitaletoken.wire.presentation import PresentationClaims, parse_presentation
from vitaletoken.wire.registry import Binding, View


class _CosignedSheet(NamedTuple):
    credential: VerifiedCredential
    claims: PresentationClaims
    challenge: VerifiedChallenge
    transaction: Transaction
    delegate: Delegate | None


class CosignedSheet(Proof, _CosignedSheet):
    """A care sheet that the patient signed, or a delegate for them: by phone, and by code where ``claims`` says so.

    Made by ``verify_care_sheet`` alone.

    That the challenge's iat is true, the answer was in time, the card not revoked, and the challenge not answered before is
    known to the terminal alone.

    Attributes:
        credential: of the patient.
        claims: what the phone says: user verification, counter.
        challenge: who asked (``challenge.certificate``), and when by the terminal's clock (``challenge.claims.iat``).
        transaction: the sheet's digest, the line that the patient was shown, the amount in euro cents.
        delegate: who signed for the patient; None where the card's own phone did.
    """

    __slots__ = ()


def verify_care_sheet(presentation: bytes, challenge: bytes, sheet: bytes, trust: VerifiedTrustList) -> CosignedSheet:
    """The proof that ``presentation`` is the patient's signature on ``sheet``, in answer to ``challenge``.

    All times, the card's too, are held against the challenge's iat, so that it verifies for as long as the keys are in the trust
    list. The challenge's form, the first row of H2, is therefore looked at before V6. The presentation's own times count for
    nothing: the phone's clock may have been wrong.

    Args:
        presentation: its bytes, opened if it was sealed.
        sheet: any bytes.

    Raises:
        Malformed: V2 to V5, ``challenge-structure``, ``certificate-structure``.
        Untrusted: V6, V7, H3 to H6, V9, V10.
        Rejected: V6, ``certificate-not-valid``, ``sheet-not-signed``, ``billing-not-permitted``, ``delegation-scope``,
            ``credential-not-yet-valid``, ``credential-expired``, ``grant-not-yet-valid``, ``grant-expired``, ``rights-ended``,
            ``wrong-environment``, ``sheet-mismatch``.
    """
    parsed = parse_presentation(presentation)
    issued = parse_credential_in(parsed)
    asked = parse_challenge(challenge)
    now = asked.unverified_claims.iat
    credential = verify_credential(issued, trust, now)
    verified = verify_parsed_challenge(asked, trust, now)
    claims, transaction = parsed.unverified_claims, verified.claims.transaction
    if claims.binding is not Binding.CHALLENGE or transaction is None:
        raise refusal(Code.SHEET_NOT_SIGNED)
    grant = authenticate(parsed, credential, {Binding.CHALLENGE: (verified.digest,)}).grant
    card = credential.claims.card
    if card.view is View.BILLING and verified.claims.view is not View.BILLING:
        raise refusal(Code.BILLING_NOT_PERMITTED)
    require_scope(credential, grant, verified.claims.purposes, verified.certificate.claims.categories)
    require_card_in_time(credential.claims, now, MAX_SKEW)
    if grant is not None:
        require_granted_now(grant, now, MAX_SKEW)
    require_rights(credential.claims, now)
    if card.environment is not trust.claims.environment:
        raise refusal(Code.WRONG_ENVIRONMENT)
    if not hmac.compare_digest(hashlib.sha256(sheet).digest(), transaction.digest):
        raise refusal(Code.SHEET_MISMATCH)
    return prove(CosignedSheet, (credential, claims, verified, transaction, delegate_of(credential, grant)))
