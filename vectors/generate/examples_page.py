"""What a page of spec/examples is made of: bytes opened, thumbprints, what signatures cover."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vectors.generate import examples_shapes as shapes
from vectors.generate.encoder import encode
from vectors.generate.examples_layout import Holds, Leaf, Line, Shape, lines, render, size
from vectors.generate.keys import DeviceKey, P256Key
from vectors.generate.messages import Sign1, sha256
from vectors.generate.mldsa import MlDsaKey

NOTICE = "<!-- Written by `python -m vectors.generate`: change that, not this. -->"
BOUND = ("suite", "binding level", "SHA-256(credential)", "context")


@dataclass(frozen=True)
class Example:
    """A file: a message, the vector that has the same bytes, and what is to be said after the message."""

    name: str
    title: str
    vector: str
    message: bytes
    shape: Shape | tuple[tuple[str, bytes], ...]
    """Where the message is no CBOR: its pieces, each with what it is."""
    parts: tuple[str, ...]

    def text(self) -> str:
        """The file's content."""
        intro = f"{size(self.message)}, those of the vector `{self.vector}`."
        shown = pieces(self.shape) if isinstance(self.shape, tuple) else opened(self.message, self.shape)
        return document(f"# {self.title}", intro, shown, *self.parts)


def document(*parts: str) -> str:
    """A file's content."""
    return "\n\n".join([NOTICE, *parts]) + "\n"


def opened(data: bytes, shape: Shape) -> str:
    """Bytes and meaning side by side."""
    return render(lines(data, shape, ""))


def pieces(rows: tuple[tuple[str, bytes], ...]) -> str:
    """Bytes that are no CBOR, sixteen on a line, and what they are beside the first line of each piece."""

    def laid_out() -> Iterator[Line]:
        for meaning, piece in rows:
            for start in range(0, len(piece), 16):
                yield Line(0, (piece[start : start + 16].hex(),), "" if start else meaning)

    return render(laid_out())


# ---------------------------------------------------------------- what is said after a message


def thumbprint(whose: str, key: DeviceKey) -> str:
    """Section 5.1: what is hashed, and what comes out."""
    if isinstance(key, P256Key):
        x, y = (number.to_bytes(32, "big") for number in key.point)
        hashed = encode({1: 2, -1: 1, -2: x, -3: y})
    else:
        hashed = encode({1: 1, -1: 6, -2: key.public})
    assert sha256(hashed) == key.thumbprint
    return (
        f"## Thumbprint of {whose}\n\nSHA-256 of the {size(hashed)} below is\n`{key.thumbprint.hex()}`; "
        f"the kid is `{key.thumbprint[:8].hex()}`.\n{private(key)}\n\n{opened(hashed, shapes.HASHED_KEY)}"
    )


def private(key: DeviceKey | MlDsaKey) -> str:
    """The private half, for whoever wants to sign it again."""
    what = "scalar" if isinstance(key, P256Key) else "seed"
    return f"The key's private {what} is `{key.seed.hex()}`: a test key."


def signature(title: str, layer: Sign1, *context: str) -> str:
    """What a layer's signature covers. `context` names what follows the role in external_aad."""
    signed = layer.to_be_signed
    external = Holds(shapes.bound("external_aad", *context)) if layer.aad else Leaf()
    return (
        f"## {title}\n\nOver the {size(signed)} of Sig_structure. SHA-256 of them is\n`{sha256(signed).hex()}`.\n\n"
        f"{opened(signed, shapes.sig_structure(len(layer.protected), external))}"
    )
