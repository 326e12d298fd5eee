"""Does a COSE library that is not ours verify our credential's issuer signature?

python-cwt 3.3.0 does. pycose 1.1.0 does not know the algorithm: -19, Ed25519 of RFC 9864. Neither does any library found on
npm: @auth0/cose 1.0.2 ("Unsupported algorithm -19"), cose-kit 1.7.1 ("unknown algorithm"), cose-js 0.9.0 (no OKP keys);
@ldclabs/cose-ts 1.5.0 cannot be imported by Node. docs/adr/0006 says why -19 all the same.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.test_vectors import CASES
from vitaletoken.crypto.signing import ED25519, SigningKey
from vitaletoken.rules.context import CREDENTIAL_AAD

ROOT = Path(__file__).parent.parent.parent
PYTHON = ROOT / ".venv-stock" / "bin" / "python"

pytestmark = pytest.mark.skipif(
    not (ROOT / ".venv-stock" / ".ready").exists(),
    reason="stock COSE libraries are not installed (`make test` installs them into .venv-stock where it can)",
)


def ask(message: bytes, public: bytes) -> dict[str, str]:
    question = {"message": message.hex(), "public": public.hex(), "external_aad": CREDENTIAL_AAD.hex()}
    script = Path(__file__).parent / "stock" / "verify.py"
    done = subprocess.run(
        [PYTHON, script], input=json.dumps(question), capture_output=True, text=True, check=True, encoding="utf-8"
    )
    answer: dict[str, str] = json.loads(done.stdout)
    return answer


@pytest.fixture(scope="module")
def issued() -> tuple[bytes, bytes]:
    case = next(case for case in CASES if case["id"] == "issue/policyholder")
    key = SigningKey(ED25519, bytes.fromhex(case["input"]["issuer_seed"]))
    return bytes.fromhex(case["expect"]["ok"]["bytes"]), key.public


def test_what_stock_libraries_say(issued: tuple[bytes, bytes]) -> None:
    answer = ask(*issued)
    assert answer["python-cwt"] == "verified"
    assert "-19" in answer["pycose"], "pycose has learnt the algorithm: say so in docs/adr/0006"


def test_a_changed_payload_is_not_verified(issued: tuple[bytes, bytes]) -> None:
    message, public = issued
    changed = message.replace(b"fr-cnam", b"fr-cnaM")
    assert changed != message
    assert ask(changed, public)["python-cwt"] != "verified"
