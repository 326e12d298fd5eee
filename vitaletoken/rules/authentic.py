"""Presentations that the enrolled phone made, or a delegate's: steps V8 to V10 (spec section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from vitaletoken.crypto import labels
from vitaletoken.errors import Code, refusal
from vitaletoken.rules import context
from vitaletoken.rules.credential import VerifiedCredential
from vitaletoken.rules.delegation import acting_keys, verify_delegation
from vitaletoken.rules.grant import VerifiedGrant
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.wire.cose import ed25519_key
from vitaletoken.wire.presentation import ParsedPresentation, PresentationClaims
from vitaletoken.wire.registry import Binding


class _AuthenticPresentation(NamedTuple):
    claims: PresentationClaims
    credential: VerifiedCredential
    grant: VerifiedGrant | None
    context: bytes | None


class AuthenticPresentation(Proof, _AuthenticPresentation):
    """A presentation that the enrolled phone made, or the one that the grant names; its code proved where it says so.

    Made by ``authenticate`` alone.

    Attributes:
        context: with which it verified: SHA-256 of the exact certificate or challenge; None at level open.
    """

    __slots__ = ()


def authenticate(
    parsed: ParsedPresentation, credential: VerifiedCredential, bound_to: Mapping[Binding, tuple[bytes, ...]]
) -> AuthenticPresentation:
    """Steps V8 to V10.

    Args:
        bound_to: for each level other than open that this terminal can serve now, SHA-256 of each of its certificates, or of
            the challenge open for the session. Several certificates: one takes another's place.

    Raises:
        Malformed: ``grant-structure``.
        Untrusted: ``grant-signature``, ``grant-hop``, ``grant-code``, ``context-unknown``, ``context-mismatch``,
            ``device-signature``, ``code-signature``.
    """
    claims = parsed.unverified_claims
    grant = verify_delegation(parsed, credential)
    keys = acting_keys(credential, grant)

    def aad(layer: str, bound: bytes | None) -> bytes:
        return context.presentation_aad(layer, parsed.algorithm, claims.binding, credential.digest, bound)

    bound = None
    if claims.binding is Binding.OPEN:
        device_aad = aad(labels.PRESENTATION_DEVICE, None)
        context.require_signature(keys.device_key, parsed.device_layer, device_aad, Code.DEVICE_SIGNATURE)
    else:
        held = bound_to.get(claims.binding)
        if not held:  # PRES-4
            raise refusal(Code.CONTEXT_UNKNOWN)
        for candidate in held:
            device_aad = aad(labels.PRESENTATION_DEVICE, candidate)
            if context.is_signed(keys.device_key, parsed.device_layer, device_aad):
                bound = candidate
                break
        else:
            raise refusal(Code.CONTEXT_MISMATCH)
    if parsed.code_layer is not None:
        code_key, code_aad = ed25519_key(keys.code_key), aad(labels.PRESENTATION_CODE, bound)
        context.require_signature(code_key, parsed.code_layer, code_aad, Code.CODE_SIGNATURE)
    return prove(AuthenticPresentation, claims, credential, grant, bound)
