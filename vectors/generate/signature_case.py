"""What the cases of `signature` share."""

from __future__ import annotations

from vectors.generate import edwards
from vectors.generate.cases import Case
from vectors.generate.encoder import Value, encode
from vectors.generate.keys import (
    EDDSA,
    ESP256,
)

# RFC 8032 section 7.1: name, seed, message
RFC8032 = (
    ("1", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", ""),
    ("2", "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "72"),
    ("3", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "af82"),
    (
        "sha-abc",
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ),
)
RFC6979_SCALAR = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
RFC9679_POINT = (
    "65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d",
    "1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c",
)
MESSAGE = b"vitaletoken"


def case(slug: str, comment: str, key: Value, message: bytes, sig: bytes, base: str | None, *flags: str) -> Case:
    """One case; with a base it is refused."""
    assert len(sig) == 64
    alg = key[3] if isinstance(key, dict) else None
    assert alg in {EDDSA, ESP256}
    if alg == EDDSA:
        assert isinstance(key, dict)
        assert edwards.accepts(key[-2], message, sig) is (base is None), slug
    return Case(
        f"signature/{slug}",
        ("SIG-1" if alg == EDDSA else "SIG-2",),
        comment,
        {"alg": alg, "key": encode(key).hex(), "message": message.hex(), "signature": sig.hex()},
        {} if base is None else "device-signature",
        base and f"signature/{base}",
        flags,
    )
