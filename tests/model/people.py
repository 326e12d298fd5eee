"""Who and what there is: two phones and their cards, an issuer, two terminals; and what each compromise gives away.

Alice has a card of her own and her child's, under one device key and one code. Bob is a delegate who keeps to the rules.
Mallory is the attacker: she has a card of her own, keys for two phones, and can be a delegate too.
"""

from __future__ import annotations

from typing import Final

from tests.model.messages import Card, Listed, Scope, certificate, credential, status_list
from tests.model.terms import Term, pk

ALICE, CHILD, BOB, MALLORY = "Alice", "child", "Bob", "Mallory"
T1, T2 = "T1", "T2"

DEVICE: Final = "~device of Alice"
CODE_WORD: Final = "~code of Alice"
PRF: Final = "~prf of Alice"
SALT: Final = "~salt of Alice"
NUMBER: Final = "~number of Alice"
CODE_KEY: Final = ("kdf", CODE_WORD, PRF, SALT)
BOB_DEVICE, BOB_CODE = "~device of Bob", "~code key of Bob"
MALLORY_DEVICE, MALLORY_CODE = "~device of Mallory", "~code key of Mallory"
SECOND_DEVICE, SECOND_CODE = "~second device of Mallory", "~second code key of Mallory"
ISSUER: Final = "~issuer"
AUTHORITY: Final = "~authority"
ROGUE: Final = "~key of Mallory"
TERMINAL_KEYS: Final = {T1: "~key of T1", T2: "~key of T2"}
CATEGORIES: Final = {T1: "pharmacy", T2: "hospital"}

LENT: Final = Scope("dispensing", "pharmacy")

CARD: Final = credential(ISSUER, Card("card", ALICE, pk(DEVICE), pk(CODE_KEY), "card 1"))
BILLING: Final = credential(ISSUER, Card("card", ALICE, pk(DEVICE), pk(CODE_KEY), "card 1", NUMBER))
CHILDS: Final = credential(ISSUER, Card("card", CHILD, pk(DEVICE), pk(CODE_KEY), "card 2"))
MALLORYS: Final = credential(ISSUER, Card("card", MALLORY, pk(MALLORY_DEVICE), pk(MALLORY_CODE), "card 3"))
#: Alice's card as the issuer makes it onto Mallory's keys, by Alice's order.
LENT_TO_MALLORY: Final = credential(
    ISSUER, Card("card", ALICE, pk(MALLORY_DEVICE), pk(MALLORY_CODE), "card 4", acting=LENT)
)
ISSUED: Final = frozenset({CARD, BILLING, CHILDS, MALLORYS, LENT_TO_MALLORY})

CERTIFICATES: Final = {t: certificate(AUTHORITY, TERMINAL_KEYS[t], t, CATEGORIES[t]) for t in (T1, T2)}

NOTHING_REVOKED: Final = status_list(ISSUER, Listed("list", 0, ()))
STOLEN: Final = status_list(ISSUER, Listed("list", 1, ("card 1",)))

#: What each compromise gives the attacker.
#:
#: device   Alice's phone, unlocked: uses its keys and its PRF, reads what its app reads
#: code     her personal code
#: issuer   the issuer's key, for cards and status lists
#: terminal the keys with which the terminals sign challenges
#: wallet   a copy of the phone's file, opened: worse than the file is, which is encrypted under the device's key
#: trust    k root keys: trust lists that name an issuer key and an authority key of the attacker's
#: bob      Bob's phone, unlocked, without his code; tried where cards are lent
GIVEN: Final[dict[str, tuple[Term, ...]]] = {
    "device": (DEVICE, PRF, SALT, BILLING),
    "code": (CODE_WORD,),
    "issuer": (ISSUER,),
    "terminal": tuple(TERMINAL_KEYS.values()),
    "wallet": (SALT, BILLING),
    "trust": (),
    "bob": (BOB_DEVICE,),
}
BOBS: Final = "bob"
#: Those that are tried everywhere.
COMPROMISES: Final = tuple(name for name in GIVEN if name != BOBS)

#: What everyone has seen before the story begins: cards have been filmed, certificates hang on counters, lists are public.
PUBLIC: Final[tuple[Term, ...]] = (
    CARD,
    CHILDS,
    MALLORYS,
    *CERTIFICATES.values(),
    NOTHING_REVOKED,
    STOLEN,
    MALLORY_DEVICE,
    MALLORY_CODE,
    SECOND_DEVICE,
    SECOND_CODE,
    ROGUE,
)
