"""The bill of materials is made of the lock, is in step with it, and is the same each time."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tools import sbom

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements" / "lock.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def made() -> Any:
    return json.loads(sbom.text())


def test_it_is_in_step_with_the_lock() -> None:
    assert sbom.SBOM.read_text(encoding="utf-8") == sbom.text(), "make sbom"


def test_everything_locked_is_in_it_with_its_hashes(made: Any) -> None:
    assert len(made["components"]) == len(re.findall(r"^\S+==", LOCK, re.MULTILINE))
    hashes = [each["content"] for component in made["components"] for each in component["hashes"]]
    assert sorted(hashes) == sorted(re.findall(r"sha256:([0-9a-f]{64})", LOCK))


def test_scopes(made: Any) -> None:
    scopes = {component["name"]: component["scope"] for component in made["components"]}
    required = {name for name, scope in scopes.items() if scope == "required"}
    assert required == {"cbor2", "cffi", "cryptography", "pycparser", "pynacl"}
    assert (scopes["segno"], scopes["python-pkcs11"], scopes["pytest"]) == ("optional", "optional", "excluded")


def test_the_graph_is_whole(made: Any) -> None:
    refs = {component["bom-ref"] for component in made["components"]} | {made["metadata"]["component"]["bom-ref"]}
    graph = {each["ref"]: each.get("dependsOn", []) for each in made["dependencies"]}
    assert set(graph) == refs
    assert {ref for brought in graph.values() for ref in brought} <= refs
    named = {name.partition("@")[0] for name in graph[made["metadata"]["component"]["bom-ref"]]}
    assert {"pkg:pypi/cryptography", "pkg:pypi/segno"} <= named
    assert "pkg:pypi/cffi" not in named


def test_no_time_and_no_place(made: Any) -> None:
    text = json.dumps(made)
    assert "timestamp" not in text
    assert "://" not in text
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", made["serialNumber"])


def test_the_serial_number_is_of_the_content() -> None:
    project = {"name": "n", "version": "1", "description": "d", "license": "l", "dependencies": ["a>=1"]}
    a = sbom.Locked("a", "1", "", ("00" * 32,), ("n",))
    b = sbom.Locked("a", "1", "", ("11" * 32,), ("n",))
    one, again, other = (sbom.sbom({**project, "optional-dependencies": {}}, [each]) for each in (a, a, b))
    assert one == again
    assert one["serialNumber"] != other["serialNumber"]


@pytest.mark.parametrize(
    "text",
    [
        "a==1 \\\n    --hash=sha256:00\n",
        f"a==1 \\\n    --hash=sha256:{'0' * 64}\n",
        f"a==1 \\\n    # via b\n    --hash=sha256:{'0' * 64}\n",
        "--index-url x\n",
        "a>=1 \\\n",
    ],
)
def test_a_lock_that_is_not_understood_makes_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"a line of a lock file|asked for it"):
        sbom.locked(text)
