"""What a phone signs to make a presentation (spec section 7)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from vitaletoken.errors import UsageError
from vitaletoken.rules import context
from vitaletoken.wire import cose
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.presentation import PresentationClaims, serialize_claims
from vitaletoken.wire.registry import Binding


def sign_presentation(
    claims: PresentationClaims,
    credential: bytes,
    device_key: CoseKey,
    device_sign: Callable[[bytes], bytes],
    code_sign: Callable[[bytes], bytes] | None,
    bound_to: bytes | None = None,
) -> bytes:
    """A presentation: the code layer, if there is one, inside the device layer.

    Args:
        bound_to: SHA-256 of the exact terminal certificate at level audience, of the exact challenge at level challenge;
            None at level open.
        device_sign, code_sign: bytes to be signed in, 64 bytes out.

    Raises:
        UsageError: the claims are not in form, or ``bound_to`` does not go with their binding level.
    """
    if (bound_to is None) is not (claims.binding is Binding.OPEN):
        raise UsageError("a presentation has a context exactly when its level is not open")
    digest = hashlib.sha256(credential).digest()
    device_aad, code_aad = context.presentation_aads(device_key.algorithm, claims.binding, digest, bound_to)
    payload = serialize_claims(claims)
    if code_sign is not None:
        payload = cose.sign(code_sign, cose.HEADER_ED25519, code_aad, payload)
    header = cose.header_with_credential(device_key.algorithm, credential)
    return cose.sign(device_sign, header, device_aad, payload)
