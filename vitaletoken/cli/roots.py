"""``root new``: the keys that everything hangs on. What they sign is in ``trust``."""

from __future__ import annotations

from typing import Final

from vitaletoken.adapters.keystore import SoftwareSigner, generate_signer
from vitaletoken.adapters.system import SystemEntropy
from vitaletoken.cli import arguments, directories
from vitaletoken.cli.arguments import Args
from vitaletoken.cli.directories import Profile
from vitaletoken.cli.output import Outcome
from vitaletoken.cli.secret_input import Secrets
from vitaletoken.rules.trust import kid_of
from vitaletoken.wire.cose import CoseKey
from vitaletoken.wire.registry import Algorithm

#: The public keys in a root's profile, by the name that each has there; the second one only where there is one.
KEYS: Final = ("public_key", "post_quantum_key")


def add_to(groups: arguments.Group) -> None:
    """Add the noun ``root``."""
    verbs = arguments.group(groups, "root", "root keys, which sign the trust list")
    parser = arguments.verb(verbs, "new", "make a root key, on the machine of the person who will sign with it", _new)
    parser.add_argument("--post-quantum", action="store_true", help="an ML-DSA-65 key beside the Ed25519 key")
    arguments.add_out(parser, "new directory for it", metavar="DIR")
    arguments.add_passphrase(parser)


def _new(args: Args) -> Outcome:
    passphrase = Secrets(args.passphrase_file).passphrase(str(args.out), new=True)
    entropy = SystemEntropy()
    algorithms = [Algorithm.ED25519, *([Algorithm.ML_DSA_65] if args.post_quantum else [])]
    made = [generate_signer(entropy, algorithm) for algorithm in algorithms]
    names = dict(zip(KEYS, (directories.public_hex(signer) for signer, _ in made), strict=False))
    directories.make(args.out, "root", names)
    for key in made:
        directories.keep_key(args.out, key, passphrase, entropy)
    kids = [kid_of(signer.public_key).hex() for signer, _ in made]
    second = kids[1] if args.post_quantum else None
    return Outcome(
        {"result": "made", "directory": str(args.out), "kid": kids[0], "post_quantum_kid": second},
        [
            f"Root key {kids[0]} in {args.out}{'' if second is None else f', and with ML-DSA-65 {second}'}",
            f"For whoever makes the trust list: {args.out / 'root.json'}; nothing in it is secret",
        ],
    )


def public_keys(root: Profile) -> list[CoseKey]:
    """The public keys of a root: with Ed25519, and where there is one with ML-DSA-65."""
    first, second = KEYS
    return [root.public_key(first), *([root.public_key(second)] if root.has(second) else [])]


def open_keys(args: Args) -> list[SoftwareSigner]:
    """The private halves, from the root directory ``args.root``."""
    passphrase = Secrets(args.passphrase_file).passphrase(str(args.root))
    return [directories.open_key(args.root, key, passphrase) for key in public_keys(Profile(args.root, "root"))]
