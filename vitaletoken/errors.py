"""Every way in which the library says no.

``UsageError`` is the caller's fault: a wrong argument, a port used wrongly. ``InputError`` is the fault of what came
from outside, and carries the code, the step and the advice that the specification's tables give it. Bytes from
outside cause no other exception. A port's failure (disk full, database locked) is neither: it passes through
untouched, and since nothing is returned, verification fails closed.

Each code belongs to one step, one class and one advice, so that all of them follow from the code. A test compares
``CATALOGUE`` with the tables in spec/vitaletoken.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn


class Advice(StrEnum):
    """What the person at the desk, or the phone's owner, should do next."""

    SHOW_NEW_QR = "show-new-qr"
    USE_CARD = "use-card"
    CONTACT_INSURER = "contact-insurer"
    REFUSE = "refuse"
    TRY_AGAIN = "try-again"
    CHOOSE_ANOTHER = "choose-another"
    WAIT = "wait"


class Code(StrEnum):
    """Error codes: closed, stable, never used again for another meaning."""

    TEXT_TOO_LONG = "text-too-long"
    TEXT_PREFIX = "text-prefix"
    TEXT_ENCODING = "text-encoding"
    SEAL_UNKNOWN = "seal-unknown"
    SEAL_BROKEN = "seal-broken"
    CBOR_PROFILE = "cbor-profile"
    COSE_STRUCTURE = "cose-structure"
    CLAIMS_STRUCTURE = "claims-structure"
    CREDENTIAL_STRUCTURE = "credential-structure"
    ALGORITHM_MISMATCH = "algorithm-mismatch"
    CLOCK_BEHIND = "clock-behind"
    TRUST_LIST_EXPIRED = "trust-list-expired"
    ISSUER_UNKNOWN = "issuer-unknown"
    ISSUER_KEY_NOT_VALID = "issuer-key-not-valid"
    ISSUER_KEY_WITHDRAWN = "issuer-key-withdrawn"
    ISSUER_SIGNATURE = "issuer-signature"
    GRANT_STRUCTURE = "grant-structure"
    GRANT_SIGNATURE = "grant-signature"
    GRANT_HOP = "grant-hop"
    GRANT_CODE = "grant-code"
    CONTEXT_UNKNOWN = "context-unknown"
    CONTEXT_MISMATCH = "context-mismatch"
    DEVICE_SIGNATURE = "device-signature"
    CODE_SIGNATURE = "code-signature"
    BINDING_TOO_WEAK = "binding-too-weak"
    CHALLENGE_EXPIRED = "challenge-expired"
    PURPOSE_MISMATCH = "purpose-mismatch"
    BILLING_NOT_PERMITTED = "billing-not-permitted"
    DELEGATION_SCOPE = "delegation-scope"
    PRESENTATION_NOT_YET_VALID = "presentation-not-yet-valid"
    PRESENTATION_EXPIRED = "presentation-expired"
    CREDENTIAL_NOT_YET_VALID = "credential-not-yet-valid"
    CREDENTIAL_EXPIRED = "credential-expired"
    GRANT_NOT_YET_VALID = "grant-not-yet-valid"
    GRANT_EXPIRED = "grant-expired"
    RIGHTS_ENDED = "rights-ended"
    STATUS_UNAVAILABLE = "status-unavailable"
    STATUS_EXPIRED = "status-expired"
    STATUS_TOO_OLD = "status-too-old"
    CARD_REVOKED = "card-revoked"
    CARD_SUSPENDED = "card-suspended"
    DELEGATIONS_WITHDRAWN = "delegations-withdrawn"
    WRONG_ENVIRONMENT = "wrong-environment"
    USER_VERIFICATION_TOO_WEAK = "user-verification-too-weak"
    DELEGATION_NOT_ALLOWED = "delegation-not-allowed"
    REPLAYED = "replayed"
    REPLAY_STORE_FULL = "replay-store-full"
    CHALLENGE_ANSWERED = "challenge-answered"

    CODE_FORM = "code-form"
    CODE_WEAK = "code-weak"
    CODE_LOCKED = "code-locked"
    CODE_DELAYED = "code-delayed"
    CODE_WRONG = "code-wrong"

    TRUST_LIST_STRUCTURE = "trust-list-structure"
    TRUST_LIST_SIGNATURE = "trust-list-signature"
    TRUST_LIST_KEY = "trust-list-key"
    TRUST_LIST_ENVIRONMENT = "trust-list-environment"
    TRUST_LIST_ROLLBACK = "trust-list-rollback"
    TRUST_LIST_NEW_ROOTS = "trust-list-new-roots"
    TRUST_LIST_POST_QUANTUM = "trust-list-post-quantum"

    STATUS_LIST_STRUCTURE = "status-list-structure"
    STATUS_LIST_ISSUER = "status-list-issuer"
    STATUS_LIST_SIGNATURE = "status-list-signature"
    STATUS_LIST_CONTENT = "status-list-content"

    SNAPSHOT_STRUCTURE = "snapshot-structure"
    SNAPSHOT_ISSUER = "snapshot-issuer"
    SNAPSHOT_SIGNATURE = "snapshot-signature"
    SNAPSHOT_POST_QUANTUM = "snapshot-post-quantum"
    SNAPSHOT_ROLLBACK = "snapshot-rollback"
    SNAPSHOT_NOT_YET_VALID = "snapshot-not-yet-valid"
    SNAPSHOT_LIST = "snapshot-list"

    DELTA_STRUCTURE = "delta-structure"
    DELTA_SIGNATURE = "delta-signature"
    DELTA_CHAIN = "delta-chain"
    DELTA_CONTENT = "delta-content"

    OFFER_STRUCTURE = "offer-structure"
    OFFER_ISSUER = "offer-issuer"
    OFFER_SIGNATURE = "offer-signature"
    OFFER_EXPIRED = "offer-expired"
    REQUEST_STRUCTURE = "request-structure"
    REQUEST_KEY = "request-key"
    REQUEST_SIGNATURE = "request-signature"
    REQUEST_OFFER = "request-offer"
    REQUEST_NUMBER = "request-number"
    CREDENTIAL_NOT_MINE = "credential-not-mine"

    APPLICATION_STATE = "application-state"
    MAIL_CODE_USED_UP = "mail-code-used-up"
    MAIL_CODE_EXPIRED = "mail-code-expired"
    MAIL_CODE_THROTTLED = "mail-code-throttled"
    MAIL_CODE_WRONG = "mail-code-wrong"
    NOT_ELIGIBLE = "not-eligible"

    RENEWAL_STRUCTURE = "renewal-structure"
    RENEWAL_CARD = "renewal-card"
    RENEWAL_KEY = "renewal-key"
    RENEWAL_SIGNATURE = "renewal-signature"
    RENEWAL_TIME = "renewal-time"
    RENEWAL_THROTTLED = "renewal-throttled"

    UNLOCK_STRUCTURE = "unlock-structure"
    UNLOCK_ISSUER = "unlock-issuer"
    UNLOCK_SIGNATURE = "unlock-signature"
    UNLOCK_NONCE = "unlock-nonce"

    TERMINAL_TEXT = "terminal-text"
    CHALLENGE_STRUCTURE = "challenge-structure"
    CERTIFICATE_STRUCTURE = "certificate-structure"
    CERTIFICATE_AUTHORITY = "certificate-authority"
    CERTIFICATE_SIGNATURE = "certificate-signature"
    CERTIFICATE_KEY = "certificate-key"
    CERTIFICATE_NOT_VALID = "certificate-not-valid"
    CHALLENGE_SIGNATURE = "challenge-signature"
    SESSION_KEY = "session-key"
    BILLING_REFUSED = "billing-refused"

    SHEET_NOT_SIGNED = "sheet-not-signed"
    SHEET_MISMATCH = "sheet-mismatch"

    INTRODUCTION_TEXT = "introduction-text"
    INTRODUCTION_STRUCTURE = "introduction-structure"
    INTRODUCTION_KEY = "introduction-key"
    INTRODUCTION_SIGNATURE = "introduction-signature"
    INTRODUCTION_TIME = "introduction-time"

    ORDER_STRUCTURE = "order-structure"
    ORDER_CARD = "order-card"
    ORDER_SIGNATURE = "order-signature"
    ORDER_INTRODUCTION = "order-introduction"
    ORDER_TIME = "order-time"
    ORDER_THROTTLED = "order-throttled"

    GRANT_TEXT = "grant-text"
    GRANT_NOT_MINE = "grant-not-mine"
    GRANT_OVER = "grant-over"


class VitaletokenError(Exception):
    """The root of the library's own exceptions."""


class UsageError(VitaletokenError):
    """The caller's fault: an argument out of its range, a port used wrongly. Never caused by bytes from outside."""


class InputError(VitaletokenError):
    """The fault of what came from outside.

    Attributes:
        code: which rule failed, as the specification and the vectors name it.
        step: the specification's step, such as ``"V12"``.
        advice: what the person should do.
        reason: one sentence for a person. It never contains what came from outside.
    """

    def __init__(self, code: Code) -> None:
        entry = CATALOGUE[code]
        super().__init__(f"{entry.reason} [{entry.step} {code.value}]")
        self.code: Final = code
        self.step: Final = entry.step
        self.advice: Final = entry.advice
        self.reason: Final = entry.reason

    def __reduce__(self) -> tuple[type[InputError], tuple[Code]]:
        """So that a refusal survives the way between processes: it is made again from its code."""
        return type(self), (self.code,)


class Malformed(InputError):
    """Not in the profile: the bytes do not have the form that the specification gives."""


class Untrusted(InputError):
    """Not genuine: in form, but no chain of signatures leads to the pinned root keys."""


class Rejected(InputError):
    """Genuine, but not here and now: expired, revoked, seen before, against the policy."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the specification's tables of steps."""

    step: str
    kind: type[InputError]
    advice: Advice
    reason: str


_NEW, _CARD, _INSURER, _NO = Advice.SHOW_NEW_QR, Advice.USE_CARD, Advice.CONTACT_INSURER, Advice.REFUSE

# One table, whole on purpose: it is compared row by row with the specification's, and is why this module is a long one.
CATALOGUE: Final[dict[Code, Entry]] = {
    Code.TEXT_TOO_LONG: Entry("V1", Malformed, _NEW, "The text is too long to be a card QR."),
    Code.TEXT_PREFIX: Entry("V1", Malformed, _NEW, "This is not a card QR of a version known here."),
    Code.TEXT_ENCODING: Entry("V1", Malformed, _NEW, "The text was damaged between the screen and the terminal."),
    Code.SEAL_UNKNOWN: Entry("V1", Rejected, _NEW, "The QR answers a request that is not open at this terminal."),
    Code.SEAL_BROKEN: Entry("V1", Untrusted, _NEW, "The QR was not sealed for this terminal's open request."),
    Code.CBOR_PROFILE: Entry("V2", Malformed, _NEW, "The content is not in the permitted encoding."),
    Code.COSE_STRUCTURE: Entry("V3", Malformed, _NEW, "The content is not a signed presentation."),
    Code.CLAIMS_STRUCTURE: Entry("V4", Malformed, _NEW, "The presentation's claims are not in form."),
    Code.CREDENTIAL_STRUCTURE: Entry("V5", Malformed, _NO, "The credential is not in form."),
    Code.ALGORITHM_MISMATCH: Entry("V5", Malformed, _NO, "The algorithm named is not that of the certified key."),
    Code.CLOCK_BEHIND: Entry("V6", Rejected, _CARD, "This terminal's clock is behind what it has seen signed: set it."),
    Code.TRUST_LIST_EXPIRED: Entry("V6", Rejected, _CARD, "This terminal's trust list has expired."),
    Code.ISSUER_UNKNOWN: Entry("V6", Untrusted, _CARD, "The issuer, or its key, is not in this terminal's trust list."),
    Code.ISSUER_KEY_NOT_VALID: Entry(
        "V6", Untrusted, _CARD, "The issuer's key was not valid when the card was issued."
    ),
    Code.ISSUER_KEY_WITHDRAWN: Entry("V6", Untrusted, _CARD, "The key that issued the card has been withdrawn."),
    Code.ISSUER_SIGNATURE: Entry("V7", Untrusted, _NO, "The issuer did not sign this card."),
    Code.GRANT_STRUCTURE: Entry("V8", Malformed, _NO, "The grant is not in form."),
    Code.GRANT_SIGNATURE: Entry("V8", Untrusted, _NO, "The card's owner did not sign this grant."),
    Code.GRANT_HOP: Entry("V8", Untrusted, _NO, "A card that is lent cannot be lent on, nor a card to itself."),
    Code.GRANT_CODE: Entry("V8", Untrusted, _NEW, "Who acts for another has to give their personal code."),
    Code.CONTEXT_UNKNOWN: Entry(
        "V9", Untrusted, _NEW, "The QR was made for a terminal or a visit that is not this one."
    ),
    Code.CONTEXT_MISMATCH: Entry("V9", Untrusted, _NEW, "The QR was made for another terminal or another request."),
    Code.DEVICE_SIGNATURE: Entry("V9", Untrusted, _NO, "The enrolled phone did not sign this presentation."),
    Code.CODE_SIGNATURE: Entry("V10", Untrusted, _NO, "The personal code was not proved."),
    Code.BINDING_TOO_WEAK: Entry("V11", Rejected, _NEW, "This terminal asks for a QR made for it."),
    Code.CHALLENGE_EXPIRED: Entry("V11", Rejected, _NEW, "The answer came too late: ask again."),
    Code.PURPOSE_MISMATCH: Entry("V11", Rejected, _NEW, "The patient was asked for another purpose than this one."),
    Code.BILLING_NOT_PERMITTED: Entry(
        "V11", Rejected, _NO, "The QR shows the insurance number where it may not be shown."
    ),
    Code.DELEGATION_SCOPE: Entry(
        "V11", Rejected, _NO, "The card was not lent for this purpose, or not for this place."
    ),
    Code.PRESENTATION_NOT_YET_VALID: Entry(
        "V12", Rejected, _NEW, "The QR is from the future: one of the clocks is wrong."
    ),
    Code.PRESENTATION_EXPIRED: Entry("V12", Rejected, _NEW, "The QR has expired."),
    Code.CREDENTIAL_NOT_YET_VALID: Entry(
        "V12", Rejected, _CARD, "The card is from the future: one of the clocks is wrong."
    ),
    Code.CREDENTIAL_EXPIRED: Entry("V12", Rejected, _CARD, "The card on the phone has expired and must be refreshed."),
    Code.GRANT_NOT_YET_VALID: Entry(
        "V12", Rejected, _CARD, "The grant is from the future: one of the clocks is wrong."
    ),
    Code.GRANT_EXPIRED: Entry("V12", Rejected, _CARD, "The time for which the card was lent is over."),
    Code.RIGHTS_ENDED: Entry("V12", Rejected, _INSURER, "The person's rights have ended."),
    Code.STATUS_UNAVAILABLE: Entry("V13", Rejected, _CARD, "This terminal has no status list that covers the card."),
    Code.STATUS_EXPIRED: Entry("V13", Rejected, _CARD, "This terminal's status list has expired."),
    Code.STATUS_TOO_OLD: Entry("V13", Rejected, _CARD, "This terminal's status list is too old: bring it online."),
    Code.CARD_REVOKED: Entry("V13", Rejected, _INSURER, "The card has been revoked."),
    Code.CARD_SUSPENDED: Entry("V13", Rejected, _INSURER, "The card is suspended."),
    Code.DELEGATIONS_WITHDRAWN: Entry("V13", Rejected, _CARD, "The card's owner has withdrawn what was lent."),
    Code.WRONG_ENVIRONMENT: Entry("V14", Rejected, _NO, "A test card in production, or a production card in a test."),
    Code.USER_VERIFICATION_TOO_WEAK: Entry("V14", Rejected, _NEW, "This terminal asks for the personal code."),
    Code.DELEGATION_NOT_ALLOWED: Entry("V14", Rejected, _CARD, "Here nobody may act for another."),
    Code.REPLAYED: Entry("V15", Rejected, _NEW, "This QR has been used before."),
    Code.REPLAY_STORE_FULL: Entry("V15", Rejected, _CARD, "This terminal cannot remember any more QRs."),
    Code.CHALLENGE_ANSWERED: Entry("V15", Rejected, _NEW, "Another QR has answered this request: ask again."),
    Code.CODE_FORM: Entry("C1", Malformed, Advice.TRY_AGAIN, "The personal code has six digits."),
    Code.CODE_WEAK: Entry("C2", Rejected, Advice.CHOOSE_ANOTHER, "This code would be among the first guesses."),
    Code.CODE_LOCKED: Entry("C3", Rejected, _INSURER, "Too many wrong codes: the card is locked on this phone."),
    Code.CODE_DELAYED: Entry("C3", Rejected, Advice.WAIT, "Too many wrong codes: wait before the next try."),
    Code.CODE_WRONG: Entry("C4", Rejected, Advice.TRY_AGAIN, "The personal code is wrong."),
    Code.TRUST_LIST_STRUCTURE: Entry("T1", Malformed, _CARD, "The trust list is not in form."),
    Code.TRUST_LIST_SIGNATURE: Entry(
        "T2", Untrusted, _CARD, "Too few of the root keys in force signed the trust list."
    ),
    Code.TRUST_LIST_KEY: Entry("T3", Untrusted, _CARD, "The trust list has a key that proves nothing."),
    Code.TRUST_LIST_ENVIRONMENT: Entry("T4", Rejected, _CARD, "The trust list is for another environment."),
    Code.TRUST_LIST_ROLLBACK: Entry("T5", Rejected, _CARD, "The trust list is older than the one in use."),
    Code.TRUST_LIST_NEW_ROOTS: Entry("T6", Untrusted, _CARD, "Too few of the new root keys signed the trust list."),
    Code.TRUST_LIST_POST_QUANTUM: Entry(
        "T7", Untrusted, _CARD, "The trust list lacks the post-quantum signatures that are required here."
    ),
    Code.STATUS_LIST_STRUCTURE: Entry("S1", Malformed, _CARD, "The status list is not in form."),
    Code.STATUS_LIST_ISSUER: Entry("S2", Untrusted, _CARD, "The status list names no issuer and key trusted for it."),
    Code.STATUS_LIST_SIGNATURE: Entry("S3", Untrusted, _CARD, "The issuer did not sign this status list."),
    Code.STATUS_LIST_CONTENT: Entry("S4", Malformed, _CARD, "The status list cannot be inflated as it should."),
    Code.SNAPSHOT_STRUCTURE: Entry("N1", Malformed, _CARD, "The status snapshot is not in form."),
    Code.SNAPSHOT_ISSUER: Entry("N2", Untrusted, _CARD, "The status snapshot names no issuer and key trusted for it."),
    Code.SNAPSHOT_SIGNATURE: Entry("N3", Untrusted, _CARD, "The issuer did not sign this status snapshot."),
    Code.SNAPSHOT_POST_QUANTUM: Entry(
        "N4", Untrusted, _CARD, "The status snapshot lacks the post-quantum signature that is required here."
    ),
    Code.SNAPSHOT_ROLLBACK: Entry("N5", Rejected, _CARD, "The status snapshot is older than the one in use."),
    Code.SNAPSHOT_NOT_YET_VALID: Entry(
        "N6", Rejected, _CARD, "The status snapshot is from the future: one of the clocks is wrong."
    ),
    Code.SNAPSHOT_LIST: Entry("N7", Untrusted, _CARD, "A status list is not the one that the snapshot names."),
    Code.DELTA_STRUCTURE: Entry("D1", Malformed, _CARD, "The status delta is not in form."),
    Code.DELTA_SIGNATURE: Entry("D2", Untrusted, _CARD, "The issuer did not sign this status delta."),
    Code.DELTA_CHAIN: Entry("D3", Rejected, _CARD, "The status deltas do not lead from the one state to the other."),
    Code.DELTA_CONTENT: Entry("D4", Malformed, _CARD, "The status deltas do not give the lists that they should."),
    Code.OFFER_STRUCTURE: Entry("O1", Malformed, _INSURER, "The enrolment offer is not in form."),
    Code.OFFER_ISSUER: Entry("O2", Untrusted, _INSURER, "The enrolment offer names no issuer and key trusted for it."),
    Code.OFFER_SIGNATURE: Entry("O3", Untrusted, _INSURER, "The issuer did not sign this enrolment offer."),
    Code.OFFER_EXPIRED: Entry("O4", Rejected, _INSURER, "The enrolment offer has expired."),
    Code.REQUEST_STRUCTURE: Entry("R1", Malformed, _NO, "The enrolment request is not in form."),
    Code.REQUEST_KEY: Entry("R2", Untrusted, _NO, "The enrolment request has a key that proves nothing."),
    Code.REQUEST_SIGNATURE: Entry("R3", Untrusted, _NO, "The enrolment request does not prove possession of its keys."),
    Code.REQUEST_OFFER: Entry(
        "R4", Rejected, _NO, "The enrolment request answers another offer, or one answered before."
    ),
    Code.REQUEST_NUMBER: Entry(
        "R5", Untrusted, _NO, "The number in the enrolment request is not the one committed to."
    ),
    Code.CREDENTIAL_NOT_MINE: Entry(
        "A1", Rejected, _INSURER, "The card was issued for another phone, another request or another person."
    ),
    Code.APPLICATION_STATE: Entry("P1", Rejected, _INSURER, "There is no such application, or it is past this step."),
    Code.MAIL_CODE_USED_UP: Entry("P2", Rejected, _INSURER, "Too many wrong e-mail codes: apply again."),
    Code.MAIL_CODE_EXPIRED: Entry("P2", Rejected, Advice.TRY_AGAIN, "The e-mail code has expired: ask for a new one."),
    Code.MAIL_CODE_THROTTLED: Entry(
        "P2", Rejected, Advice.WAIT, "Too many e-mail codes were asked for, or tried, with this number today."
    ),
    Code.MAIL_CODE_WRONG: Entry("P2", Rejected, Advice.TRY_AGAIN, "The e-mail code is wrong."),
    Code.NOT_ELIGIBLE: Entry("P3", Rejected, _INSURER, "The insurer's conditions for a card are not met."),
    Code.RENEWAL_STRUCTURE: Entry("F1", Malformed, _INSURER, "The renewal is not in form."),
    Code.RENEWAL_CARD: Entry("F2", Rejected, _INSURER, "There is no such card, or it is revoked or suspended."),
    Code.RENEWAL_KEY: Entry("F3", Untrusted, _NO, "The new code's key proves nothing, or is one of the card's."),
    Code.RENEWAL_SIGNATURE: Entry("F4", Untrusted, _NO, "The renewal does not prove possession of its keys."),
    Code.RENEWAL_TIME: Entry("F5", Rejected, Advice.TRY_AGAIN, "One of the clocks is wrong, or the renewal is old."),
    Code.RENEWAL_THROTTLED: Entry("F6", Rejected, Advice.WAIT, "The card has been renewed too often today."),
    Code.UNLOCK_STRUCTURE: Entry("U1", Malformed, _INSURER, "The unlocking is not in form."),
    Code.UNLOCK_ISSUER: Entry("U2", Untrusted, _INSURER, "The unlocking names no issuer and key trusted for it."),
    Code.UNLOCK_SIGNATURE: Entry("U3", Untrusted, _INSURER, "The issuer did not sign this unlocking of this card."),
    Code.UNLOCK_NONCE: Entry("U4", Rejected, _INSURER, "The unlocking is not what this phone asked for, or is over."),
    Code.TERMINAL_TEXT: Entry("H1", Malformed, Advice.TRY_AGAIN, "This is not the QR of a terminal known here."),
    Code.CHALLENGE_STRUCTURE: Entry("H2", Malformed, _NO, "The terminal's request is not in form."),
    Code.CERTIFICATE_STRUCTURE: Entry("H2", Malformed, _NO, "The terminal's certificate is not in form."),
    Code.CERTIFICATE_AUTHORITY: Entry("H3", Untrusted, _NO, "Nobody who may certify this terminal has done so."),
    Code.CERTIFICATE_SIGNATURE: Entry("H4", Untrusted, _NO, "The authority did not sign the terminal's certificate."),
    Code.CERTIFICATE_KEY: Entry("H4", Untrusted, _NO, "The terminal has a key that proves nothing."),
    Code.CERTIFICATE_NOT_VALID: Entry("H5", Rejected, _NO, "The terminal's certificate is not valid now."),
    Code.CHALLENGE_SIGNATURE: Entry("H6", Untrusted, _NO, "The terminal named did not make this request."),
    Code.SESSION_KEY: Entry("H6", Untrusted, _NO, "An answer to this terminal could be read by everybody."),
    Code.BILLING_REFUSED: Entry("H7", Rejected, _NO, "This terminal may not ask for the insurance number."),
    Code.SHEET_NOT_SIGNED: Entry("K1", Rejected, _NO, "The patient was not asked to sign a care sheet."),
    Code.SHEET_MISMATCH: Entry("K2", Rejected, _NO, "The patient signed another care sheet."),
    Code.INTRODUCTION_TEXT: Entry("I1", Malformed, Advice.TRY_AGAIN, "This is not the QR of somebody to lend to."),
    Code.INTRODUCTION_STRUCTURE: Entry("I2", Malformed, _NO, "The introduction is not in form."),
    Code.INTRODUCTION_KEY: Entry("I3", Untrusted, _NO, "The introduction has a key that proves nothing."),
    Code.INTRODUCTION_SIGNATURE: Entry("I4", Untrusted, _NO, "The introduction does not prove possession of its keys."),
    Code.INTRODUCTION_TIME: Entry("I5", Rejected, Advice.TRY_AGAIN, "The introduction is over: ask for a new one."),
    Code.ORDER_STRUCTURE: Entry("L1", Malformed, _INSURER, "The order is not in form."),
    Code.ORDER_CARD: Entry("L2", Rejected, _INSURER, "There is no such card, or not one that can be lent."),
    Code.ORDER_SIGNATURE: Entry("L3", Untrusted, _NO, "The card's owner did not sign this order."),
    Code.ORDER_INTRODUCTION: Entry("L4", Rejected, _NO, "The order does not go with this introduction."),
    Code.ORDER_TIME: Entry("L5", Rejected, Advice.TRY_AGAIN, "One of the clocks is wrong, or the end is not possible."),
    Code.ORDER_THROTTLED: Entry("L6", Rejected, Advice.WAIT, "The card has been lent too often today."),
    Code.GRANT_TEXT: Entry("G1", Malformed, Advice.TRY_AGAIN, "This is not the QR of a card that is lent."),
    Code.GRANT_NOT_MINE: Entry("G3", Rejected, Advice.TRY_AGAIN, "The card was lent to another phone."),
    Code.GRANT_OVER: Entry("G4", Rejected, Advice.TRY_AGAIN, "The time for which the card was lent is over."),
}


def refusal(code: Code) -> InputError:
    """The exception for ``code``, of the class that the catalogue gives it. To be raised by the caller."""
    return CATALOGUE[code].kind(code)


def raise_alone(error: BaseException) -> NoReturn:
    """Raise ``error`` where another exception is handled that may quote a secret or what came from outside: without that one.

    ``from None`` only hides it: it stays there as ``__context__``, for whoever keeps or reports what was raised, and with it the
    text that could not be encoded, the bytes that were not UTF-8, the key that stood there twice. ``contextlib`` keeps it too
    where the handler is a context manager's.
    """
    try:
        raise error
    finally:
        error.__context__ = None


class NotInForm(Exception):
    """Internal to parsing: bytes not in the profile or a structure. Each message's ``parse`` turns it into its code."""


class BadSignature(Exception):
    """Internal to verifying: a signature that does not verify. Each rule turns it into its code."""
