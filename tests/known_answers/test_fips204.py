"""ML-DSA-65 against what NIST's validation server (ACVP) publishes: keys from seeds; and signatures by two implementations.

The sample files of ML-DSA-keyGen-FIPS204, vector set 42, group 2. A public key is rho (32 bytes) and t1 (1,920): rho and the end
of t1 are held to NIST's bytes, all of it to a second implementation. NIST's signature samples have contexts, which SIG-3 has
not, so signatures are checked across implementations only.
"""

from __future__ import annotations

import pytest
from dilithium_py.ml_dsa import ML_DSA_65

from vitaletoken.crypto import mldsa, signing
from vitaletoken.crypto.signing import SigningKey
from vitaletoken.errors import BadSignature

#: tcId: seed, rho, the end of the public key.
ACVP = {
    26: (
        "8AB6448BF58F897D528A8DE9F8E59329AC929A9CDE7EDF3E27E01BC9EF128A67",
        "49DE190622B0681761A9DB044015BF812760429001FDFF5FC897166546277E84",
        "675C4FC395B29744763675BBABEBDCE1B816769D66F9BC72DE319E1EC39E8F979E49B61C",
    ),
    27: (
        "E67D4E94E36225F5E360DBE043099A96078174A054631BC673100D218A71C448",
        "A11E04721B8D823AEBFD8CD4663CC5E864BFB0C33DF9D350FC6B20E1DE4D857D",
        "59FB3C66E8D3B72DF61D0974D01362437191A36EA3C99F45A7DE1C2D179C53E365D1C5",
    ),
}
MESSAGE = b"vitaletoken"


@pytest.mark.parametrize("number", ACVP)
def test_keys_from_seeds(number: int) -> None:
    seed, rho, end = map(bytes.fromhex, ACVP[number])
    public = SigningKey(signing.ML_DSA_65, seed).public
    assert len(public) == mldsa.PUBLIC_SIZE
    assert public.startswith(rho)
    assert public.endswith(end)
    assert public == bytes(ML_DSA_65.key_derive(seed)[0])


@pytest.mark.parametrize("number", ACVP)
def test_signatures_across_implementations(number: int) -> None:
    """Deterministic and hedged ones of another implementation, and ours there; a context is another signature."""
    seed = bytes.fromhex(ACVP[number][0])
    key = SigningKey(signing.ML_DSA_65, seed)
    public, private = ML_DSA_65.key_derive(seed)
    for deterministic in (True, False):
        theirs = bytes(ML_DSA_65.sign(private, MESSAGE, deterministic=deterministic))
        signing.verify(signing.ML_DSA_65, key.public, MESSAGE, theirs)
    assert ML_DSA_65.verify(public, MESSAGE, key.sign(MESSAGE))
    with pytest.raises(BadSignature):
        signing.verify(signing.ML_DSA_65, key.public, MESSAGE, bytes(ML_DSA_65.sign(private, MESSAGE, ctx=b"context")))
