"""One visit to a terminal, from the claims of the card to the policy. Cases of `verify` and `scenario` are changes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vectors.generate.cases import Case, Json, stage
from vectors.generate.editing import Path, edit
from vectors.generate.encoder import Value, encode, text_of
from vectors.generate.fixtures import (
    CAMILLE,
    CTI_1,
    CTI_2,
    ELISE,
    NOW,
    ROOT_SET,
    STATUS,
    TRUST,
    ZOE,
    shown_claims,
)
from vectors.generate.keys import CNAM_CARDS, CODE_1, CODE_2, PHONE_1, PHONE_2, DeviceKey, Ed25519Key
from vectors.generate.messages import Presentation, credential, sig_structure
from vectors.generate.terminals import Asked

Bytes = Callable[[bytes], bytes]
Text = Callable[[str], str]


@dataclass(frozen=True)
class Visit:
    """A presentation and what the verifier is given."""

    card: Value = field(default_factory=lambda: CAMILLE)
    claims: Value = field(default_factory=lambda: shown_claims(CTI_1))
    device: DeviceKey = PHONE_1
    code: Ed25519Key | None = CODE_1
    issuer: Ed25519Key = CNAM_CARDS
    at_credential: Mapping[str, Any] = field(default_factory=dict)
    """Parts of the credential's Sign1 to exchange; the same for the other two layers."""
    at_device: Mapping[str, Any] = field(default_factory=dict)
    at_code: Mapping[str, Any] = field(default_factory=dict)
    binding: int = 0
    context: Value = None
    credential_bytes: bytes | None = None
    """Stands in place of the credential made from the card."""
    bytes_change: Bytes = lambda data: data
    seal: Bytes | None = None
    """Makes a sealed answer of the presentation."""
    text_change: Text = lambda text: text
    session: str = "s-1"
    purpose: str = "identification"
    categories: tuple[str, ...] = ()
    """What the establishment is."""
    certificates: tuple[bytes, ...] = ()
    asked: Asked | None = None
    """The challenge that is open."""
    elapsed: int | None = 5
    now: int = NOW
    floor: int = 0
    trust: bytes = TRUST
    roots: Mapping[str, Json] = field(default_factory=lambda: ROOT_SET)
    status: tuple[bytes, ...] = (STATUS,)
    environment: str = "production"
    least_binding: str = "open"
    least_verification: str = "none"
    skew_limit: int = 60
    by_purpose: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """What some purposes ask for: binding and user verification."""
    status_grace: int | None = None
    trust_notice: int = 0
    rights_age: int | None = None
    delegates: bool = False

    @property
    def credential(self) -> bytes:
        """As issued."""
        if self.credential_bytes is not None:
            return self.credential_bytes
        return replace(credential(self.card, self.issuer), **self.at_credential).encode()

    @property
    def presentation(self) -> Presentation:
        """As the phone makes it."""
        return Presentation(
            self.credential,
            self.claims,
            self.device,
            self.code,
            self.binding,
            self.context,
            self.at_device,
            self.at_code,
        )

    @property
    def text(self) -> str:
        """As it arrives."""
        data = self.bytes_change(self.presentation.encode())
        return self.text_change(text_of(data) if self.seal is None else text_of(self.seal(data), "VTS1:"))

    def to_json(self) -> dict[str, Json]:
        """The input of `verify`."""
        return {
            "text": self.text,
            "session": self.session,
            "purpose": self.purpose,
            "terminal": {
                "categories": self.categories,
                "certificates": [item.hex() for item in self.certificates],
                "challenge": self._open(),
            },
            "now": self.now,
            "time_floor": self.floor,
            "trust_list": self.trust.hex(),
            "roots": self.roots,
            "status_lists": [item.hex() for item in self.status],
            "policy": {
                "environment": self.environment,
                "least_binding": self.least_binding,
                "least_user_verification": self.least_verification,
                "skew_limit": self.skew_limit,
                "purposes": {
                    purpose: {"least_binding": binding, "least_user_verification": verification}
                    for purpose, (binding, verification) in self.by_purpose.items()
                },
                "status_grace": self.status_grace,
                "trust_notice": self.trust_notice,
                "rights_age": self.rights_age,
                "delegates": self.delegates,
            },
        }

    def _open(self) -> dict[str, Json] | None:
        if self.asked is None:
            return None
        secret = None if self.asked.secret is None else self.asked.secret.secret.hex()
        return {"bytes": self.asked.message.hex(), "secret": secret, "elapsed": self.elapsed}

    def stages(self) -> dict[str, Json]:
        """Intermediate values of a good visit."""
        shown, sealed = self.presentation, credential(self.card, self.issuer)
        layers: dict[str, Json] = {}
        if self.code is not None:
            layers["code_sig_structure"] = _bytes_stage(shown.code_layer.to_be_signed)
        return {
            "credential_claims": stage(self.card),
            "credential_sig_structure": _bytes_stage(sig_structure(sealed.protected, sealed.aad, sealed.payload)),
            "credential": _bytes_stage(self.credential),
            "claims": stage(self.claims),
            **layers,
            "device_sig_structure": _bytes_stage(shown.device_layer.to_be_signed),
            "presentation": _bytes_stage(shown.encode()),
        }

    def with_card(self, path: Path, new: Any) -> Visit:
        """One place of the credential's claims changed."""
        return replace(self, card=edit(self.card, path, new))

    def with_claims(self, path: Path, new: Any) -> Visit:
        """One place of the presentation's claims changed."""
        return replace(self, claims=edit(self.claims, path, new))

    def at_times(self, iat: int, exp: int) -> Visit:
        """The presentation's window."""
        return replace(self, claims=edit(edit(self.claims, (6,), iat), (4,), exp))


def _bytes_stage(data: bytes) -> dict[str, Json]:
    return {"hex": data.hex()}


SUITE_1 = Visit()
SUITE_2 = Visit(card=ZOE, claims=shown_claims(CTI_2), device=PHONE_2, code=CODE_2)
NO_CODE = Visit(claims=shown_claims(CTI_1, 2), code=None)
CHILD = Visit(card=ELISE)
ID_1, ID_2, ID_NO_CODE = "verify/accepted/suite-1", "verify/accepted/suite-2", "verify/accepted/no-code"


def accepted(
    slug: str,
    rules: tuple[str, ...],
    comment: str,
    visit: Visit,
    ok: Mapping[str, Json],
    *flags: str,
    stages: Mapping[str, Json] | None = None,
) -> Case:
    """A presentation that is verified."""
    return Case(f"verify/accepted/{slug}", rules, comment, visit.to_json(), ok, flags=flags, stages=stages or {})


def refused(slug: str, rules: tuple[str, ...], comment: str, visit: Visit, *flags: str, base: str = ID_1) -> Case:
    """A presentation that is refused; the code is the first part of `slug`."""
    return Case(f"verify/{slug}", rules, comment, visit.to_json(), slug.partition("/")[0], base, flags)


def raw(data: bytes) -> Bytes:
    """These bytes in place of the presentation."""
    return lambda _: data


def items(visit: Visit, *changed: Value) -> Visit:
    """Other elements of the outer array."""
    return replace(visit, bytes_change=raw(encode(list(changed))))
