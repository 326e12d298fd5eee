"""Software keys, encrypted at rest under a passphrase.

A file is CBOR: {1: version, 2: kind, 3: algorithm, 4: public key, 5: Argon2id profile, 6: salt, 7: nonce, 8: wrapped
secrets}. A key that does not sign has the algorithm 0, and symmetric keys an empty public key. It is written once, to a new file,
readable by its owner alone.

This stands in for secure hardware and is weaker: whoever copies the file and learns the passphrase has the key, and can then
try personal codes at the speed of a GPU (spec section 15).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

from vitaletoken.adapters.files import read_message, sync_directory
from vitaletoken.adapters.number_key import SoftwareNumberKey
from vitaletoken.crypto import keywrap, mldsa, pin
from vitaletoken.crypto.keywrap import WrongPassphrase
from vitaletoken.crypto.pin import Argon2Profile
from vitaletoken.crypto.signing import SigningKey
from vitaletoken.errors import NotInForm, UsageError
from vitaletoken.ports import Entropy
from vitaletoken.wire import cbor
from vitaletoken.wire import fields as f
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.registry import Algorithm

_VERSION: Final = 1
_SIGNER: Final = 1
_DEVICE: Final = 2
_NUMBER: Final = 3
_SYMMETRIC: Final = 4
_NO_ALGORITHM: Final = 0
_MAX_SIZE: Final = 4096  # a public key of ML-DSA-65 has 1,952 bytes
_MAX_WRAPPED: Final = 1024
_SECRET_SIZE: Final = 32
_PROFILES: Final = {1: Argon2Profile.DEFAULT, 2: Argon2Profile.CHEAPEST}


class SoftwareSigner:
    """A signing key in this process's memory, as an issuer or a root key holder without an HSM has it."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self._public_key = CoseKey(Algorithm(key.algorithm), key.public)

    @property
    def public_key(self) -> CoseKey:
        """The public half."""
        return self._public_key

    def sign(self, tbs: bytes) -> bytes:
        """64 bytes over ``tbs``, or 3,309 of ML-DSA-65."""
        return self._key.sign(tbs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._key!r})"


class SoftwareDeviceKey(SoftwareSigner):
    """A phone's key without secure hardware: a signing key, and HMAC-SHA-256 under a secret of its own."""

    def __init__(self, key: SigningKey, prf_secret: bytes) -> None:
        super().__init__(key)
        self._prf_secret = prf_secret

    def prf(self, message: bytes) -> bytes:
        """32 bytes."""
        return pin.software_prf(self._prf_secret, message)


def generate_signer(entropy: Entropy, algorithm: Algorithm = Algorithm.ED25519) -> tuple[SoftwareSigner, bytes]:
    """A new signer, with Ed25519 or ML-DSA-65, and its secret for ``save_key``."""
    secret = entropy.random(_SECRET_SIZE)
    return SoftwareSigner(SigningKey(algorithm, secret)), secret


def generate_device_key(algorithm: Algorithm, entropy: Entropy) -> tuple[SoftwareDeviceKey, bytes]:
    """A new device key of either suite, and its secrets for ``save_key``."""
    while True:
        secret, prf_secret = entropy.random(_SECRET_SIZE), entropy.random(_SECRET_SIZE)
        try:
            return SoftwareDeviceKey(SigningKey(algorithm, secret), prf_secret), secret + prf_secret
        except UsageError:  # not a scalar of P-256: one draw in 2**32
            continue


def save_key(
    path: Path,
    key: SoftwareSigner | SoftwareNumberKey | None,
    secrets: bytes,
    passphrase: str,
    entropy: Entropy,
    profile: Argon2Profile = Argon2Profile.DEFAULT,
) -> None:
    """Write ``secrets`` of ``key`` to the new file ``path``, encrypted under ``passphrase``.

    Args:
        key: None for symmetric keys, of which ``secrets`` is all there is.

    Raises:
        FileExistsError: there is a file already; keys are never written over.
        UsageError: an empty passphrase or one that is not Unicode text, or a profile that this file format does not have.
    """
    if not passphrase:
        raise UsageError("the passphrase is empty")
    number = next((number for number, known in _PROFILES.items() if known is profile), None)
    if number is None:
        raise UsageError("key files use the default Argon2id profile")
    kind, algorithm, public = _description(key)
    salt, nonce = entropy.random(keywrap.SALT_SIZE), entropy.random(keywrap.NONCE_SIZE)
    wrapped = keywrap.wrap(secrets, passphrase, salt, nonce, profile, _context(kind, algorithm, public))
    item = {1: _VERSION, 2: kind, 3: algorithm, 4: public, 5: number, 6: salt, 7: nonce, 8: wrapped}
    write_new(path, cbor.encode(item), mode=0o600)


def _description(key: SoftwareSigner | SoftwareNumberKey | None) -> tuple[int, int, bytes]:
    """What a file says of ``key`` in the open: its kind, algorithm and public half."""
    if key is None:
        return _SYMMETRIC, _NO_ALGORITHM, b""
    if isinstance(key, SoftwareNumberKey):
        return _NUMBER, _NO_ALGORITHM, key.public_key
    kind = _DEVICE if isinstance(key, SoftwareDeviceKey) else _SIGNER
    return kind, key.public_key.algorithm.value, key.public_key.public


def load_signer(path: Path, passphrase: str) -> SoftwareSigner:
    """The signer in the file ``path``. Raises as ``load_device_key``."""
    algorithm, secret = _load(path, passphrase, _SIGNER, _SECRET_SIZE)
    return SoftwareSigner(SigningKey(algorithm, secret))


def load_device_key(path: Path, passphrase: str) -> SoftwareDeviceKey:
    """The device key in the file ``path``.

    Raises:
        UsageError: the passphrase is wrong or not Unicode text, or the file is no key file of this kind or was changed.
        OSError: the file cannot be read.
    """
    algorithm, secrets = _load(path, passphrase, _DEVICE, 2 * _SECRET_SIZE)
    return SoftwareDeviceKey(SigningKey(algorithm, secrets[:_SECRET_SIZE]), secrets[_SECRET_SIZE:])


def load_number_key(path: Path, passphrase: str) -> SoftwareNumberKey:
    """The HPKE key in the file ``path``. Raises as ``load_device_key``."""
    return SoftwareNumberKey(_load(path, passphrase, _NUMBER, _SECRET_SIZE)[1])


def load_symmetric_keys(path: Path, passphrase: str, size: int) -> bytes:
    """The ``size`` bytes of symmetric keys in the file ``path``. Raises as ``load_device_key``."""
    return _load(path, passphrase, _SYMMETRIC, size)[1]


class _KeyFile(NamedTuple):
    version: int
    kind: int
    algorithm: int
    public: bytes
    profile: int
    salt: bytes
    nonce: bytes
    wrapped: bytes

    def __repr__(self) -> str:
        return f"_KeyFile(kind={self.kind})"  # with the rest of it, passphrases can be tried


_key_file: Final = f.closed(
    _KeyFile,
    {
        1: f.constant(_VERSION),
        2: f.integer(_SIGNER, _SYMMETRIC),
        3: f.integer(min(Algorithm), _NO_ALGORITHM),
        4: f.binary(0, mldsa.PUBLIC_SIZE),
        5: f.integer(min(_PROFILES), max(_PROFILES)),
        6: f.binary(keywrap.SALT_SIZE),
        7: f.binary(keywrap.NONCE_SIZE),
        8: f.binary(_SECRET_SIZE, _MAX_WRAPPED),
    },
)


def _load(path: Path, passphrase: str, kind: int, secrets_size: int) -> tuple[int, bytes]:
    """The algorithm and the secrets in the file. What it says in the open is authenticated with them."""
    try:
        file = _key_file(cbor.decode(read_message(path), _MAX_SIZE))
        if file.kind != kind:
            raise NotInForm("another kind of key")
        context = _context(kind, file.algorithm, file.public)
        profile = _PROFILES[file.profile]
        secrets = keywrap.unwrap(file.wrapped, passphrase, file.salt, file.nonce, profile, context)
        if len(secrets) != secrets_size:
            raise NotInForm("size of the secrets")
    except NotInForm:
        raise UsageError("the file is not a key file of this kind") from None
    except WrongPassphrase:
        raise UsageError("the passphrase is wrong, or the key file was changed") from None
    return file.algorithm, secrets


def _context(kind: int, algorithm: int, public: bytes) -> bytes:
    """What is authenticated with the secrets, so that no field of the file can be exchanged."""
    return cbor.encode([kind, algorithm, public])


def write_new(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write ``data`` to the new file ``path``, durably.

    Raises:
        FileExistsError: there is a file already.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        sync_directory(path.parent)
    except BaseException:
        path.unlink(missing_ok=True)  # half a file is no file
        raise
