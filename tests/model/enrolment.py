"""Enrolment, and lending through the issuer: who gets which card onto which keys (sections 12 and 14.2).

Numbers are known to strangers here, requests too: what keeps a card from them is identity proofing and the keys. A person is
proofed for an application whose request their own phone made; Mallory for any. Once, the issuer's staff take a wrong record.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from tests.model import people as p
from tests.model.explore import Move, Step
from tests.model.messages import INTACT, Broken, Card, credential, signatures
from tests.model.terms import Knowledge, Term, derivable, digest, learn, payload, pk, sign, signed

#: The issuer's own record: whose number it is. The father is a person whose record lies beside Alice's.
RECORD = {"number of Alice": p.ALICE, "number of Mallory": p.MALLORY, "number of the father": "father"}
ALICES, MALLORYS, FATHERS = RECORD
OFFERS = ("offer 1", "offer 2")
NOT_MINE = "credential-not-mine"


class Request(NamedTuple):
    """Innermost in an enrolment request."""

    kind: str
    offer: str
    device: Term
    code: Term
    number: str


class Introduction(NamedTuple):
    """Innermost in an introduction."""

    kind: str
    device: Term
    code: Term


class Order(NamedTuple):
    """Innermost in a lending order. ``introduced`` is the introduction's digest."""

    kind: str
    introduced: Term


class State(NamedTuple):
    """``held``: each offer's request; ``proofed``: who was proofed for which offer; ``wrong``: a wrong record was taken."""

    requested: frozenset[Term]
    ordered: frozenset[tuple[Term, str]]
    held: frozenset[tuple[str, Term]]
    proofed: frozenset[tuple[str, str]]
    kept: Term
    wrong: bool
    known: Knowledge


def two_layers(kind: str, device: Term, code: Term, inner: Term) -> Term:
    """``inner`` signed by the code key, and that by the device key."""
    return sign(device, f"{kind}-device", (), sign(code, f"{kind}-code", (), inner))


def both_signed(kind: str, term: Term, device: Term, code: Term) -> bool:
    return signed(term, device, f"{kind}-device", ()) and signed(payload(term), code, f"{kind}-code", ())


def innermost(term: Term) -> Term:
    return payload(payload(term))


def binding(request: Term, number: str) -> Term:
    """CRED-3."""
    return digest(("binding", digest(request), number))


class Enrolment(NamedTuple):
    """One scenario: what is compromised, what is left out."""

    compromised: frozenset[str] = frozenset()
    broken: Broken = INTACT
    offers: tuple[str, ...] = OFFERS

    def start(self) -> State:
        given = [term for name in sorted(self.compromised) for term in p.GIVEN[name]]
        introductions = [
            two_layers("introduction", device, code, Introduction("introduction", pk(device), pk(code)))
            for device, code in ((p.BOB_DEVICE, p.BOB_CODE), (p.MALLORY_DEVICE, p.MALLORY_CODE))
        ]
        known = learn(frozenset(), [p.MALLORY_DEVICE, p.MALLORY_CODE, p.ROGUE, *introductions, *given])
        none: frozenset[Term] = frozenset()
        return State(none, none, none, none, None, False, known)

    def moves(self, state: State) -> Iterator[Move]:
        yield from self._phone_requests(state)
        yield from self._phone_orders(state)
        yield from self._issuer_takes(state)
        yield from self._issuer_proofs(state)
        yield from self._issuer_makes(state)
        yield from self._issuer_lends(state)
        yield from self._phone_keeps(state)

    # --- Alice's phone

    def _phone_requests(self, state: State) -> Iterator[Move]:
        if state.requested:
            return
        for offer in self.offers:
            inner = Request("request", offer, pk(p.DEVICE), pk(p.CODE_KEY), ALICES)
            made = two_layers("request", p.DEVICE, p.CODE_KEY, inner)
            after = state._replace(requested=state.requested | {made}, known=learn(state.known, [made]))
            yield Move(Step("request", p.ALICE, made), after)

    def _phone_orders(self, state: State) -> Iterator[Move]:
        if state.ordered or not state.kept:
            return
        for seen in signatures(state.known, "introduction-device"):
            to: Introduction = innermost(seen)
            made = two_layers("order", p.DEVICE, p.CODE_KEY, self._order(seen))
            ordered = state.ordered | {(to.device, to.code)}
            yield Move(Step("order", p.ALICE, made), state._replace(ordered=ordered, known=learn(state.known, [made])))

    def _order(self, introduction: Term) -> Order:
        return Order("order", None if "order-without-introduction" in self.broken else digest(introduction))

    def _phone_keeps(self, state: State) -> Iterator[Move]:
        if state.kept:
            return
        for made in self._credentials(state):
            if accepts(self.broken, self._issuers(), made, state.requested) is None:
                card: Card = payload(made)
                violated = () if card.person == p.ALICE else ("person",)
                yield Move(Step("keep", p.ALICE, made), state._replace(kept=made), violated)

    def _issuers(self) -> frozenset[Term]:
        return frozenset({pk(p.ISSUER), pk(p.ROGUE)} if "trust" in self.compromised else {pk(p.ISSUER)})

    def _credentials(self, state: State) -> list[Term]:
        """Cards that the issuer made, and one onto Alice's keys with the father's name by an issuer key that she has."""
        found = list(signatures(state.known, "credential"))
        for key in (p.ISSUER, p.ROGUE):
            if key in state.known:
                for request in state.requested:
                    bound = binding(request, ALICES)
                    forged = Card("card", "father", pk(p.DEVICE), pk(p.CODE_KEY), "forged", binding=bound)
                    found.append(credential(key, forged))
        return found

    # --- the issuer

    def _issuer_takes(self, state: State) -> Iterator[Move]:
        """R2 to R4: a request for an offer, from whomever."""
        for request in [*signatures(state.known, "request-device"), *self._own_requests(state)]:
            inner: Request = innermost(request)
            taken = [held for held in state.held if held[0] == inner.offer]
            if taken and "offer-answered-twice" not in self.broken:
                continue
            if "request-not-signed" not in self.broken and not both_signed(
                "request", request, inner.device, inner.code
            ):
                continue
            held = state.held - set(taken) | {(inner.offer, request)}
            if held != state.held:
                yield Move(Step("take", "issuer", request), state._replace(held=held))

    def _own_requests(self, state: State) -> Iterator[Term]:
        """The attacker's: for any offer and number, onto her keys or Alice's, signed by those that she has."""
        devices, codes = (p.MALLORY_DEVICE, p.DEVICE), (p.MALLORY_CODE, p.CODE_KEY)
        for offer, number, device, code in product(self.offers, (ALICES, MALLORYS), devices, codes):
            inner = Request("request", offer, pk(device), pk(code), number)
            for keys in product(devices, codes):
                if all(derivable(key, state.known) for key in keys):
                    yield two_layers("request", *keys, inner)

    def _issuer_proofs(self, state: State) -> Iterator[Move]:
        for offer, request in sorted(state.held, key=repr):
            of = RECORD[innermost(request).number]
            for person in (p.ALICE, p.MALLORY):
                comes = person == p.MALLORY or request in state.requested
                right = person == of or "identity-of-anyone" in self.broken  # APPLY-1
                if comes and right and (offer, person) not in state.proofed:
                    after = state._replace(proofed=state.proofed | {(offer, person)})
                    yield Move(Step("proof", "issuer", person, offer), after)

    def _issuer_makes(self, state: State) -> Iterator[Move]:
        """The card, from the record of the number in the request, or by mistake from the one beside it."""
        proofed = {offer for offer, _ in state.proofed}
        for offer, request in sorted(state.held, key=repr):
            if offer in proofed:
                inner: Request = innermost(request)
                for number in {inner.number, inner.number if state.wrong else FATHERS}:
                    bound = binding(request, number)  # ENROL-4
                    card = Card("card", RECORD[number], inner.device, inner.code, f"card {offer}", binding=bound)
                    made = credential(p.ISSUER, card)
                    if made not in state.known:
                        wrong = state.wrong or number != inner.number
                        after = state._replace(known=learn(state.known, [made]), wrong=wrong)
                        violated = () if wrong or self._rightly(state, card) else ("person",)
                        yield Move(Step("make", "issuer", made), after, violated)

    @staticmethod
    def _rightly(state: State, card: Card) -> bool:
        """Alice's card is on Alice's keys and nobody else's card is, and her phone asked for it."""
        asked = any(innermost(request).device == card.device for request in state.requested)
        return (card.person == p.ALICE) == (card.device == pk(p.DEVICE)) and (card.person != p.ALICE or asked)

    def _issuer_lends(self, state: State) -> Iterator[Move]:
        """L3 and L4, for the card that Alice keeps."""
        introductions = signatures(state.known, "introduction-device")
        keys = (p.DEVICE, p.CODE_KEY)
        own = all(derivable(key, state.known) for key in keys)
        forged = [two_layers("order", *keys, self._order(seen)) for seen in introductions] if own else []
        for order in [*signatures(state.known, "order-device"), *forged]:
            for seen in introductions:
                to: Introduction = innermost(seen)
                named = both_signed("order", order, pk(p.DEVICE), pk(p.CODE_KEY)) and innermost(order) == self._order(
                    seen
                )
                if state.kept and named:
                    card = Card("card", p.ALICE, to.device, to.code, "lent", acting=p.LENT)
                    known = learn(state.known, [credential(p.ISSUER, card)])
                    violated = () if (to.device, to.code) in state.ordered else ("delegation",)
                    yield Move(Step("lend", "issuer", order, seen), state._replace(known=known), violated)


def accepts(broken: Broken, issuers: frozenset[Term], made: Term, requested: frozenset[Term]) -> str | None:
    """ENROL-2 on Alice's phone: V7 and A1; the code with which it refuses the card."""
    card: Card = payload(made)
    if pk(made[1]) not in issuers:
        return "issuer-unknown"
    if (card.device, card.code) != (pk(p.DEVICE), pk(p.CODE_KEY)):
        return NOT_MINE
    bound = any(card.binding == binding(request, ALICES) for request in requested)
    return None if bound or "no-enrolment-binding" in broken else NOT_MINE
