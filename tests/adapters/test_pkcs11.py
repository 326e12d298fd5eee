"""Keys in a PKCS#11 token, with SoftHSM 2 as the token. Where it, or the extra, is missing, these tests are skipped."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.world import CODE, ISSUER_ID, STATUS_URI, World
from vitaletoken import Holder, Issuer, UsageError
from vitaletoken.adapters import pkcs11 as adapter
from vitaletoken.adapters.memory import MemoryHolderStore
from vitaletoken.adapters.pkcs11 import Pkcs11Token
from vitaletoken.crypto import signing
from vitaletoken.wire.registry import Algorithm

#: Where Debian, Fedora, Arch and Homebrew put it; SOFTHSM2_MODULE says another place.
PLACES = (
    os.environ.get("SOFTHSM2_MODULE", ""), "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib/pkcs11/libsofthsm2.so", "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)  # fmt: skip
MODULE = next((Path(place) for place in PLACES if place and Path(place).exists()), None)
TOOL = os.environ.get("SOFTHSM2_UTIL") or shutil.which("softhsm2-util")
PIN = "481516"
CURVES = (Algorithm.ED25519, Algorithm.ESP256)
needs_token = pytest.mark.skipif(
    MODULE is None or TOOL is None or importlib.util.find_spec("pkcs11") is None,
    reason="no SoftHSM 2 on this machine (apt-get install softhsm2), or no python-pkcs11 (vitaletoken[pkcs11])",
)


@pytest.fixture(scope="module")
def slots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A SoftHSM of its own, with one token; it reads its settings once for each process."""
    at = tmp_path_factory.mktemp("softhsm")
    (at / "tokens").mkdir()
    (at / "softhsm2.conf").write_text(f"directories.tokendir = {at / 'tokens'}\nobjectstore.backend = file\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(at / "softhsm2.conf"))
        init = ("--init-token", "--free", "--label", "vitale", "--pin", PIN, "--so-pin", "162342")
        subprocess.run([str(TOOL), "--module", str(MODULE), *init], check=True, capture_output=True)
        yield at


@pytest.fixture
def token(slots: Path) -> Iterator[Pkcs11Token]:
    assert MODULE
    with Pkcs11Token(MODULE, "vitale", PIN) as opened:
        yield opened


@needs_token
@pytest.mark.parametrize("algorithm", CURVES)
def test_it_signs_as_the_rules_ask(token: Pkcs11Token, algorithm: Algorithm) -> None:
    made = token.generate_signer(f"signer {algorithm.name}", algorithm)
    again = token.signer(f"signer {algorithm.name}")
    assert again.public_key == made.public_key
    assert made.public_key.algorithm is algorithm
    for number in range(24):  # every other signature of ECDSA has a high s before it is brought down
        tbs = b"message %d" % number
        signing.verify(algorithm, made.public_key.public, tbs, again.sign(tbs))


@needs_token
@pytest.mark.parametrize("algorithm", CURVES)
def test_a_whole_story_with_keys_in_hardware(token: Pkcs11Token, algorithm: Algorithm) -> None:
    """The insurer's key and the phone's, each in the token: enrolment, card, presentation, decision."""
    world = World()
    world.issuer_signer = signer = token.generate_signer(f"issuer {algorithm.name}")  # type: ignore[assignment]  # a signer of software elsewhere
    world.trust = adapted_trust(world)
    world.issuer = Issuer(
        ISSUER_ID, signer, number_key=world.number_key, register=world.register, clock=world.clock,
        entropy=world.entropy, status_uri=STATUS_URI, environment=world.environment,
    )  # fmt: skip
    device = token.generate_device_key(f"phone {algorithm.name}", algorithm)
    world.device_key = device  # type: ignore[assignment]  # one of software elsewhere
    world.holder = Holder(device, store=MemoryHolderStore(), clock=world.clock, entropy=world.entropy)
    world.verifier = world.terminal()
    world.enrol()
    assert world.verifier.verify(world.holder.present(CODE).text, "visit 1").card.person == world.beneficiary.person
    reopened = Holder(
        token.device_key(f"phone {algorithm.name}"), store=world.holder._store, clock=world.clock, entropy=world.entropy
    )
    assert reopened.present(CODE).text


def adapted_trust(world: World) -> Any:
    from vitaletoken import verify_trust_list

    return verify_trust_list(world.signed_trust_list(world.trust_claims()), world.anchor, world.environment)


@needs_token
def test_the_prf_is_of_its_own_secret(token: Pkcs11Token) -> None:
    one, other = token.generate_device_key("prf 1"), token.generate_device_key("prf 2")
    assert one.prf(b"m") == token.device_key("prf 1").prf(b"m") != other.prf(b"m")
    assert len(one.prf(b"m")) == 32


@needs_token
def test_a_key_that_can_leave_is_not_used(token: Pkcs11Token) -> None:
    attribute, kind = token._pkcs11.Attribute, token._pkcs11.KeyType
    curve = token._session.create_domain_parameters(
        kind.EC, {attribute.EC_PARAMS: adapter._CURVES[Algorithm.ESP256]}, local=True
    )
    loose = {attribute.EXTRACTABLE: True, attribute.SENSITIVE: False}
    curve.generate_keypair(label="loose", store=True, private_template=loose)
    with pytest.raises(UsageError, match="can leave the token"):
        token.signer("loose")


@needs_token
def test_what_is_not_there(token: Pkcs11Token, tmp_path: Path) -> None:
    assert MODULE
    with pytest.raises(UsageError, match="no such key"):
        token.signer("nobody")
    token.generate_signer("taken")
    with pytest.raises(UsageError, match="already"):
        token.generate_signer("taken")
    with pytest.raises(UsageError, match="Ed25519 or ESP256"):
        token.generate_signer("new", Algorithm.ML_DSA_65)
    with pytest.raises(UsageError, match="no token with that label"):
        Pkcs11Token(MODULE, "another", PIN)
    with pytest.raises(UsageError, match="cannot be used") as refused:
        Pkcs11Token(tmp_path / "none.so", "vitale", PIN)
    assert PIN not in str(refused.value)


@needs_token
def test_another_curve_is_refused(token: Pkcs11Token) -> None:
    from pkcs11.util.ec import encode_named_curve_parameters

    attribute, kind = token._pkcs11.Attribute, token._pkcs11.KeyType
    parameters = {attribute.EC_PARAMS: encode_named_curve_parameters("secp384r1")}
    curve = token._session.create_domain_parameters(kind.EC, parameters, local=True)
    curve.generate_keypair(label="p384", store=True)
    with pytest.raises(UsageError, match="neither Ed25519 nor P-256"):
        token.signer("p384")


@needs_token
def test_a_wrong_pin(slots: Path) -> None:
    """In a process of its own: a PKCS#11 login is the process's, not the session's."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom vitaletoken.adapters.pkcs11 import Pkcs11Token, UsageError\n"
        "try:\n    Pkcs11Token(Path(sys.argv[1]), 'vitale', '999999')\nexcept UsageError as e:\n    print(e)\n"
    )
    command = [sys.executable, "-c", program, str(MODULE)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert (done.stdout, done.stderr) == ("the token refuses the PIN\n", "")


@pytest.mark.parametrize("pin", ["1234\ud800", "\udcff"], ids=ascii)
def test_a_pin_that_is_no_text(pin: str, tmp_path: Path) -> None:
    """Refused before the library encodes it, whose exception would have it."""
    with pytest.raises(UsageError, match="the PIN is not Unicode text") as caught:
        Pkcs11Token(tmp_path / "module.so", "label", pin)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_the_order_is_that_of_the_curve() -> None:
    assert adapter._P256_ORDER == signing._P256_ORDER
