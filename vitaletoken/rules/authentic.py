"""Presentations that the enrolled phone made, or a delegate's: steps V8 to V10 (spec section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from vitaletoken.errors import Code, refusal
from vitaletoken.rules import context
from vitaletoken.rules.credential import VerifiedCredential
from vitaletoken.rules.delegation import verify_delegation
from vitaletoken.rules.grant import VerifiedGrant
from vitaletoken.rules.proof import Proof, prove
from vitaletoken.wire.cose import CoseKey, ed25519_key
from vitaletoken.wire.presentation import ParsedPresentation, PresentationClaims
from vitaletoken.wire.registry import Binding

_OPEN: Final = Binding.OPEN  # named once, as in ``presentation``


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
    if claims.grant is None:
        grant, device_key, code_key = None, credential.claims.device_key, credential.claims.card.code_key
    else:
        grant = verify_delegation(parsed, credential, claims.grant)
        device_key, code_key = grant.acting_keys
    if claims.binding is _OPEN:
        bound = None
        device_aad, code_aad = context.presentation_aads(parsed.algorithm, _OPEN, credential.digest, None)
        context.require_signature(device_key, parsed.device_layer, device_aad, Code.DEVICE_SIGNATURE)
    else:
        bound, code_aad = _context_of(parsed, credential.digest, device_key, bound_to.get(claims.binding))
    if parsed.code_layer is not None:
        context.require_signature(ed25519_key(code_key), parsed.code_layer, code_aad, Code.CODE_SIGNATURE)
    return prove(AuthenticPresentation, (claims, credential, grant, bound))


def _context_of(
    parsed: ParsedPresentation, digest: bytes, device_key: CoseKey, held: tuple[bytes, ...] | None
) -> tuple[bytes, bytes]:
    """V9 at the other levels: the one of ``held`` with which the device layer verifies, and the code layer's external_aad."""
    if not held:  # PRES-4
        raise refusal(Code.CONTEXT_UNKNOWN)
    for candidate in held:
        device_aad, code_aad = context.presentation_aads(
            parsed.algorithm, parsed.unverified_claims.binding, digest, candidate
        )
        if context.is_signed(device_key, parsed.device_layer, device_aad):
            return candidate, code_aad
    raise refusal(Code.CONTEXT_MISMATCH)
