"""Values that can be recognized wherever they turn up, and the search for them in a text."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

#: Of a secret of bytes or a text, this many in a row are a find: half of it is as bad as all of it.
WINDOW = 8


class _Windows:
    """Parts of secrets, and whose they are. A text is gone through once, however many there are."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self._beginnings: dict[str, set[str]] = {}

    def know(self, name: str, forms: Iterable[str]) -> None:
        for form in forms:
            assert len(form) >= WINDOW, "too little to be known by"
            self.names[form] = name
            self._beginnings.setdefault(form[:WINDOW], set()).add(form)

    def found_in(self, text: str) -> set[str]:
        names = set()
        for at in range(len(text) - WINDOW + 1):
            begun = self._beginnings.get(text[at : at + WINDOW], ())
            names.update(self.names[form] for form in begun if text.startswith(form, at))
        return names


@dataclass
class Canaries:
    """The secrets of one story, each under a name that may be shown."""

    patterns: dict[str, re.Pattern[str]] = field(default_factory=dict)
    _bytes: _Windows = field(default_factory=_Windows)
    #: In small letters.
    _texts: _Windows = field(default_factory=_Windows)

    @property
    def names(self) -> set[str]:
        """Of all there are."""
        return {*self.patterns, *self._bytes.names.values(), *self._texts.names.values()}

    def digits(self, name: str, value: str, *, spaced: bool = True) -> None:
        """A code or a number: with anything but digits between its digits, backwards, as hex, base64 or a list of bytes; of a
        number also a part, as of a text.

        Args:
            spaced: False for a code that nobody chose, of a text with times in it: "06:15:39" is not always one.
        """
        forms = []
        for each in (value, value[::-1]):
            apart = r"[ .,;:_'-]{0,2}".join(each) if spaced else each
            encoded = (each.encode().hex(), base64.b64encode(each.encode()).decode().rstrip("="))
            listed = r",\s?".join(str(byte) for byte in each.encode())
            forms += [rf"(?<![0-9A-Fa-f]){apart}(?![0-9A-Fa-f])", *map(re.escape, encoded), listed]
        self.patterns[name] = re.compile("|".join(forms))
        if len(value) > WINDOW:
            self.text(name, value)

    def text(self, name: str, value: str) -> None:
        """A passphrase, a name, a QR's text: any ``WINDOW`` characters of it, in any case, escaped as Python does it, backwards;
        or any ``WINDOW`` bytes as hex, base64 or a list. Of what was spoilt, the rest is a find.
        """
        for at in range(len(value) - WINDOW + 1):
            part = value[at : at + WINDOW]
            self._texts.know(name, (form.lower() for form in (part, part[::-1], ascii(part)[1:-1])))
        content = value.encode()
        for at in range(len(content) - WINDOW + 1):
            piece = content[at : at + WINDOW]
            forms = (repr(piece)[2:-1], piece.hex(), ", ".join(map(str, piece)), *_base64(piece))
            self._texts.know(name, (form.lower() for form in forms))

    def binary(self, name: str, value: bytes) -> None:
        """A key or a message: any part of ``WINDOW`` bytes in hex, base64, as ``repr`` writes it or as a list; or one number."""
        for at in range(len(value) - WINDOW + 1):
            part = value[at : at + WINDOW]
            forms = [part.hex(), part.hex().upper(), part.hex(" "), part.hex(":"), repr(part)[2:-1]]
            forms += [", ".join(map(str, part)), *_base64(part), part.decode("latin-1")]
            self._bytes.know(name, forms)
        self._bytes.know(name, [str(int.from_bytes(value, "big")), str(int.from_bytes(value, "little"))])

    def found_in(self, text: str) -> set[str]:
        """The names of the secrets that ``text`` shows."""
        names = {name for name, pattern in self.patterns.items() if pattern.search(text)}
        return names | self._bytes.found_in(text) | self._texts.found_in(text.lower())


def _base64(content: bytes) -> Iterable[str]:
    """``content`` in base64, both alphabets, wherever it stands in what is encoded; without what its neighbours decide."""
    for shift in range(3):
        whole = bytes(shift) + content
        usable = whole[: len(whole) - len(whole) % 3]
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(usable).decode()[4 if shift else 0 :]
