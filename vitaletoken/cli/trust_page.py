"""A trust list in words, for those who are to sign it: what it says, what changes, who has signed and who is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from vitaletoken.cli.output import moment, span
from vitaletoken.errors import CATALOGUE, Code, InputError
from vitaletoken.rules.trust import TrustAnchor, all_keys, combine_trust_list, kid_of, verify_trust_list
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.registry import Algorithm, KeyUse, label
from vitaletoken.wire.trust_list import IssuerKey, RootSet, TrustListClaims, serialize_claims

_USES: Final = {
    KeyUse.CREDENTIAL: "cards",
    KeyUse.STATUS_LIST: "status lists",
    KeyUse.ENROLMENT_OFFER: "enrolment offers",
    KeyUse.TERMINAL_CERTIFICATE: "terminal certificates",
    KeyUse.SNAPSHOT_SECOND: "second signature of status snapshots",
}
_ALGORITHMS: Final = {Algorithm.ED25519: "Ed25519", Algorithm.ML_DSA_65: "ML-DSA-65"}
_UNSIGNED: Final = (Code.TRUST_LIST_SIGNATURE, Code.TRUST_LIST_NEW_ROOTS, Code.TRUST_LIST_POST_QUANTUM)


@dataclass(frozen=True)
class Side:
    """The signatures of one kind that one root set asks for.

    Attributes:
        whose: in words. needed: how many. signed, missing: of its keys those that have signed and the others, by key id.
    """

    whose: str
    algorithm: Algorithm
    needed: int
    signed: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def short(self) -> int:
        """How many are still to sign."""
        return max(0, self.needed - len(self.signed))


@dataclass(frozen=True)
class Standing:
    """Where a trust list is on its way into force.

    Attributes:
        before: of the list in force; None where there is none, or it is not known here.
        sides: what it needs: of the roots in force, and of its own.
        refusal: why terminals that hold ``before`` would refuse it; None if they take it.
        post_quantum: whether terminals that require ML-DSA-65 take it too.
    """

    claims: TrustListClaims
    before: TrustListClaims | None
    sides: tuple[Side, ...]
    refusal: Code | None
    post_quantum: bool

    @property
    def digest(self) -> str:
        """SHA-256 of what is signed, in hex."""
        return hashlib.sha256(serialize_claims(self.claims)).hexdigest()

    @property
    def is_faulty(self) -> bool:
        """Whether no signature can help."""
        return self.refusal is not None and self.refusal not in _UNSIGNED

    def changes(self) -> list[tuple[str, str]]:
        """("added", "removed" or "changed", in words) to the list in force."""
        if self.before is None:
            return []
        old, new = _parts(self.before), _parts(self.claims)
        changes = [("added", f"{what}: {new[what]}") for what in new if what not in old]
        changes += [("removed", f"{what}: {old[what]}") for what in old if what not in new]
        return changes + [
            ("changed", f"{what}: {old[what]} -> {new[what]}") for what in new if old.get(what, new[what]) != new[what]
        ]

    def data(self) -> dict[str, object]:
        """For a program."""
        claims = self.claims
        return {
            "version": claims.version,
            "environment": label(claims.environment),
            "as_of": claims.iat,
            "expires": claims.exp,
            "digest": self.digest,
            "threshold": claims.roots.threshold,
            "changes": [{"change": change, "what": what} for change, what in self.changes()],
            "signatures": [
                {
                    "whose": side.whose,
                    "algorithm": _ALGORITHMS[side.algorithm],
                    "needed": side.needed,
                    "signed": side.signed,
                    "missing": side.missing,
                }
                for side in self.sides
            ],
            "complete": self.refusal is None,
            "post_quantum": self.post_quantum,
            "code": self.refusal and self.refusal.value,
        }

    def lines(self) -> list[str]:
        """All of it, for a person."""
        claims = self.claims
        return [
            f"Trust list version {claims.version}, {label(claims.environment)}",
            f"  As of           {moment(claims.iat)}",
            f"  Until           {moment(claims.exp)}, {span(claims.exp - claims.iat)}",
            f"  Fingerprint     {_grouped(self.digest[:32])}",
            f"                  {_grouped(self.digest[32:])}",
            "",
            *(f"  {what}: {description}" for what, description in _parts(claims).items()),
            "",
            *self._change_lines(),
            *self.signature_lines(),
        ]

    def _change_lines(self) -> list[str]:
        if self.before is None:
            return ["Not compared with a list in force: say --after, unless this is the very first.", ""]
        changes = [f"  {change:<9} {what}" for change, what in self.changes()] or ["  nothing but its times"]
        return [f"Changes to version {self.before.version}, which is in force", *changes, ""]

    def signature_lines(self) -> list[str]:
        """Who has signed, who can, and what it is worth so far."""
        lines = []
        for side in self.sides:
            name = f"{side.whose}, {_ALGORITHMS[side.algorithm]}"
            lines.append(f"  {name}: {side.needed} needed; signed: {', '.join(side.signed) or 'none'}")
            if side.short:
                lines.append(f"    {side.short} more of: {', '.join(side.missing)}")
        return ["Signatures", *lines, "", *self._verdict()]

    def _verdict(self) -> list[str]:
        if self.is_faulty and self.refusal is not None:
            return [f"NOT GOOD: terminals would refuse it, whoever signs. {CATALOGUE[self.refusal].reason}"]
        if self.refusal is not None:
            return ["NOT COMPLETE: signatures are missing"]
        held = "pinned these roots" if self.before is None else f"hold version {self.before.version}"
        whose = f"terminals that {held}"
        if self.post_quantum or not self.claims.roots.post_quantum_keys:
            return [f"COMPLETE: {whose} take it"]
        return [f"COMPLETE: {whose} take it, but for those that require ML-DSA-65"]


def standing(claims: TrustListClaims, before: TrustListClaims | None, signatures: Mapping[CoseKey, bytes]) -> Standing:
    """Where the list stands that says ``claims`` and has these signatures, which were verified.

    Raises:
        UsageError: the claims are not in form.
    """
    if before is None:
        sides = _sides("its own roots", claims.roots, signatures)
    elif before.roots == claims.roots:
        sides = _sides("roots, old and new the same", claims.roots, signatures)
    else:
        sides = _sides("roots in force", before.roots, signatures) + _sides("its own roots", claims.roots, signatures)
    return Standing(
        claims,
        before,
        tuple(sides),
        _refusal(claims, before, signatures, post_quantum=False),
        _refusal(claims, before, signatures, post_quantum=True) is None,
    )


def _sides(whose: str, roots: RootSet, signatures: Container[CoseKey]) -> list[Side]:
    sides = []
    for keys in (roots.keys, roots.post_quantum_keys):
        if keys:
            signed = tuple(kid_of(key).hex() for key in keys if key in signatures)
            missing = tuple(kid_of(key).hex() for key in keys if key not in signatures)
            sides.append(Side(whose, keys[0].algorithm, roots.threshold, signed, missing))
    return sides


def _refusal(
    claims: TrustListClaims, before: TrustListClaims | None, signatures: Mapping[CoseKey, bytes], *, post_quantum: bool
) -> Code | None:
    """What a terminal says of it that holds ``before``, or has pinned the list's own roots.

    What no signature can mend comes first: it is better known before anybody signs.
    """
    anchor = TrustAnchor(claims.roots)
    environment = claims.environment
    if before is not None:
        anchor = TrustAnchor(before.roots, before.version, hashlib.sha256(serialize_claims(before)).digest())
        environment = before.environment
        if claims.environment is not environment:
            return Code.TRUST_LIST_ENVIRONMENT
        if claims.version < before.version or (claims.version == before.version and claims != before):
            return Code.TRUST_LIST_ROLLBACK
    if not signatures:
        return Code.TRUST_LIST_SIGNATURE
    try:
        verify_trust_list(combine_trust_list(claims, signatures), anchor, environment, post_quantum=post_quantum)
    except InputError as refused:
        return refused.code
    return None


def _parts(claims: TrustListClaims) -> dict[str, str]:
    """All that a list says but its times and its version: what, and how it is described."""
    roots = claims.roots
    parts: dict[str, str] = {}

    def add(what: str, description: str) -> None:
        # A key may stand twice, and with some work one makes two keys of one key id: neither may hide behind the other.
        again, number = what, 1
        while again in parts:
            number += 1
            again = f"{what} ({number})"
        parts[again] = description

    add("Roots that must sign", f"{roots.threshold} of {len(roots.keys)}")
    if roots.post_quantum_keys:
        add("Of the ML-DSA-65 keys", f"{roots.threshold} of {len(roots.post_quantum_keys)}")
    for root in all_keys(roots):
        add(f"Root {kid_of(root).hex()}", _ALGORITHMS[root.algorithm])
    for issuer in claims.issuers:
        add(f"Issuer {issuer.id}", f"{issuer.name}, status lists at {issuer.status_uri}")
        if issuer.sealing_key is not None:
            add(f"Issuer {issuer.id}, key to which numbers (NIR) are sealed", _grouped(issuer.sealing_key.hex()))
        for key in issuer.keys:
            add(_key_name(f"Issuer {issuer.id}", key), _key(key))
    for authority in claims.authorities:
        name = f"Terminal authority {authority.id}"
        categories = ", ".join(label(category) for category in authority.categories)
        add(name, f"{authority.name}, certifies: {categories}")
        for key in authority.keys:
            add(_key_name(name, key), _key(key))
    return parts


def _key_name(owner: str, key: IssuerKey) -> str:
    return f"{owner}, key {kid_of(key.key).hex()} for {', '.join(_USES[use] for use in key.uses)}"


def _key(key: IssuerKey) -> str:
    window = f"{_ALGORITHMS[key.key.algorithm]}, from {moment(key.nbf)} until {moment(key.exp)}"
    if key.withdrawn is None:
        return window
    kept = "what it signed before counts" if key.withdrawn.keep else "nothing that it ever signed counts"
    return f"{window}; WITHDRAWN from {moment(key.withdrawn.start)}, {kept}"


def _grouped(digits: str) -> str:
    """Hex digits as people read them to each other."""
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
