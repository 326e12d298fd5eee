"""Messages that a phone's two keys sign: renewals, introductions, grants and lending orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vectors.generate.cases import Json, stage
from vectors.generate.editing import edit
from vectors.generate.encoder import Value, encode
from vectors.generate.keys import DeviceKey, Ed25519Key
from vectors.generate.messages import HEADER_CODE, Sign1, aad, alg_byte, sha256


@dataclass(frozen=True)
class Double:
    """COSE_Sign1 by the device key around one by the code key; in a change of the code, around one by the new code key."""

    role: str
    """The name in external_aad, before "-device" and "-code"."""
    claims: Value
    device: DeviceKey
    code: Ed25519Key
    about: bytes | None = None
    """The card of which the digest is in external_aad."""
    new_code: Ed25519Key | None = None
    at_device: Mapping[str, Any] = field(default_factory=dict)
    """Parts of the device layer's Sign1 to exchange; the same for the other layers."""
    at_code: Mapping[str, Any] = field(default_factory=dict)
    at_new_code: Mapping[str, Any] = field(default_factory=dict)

    def layer_aad(self, layer: str) -> bytes:
        """The external_aad of a layer: "device", "code" or "new-code"."""
        return aad(f"{self.role}-{layer}", *([] if self.about is None else [sha256(self.about)]))

    @property
    def new_code_layer(self) -> Sign1:
        """The innermost, where there are three."""
        assert self.new_code is not None
        layer = Sign1(HEADER_CODE, encode(self.claims), self.layer_aad("new-code"), self.new_code)
        return replace(layer, **self.at_new_code)

    @property
    def code_layer(self) -> Sign1:
        """The inner layer."""
        payload = encode(self.claims) if self.new_code is None else self.new_code_layer.encode()
        return replace(Sign1(HEADER_CODE, payload, self.layer_aad("code"), self.code), **self.at_code)

    @property
    def device_layer(self) -> Sign1:
        """The outer layer."""
        header = b"\xa1\x01" + alg_byte(self.device)
        layer = Sign1(header, self.code_layer.encode(), self.layer_aad("device"), self.device)
        return replace(layer, **self.at_device)

    def encode(self) -> bytes:
        """The message."""
        return self.device_layer.encode()

    def having(self, path: tuple[Any, ...], new: Any) -> Double:
        """One place of the claims changed."""
        return replace(self, claims=edit(self.claims, path, new))

    def stages(self) -> dict[str, Json]:
        """Intermediate values."""
        name = self.role.replace("-", "_")
        layers: dict[str, Sign1] = {"device": self.device_layer, "code": self.code_layer}
        if self.new_code is not None:
            layers["new_code"] = self.new_code_layer
        structures: dict[str, Json] = {
            f"{layer}_sig_structure": {"hex": signed.to_be_signed.hex()} for layer, signed in layers.items()
        }
        return {f"{name}_claims": stage(self.claims), **structures}
