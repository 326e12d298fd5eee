"""Writes spec/examples/: each message once, opened item by item, with all that its signatures cover."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from vectors.generate import examples_shapes as shapes
from vectors.generate.encoder import encode, text_of
from vectors.generate.enrolled import NUMBER_CAMILLE
from vectors.generate.examples_layout import size
from vectors.generate.examples_page import BOUND, Example, document, opened, pieces, private, signature, thumbprint
from vectors.generate.examples_people import number_parts, people_examples
from vectors.generate.examples_status import status_examples
from vectors.generate.examples_terminal import terminal_examples
from vectors.generate.fixtures import (
    CAMILLE,
    CTI_1,
    LIST_BYTES,
    NO_CODE_1,
    OFFER,
    REQUEST_1,
    SHOWN_1,
    TRUST,
    ZOE,
    Claims,
    offer_claims,
    shown_claims,
    status_claims,
    trust_claims,
)
from vectors.generate.keys import (
    CNAM_CARDS,
    CNAM_OFFERS,
    CNAM_STATUS,
    CODE_1,
    PHONE_1,
    PHONE_2,
    ROOTS,
    DeviceKey,
)
from vectors.generate.messages import (
    Presentation,
    Sign1,
    aad,
    credential,
    header_kid,
    offer,
    sha256,
    status_list,
)


def _credential(suite: int, vector: str, claims: Claims, device: DeviceKey) -> Example:
    layer = credential(claims, CNAM_CARDS)
    parts = (
        signature("The issuer's signature", layer),
        thumbprint("the issuer's key", CNAM_CARDS),
        thumbprint("the device key", device),
    )
    title = f"Credential, suite {suite}"
    return Example(f"credential-suite-{suite}", title, vector, layer.encode(), shapes.CREDENTIAL, parts)


def _presentation(name: str, title: str, vector: str, shown: Presentation, claims: Claims) -> Example:
    content = shapes.CLAIMS if shown.code is None else shapes.CODE_LAYER
    text = text_of(shown.encode())
    key = (sha256(shown.credential)[:16] + claims[7]).hex()
    parts = [
        signature("The device key's signature", shown.device_layer, *BOUND),
        f"## The replay key\n\nSHA-256(credential)[:16] || cti = `{key}` (REPLAY-1).",
        f"## The text\n\n{len(text)} characters, on one line.\n\n```\n{text}\n```",
    ]
    if shown.code is not None:
        key_of_code = f"The public key is key 1 of the card. {private(shown.code)}"
        parts = [signature("The code key's signature", shown.code_layer, *BOUND), key_of_code, *parts]
    shape = shapes.presentation(content, "byte for byte that of credential-suite-1.md")
    return Example(name, title, vector, shown.encode(), shape, tuple(parts))


def _trust_list() -> Example:
    content = encode(trust_claims())
    parts = []
    for number, root in enumerate(ROOTS[:2], 1):
        layer = Sign1(header_kid(root.kid), content, aad("trust-list"), root)
        parts += [signature(f"Signature {number}", layer), thumbprint(f"root key {number}", root)]
    return Example("trust-list", "Trust list", "trust-list/accepted/list", TRUST, shapes.TRUST_LIST, tuple(parts))


def _status_list() -> Example:
    claims = status_claims()
    layer = status_list(claims, CNAM_STATUS)
    stream: bytes = claims[65533]["lst"]
    cuts = [0, 2, 3, 5, 7, 7 + LIST_BYTES, len(stream)]
    said = (
        "zlib header",
        "the last block, stored",
        f"its length: {LIST_BYTES}",
        "the complement of its length",
        f"the list: {4 * LIST_BYTES} entries",
        "Adler-32 of the list",
    )
    cut = [stream[start:end] for start, end in pairwise(cuts)]
    list_bytes = cut[4]
    shown = pieces(tuple(zip(said, cut, strict=True)))
    entries = [
        f"| {index} | byte {index // 4} is `{list_bytes[index // 4]:02x}` = `{list_bytes[index // 4]:08b}` | "
        f"{2 * (index % 4)} and {2 * (index % 4) + 1} | {list_bytes[index // 4] >> 2 * (index % 4) & 3} |"
        for index in (16, 17, 18, 19, 20, 299)
    ]
    table = "\n".join(["| entry | stands in | at bits | value |", "|---|---|---|---|", *entries])
    parts = (
        f"## The list\n\n`lst`, {size(stream)}. Nothing is compressed here, so that it can be read.\n\n{shown}",
        table,
        signature("The issuer's signature", layer),
        thumbprint("the issuer's key", CNAM_STATUS),
    )
    vector = "status-list/accepted/valid"
    return Example("status-list", "Status list", vector, layer.encode(), shapes.STATUS_LIST, parts)


def _offer() -> Example:
    layer = offer(offer_claims(), CNAM_OFFERS)
    assert layer.encode() == OFFER
    parts = (signature("The issuer's signature", layer), thumbprint("the issuer's key", CNAM_OFFERS))
    return Example("enrolment-offer", "Enrolment offer", "offer/accepted/offer", OFFER, shapes.OFFER, parts)


def _request() -> Example:
    message = REQUEST_1.encode()
    committed = NUMBER_CAMILLE.commitment()
    hashed = aad("enrolment", sha256(message), committed)
    shape = shapes.bound("enrolment binding", "SHA-256(enrolment request)", "commitment to the number")
    binding = (
        f"## The enrolment binding\n\nThe card that answers this request has the first 16 bytes of SHA-256 of these "
        f"{size(hashed)}, `{sha256(hashed)[:16].hex()}` (CRED-3).\n\n{opened(hashed, shape)}"
    )
    parts = (
        f"The offer digest is SHA-256 of the {size(OFFER)} of enrolment-offer.md.",
        *number_parts(NUMBER_CAMILLE, OFFER),
        signature("The code key's signature", REQUEST_1.code_layer),
        private(CODE_1),
        signature("The device key's signature", REQUEST_1.device_layer),
        thumbprint("the device key", PHONE_1),
        binding,
    )
    return Example("enrolment-request", "Enrolment request", "request/accepted/suite-1", message, shapes.REQUEST, parts)


def examples() -> Iterator[Example]:
    """In the order in which the messages come into being."""
    yield _trust_list()
    yield _offer()
    yield _request()
    yield _credential(1, "issue/policyholder", CAMILLE, PHONE_1)
    yield _credential(2, "issue/suite-2", ZOE, PHONE_2)
    yield _status_list()
    yield from status_examples()
    yield _presentation(
        "presentation", "Presentation with the code", "verify/accepted/suite-1", SHOWN_1, shown_claims(CTI_1)
    )
    yield _presentation(
        "presentation-no-code",
        "Presentation without the code",
        "verify/accepted/no-code",
        NO_CODE_1,
        shown_claims(CTI_1, 2),
    )
    yield from terminal_examples()
    yield from people_examples()


def _readme(files: list[Example]) -> str:
    rows = [f"| [{file.title}]({file.name}.md) | {size(file.message)} | `{file.vector}` |" for file in files]
    return document(
        "# Examples",
        "Each message of [the specification](../vitaletoken.md) once, item by item, and what its signatures cover. "
        "They are messages of the\n[vectors](../../vectors/README.md) and are made with them. Nobody in them exists, "
        "and every key is a test key.",
        "On the left are the bytes in hex, read from top to bottom: a line holds an item, or the key of a map and the item "
        "at it, or sixteen\nbytes of a string; a space stands between a head and what follows it. Deeper lines are inside the "
        "item above. On the right is\nwhat they are, with the names of [the CDDL](../vitaletoken.cddl) and values in "
        "diagnostic notation. `..` stands for bytes that are shown\nabove; "
        "of keys and signatures of ML-DSA-65, for bytes that are not shown.",
        "\n".join(["| message | size | vector |", "|---|---|---|", *rows]),
    )


def write_examples(directory: Path) -> None:
    """Every file, in UTF-8 with line feeds."""
    directory.mkdir(parents=True, exist_ok=True)
    files = list(examples())
    texts = {"README": _readme(files), **{file.name: file.text() for file in files}}
    for name, text in texts.items():
        (directory / f"{name}.md").write_bytes(text.encode("utf-8"))
