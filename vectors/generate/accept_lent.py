"""Layer `accept`: the delegate's phone is given a card that was lent through the issuer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate.accept_billing import signed
from vectors.generate.accept_case import CARD, GOOD, Delivery, accepted, refused
from vectors.generate.cases import Case
from vectors.generate.editing import DROP, edit
from vectors.generate.enrolled import NUMBER_ZOE, Number, enrolment_binding, lending_binding
from vectors.generate.fixtures import BINDING_1, NOW, request_claims
from vectors.generate.keys import CODE_1, OTHER_CODE, PHONE_1
from vectors.generate.lending import (
    DELEGATE_1,
    DELEGATE_2,
    DELEGATE_CODE_1,
    DELEGATE_CODE_2,
    INTRODUCTION_1,
    INTRODUCTION_2,
    LENT_1,
    LENT_2,
    NAME,
    lent_card,
)
from vectors.generate.messages import Request, aad, sha256
from vectors.generate.terminals import with_numbers

NUMBER = Number("delegate", "1880499000076")
REQUESTS = tuple(
    Request(request_claims(device, code, NUMBER), device, code)
    for device, code in ((DELEGATE_1, DELEGATE_CODE_1), (DELEGATE_2, DELEGATE_CODE_2))
)
"""For the delegates' own cards."""
INTRODUCED = INTRODUCTION_1.encode()
GIVEN = Delivery(card=LENT_1, request=REQUESTS[0].encode(), number=NUMBER, introduction=INTRODUCED)
GIVEN_2 = Delivery(card=LENT_2, request=REQUESTS[1].encode(), number=NUMBER, introduction=INTRODUCTION_2.encode())
RULES = ("A1", "CRED-3", "CRED-5", "ENROL-2")
BASE = "lent"


def lent_cases() -> Iterator[Case]:
    """Accepted, then whatever is not the answer to this phone's introduction."""
    yield accepted(BASE, RULES, "a card lent to this phone's owner", GIVEN)
    yield accepted("lent-suite-2", RULES, "the same on a phone with a P-256 key", GIVEN_2)
    scoped = replace(GIVEN, card=lent_card(INTRODUCTION_1, (1,), (2, 3)))
    yield accepted("lent-categories", RULES, "at pharmacies and hospitals only", scoped)
    again = INTRODUCTION_1.having((6,), NOW - 120)
    nameless = INTRODUCTION_1.having((-65546, 2), NAME + "e")
    request = GIVEN.request
    for slug, comment, binding in (
        ("binding-of-request", "the binding of the phone's own request", enrolment_binding(request, NUMBER)),
        ("binding-of-grantor", "the binding of the grantor's card", BINDING_1),
        ("binding-enrolment", "the introduction in the binding of a request", enrolment_binding(INTRODUCED, NUMBER)),
        (
            "binding-of-earlier",
            "the binding of an earlier introduction, by the same keys",
            lending_binding(again.encode()),
        ),
        ("binding-of-other-name", "the binding of an introduction by another name", lending_binding(nameless.encode())),
        ("binding-of-other", "the binding of another phone's introduction", lending_binding(INTRODUCTION_2.encode())),
        ("binding-is-digest", "the plain digest of the introduction", sha256(INTRODUCED)[:16]),
        ("binding-end", "the last 16 bytes", sha256(aad("lending", sha256(INTRODUCED)))[16:]),
        ("binding-null", "null after the digest", sha256(aad("lending", sha256(INTRODUCED), None))[:16]),
        (
            "binding-of-payload",
            "over the payload of the introduction",
            lending_binding(INTRODUCTION_1.device_layer.payload),
        ),
        ("binding-zeros", "a binding of zeros", bytes(16)),
    ):
        changed = GIVEN.with_card((CARD, 9, 1), binding)
        yield refused(f"credential-not-mine/lent-{slug}", RULES[:2], comment, changed, base=BASE)
    for slug, comment, changed in (
        ("other-device", "cnf is the grantor's key", GIVEN.with_card((8, 1), PHONE_1.cose)),
        ("other-suite", "cnf is a P-256 key", GIVEN.with_card((8, 1), DELEGATE_2.cose)),
        ("other-code", "the code key is the grantor's", GIVEN.with_card((CARD, 1), CODE_1.public)),
        ("code-of-nobody", "the code key is another phone's", GIVEN.with_card((CARD, 1), OTHER_CODE.public)),
        ("to-other", "a card lent to another phone", replace(GIVEN, card=LENT_2)),
        ("not-asked", "this phone has introduced itself to nobody", replace(GIVEN, introduction=None)),
        ("not-acting", "nobody acts in the card: it would be the beneficiary's own",
         replace(GIVEN, card=edit(LENT_1, (CARD, 15), DROP))),
        ("own", "the answer to this phone's own request, where a lent card is awaited",
         replace(GIVEN, card=edit(edit(LENT_1, (CARD, 15), DROP), (CARD, 9, 1), enrolment_binding(request, NUMBER)))),
    ):  # fmt: skip
        yield refused(f"credential-not-mine/lent-{slug}", RULES[:2], comment, changed, base=BASE)
    acting = GOOD.with_card((CARD, 15), {1: NAME, 2: [1]}).with_card((4,), NOW + 1)
    acting = acting.with_card((6,), NOW - 60)
    yield refused(
        "credential-not-mine/acting-with-request",
        RULES[:2],
        "somebody acts in the card, and its binding is that of this phone's own request",
        acting,
    )
    numbers = signed(with_numbers(LENT_1, NUMBER_ZOE.nir))
    yield refused(
        "credential-structure/lent-billing",
        ("V5", "CRED-5"),
        "a billing view of a lent card",
        replace(GIVEN, billing=numbers),
        base=BASE,
    )
    yield refused(
        "credential-expired/lent", ("ENROL-2", "TIME-1"), "the lent card is over", GIVEN.with_card((4,), NOW), base=BASE
    )
