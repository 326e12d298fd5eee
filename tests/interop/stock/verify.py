"""Stock COSE libraries verify an issuer's signature. Runs in an environment of its own (.venv-stock), not in this project's.

Reads {"message": hex, "public": hex, "external_aad": hex} from standard input; writes {library: "verified" or why not}.
"""

import json
import sys


def with_cwt(message: bytes, public: bytes, external_aad: bytes) -> str:
    import cbor2
    from cwt import COSE, COSEKey

    protected, _, payload, _ = cbor2.loads(message)
    key = COSEKey.new({1: 1, -1: 6, -2: public, 3: -19, 2: cbor2.loads(protected)[4]})
    tagged = b"\xd2" + message  # tag 18: python-cwt asks for it, the message is the same
    if COSE.new().decode(tagged, keys=key, external_aad=external_aad) != payload:
        return "another payload"
    return "verified"


def with_pycose(message: bytes, public: bytes, external_aad: bytes) -> str:
    import cbor2
    from pycose.keys import OKPKey
    from pycose.messages import Sign1Message

    parsed = Sign1Message.from_cose_obj(cbor2.loads(message), allow_unknown_attributes=True)
    parsed.external_aad, parsed.key = external_aad, OKPKey(crv="Ed25519", x=public)
    return "verified" if parsed.verify_signature() else "refused"


case = {name: bytes.fromhex(value) for name, value in json.load(sys.stdin).items()}
results = {}
for name, verify in {"python-cwt": with_cwt, "pycose": with_pycose}.items():
    try:
        results[name] = verify(**case)
    except Exception as error:  # noqa: BLE001  # whatever a library raises is its answer
        results[name] = str(error) or type(error).__name__
json.dump(results, sys.stdout)
