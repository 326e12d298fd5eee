"""Run as a program by test_extras.py: what works, and what complains how, where the core's dependencies alone are installed."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from pathlib import Path

#: What ``pip install vitaletoken`` brings, by the names under which it is imported.
CORE = {"vitaletoken", "cbor2", "cryptography", "nacl", "_sodium", "cffi", "_cffi_backend", "pycparser"}
OWN = {"tests"}


class Bare(MetaPathFinder):
    """Has nothing but the standard library and the core installed."""

    def find_spec(self, fullname: str, *_: object) -> None:
        top = fullname.partition(".")[0]
        if top not in CORE | OWN and top not in sys.stdlib_module_names:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


sys.meta_path.insert(0, Bare())

from tests.world import enrolled  # noqa: E402
from vitaletoken import InputError, UsageError  # noqa: E402
from vitaletoken.adapters.pkcs11 import Pkcs11Token  # noqa: E402
from vitaletoken.adapters.qr import read_qr, write_qr  # noqa: E402
from vitaletoken.adapters.sticker import sticker  # noqa: E402
from vitaletoken.cli import main  # noqa: E402


def complaint(call: object, *arguments: object) -> str:
    """What ``call`` says when it is told."""
    assert callable(call)
    try:
        call(*arguments)
    except UsageError as error:
        return str(error)
    raise AssertionError("no complaint")


world = enrolled()
text = world.present().text
assert world.verifier.verify(text, "visit 1").card.person.family_name == "Lefebvre-Moreau"
try:
    world.verifier.verify(text, "visit 2")
except InputError as refused:
    print(refused.code.value)

print(complaint(write_qr, "VT1:ABC"))
print(complaint(read_qr, b"\x89PNG"))
print(complaint(lambda: sticker(world.certificate(), specimen=True)))
print(complaint(Pkcs11Token, Path("none.so"), "token", "0000"))
token = Path(sys.argv[1]) / "token.txt"
token.write_text(text, encoding="utf-8")
print("inspect", main(["inspect", str(token)]))
