"""An offline-verifiable token for a digital health-insurance card.

A patient shows a QR on a phone; a terminal with no network knows, with proof, who is covered and by which scheme, that this
is the enrolled phone, that the person knew the personal code, that the QR is fresh, and that the card was not revoked as of
a stated time. The protocol is in spec/vitaletoken.md. Test keys only: it interoperates with nothing deployed.

There are four roles, two of them with a helper that keeps them up to date. Each is a class that is given what it needs from the
world (a clock, randomness, keys, stores), so that nothing here reads the time or a file by itself. ``vitaletoken.ports`` says
what they need; ``vitaletoken.adapters`` has implementations for this machine.

The issuer
    certifies a card onto a phone, after the phone has proved that it holds both its keys, and says what becomes of its
    cards::

        issuer = Issuer("fr-cnam", signer, number_key=number_key, register=register, clock=clock, entropy=entropy,
                        status_uri=uri)
        offer = issuer.offer()                                  # to the phone
        credential = issuer.issue(request, offer, beneficiary)  # back to the phone
        issuer.issue_views(request, offer, beneficiary)         # or both views: with the numbers (NIR) too, for who bills
        issuer.renew(renewal, stock=4)                          # the same card under the same keys, or under a new code's
        issuer.lend(order, introduction)                        # the card on another person's phone, for a while
        issuer.unlock(cti, nonce)                               # the phone's tries of the code back
        issuer.revoke(*ctis)                                    # or suspend, restore, withdraw_delegations: in batches

    A ``Publisher`` makes of that what terminals fetch: all status lists as of now, the snapshot that names them, and the delta
    from the publication before::

        publisher = Publisher("fr-cnam", signer, register=register, clock=clock, status_uri=uri, second=ml_dsa_signer)
        publication = publisher.publish(mirror.last("fr-cnam"))
        mirror.publish(publication)                             # a directory that any web server serves

    Who gets a card is decided at its enrolment desk, in steps that survive a crash::

        desk = EnrolmentDesk(issuer, people=people, mailer=mailer, store=store, clock=clock, entropy=entropy, keys=keys)
        application = desk.submit(request, offer)               # the e-mail code goes to the address in the record
        desk.confirm(application.id, mail_code)
        desk.identify(application.id, identity)                 # what the proofing of the identity found
        desk.decide(application.id)
        credential = desk.issue(application.id)

The holder
    is the phone. It makes its keys, chooses one personal code for all its cards, accepts a card only if it answers its own
    request, and shows a new presentation for each visit::

        holder = Holder(device_key, store=store, clock=clock, entropy=entropy)
        request = holder.enrol(offer, trust, code, nir)         # to the issuer
        handle = holder.accept(credential, trust).handle        # which names the card from now on
        presentation = holder.present(code)
        presentation.text                                       # for the QR: "VT1:..."
        holder.enrol(offer, trust, code, childs_nir, kind=CardKind.CHILD)  # the same code, proved; no card is dropped
        for turn in holder.rotate(code, card=handle): ...       # the QR of now, every 20 seconds

    Its cards are renewed at their issuers, a stock of them for weeks without a network; the code is changed for all cards at
    once, when the last issuer has answered; and a locked phone is unlocked by an issuer alone::

        holder.refresh(code, link, trust)                       # what is due, over a network that need not be trusted
        holder.renewal(code), holder.accept_renewal(handle, answers, trust)    # or by hand
        holder.change_code(old, new)                            # what to send, by card; then accept_renewal for each answer
        nonce = holder.ask_unlock()
        holder.unlock(message, trust)

    A card is lent to another phone, through the issuer or from phone to phone; the terminal is told who acts::

        text = delegate.introduce("Dominique", delegates_code)  # "VTI1:...", on the delegate's screen
        introduction = holder.review_introduction(text)         # the name is for the person to say whether they know it
        order = holder.order(introduction, code, until=until, purposes=[Purpose.DISPENSING])   # to the issuer
        text = holder.grant(introduction, code, lifetime=3600, purposes=[Purpose.DISPENSING])  # "VTD1:...", on the screen
        delegate.receive(text, trust)                           # or delegate.accept(credential, trust), from the issuer
        holder.lent()                                           # what is lent now, to whom, and until when

    Where a terminal says who it is, on a sticker or in a challenge, the phone looks first, and its owner too::

        review = holder.review(text_on_the_counter, trust)
        review.certificate.claims.name, review.challenge, review.warnings   # for the person, before anything is signed
        holder.present(code, to=review.asker)                   # good there alone; sealed: "VTS1:..."

The verifier
    is the terminal. It decides on a text, and returns the proof or raises; there is no third way::

        verifier = Verifier(
            trust=trust_store, status=status_lists, replay=replay_store, clock=clock, policy=Policy(), floor=floor
        )
        try:
            seen = verifier.verify(text, session="visit 4711")
        except InputError as refused:
            refused.code, refused.reason, refused.advice        # for the person at the desk
        else:
            seen.card.person, seen.card.scheme, seen.proofs, seen.grade

    Given a ``Terminal`` (its certificates, its key, its memory of what it asked), it can ask, and have a care sheet
    co-signed::

        challenge = verifier.challenge("visit 4711", [Purpose.BILLING], view=View.BILLING, transaction=transaction)
        challenge.text                                          # for the screen: "VTC1:..."
        seen = verifier.verify(answer, session="visit 4711", purpose=Purpose.BILLING)
        seen.card.nir, seen.transaction, seen.evidence

    An ``Updater`` keeps what the verifier knows new, from a mirror that nobody has to trust; between two updates the
    terminal may be offline for days, and its grades say how old its knowledge is::

        updater = Updater(mirror=mirror, trust=trust_store, status=status_lists, clock=clock, floor=floor)
        report = updater.update()                               # at any time, as often as one likes
        report.trust, report.issuers, report.concerns           # by deltas or lists, how old, what a person should look at

    What a place demands for which purpose is in its ``Policy``; ``PHARMACY_COUNTER`` and others are ready-made, with reasons.
    ``verify_care_sheet`` checks a co-signed sheet later, anywhere, with no secret.

The terminal authority
    says who a terminal is and what its establishment is::

        authority = TerminalAuthority("fr-pharmacists", signer, clock=clock)
        authority.certify(terminal_key, terminal_id, [Category.PHARMACY], establishment="690012345", name="Pharmacie ...")

Whom to believe comes from a trust list that k of n root keys signed (``verify_trust_list``, with ``TrustAnchor(roots)`` of the
roots pinned in the terminal, and from then on with the ``anchor`` of the list in force) and from the issuers' status lists:
one by one (``verify_status_list``), or all of an issuer's at one moment (``verify_snapshot``, ``status_list_of``), kept up to
date by deltas (``apply_deltas``).

``VerifiedTrustList``, ``VerifiedStatusList``, ``VerifiedSnapshot``, ``VerifiedCredential``, ``VerifiedPresentation``,
``VerifiedCertificate``, ``VerifiedChallenge``, ``VerifiedIntroduction`` and ``CosignedSheet`` are proofs: only the function that
did the checking can make one.

Errors
    ``UsageError`` is the caller's fault. ``InputError`` is the fault of what came from outside: ``Malformed`` (not in form),
    ``Untrusted`` (not genuine) or ``Rejected`` (genuine, but not here and now), each with a ``Code``, the specification's
    step, a reason in a sentence and an ``Advice``. Bytes from outside cause no other exception.
"""

from importlib import import_module

TYPE_CHECKING = False  # as type checkers know it; without importing typing for it
if TYPE_CHECKING:
    from vitaletoken.authority import TerminalAuthority
    from vitaletoken.crypto.pin import Argon2Profile
    from vitaletoken.enrolment_desk import DeskKeys, EnrolmentDesk
    from vitaletoken.errors import (
        Advice,
        Code,
        InputError,
        Malformed,
        Rejected,
        Untrusted,
        UsageError,
        VitaletokenError,
    )
    from vitaletoken.holder import AcceptedCard, Holder, Presentation, RenewedCard
    from vitaletoken.issuer import Issuer, Views
    from vitaletoken.publisher import Publication, Publisher
    from vitaletoken.rules.application import Application
    from vitaletoken.rules.cards import CardKind, CodeChange, Loan, Terms
    from vitaletoken.rules.care_sheet import CosignedSheet, verify_care_sheet
    from vitaletoken.rules.credential import VerifiedCredential
    from vitaletoken.rules.delegation import Delegate, Way
    from vitaletoken.rules.delta import apply_deltas
    from vitaletoken.rules.eligibility import Eligibility, Ineligibility
    from vitaletoken.rules.identity import Assurance, Identity
    from vitaletoken.rules.introduction import VerifiedIntroduction
    from vitaletoken.rules.policy import Demand, Grade, Policy, Reason
    from vitaletoken.rules.presentation import VerifiedPresentation
    from vitaletoken.rules.profiles import (
        DOCTORS_OFFICE,
        HOME_VISIT_OFFLINE,
        HOSPITAL_ADMISSION,
        PHARMACY_COUNTER,
        Profile,
    )
    from vitaletoken.rules.records import Beneficiary, Policyholder, Record, Rights
    from vitaletoken.rules.refresh import RefreshPolicy
    from vitaletoken.rules.snapshot import SnapshotMark, VerifiedSnapshot, status_list_of, verify_snapshot
    from vitaletoken.rules.status import VerifiedStatusList, verify_status_list
    from vitaletoken.rules.terminal import (
        Review,
        TerminalWarning,
        VerifiedCertificate,
        VerifiedChallenge,
        verify_certificate,
        verify_challenge,
    )
    from vitaletoken.rules.trust import TrustAnchor, VerifiedTrustList, verify_trust_list
    from vitaletoken.rules.updates import Concern, Update, UpdateReport
    from vitaletoken.rules.updates import Outcome as UpdateOutcome
    from vitaletoken.rules.wallet import Wallet
    from vitaletoken.terminal import Challenge, Terminal
    from vitaletoken.updater import Updater
    from vitaletoken.verifier import Verifier
    from vitaletoken.wire.challenge import Transaction
    from vitaletoken.wire.cose import CoseKey
    from vitaletoken.wire.credential import Person, Scheme
    from vitaletoken.wire.nir import BeneficiaryNir, PolicyholderNir
    from vitaletoken.wire.registry import (
        Binding,
        Category,
        EnrolmentMethod,
        Environment,
        Purpose,
        Quality,
        Sex,
        UserVerification,
        View,
    )
    from vitaletoken.wire.trust_list import AuthorityEntry, IssuerEntry, IssuerKey, RootSet, TrustListClaims, Withdrawal

__all__ = [
    "DOCTORS_OFFICE",
    "HOME_VISIT_OFFLINE",
    "HOSPITAL_ADMISSION",
    "PHARMACY_COUNTER",
    "AcceptedCard",
    "Advice",
    "Application",
    "Argon2Profile",
    "Assurance",
    "AuthorityEntry",
    "Beneficiary",
    "BeneficiaryNir",
    "Binding",
    "CardKind",
    "Category",
    "Challenge",
    "Code",
    "CodeChange",
    "Concern",
    "CoseKey",
    "CosignedSheet",
    "Delegate",
    "Demand",
    "DeskKeys",
    "Eligibility",
    "EnrolmentDesk",
    "EnrolmentMethod",
    "Environment",
    "Grade",
    "Holder",
    "Identity",
    "Ineligibility",
    "InputError",
    "Issuer",
    "IssuerEntry",
    "IssuerKey",
    "Loan",
    "Malformed",
    "Person",
    "Policy",
    "Policyholder",
    "PolicyholderNir",
    "Presentation",
    "Profile",
    "Publication",
    "Publisher",
    "Purpose",
    "Quality",
    "Reason",
    "Record",
    "RefreshPolicy",
    "Rejected",
    "RenewedCard",
    "Review",
    "Rights",
    "RootSet",
    "Scheme",
    "Sex",
    "SnapshotMark",
    "Terminal",
    "TerminalAuthority",
    "TerminalWarning",
    "Terms",
    "Transaction",
    "TrustAnchor",
    "TrustListClaims",
    "Untrusted",
    "Update",
    "UpdateOutcome",
    "UpdateReport",
    "Updater",
    "UsageError",
    "UserVerification",
    "VerifiedCertificate",
    "VerifiedChallenge",
    "VerifiedCredential",
    "VerifiedIntroduction",
    "VerifiedPresentation",
    "VerifiedSnapshot",
    "VerifiedStatusList",
    "VerifiedTrustList",
    "Verifier",
    "View",
    "Views",
    "VitaletokenError",
    "Wallet",
    "Way",
    "Withdrawal",
    "apply_deltas",
    "status_list_of",
    "verify_care_sheet",
    "verify_certificate",
    "verify_challenge",
    "verify_snapshot",
    "verify_status_list",
    "verify_trust_list",
]

# Names are imported when they are first asked for: a terminal does not pay for an issuer, nor a phone for a publisher.
# As the imports above, by module; "public=name" where the public name is another one.
_NAMES_OF = {
    "authority": "TerminalAuthority",
    "crypto.pin": "Argon2Profile",
    "enrolment_desk": "DeskKeys EnrolmentDesk",
    "errors": "Advice Code InputError Malformed Rejected Untrusted UsageError VitaletokenError",
    "holder": "AcceptedCard Holder Presentation RenewedCard",
    "issuer": "Issuer Views",
    "publisher": "Publication Publisher",
    "rules.application": "Application",
    "rules.cards": "CardKind CodeChange Loan Terms",
    "rules.care_sheet": "CosignedSheet verify_care_sheet",
    "rules.credential": "VerifiedCredential",
    "rules.delegation": "Delegate Way",
    "rules.delta": "apply_deltas",
    "rules.eligibility": "Eligibility Ineligibility",
    "rules.identity": "Assurance Identity",
    "rules.introduction": "VerifiedIntroduction",
    "rules.policy": "Demand Grade Policy Reason",
    "rules.presentation": "VerifiedPresentation",
    "rules.profiles": "DOCTORS_OFFICE HOME_VISIT_OFFLINE HOSPITAL_ADMISSION PHARMACY_COUNTER Profile",
    "rules.records": "Beneficiary Policyholder Record Rights",
    "rules.refresh": "RefreshPolicy",
    "rules.snapshot": "SnapshotMark VerifiedSnapshot status_list_of verify_snapshot",
    "rules.status": "VerifiedStatusList verify_status_list",
    "rules.terminal": "Review TerminalWarning VerifiedCertificate VerifiedChallenge verify_certificate verify_challenge",
    "rules.trust": "TrustAnchor VerifiedTrustList verify_trust_list",
    "rules.updates": "Concern Update UpdateOutcome=Outcome UpdateReport",
    "rules.wallet": "Wallet",
    "terminal": "Challenge Terminal",
    "updater": "Updater",
    "verifier": "Verifier",
    "wire.challenge": "Transaction",
    "wire.cose": "CoseKey",
    "wire.credential": "Person Scheme",
    "wire.nir": "BeneficiaryNir PolicyholderNir",
    "wire.registry": "Binding Category EnrolmentMethod Environment Purpose Quality Sex UserVerification View",
    "wire.trust_list": "AuthorityEntry IssuerEntry IssuerKey RootSet TrustListClaims Withdrawal",
}
_HOMES = {
    public: (module, name or public)
    for module, names in _NAMES_OF.items()
    for public, _, name in (each.partition("=") for each in names.split())
}

if not TYPE_CHECKING:  # a type checker would take any name for one that is there

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, its_name = _HOMES[name]
        value = getattr(import_module(f"{__name__}.{module}"), its_name)
        globals()[name] = value  # asked for once
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__version__ = "0.1.0"
