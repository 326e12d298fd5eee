"""Layer `verify`, steps V13 and V14."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from vectors.generate import deflate
from vectors.generate.cases import Case, Json
from vectors.generate.encoder import Value
from vectors.generate.expectations import result
from vectors.generate.fixtures import (
    CTI_1,
    DELEGATIONS_WITHDRAWN,
    HOUR,
    LIST_NUMBER,
    NOW,
    REVOKED,
    STATUS,
    STATUS_MSA,
    SUSPENDED,
    TRUST_TEST,
    VALID,
    entries,
    shown_claims,
    status_claims,
)
from vectors.generate.keys import CNAM_STATUS
from vectors.generate.messages import status_list
from vectors.generate.verify_plain import CARD, DEVICE_ONLY
from vectors.generate.visit import ID_1, ID_NO_CODE, NO_CODE, SUITE_1, accepted, refused


def listed(lst: bytes | None = None, **changed: int) -> bytes:
    """The fixture's status list with another exp, iat, ttl or content."""
    claims = status_claims(lst=lst)
    keys: dict[str, Value] = {"exp": 4, "iat": 6, "ttl": 65534}
    for name, value in changed.items():
        claims[keys[name]] = value
    return status_list(claims, CNAM_STATUS).encode()


def status_cases() -> Iterator[Case]:
    yield accepted(
        "status-3",
        ("V13", "STATUS-1"),
        "entry 3: the card is valid, delegations are withdrawn",
        SUITE_1.with_card((CARD, 6), [LIST_NUMBER, DELEGATIONS_WITHDRAWN]),
        result(),
    )
    for code, idx in (("card-revoked", REVOKED), ("card-suspended", SUSPENDED)):
        yield refused(
            f"{code}/entry",
            ("V13",),
            f"the entry is {idx - REVOKED + 1}",
            SUITE_1.with_card((CARD, 6), [LIST_NUMBER, idx]),
            "revocation",
        )
    yield accepted(
        "status-last-entry-before",
        ("V13",),
        "the last entry but one",
        SUITE_1.with_card((CARD, 6), [LIST_NUMBER, 298]),
        result(),
        "boundary",
    )
    yield refused(
        "card-revoked/last-entry",
        ("V13",),
        "the last entry of the list",
        SUITE_1.with_card((CARD, 6), [LIST_NUMBER, 299]),
        "boundary",
        "revocation",
        base="verify/accepted/status-last-entry-before",
    )
    missing = "status-unavailable"
    for slug, comment, visit in (
        ("no-list", "no status list at all", replace(SUITE_1, status=())),
        ("other-issuer", "only the other issuer's list of this number", replace(SUITE_1, status=(STATUS_MSA,))),
        ("other-number", "the card is in list 4, list 3 is held", SUITE_1.with_card((CARD, 6), [LIST_NUMBER + 1, 17])),
        ("beyond", "idx is one beyond the last entry", SUITE_1.with_card((CARD, 6), [LIST_NUMBER, 300])),
        ("far-beyond", "the greatest idx there is", SUITE_1.with_card((CARD, 6), [LIST_NUMBER, 1048575])),
    ):
        yield refused(f"{missing}/{slug}", ("V13",), comment, visit, *(["boundary"] if slug == "beyond" else []))
    yield accepted(
        "several-lists",
        ("V13",),
        "the right one of several lists",
        replace(SUITE_1, status=(STATUS_MSA, _other_number(), STATUS)),
        result(),
    )
    yield from _newest_cases()
    last = replace(SUITE_1, status=(listed(exp=NOW + 1),))
    yield accepted(
        "status-list-last-second",
        ("V13", "STATUS-4", "TIME-1"),
        "the last second of the status list",
        last,
        result(),
        "boundary",
    )
    yield refused(
        "status-expired/one-second-late",
        ("V13", "STATUS-4", "TIME-1"),
        "now is exp of the status list: no skew is granted",
        replace(SUITE_1, status=(listed(exp=NOW),)),
        "boundary",
        base="verify/accepted/status-list-last-second",
    )
    old: dict[str, Json] = {"grade": "degraded", "reasons": ["status-list-old"]}
    for slug, ttl, differs, comment in (
        ("status-ttl-last-second", 6 * HOUR + 1, {}, "the last second within ttl"),
        ("status-ttl-over", 6 * HOUR, old, "now is iat + ttl: degraded"),
        ("status-ttl-long-over", 1, old, "a ttl of one second, six hours ago: degraded"),
    ):
        yield accepted(
            slug,
            ("V13", "TIME-1"),
            comment,
            replace(SUITE_1, status=(listed(ttl=ttl),)),
            result(**differs),
            "boundary",
            "clock",
        )
    yield accepted(
        "status-list-of-the-future",
        ("V13", "STATUS-5"),
        "the status list is made 300 seconds after now",
        replace(SUITE_1, status=(listed(iat=NOW + 300),)),
        result(status_as_of=NOW + 300),
        "clock",
        "boundary",
    )
    for slug, lists in (("future", ()), ("future-and-older", (listed(iat=NOW - 9 * HOUR),))):
        yield refused(
            f"status-unavailable/{slug}",
            ("V13", "STATUS-5"),
            "the newest status list is made 301 seconds after now" + ("; an older one is held too" if lists else ""),
            replace(SUITE_1, status=(*lists, listed(iat=NOW + 301))),
            "clock",
            "boundary",
            base="verify/accepted/status-list-of-the-future",
        )


def _other_number() -> bytes:
    return status_list(status_claims(number=LIST_NUMBER + 1), CNAM_STATUS).encode()


def policy_cases() -> Iterator[Case]:
    test = replace(SUITE_1.with_card((CARD, 10), 1), environment="test", trust=TRUST_TEST)
    yield accepted(
        "test-card", ("V14",), "a test card where tests are run", test, result(environment="test"), "environment"
    )
    yield refused(
        "wrong-environment/test-card",
        ("V14",),
        "a test card in production",
        SUITE_1.with_card((CARD, 10), 1),
        "environment",
    )
    yield refused(
        "wrong-environment/production-card",
        ("V14",),
        "a production card where tests are run",
        replace(SUITE_1, environment="test", trust=TRUST_TEST),
        "environment",
        base="verify/accepted/test-card",
    )
    names = ("none", "device-unlock", "biometric", "code")
    for least in range(1, 4):
        visit = replace(
            SUITE_1 if least == 3 else replace(NO_CODE, claims=shown_claims(CTI_1, least)),
            least_verification=names[least],
        )
        verification: dict[str, Json] = {} if least == 3 else {**DEVICE_ONLY, "user_verification": names[least]}
        enough = f"least-verification-{names[least]}"
        yield accepted(
            enough,
            ("V14",),
            f"the policy wants {names[least]}, which was done",
            visit,
            result(**verification),
            "boundary",
        )
        weak = replace(NO_CODE, claims=shown_claims(CTI_1, least - 1), least_verification=names[least])
        yield refused(
            f"user-verification-too-weak/{names[least - 1]}-below-{names[least]}",
            ("V14",),
            f"the policy wants {names[least]}, {names[least - 1]} was done",
            weak,
            "boundary",
            base=ID_1 if least == 3 else f"verify/accepted/{enough}",
        )
    yield refused(
        "user-verification-too-weak/none-below-code",
        ("V14",),
        "the policy wants code, nothing was done",
        replace(NO_CODE, claims=shown_claims(CTI_1, 0), least_verification="code"),
        base=ID_NO_CODE,
    )


def _newest_cases() -> Iterator[Case]:
    """Two lists of one issuer and number: the later iat answers, whatever else is to be said of it."""
    old, new = listed(iat=NOW - 9 * HOUR), listed(iat=NOW - 5 * HOUR)
    revoking = listed(iat=NOW - 5 * HOUR, lst=deflate.stored(entries(75, {VALID: 1})))
    for slug, lists in (("old-new", (old, new)), ("new-old", (new, old))):
        yield accepted(
            f"newest-list/{slug}",
            ("V13",),
            "two lists of one number, held in this order: the later iat answers",
            replace(SUITE_1, status=lists),
            result(status_as_of=NOW - 5 * HOUR),
        )
    for slug, lists in (("old-new", (old, revoking)), ("new-old", (revoking, old))):
        yield refused(
            f"card-revoked/newest-{slug}",
            ("V13",),
            "the later of two lists of one number revokes, held in this order",
            replace(SUITE_1, status=lists),
            "revocation",
        )
    good = listed(iat=NOW - 5 * HOUR)
    yield accepted(
        "newest-list/same-iat",
        ("V13",),
        "two lists of one number and iat: the one received last answers, and the first would revoke",
        replace(SUITE_1, status=(revoking, good)),
        result(status_as_of=NOW - 5 * HOUR),
    )
    yield refused(
        "card-revoked/newest-same-iat",
        ("V13",),
        "two lists of one number and iat: the one received last revokes",
        replace(SUITE_1, status=(good, revoking)),
        "revocation",
        base="verify/accepted/newest-list/same-iat",
    )
    yield refused(
        "status-expired/newest",
        ("V13", "STATUS-4"),
        "the later of two lists has expired, the earlier has not",
        replace(SUITE_1, status=(old, listed(iat=NOW - 5 * HOUR, exp=NOW))),
    )
    short = listed(iat=NOW - 5 * HOUR, lst=deflate.stored(entries(1, {})))
    yield refused(
        "status-unavailable/newest",
        ("V13",),
        "the later of two lists has no entry at idx, the earlier has",
        replace(SUITE_1, status=(old, short)),
    )
    yield refused(
        "status-unavailable/short-and-expired",
        ("V13", "VERIFY-1"),
        "the list has no entry at idx and has expired",
        replace(SUITE_1, status=(listed(exp=NOW, lst=deflate.stored(entries(1, {}))),)),
        "order",
    )
