"""The pages of spec/examples for sections 12 and 14: the number in a request, renewal, unlock, and lending."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate import examples_shapes as shapes
from vectors.generate.double import Double
from vectors.generate.encoder import text_of
from vectors.generate.enrolled import CNAM_NUMBERS, Number
from vectors.generate.examples_layout import Fields, Holds, Leaf, Many, Row, Shape, size
from vectors.generate.examples_page import BOUND, Example, opened, pieces, private, signature, thumbprint
from vectors.generate.examples_shapes import CONFIRMATION, PLAIN, PURPOSE, TIME, sign1
from vectors.generate.fixtures import CARD_CAMILLE
from vectors.generate.keys import CNAM_CARDS, CNAM_OFFERS
from vectors.generate.layer_order import GOOD as ORDER_1
from vectors.generate.layer_unlock import CLAIMS as UNLOCK_CLAIMS
from vectors.generate.layer_unlock import UNLOCK, unlock
from vectors.generate.lending import (
    DELEGATE_1,
    DELEGATE_CODE_1,
    GRANT,
    GRANT_1,
    INTRODUCTION,
    INTRODUCTION_1,
    LENT_1,
    ORDER,
    lent,
)
from vectors.generate.loan import ID as LENT_ID
from vectors.generate.loan import LOAN
from vectors.generate.messages import aad, credential, sha256
from vectors.generate.renewals import CHANGE_1, NEW_CODE_1, RENEWAL

NONCE = Leaf(lambda value: "the nonce")
ABOUT = ("SHA-256(credential)",)


def _terms(purposes: int) -> dict[int | str, tuple[str, Shape]]:
    return {
        purposes: ("purposes", Many("purpose", PURPOSE)),
        purposes + 1: ("categories", Many("category", shapes.CATEGORY)),
    }


RENEWAL_CLAIMS = Fields(
    "renewal-claims",
    {
        6: ("iat", TIME),
        7: ("cti", NONCE),
        RENEWAL: ("renewal", Fields("", {1: ("card digest", PLAIN), 2: ("new code key", PLAIN)})),
    },
)
UNLOCK_SHAPE = sign1(
    "unlock",
    Fields(
        "unlock-claims",
        {1: ("iss", PLAIN), 4: ("exp", TIME), 6: ("iat", TIME), 7: ("cti", NONCE), UNLOCK: ("card digest", PLAIN)},
    ),
)
INTRODUCTION_CLAIMS = Fields(
    "introduction-claims",
    {
        6: ("iat", TIME),
        8: ("cnf", CONFIRMATION),
        INTRODUCTION: ("introduction", Fields("", {1: ("code key", PLAIN), 2: ("name", PLAIN)})),
    },
)
GRANT_CLAIMS = Fields(
    "grant-claims",
    {
        4: ("exp", TIME),
        6: ("iat", TIME),
        7: ("cti", Leaf(lambda value: "the grant's id")),
        8: ("cnf", CONFIRMATION),
        GRANT: ("grant", Fields("", {1: ("code key", PLAIN), 2: ("name", PLAIN), **_terms(3)})),
    },
)
ORDER_CLAIMS = Fields(
    "order-claims",
    {
        6: ("iat", TIME),
        7: ("cti", NONCE),
        ORDER: (
            "order",
            Fields("", {1: ("card digest", PLAIN), 2: ("introduction digest", PLAIN), 3: ("until", TIME), **_terms(4)}),
        ),
    },
)


def number_parts(number: Number, offer: bytes) -> tuple[str, str]:
    """How the number in a request is committed to and sealed."""
    committed = aad("number", number.salt, number.nir)
    shape = shapes.bound("commitment", "salt", "number")
    sealing = number.sealing(offer)
    key, nonce = sealing.key_and_nonce
    plain = Row("sealed-number", (("number", PLAIN), ("salt", PLAIN)))
    values = pieces(
        (
            ("the issuer's HPKE key, private", CNAM_NUMBERS.secret),
            ("the issuer's HPKE key, in the trust list", sealing.recipient),
            ("the phone's ephemeral key, private", sealing.ephemeral.secret),
            ("shared_secret of the KEM", sealing.shared_secret),
            ("key", key),
            ("base_nonce", nonce),
        )
    )
    return (
        f"## The commitment\n\nSHA-256 of these {size(committed)} is\n`{sha256(committed).hex()}` (ENROL-3).\n\n"
        f"{opened(committed, shape)}",
        f"## The sealed number\n\nHPKE (RFC 9180) seals these {size(number.plain)}:\n\n{opened(number.plain, plain)}\n\n"
        f"with this info of {size(sealing.info)} and an empty aad:\n\n"
        f"{opened(sealing.info, shapes.bound('info', 'SHA-256(offer)'))}\n\n"
        f"The values inside, the names being those of RFC 9180:\n\n{values}",
    )


def people_examples() -> Iterator[Example]:
    """In the order in which the messages come into being."""
    yield _renewal()
    yield _unlock()
    yield _introduction()
    yield _order()
    yield _card()
    yield _lent_card()
    yield _presentation()


def _double(rule: str, content: Shape) -> Row:
    return sign1(rule, sign1(f"{rule.removeprefix('lending-')}-code-layer", content))


def _signatures(message: Double, *context: str) -> tuple[str, ...]:
    return (
        signature("The code key's signature", message.code_layer, *context),
        private(message.code),
        signature("The device key's signature", message.device_layer, *context),
        thumbprint("the device key", message.device),
    )


def _text(data: bytes, prefix: str) -> str:
    text = text_of(data, prefix)
    return f"## The text\n\n{len(text)} characters, on one line.\n\n```\n{text}\n```"


ABOUT_CARD = f"The card digest is SHA-256 of the {size(CARD_CAMILLE)} of credential-suite-1.md."


def _renewal() -> Example:
    parts = (
        f"{ABOUT_CARD}\nThe code is changed: a renewal that leaves it has neither key 2 nor the innermost layer.",
        signature("The new code key's signature", CHANGE_1.new_code_layer, *ABOUT),
        private(NEW_CODE_1),
        *_signatures(CHANGE_1, *ABOUT),
    )
    inner = sign1("renewal-code-layer", sign1("renewal-new-code-layer", RENEWAL_CLAIMS))
    shape = sign1("renewal", inner)
    return Example("renewal", "Renewal", "renewal/accepted/change", CHANGE_1.encode(), shape, parts)


def _unlock() -> Example:
    layer = unlock(UNLOCK_CLAIMS)
    parts = (
        ABOUT_CARD,
        signature("The issuer's signature", layer, *ABOUT),
        thumbprint("the issuer's key", CNAM_OFFERS),
    )
    return Example("unlock", "Unlock", "unlock/accepted/unlock", layer.encode(), UNLOCK_SHAPE, parts)


def _introduction() -> Example:
    message = INTRODUCTION_1.encode()
    hashed = aad("lending", sha256(message))
    binding = (
        f"## The lending binding\n\nA card that the issuer makes for it has the first 16 bytes of SHA-256 of these "
        f"{size(hashed)}, `{sha256(hashed)[:16].hex()}` (CRED-3).\n\n"
        f"{opened(hashed, shapes.bound('lending binding', 'SHA-256(introduction)'))}"
    )
    parts = (*_signatures(INTRODUCTION_1), binding, _text(message, "VTI1:"))
    shape = _double("introduction", INTRODUCTION_CLAIMS)
    return Example("introduction", "Introduction", "introduction/accepted/suite-1", message, shape, parts)


def _order() -> Example:
    parts = (
        f"{ABOUT_CARD}\nThe introduction digest is SHA-256 of the {size(INTRODUCTION_1.encode())} of introduction.md.",
        *_signatures(ORDER_1, *ABOUT),
    )
    shape = _double("lending-order", ORDER_CLAIMS)
    return Example("lending-order", "Lending order", "order/accepted/suite-1", ORDER_1.encode(), shape, parts)


def _card() -> Example:
    layer = credential(LENT_1, CNAM_CARDS)
    parts = (
        "The binding is that of introduction.md; the device key and the code key are the delegate's.",
        signature("The issuer's signature", layer),
        thumbprint("the issuer's key", CNAM_CARDS),
        thumbprint("the device key", DELEGATE_1),
        f"The code key is key 1 of the card. {private(DELEGATE_CODE_1)}",
    )
    title = "Credential, lent through the issuer"
    return Example("credential-lent", title, "issue/lent", layer.encode(), shapes.CREDENTIAL, parts)


def _lent_card() -> Example:
    granted = GRANT_1.encode()
    shape = Row(
        "lent-card",
        (
            ("credential", Leaf(lambda value: "byte for byte that of credential-suite-1.md")),
            ("grant", Holds(_double("grant", GRANT_CLAIMS))),
        ),
    )
    parts = (
        f"The grant is {size(granted)}, signed by the card's keys; the delegate's keys are those of introduction.md.",
        *_signatures(GRANT_1, *ABOUT),
        _text(lent(CARD_CAMILLE, granted), "VTD1:"),
    )
    message = lent(CARD_CAMILLE, granted)
    return Example("lent-card", "Card and grant", "grant/accepted/suite-1-to-1", message, shape, parts)


def _presentation() -> Example:
    shown = LOAN.visit.presentation
    text = text_of(shown.encode())
    parts = (
        signature("The delegate's code key's signature", shown.code_layer, *BOUND),
        f"The public key is in the grant. {private(DELEGATE_CODE_1)}",
        signature("The delegate's device key's signature", shown.device_layer, *BOUND),
        f"The public key is in the grant.\n{private(DELEGATE_1)}",
        f"## The text\n\n{len(text)} characters, on one line.\n\n```\n{text}\n```",
    )
    shape = shapes.presentation(shapes.CODE_LAYER, "byte for byte that of credential-suite-1.md")
    return Example("presentation-lent", "Presentation with a grant", LENT_ID, shown.encode(), shape, parts)
