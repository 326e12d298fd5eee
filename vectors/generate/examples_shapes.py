"""The rules of spec/vitaletoken.cddl as shapes: what each place of a message is called, and what its numbers mean."""

from __future__ import annotations

from collections.abc import Callable

from vectors.generate.encoder import Value
from vectors.generate.examples_layout import Closed, Fields, Holds, Leaf, Many, Omitted, Row, Shape
from vectors.generate.expectations import CATEGORIES, PURPOSES


def date(day: int) -> str:
    """A day number as YYYY-MM-DD, by the arithmetic of the Gregorian calendar: eras of 400 years that begin in March."""
    era, of_era = divmod(day + 719468, 146097)
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    march = (5 * of_year + 2) // 153
    month = march + 3 if march < 10 else march - 9
    return f"{era * 400 + year + (month <= 2):04}-{month:02}-{of_year - (153 * march + 2) // 5 + 1:02}"


def _of_day(value: Value) -> str:
    assert isinstance(value, int)
    return date(value)


def _of_time(value: Value) -> str:
    assert isinstance(value, int)
    day, second = divmod(value, 86400)
    return f"{date(day)} {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02} UTC"


def one_of(names: dict[int, str]) -> Callable[[Value], str]:
    """What a number is called."""

    def name(value: Value) -> str:
        assert isinstance(value, int)
        return names[value]

    return name


PLAIN = Leaf()
TIME, DAY = Leaf(_of_time), Leaf(_of_day)
ALG = Leaf(one_of({-19: "Ed25519", -9: "ESP256", -49: "ML-DSA-65"}))

KEY = Fields(
    "COSE_Key",
    {
        1: ("kty", Leaf(one_of({1: "OKP", 2: "EC2"}))),
        3: ("alg", ALG),
        -1: ("crv", Leaf(one_of({6: "Ed25519", 1: "P-256"}))),
        -2: ("x", PLAIN),
        -3: ("y", Leaf(lambda value: "the sign of y" if isinstance(value, bool) else "y itself")),
    },
)
EMPTY = Fields("", {})
HEADER = Fields("header", {1: ("alg", ALG), 4: ("kid", PLAIN), 16: ("typ", PLAIN)})


def sign1(rule: str, content: Shape, header: Fields = HEADER) -> Row:
    """The generic rule `sign1`; `content` is that of the payload."""
    return Row(
        rule,
        (
            ("protected", Holds(header)),
            ("unprotected", EMPTY),
            ("payload", Holds(content)),
            ("signature", PLAIN),
        ),
    )


PERSON = Fields(
    "person",
    {
        1: ("family name", PLAIN),
        2: ("given names", Many("name", PLAIN)),
        3: ("sex", Leaf(one_of({0: "not known", 1: "male", 2: "female", 9: "not applicable"}))),
        4: ("name in use", PLAIN),
        5: ("birth rank", PLAIN),
    },
)
QUALITIES = {1: "policyholder", 2: "spouse or partner", 3: "child", 4: "other dependant"}
METHODS = {1: "CNIe read by NFC", 2: "identity document and live face", 3: "at a counter"}
CATEGORY = Leaf(one_of(dict(enumerate((name.replace("-", " ") for name in CATEGORIES), 1))))
PURPOSE = Leaf(one_of(dict(enumerate(PURPOSES, 1))))
ACTING = Fields(
    "acting",
    {
        1: ("name", PLAIN),
        2: ("purposes", Many("purpose", PURPOSE)),
        3: ("categories", Many("category", CATEGORY)),
    },
)
CARD = Fields(
    "card",
    {
        1: ("code key", PLAIN),
        2: ("alias", PLAIN),
        3: ("", PERSON),
        4: ("quality", Leaf(one_of(QUALITIES))),
        5: ("", Row("scheme", (("regime", PLAIN), ("fund", PLAIN), ("centre", PLAIN)))),
        6: ("status", Row("status-ref", (("list", PLAIN), ("idx", PLAIN)))),
        7: ("rights_as_of", DAY),
        8: ("rights_until", DAY),
        9: ("", Row("enrolment", (("method", Leaf(one_of(METHODS))), ("binding", PLAIN)))),
        10: ("test", PLAIN),
        11: ("policyholder", PLAIN),
        12: ("portrait", PLAIN),
        13: ("nir", PLAIN),
        14: ("policyholder nir", PLAIN),
        15: ("", ACTING),
    },
)
CONFIRMATION = Fields("", {1: ("", KEY)})
CREDENTIAL = sign1(
    "credential",
    Fields(
        "credential-claims",
        {
            1: ("iss", PLAIN),
            4: ("exp", TIME),
            6: ("iat", TIME),
            7: ("cti", PLAIN),
            8: ("cnf", CONFIRMATION),
            -65537: ("", CARD),
        },
    ),
)

VERIFICATIONS = {0: "none", 1: "device unlock", 2: "biometric", 3: "personal code"}
CLAIMS = Fields(
    "presentation-claims",
    {
        4: ("exp", TIME),
        6: ("iat", TIME),
        7: ("cti", PLAIN),
        -65538: (
            "presentation",
            Fields(
                "",
                {
                    1: ("user verification", Leaf(one_of(VERIFICATIONS))),
                    2: ("binding level", Leaf(one_of({0: "open", 1: "audience", 2: "challenge"}))),
                    3: ("counter", PLAIN),
                    4: ("failed tries", PLAIN),
                    5: ("grant", Leaf(lambda value: "byte for byte that of lent-card.md")),
                },
            ),
        ),
    },
)
CODE_LAYER = sign1("code-layer", CLAIMS)


def presentation(content: Shape, credential_is: str) -> Row:
    """The device layer, around the code layer or the claims."""
    header = Fields("presentation-header", {1: ("alg", ALG), 13: ("kcwt", Closed(credential_is))})
    return sign1("presentation", content, header)


def detached(signature: Shape) -> Row:
    """A signature whose payload stands elsewhere."""
    parts = (("protected", Holds(HEADER)), ("unprotected", EMPTY), ("payload", PLAIN), ("signature", signature))
    return Row("detached-signature", parts)


ISSUER_KEY = Fields(
    "issuer-key",
    {
        1: ("key", KEY),
        2: ("uses", Many("key-use", Leaf(one_of({1: "credential", 2: "status list", 3: "enrolment offer"})))),
        3: ("nbf", TIME),
        4: ("exp", TIME),
    },
)
ISSUER = Fields(
    "issuer",
    {
        1: ("issuer-id", PLAIN),
        2: ("name", PLAIN),
        3: ("keys", Many("issuer-key", ISSUER_KEY)),
        4: ("status-base", PLAIN),
        5: ("HPKE key", PLAIN),
    },
)
AUTHORITY_KEY = Fields(
    "authority-key",
    {
        1: ("key", KEY),
        2: ("uses", Many("key-use", Leaf(one_of({4: "terminal certificate"})))),
        3: ("nbf", TIME),
        4: ("exp", TIME),
    },
)
AUTHORITY = Fields(
    "terminal-authority",
    {
        1: ("issuer-id", PLAIN),
        2: ("name", PLAIN),
        3: ("keys", Many("authority-key", AUTHORITY_KEY)),
        4: ("categories", Many("category", CATEGORY)),
    },
)
TRUST_LIST = Row(
    "trust-list",
    (
        (
            "content",
            Holds(
                Fields(
                    "trust-list-claims",
                    {
                        1: ("version", PLAIN),
                        2: ("iat", TIME),
                        3: ("exp", TIME),
                        4: ("environment", Leaf(one_of({0: "production", 1: "test"}))),
                        5: ("", Fields("root-set", {1: ("threshold", PLAIN), 2: ("keys", Many("key", KEY))})),
                        6: ("issuers", Many("issuer", ISSUER)),
                        7: ("terminal authorities", Many("terminal-authority", AUTHORITY)),
                    },
                )
            ),
        ),
        (
            "signatures",
            Many(
                "signature of one root key holder",
                detached(PLAIN),
            ),
        ),
    ),
)

STATUS_LIST = sign1(
    "status-list",
    Fields(
        "status-list-claims",
        {
            2: ("sub", PLAIN),
            4: ("exp", TIME),
            6: ("iat", TIME),
            65533: ("status_list", Fields("", {"lst": ("", PLAIN), "bits": ("", PLAIN)})),
            65534: ("ttl", Leaf(lambda value: "seconds")),
        },
    ),
)

OFFER = sign1(
    "enrolment-offer",
    Fields("offer-claims", {1: ("iss", PLAIN), 4: ("exp", TIME), 6: ("iat", TIME), 7: ("cti", PLAIN)}),
)
REQUEST_CLAIMS = Fields(
    "request-claims",
    {
        6: ("iat", TIME),
        8: ("cnf", CONFIRMATION),
        -65539: (
            "request",
            Fields(
                "",
                {
                    1: ("code key", PLAIN),
                    2: ("offer digest", PLAIN),
                    3: ("commitment", PLAIN),
                    4: ("sealed number", PLAIN),
                },
            ),
        ),
    },
)
REQUEST = sign1("enrolment-request", sign1("request-code-layer", REQUEST_CLAIMS))


HASHED_KEY = Fields(
    "",
    {1: KEY.members[1], -1: KEY.members[-1], -2: ("x", PLAIN), -3: ("y, all of it", PLAIN)},
)


def bound(rule: str, *context: str) -> Row:
    """The array that begins every external_aad and the enrolment binding: the protocol, the role, and what is named."""
    return Row(rule, (("protocol", PLAIN), ("role", PLAIN), *((name, PLAIN) for name in context)))


def sig_structure(protected: int, aad: Shape) -> Row:
    """RFC 9052 section 4.4. A protected header of so many bytes is shown only if it is short; the payload never is."""
    above = Omitted("as above")
    return Row(
        "Sig_structure",
        (
            ("context", PLAIN),
            ("protected", PLAIN if protected <= 40 else above),
            ("external_aad", aad),
            ("payload", above),
        ),
    )
