"""A private key does not leave its object by pickling or copying, which multiprocessing, caches and debuggers do unasked."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.secrets.recorder import Story, reachable
from tests.secrets.story import told
from tests.world import SeededEntropy
from vitaletoken import UsageError
from vitaletoken.adapters.keystore import generate_device_key, generate_signer
from vitaletoken.adapters.number_key import SoftwareNumberKey
from vitaletoken.crypto.pin import Argon2Profile, derive, software_prf
from vitaletoken.crypto.rows import RowCipher
from vitaletoken.crypto.signing import SigningKey
from vitaletoken.enrolment_desk import DeskKeys
from vitaletoken.ports import OpenChallenge
from vitaletoken.rules.binding import Instant
from vitaletoken.wire.registry import Algorithm

SECRET = b"of a key that nobody should have"
PRF = partial(software_prf, SECRET)
HOLDERS: dict[str, Callable[[], object]] = {
    **{f"SigningKey {each.name}": partial(SigningKey, each, SECRET) for each in Algorithm},
    "SoftwareSigner": lambda: generate_signer(SeededEntropy())[0],
    "SoftwareDeviceKey": lambda: generate_device_key(Algorithm.ESP256, SeededEntropy())[0],
    "CodeDerivation": lambda: derive("270519", bytes(16), Argon2Profile.CHEAPEST, bytes(32), PRF),
    "SoftwareNumberKey": partial(SoftwareNumberKey, SECRET),
    "DeskKeys": partial(DeskKeys, SECRET, SECRET[::-1]),
    "RowCipher": lambda: RowCipher(PRF, bytes(16)),
    "OpenChallenge": lambda: OpenChallenge("visit 1", bytes(32), b"challenge", SECRET, Instant(b"era", 1), 60),
}
#: What no pickle may have in it; a card's names and numbers go where the card goes.
KEYS = {
    "device key", "device PRF secret", "signing key", "code", "wrong code", "passphrase", "code derivation s",
    "code derivation h", "code derivation seed", "stretched passphrase or code", "wallet key", "wallet secret", "session secret",
    "number key", "desk key for e-mail codes", "desk key for numbers", "new code", "delegate's code", "e-mail code",
}  # fmt: skip
WAYS: dict[str, Callable[[object], object]] = {
    **{f"pickle {n}": partial(pickle.dumps, protocol=n) for n in range(pickle.HIGHEST_PROTOCOL + 1)},
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


#: A shallow copy of these is one more object with the same key in it, and no copy of the key.
SHALLOW = {("SoftwareSigner", "copy"), ("SoftwareDeviceKey", "copy")}


@pytest.mark.parametrize(
    ("holder", "way"), [(holder, way) for holder in HOLDERS for way in WAYS if (holder, way) not in SHALLOW]
)
def test_a_holder_of_a_secret_refuses(holder: str, way: str) -> None:
    with pytest.raises(UsageError, match="not pickled"):
        WAYS[way](HOLDERS[holder]())


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with pytest.MonkeyPatch.context() as patch:
        yield told(tmp_path_factory.mktemp("story"), patch, Algorithm.ED25519)


def test_no_key_is_in_the_pickle_of_anything(story: Story) -> None:
    """Whatever of ours the story leads to either refuses, or its pickle has no key and no code in it."""
    pickled = 0
    for value in reachable(story.objects):
        try:
            data = pickle.dumps(value)
        except Exception:  # noqa: BLE001 - many things cannot be pickled, each in its own words
            continue
        pickled += 1
        assert not story.canaries.found_in(data.decode("latin-1")) & KEYS, type(value)
    assert pickled > 50
    assert story.canaries.names >= KEYS


def test_a_key_in_a_pickle_would_be_found(story: Story) -> None:
    data = pickle.dumps([story.objects[0].__class__.__name__, SECRET])
    story.canaries.binary("planted", SECRET)
    assert story.canaries.found_in(data.decode("latin-1")) == {"planted"}
