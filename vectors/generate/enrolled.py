"""Numbers (NIR): how a phone commits to one and seals it to the issuer, and what binds a card to it.

No number here can be anyone's: place 99000 is in no list.
"""

from __future__ import annotations

from dataclasses import dataclass

from vectors.generate.encoder import encode
from vectors.generate.hpke import Sealing, X25519Key
from vectors.generate.keys import derive
from vectors.generate.messages import aad, sha256

NIR_CAMILLE, NIR_ELISE, NIR_ZOE = "2850399000001", "2180199000012", "2911199000023"

CNAM_NUMBERS, MSA_NUMBERS = (
    X25519Key(derive(f"fixture/issuer/{name}/numbers", "secret")) for name in ("fr-cnam", "fr-msa")
)
"""The issuers' HPKE keys."""


def number_info(offer: bytes) -> bytes:
    """ENROL-3: the info under which a number is sealed in the answer to an offer."""
    return aad("enrolment-number", sha256(offer))


@dataclass(frozen=True)
class Number:
    """A number that the owner of a phone typed, and the salt that the phone drew for it."""

    name: str
    nir: str

    @property
    def salt(self) -> bytes:
        """16 bytes."""
        return derive(f"fixture/number/{self.name}", "salt", 16)

    @property
    def ephemeral(self) -> X25519Key:
        """The phone's, for sealing."""
        return X25519Key(derive(f"fixture/number/{self.name}", "ephemeral key"))

    @property
    def plain(self) -> bytes:
        """`sealed-number` of the CDDL."""
        return encode([self.nir, self.salt])

    def commitment(self, nir: str | None = None) -> bytes:
        """ENROL-3; to another number where one is given."""
        return sha256(aad("number", self.salt, self.nir if nir is None else nir))

    def sealing(self, offer: bytes) -> Sealing:
        """What seals it to fr-cnam, in the answer to an offer."""
        return Sealing(CNAM_NUMBERS.public, number_info(offer), self.ephemeral)

    def sealed(self, offer: bytes) -> bytes:
        """80 bytes."""
        return self.sealing(offer).seal(self.plain)


NUMBER_CAMILLE, NUMBER_ELISE, NUMBER_ZOE = (
    Number(name, nir) for name, nir in (("camille", NIR_CAMILLE), ("élise", NIR_ELISE), ("zoë", NIR_ZOE))
)


def enrolment_binding(request: bytes, number: Number, recorded: str | None = None) -> bytes:
    """CRED-3, of a request or a renewal; `recorded` is the number in the issuer's record where that is another one."""
    return sha256(aad("enrolment", sha256(request), number.commitment(recorded)))[:16]


def lending_binding(introduction: bytes) -> bytes:
    """CRED-3, in a card lent through the issuer."""
    return sha256(aad("lending", sha256(introduction)))[:16]
