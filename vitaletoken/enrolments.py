"""Where an issuer makes the first card in answer to an enrolment request (spec section 12.1)."""

from __future__ import annotations

from dataclasses import replace

from vitaletoken.card_press import CardPress, Numbers
from vitaletoken.errors import Code, refusal
from vitaletoken.rules.card_record import IssuedCard
from vitaletoken.rules.credential import enrolment_binding
from vitaletoken.rules.enrolment import OpenedRequest, VerifiedRequest
from vitaletoken.rules.number import commitment
from vitaletoken.rules.records import Beneficiary
from vitaletoken.wire.credential import Card, CredentialClaims, Enrolment
from vitaletoken.wire.registry import BeneficiaryAlias, Environment, PolicyholderAlias


class Enrolments:
    """Certifies the cards of one issuer onto phones.

    Args:
        environment: cards of a test environment are marked.
    """

    def __init__(self, press: CardPress, environment: Environment) -> None:
        self._press = press
        self._environment = environment

    def certify(
        self,
        request: OpenedRequest,
        beneficiary: Beneficiary,
        times: tuple[int, int, int | None],
        numbers: Numbers | None = None,
    ) -> IssuedCard:
        """The card as recorded. Data that is not in form is refused before anything is.

        Args:
            times: iat, exp and end; see ``issuer.Issuer.certify``.
            numbers: for the billing view, where there is to be one.
        """
        proved, press = request.request, self._press
        iat, exp, end = times
        policyholder = None
        if beneficiary.policyholder is not None:
            policyholder = PolicyholderAlias(press.alias(beneficiary.policyholder))
        of_record = commitment(replace(request.number, nir=beneficiary.nir))  # ENROL-4: not what the request says
        claims = CredentialClaims(
            iss=press.issuer_id,
            exp=exp,
            iat=iat,
            cti=press.cti(),
            device_key=proved.device_key,
            card=Card(
                code_key=proved.code_key,
                beneficiary=BeneficiaryAlias(press.alias(beneficiary.reference)),
                person=beneficiary.person.in_nfc(),
                quality=beneficiary.quality,
                scheme=beneficiary.scheme,
                status=press.status(),
                rights_as_of=beneficiary.rights_as_of,
                rights_until=beneficiary.rights_until,
                enrolment=Enrolment(beneficiary.enrolment, enrolment_binding(proved.digest, of_record)),
                test=1 if self._environment is Environment.TEST else None,
                policyholder=policyholder,
                portrait=beneficiary.portrait,
            ),
        )
        card = IssuedCard(
            origin=proved.offer_digest,
            request_digest=proved.digest,
            status=claims.card.status,
            reference=beneficiary.reference,
            made=iat,
            credentials=(),
            commitment=of_record,
            end=end,
        )
        made = press.record(card, claims, numbers)
        if made is None or (made.request_digest, made.reference) != (proved.digest, beneficiary.reference):
            raise refusal(Code.REQUEST_OFFER)
        return made

    def card_for(self, request: VerifiedRequest) -> bytes | None:
        """See ``issuer.Issuer.card_for``."""
        held = self._press.register.answer_to(request.offer_digest)
        return None if held is None or held.request_digest != request.digest else held.credentials[0].data
