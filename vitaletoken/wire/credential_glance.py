"""A credential recognised at a glance: by one pattern over all its bytes (docs/adr/0004).

A terminal that has not seen a card before reads its credential once, and most of that was decoding the claims, walking them
and reading them. Here they are matched as a whole. What does not match is left to ``parse_credential``, which takes three
times as long, knows every form, and alone refuses: so a form that the pattern does not know is slower and never judged
otherwise. A test holds the two against each other.
"""

from __future__ import annotations

import re
from typing import Final

from vitaletoken.errors import Code, NotInForm, refusal
from vitaletoken.wire.cose import CoseKey, CoseSign1, ed25519_key
from vitaletoken.wire.credential import (
    MAX_SIZE,
    Enrolment,
    ParsedCredential,
    Person,
    Scheme,
    StatusRef,
    checked_card,
    checked_claims,
    parse_credential,
)
from vitaletoken.wire.nir import BeneficiaryNir, PolicyholderNir
from vitaletoken.wire.patterns import CONTENT, TEXT_HEAD, TEXT_SIZES, TEXTS, TIME, UINT, text, texts, uint
from vitaletoken.wire.presentation import ParsedPresentation, require_algorithm
from vitaletoken.wire.registry import Algorithm, EnrolmentMethod, Quality, Sex

# Heads of the usual size only: times from 1970 to 2106, days to 2149. The regime's last byte is its value, 0 to 99.
_DAY: Final = rb"\x19(?!\x00)(..)"
_REGIME: Final = rb"([\x00-\x17]|\x18[\x18-\x63])"
_NIR: Final = rb"([1-478][0-9]{4}(?:[0-9]{2}|2A|2B)[0-9]{6})"
_CREDENTIAL: Final = re.compile(
    rb"\x84\x4d(\xa2\x01\x32\x04\x48(.{8}))\xa0(\x58.|\x59(?!\x00)..)("  # protected, kid; payload
    rb"\xa6\x01([\x61-\x77]|\x78[\x18-\x20])([a-z0-9][a-z0-9.-]{0,31})"  # iss
    rb"\x04" + TIME + rb"\x06" + TIME + rb"\x07\x48(.{8})"  # exp, iat, cti
    rb"\x08\xa1\x01(?:\xa4\x01\x01\x03\x32\x20\x06\x21\x58\x20(.{32})"  # cnf, Ed25519
    rb"|\xa5\x01\x02\x03\x28\x20\x01\x21\x58\x20(.{32})\x22([\xf4\xf5]))"  # cnf, P-256
    rb"\x3a\x00\x01\x00\x00([\xa8-\xae])\x01\x58\x20(.{32})\x02\x48(.{8})"  # -65537: code key, beneficiary
    rb"\x03([\xa3-\xa5])\x01" + TEXT_HEAD + CONTENT + rb"\x02([\x81-\x88])" + TEXTS + rb"\x03([\x00-\x02\x09])"  # person
    rb"(?:\x04" + TEXT_HEAD + CONTENT + rb")?(?:\x05([\x01-\x09]))?"  # name in use, birth rank
    rb"\x04([\x01-\x04])\x05\x83" + _REGIME + UINT + UINT + rb"\x06\x82" + UINT + UINT  # quality, scheme, status
    + rb"\x07" + _DAY + rb"(?:\x08" + _DAY + rb")?\x09\x82([\x01-\x03])\x50(.{16})"  # rights, enrolment
    rb"(?:\x0a(\x01))?(?:\x0b\x48(.{8}))?(?:\x0c\x58\x20(.{32}))?"  # test, policyholder, portrait
    rb"(?:\x0d\x6d" + _NIR + rb")?(?:\x0e\x6d" + _NIR + rb")?"  # the numbers
    rb")\x58\x40(.{64})",  # signature
    re.DOTALL,
)  # fmt: skip

_LEAST_CARD: Final = 0xA8  # head of a map of 8, the claims that each card has
_LEAST_PERSON: Final = 0xA3
_SEXES: Final = {bytes([sex]): sex for sex in Sex}
_QUALITIES: Final = {bytes([quality]): quality for quality in Quality}
_METHODS: Final = {bytes([method]): method for method in EnrolmentMethod}
_from_bytes: Final = int.from_bytes
_new: Final = tuple.__new__  # of a NamedTuple: half the time of calling it


def parse_credential_in(presentation: ParsedPresentation) -> ParsedCredential:
    """The credential that ``presentation`` carries, step V5.

    Raises:
        Malformed: ``credential-structure``, ``algorithm-mismatch``.
    """
    credential = parse_credential_at_a_glance(presentation.credential)
    require_algorithm(presentation, credential.unverified_claims.device_key)
    return credential


def parse_credential_at_a_glance(data: bytes) -> ParsedCredential:
    """As ``parse_credential``: the same structure, and the same refusal."""
    try:
        return _at_a_glance(data) or parse_credential(data)
    except NotInForm:
        raise refusal(Code.CREDENTIAL_STRUCTURE) from None


def _at_a_glance(data: bytes) -> ParsedCredential | None:
    """None where the general reader is to be asked. Raises ``NotInForm`` for what breaks a rule between claims."""
    match = _CREDENTIAL.fullmatch(data)
    if match is None or len(data) > MAX_SIZE:
        return None
    (
        protected, kid, payload_head, payload,
        iss_head, iss, exp, iat, cti, ed25519_x, p256_x, p256_sign, card_head, code_key, beneficiary,
        person_head, family_head, family_, given_head, given_, sex, in_use_head, in_use_, rank,
        quality, regime, fund_, centre_, list_, idx_, as_of, until, method, binding,
        test, policyholder, portrait, nir, other_nir, signature,
    ) = match.groups()  # fmt: skip
    family, given = text(family_head, family_), texts(given_head[0] - 0x80, given_)
    in_use = None if in_use_ is None else text(in_use_head, in_use_)
    fund, centre, number, idx = uint(fund_), uint(centre_), uint(list_), uint(idx_)
    optional = (until, test, policyholder, portrait, nir, other_nir)
    if (
        _from_bytes(payload_head[1:], "big") != len(payload)
        or TEXT_SIZES[iss_head] != len(iss)
        or family is None
        or given is None
        or (in_use is None) is not (in_use_ is None)
        or fund > 999
        or centre > 9999
        or number > 65535
        or idx > 1048575
        or person_head[0] - _LEAST_PERSON != (in_use_ is not None) + (rank is not None)
        or card_head[0] - _LEAST_CARD != 6 - optional.count(None)
    ):
        return None
    if ed25519_x is not None:
        device_key = ed25519_key(ed25519_x)
    else:
        device_key = CoseKey(Algorithm.ESP256, (b"\x03" if p256_sign == b"\xf5" else b"\x02") + p256_x)
    card = checked_card(
        code_key,
        beneficiary,
        _new(Person, (family, given, _SEXES[sex], in_use, None if rank is None else rank[0])),
        _QUALITIES[quality],
        _new(Scheme, (regime[-1], fund, centre)),
        _new(StatusRef, (number, idx)),
        _from_bytes(as_of, "big"),
        _new(Enrolment, (_METHODS[method], binding)),
        None if until is None else _from_bytes(until, "big"),
        None if test is None else 1,
        policyholder,
        portrait,
        None if nir is None else BeneficiaryNir(nir.decode()),
        None if other_nir is None else PolicyholderNir(other_nir.decode()),
        None,
    )
    claims = checked_claims(iss.decode(), _from_bytes(exp, "big"), _from_bytes(iat, "big"), cti, device_key, card)
    return _new(ParsedCredential, (data, kid, _new(CoseSign1, (protected, payload, signature)), claims))
