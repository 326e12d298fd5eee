"""The vectors against their own rules: form, coverage of the specification, and that the generator makes them again."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import nacl.bindings
import nacl.exceptions
import pytest

from vectors.generate.__main__ import LAYERS, write
from vectors.generate.keys import derive

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "vectors"
SPEC = (ROOT / "spec" / "vitaletoken.md").read_text("utf-8")
SCHEMA: dict[str, Any] = json.loads((VECTORS / "schema.json").read_text("utf-8"))

Case = dict[str, Any]

RULES_WITHOUT_A_VECTOR = {
    "TRUST-4": "an operator's error, which is no verdict; a vector states verdicts only",
    "LOG-1": "a duty about logs, which no two implementations share",
    "PRES-3": "a duty of the holder over time (fresh cti, durable counter); no input and output show it",
    "CERT-3": "a duty of the terminal about what it uses; what a vector gives it has passed",
    "ASK-2": "a duty of the phone over time (what still holds when it signs, after the review); no input and output show it",
    "CHAL-5": "a duty of whoever writes the line; no program knows what is personal in it",
    "SEAL-2": "a duty of the terminal over time (one challenge a key, deletion); no input and output show it",
    "VERIFY-2": "a failing store is no verdict; a vector states verdicts only",
    "TIME-3": "a duty of the terminal over time (what raises its floor, durably); a vector is given the floor",
    "TRUST-7": "a duty of the terminal over time (what it keeps, and when); no input and output show it",
    "STATUS-6": "a duty of the issuer (indices drawn at random); no input and output show it",
    "SYNC-2": "a duty of whoever downloads; what a vector gives has arrived",
    "APPLY-1": "a duty of the issuer over days (whose identity is proofed); no input and output show it",
    "APPLY-2": "a duty of the issuer over several applications; no layer has an issuer's store",
    "MAIL-1": "a duty of the issuer over time (codes drawn, hashed, counted); no layer has an issuer's store",
    "MAIL-2": "a duty of the issuer over several applications; no layer has an issuer's store",
    "CODE-7": "a duty of the phone that is locked; no layer has a phone's store",
    "RENEW-1": "a duty of the phone that still has the card before; the layer `accept` is given one card",
    "LEND-1": "a duty of the issuer over time (what it publishes of a lent card); no layer has an issuer's register",
    "P1": "a step of the issuer's application; no layer has an issuer's store",
    "P2": "a step of the issuer's application; no layer has an issuer's store",
    "P3": "a step of the issuer's application; no layer has an issuer's store",
    "F5": "the layer `renewal` is given no time",
    "F6": "what was renewed before is in the issuer's store; no layer has one",
    "L6": "what was lent before is in the issuer's store; no layer has one",
}
CODES_WITHOUT_A_VECTOR = {
    "code-wrong": "the layer `code` has no certified key to compare with; its `public` is that comparison's one side",
    **dict.fromkeys(
        (
            *("application-state", "mail-code-used-up", "mail-code-expired", "mail-code-throttled", "mail-code-wrong"),
            "not-eligible",
        ),
        "of the issuer's application; no layer has an issuer's store",
    ),
    "renewal-time": "the layer `renewal` is given no time",
    "renewal-throttled": "what was renewed before is in the issuer's store; no layer has one",
    "order-throttled": "what was lent before is in the issuer's store; no layer has one",
}


@cache
def document(layer: str) -> dict[str, Any]:
    """One file."""
    content: dict[str, Any] = json.loads((VECTORS / f"{layer}.json").read_text("utf-8"))
    return content


@cache
def cases() -> tuple[Case, ...]:
    """Every case of every layer."""
    return tuple(case for layer in LAYERS for case in document(layer)["cases"])


def error(case: Case) -> str | None:
    """The code that is expected, if it is one."""
    code: str | None = case["expect"].get("error")
    return code


def codes(case: Case) -> set[str]:
    """Every code that its outcome names: of a refusal, of a step of several, or why deltas were not taken."""
    expect = case["expect"]
    if "error" in expect:
        return {expect["error"]}
    layer = case["id"].partition("/")[0]
    if layer in {"scenario", "trust-chain"}:
        return {result["error"] for result in expect["ok"]["results"] if "error" in result}
    return {expect["ok"]["delta"]} - {None} if layer == "status-sync" else set()


def steps_tables() -> dict[str, list[tuple[str, str]]]:
    """Step and code of each row of the tables after `<!-- steps:NAME -->`."""
    tables = re.findall(r"<!-- steps:([\w-]+) -->\n((?:\|.*\n)+)", SPEC)
    return {name: [_row(line) for line in rows.splitlines()[2:]] for name, rows in tables}


def _row(line: str) -> tuple[str, str]:
    step, code = (cell.strip() for cell in line.split("|")[1:3])
    return step.split()[0], code.strip("`")


def spec_codes() -> dict[str, list[str]]:
    """The codes of each table, in order; G2 has none of its own: it stands for steps of another table."""
    return {name: [code for _, code in rows if code != "–"] for name, rows in steps_tables().items()}


def spec_rules() -> set[str]:
    """Every rule id that the specification defines."""
    return set(re.findall(r"\*\*([A-Z]+-\d+)\*\*", SPEC))


# ---------------------------------------------------------------- form


def test_a_file_for_each_layer_and_no_other() -> None:
    assert {path.stem for path in VECTORS.glob("*.json")} == {*LAYERS, "schema"}
    assert list(LAYERS) == re.findall(r"^\| `([a-z-]+)` \|", (VECTORS / "README.md").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("layer", LAYERS)
def test_the_file_has_the_form_of_the_schema(layer: str) -> None:
    content = document(layer)
    # `oneOf` over all layers is right but slow to explain itself: name the branch, then ask for the whole.
    branch = {**SCHEMA, "oneOf": [{"$ref": f"#/$defs/file-{layer}"}]}
    errors = sorted(map(str, jsonschema.Draft202012Validator(branch).iter_errors(content)), key=len)
    assert not errors, errors[0][:2000]


def test_the_schema_is_closed() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def walk(node: object, where: str) -> list[str]:
        found: list[str] = []
        if isinstance(node, dict):
            if node.get("type") == "object" and node.get("additionalProperties") is not False:
                found.append(where)
            if node.get("type") == "array" and "items" not in node and "prefixItems" not in node:
                found.append(where)
            for key, value in node.items():
                found += walk(value, f"{where}/{key}")
        elif isinstance(node, list):
            for number, value in enumerate(node):
                found += walk(value, f"{where}/{number}")
        return found

    assert walk(SCHEMA, "#") == []


@pytest.mark.parametrize("layer", LAYERS)
def test_the_schema_refuses_what_is_not_listed(layer: str) -> None:
    validator = jsonschema.Draft202012Validator({**SCHEMA, "oneOf": [{"$ref": f"#/$defs/file-{layer}"}]})
    case = document(layer)["cases"][0]
    for changed in (
        {**case, "note": ""},
        {**case, "input": {**case["input"], "note": ""}},
        {**case, "expect": {**case["expect"], "note": ""}},
        {**case, "expect": {"error": "no-such-code"}},
        {**case, "flags": ["no-such-flag"]},
        {**case, "id": f"other-layer/{case['id']}"},
    ):
        assert not validator.is_valid({"layer": layer, "cases": [changed]})


def test_error_codes_of_the_schema_are_those_of_the_specification() -> None:
    listed = dict.fromkeys(code for table in spec_codes().values() for code in table)
    assert SCHEMA["$defs"]["error"]["enum"] == list(listed)


def test_every_flag_has_a_note_and_is_used() -> None:
    notes = {flag["const"]: flag["description"] for flag in SCHEMA["$defs"]["flag"]["oneOf"]}
    assert all(notes.values())
    assert set(notes) == {flag for case in cases() for flag in case["flags"]}


# ---------------------------------------------------------------- ids and bases


def test_ids_are_unique_and_begin_with_the_layer() -> None:
    ids = [case["id"] for case in cases()]
    assert len(set(ids)) == len(ids)
    for layer in LAYERS:
        assert all(case["id"].startswith(f"{layer}/") for case in document(layer)["cases"])


def test_a_refusal_names_an_accepted_case_of_its_layer_as_base() -> None:
    for layer in LAYERS:
        accepted = {case["id"] for case in document(layer)["cases"] if error(case) is None}
        for case in document(layer)["cases"]:
            assert (case.get("base") in accepted) is (error(case) is not None), case["id"]


def test_no_input_stands_twice_in_a_layer() -> None:
    """Two cases with one input are one case; only a difference in `base` or rules would be lost, and none is meant."""
    for layer in LAYERS:
        seen: dict[str, str] = {}
        for case in document(layer)["cases"]:
            key = json.dumps(case["input"], sort_keys=True)
            assert key not in seen, (case["id"], seen[key])
            seen[key] = case["id"]


# ---------------------------------------------------------------- coverage


def test_there_are_enough_and_most_are_refusals() -> None:
    refused = sum(bool(codes(case)) for case in cases())
    assert len(cases()) >= 400
    assert refused >= 0.6 * len(cases())


def test_every_error_code_has_a_vector() -> None:
    wanted = {code for table in spec_codes().values() for code in table}
    seen = {code for case in cases() for code in codes(case)}
    assert wanted - seen == set(CODES_WITHOUT_A_VECTOR)
    assert seen <= wanted


def test_every_rule_and_step_has_a_vector() -> None:
    named = {rule for case in cases() for rule in case["rules"]}
    steps = {step for rows in steps_tables().values() for step, _ in rows}
    assert (spec_rules() | steps) - named == set(RULES_WITHOUT_A_VECTOR)
    assert named <= spec_rules() | steps


def test_a_refusal_names_the_step_that_refuses() -> None:
    """Or, in the layers that are one step, the rule; A1's followers have no step of their own."""
    steps: dict[str, set[str]] = {}
    for rows in steps_tables().values():
        for step, refused_with in rows:
            steps.setdefault(refused_with, set()).add(step)
    for case in cases():
        layer = case["id"].partition("/")[0]
        if layer in {"signature", "scenario", "trust-chain"} or "ENROL-2" in case["rules"]:
            continue
        for code in codes(case):
            assert steps[code] & set(case["rules"]), case["id"]


ORDER_IS_NOT_SEEN = {
    "code-weak": "nothing after it is in its layer",
    "code-delayed": "nothing after it is in its layer",
    "replay-store-full": "only challenge-answered comes after it, at the level at which the store is not asked",
    "offer-expired": "the last of the offer's steps",
    "request-number": "the last of the request's steps",
    "renewal-signature": "the last that the layer asks",
    "order-time": "the last that the layer asks",
    **{
        code: "not in a layer"
        for code in CODES_WITHOUT_A_VECTOR
        if code not in {"code-wrong", "not-eligible", "renewal-throttled", "order-throttled"}
    },
    "replayed": "its results are in scenarios: see scenario/full-and-replayed",
    "delegation-not-allowed": "only the replay store comes after it: see scenario/lent-replayed",
}


def test_each_code_is_seen_to_win_over_a_later_one() -> None:
    """VERIFY-1, of each table, for each code but the last."""
    layers = {"scenario", "trust-chain"}  # their codes are of several messages
    ordered = [case for case in cases() if "order" in case["flags"] and case["id"].partition("/")[0] not in layers]
    winners = {code for case in ordered for code in codes(case)}
    earlier = {code for table in spec_codes().values() for code in table[:-1]}
    assert earlier - winners == set(ORDER_IS_NOT_SEEN)


# ---------------------------------------------------------------- the generator


def test_the_generator_makes_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path)
    for layer in LAYERS:
        assert (tmp_path / f"{layer}.json").read_bytes() == (VECTORS / f"{layer}.json").read_bytes(), layer


def test_the_generator_shares_no_code_with_the_library() -> None:
    allowed = {"cryptography", "dilithium_py", "nacl", "vectors", "__future__"} | set(sys.stdlib_module_names)
    for path in (VECTORS / "generate").glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, path
                names = [node.module or ""]
            for name in names:
                assert name.partition(".")[0] in allowed, (path, name)


def test_the_generator_has_no_source_of_chance() -> None:
    forbidden = {"random", "secrets", "time", "datetime", "uuid", "os", "tempfile", "socket", "platform"}
    for path in (VECTORS / "generate").glob("**/*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                assert not forbidden & {alias.name for alias in node.names}, path
            elif isinstance(node, ast.ImportFrom):
                assert node.module not in forbidden, path
            elif isinstance(node, ast.Constant):
                assert not isinstance(node.value, float), path


def test_modules_are_small() -> None:
    for path in (VECTORS / "generate").glob("**/*.py"):
        assert len(path.read_text("utf-8").splitlines()) <= 300, path


def test_values_are_derived_as_the_readme_says() -> None:
    assert derive("a/b", "c", 8) == hashlib.sha256(b"vitaletoken testa/bc").digest()[:8]
    card = document("issue")["cases"][0]["input"]
    assert card["issuer_seed"] == hashlib.sha256(b"vitaletoken testfixture/issuer/fr-cnam/cardsseed").hexdigest()


# ---------------------------------------------------------------- a second opinion


def test_libsodium_agrees_on_ed25519() -> None:
    """SIG-1 says of itself that it is what libsodium does."""
    count = 0
    for case in document("signature")["cases"]:
        given = case["input"]
        if given["alg"] != -19:
            continue
        key = bytes.fromhex(given["key"])
        assert key[:9] == bytes.fromhex("a40101033220062158"), case["id"]
        try:
            nacl.bindings.crypto_sign_open(bytes.fromhex(given["signature"] + given["message"]), key[-32:])
        except nacl.exceptions.BadSignatureError:
            accepted = False
        else:
            accepted = True
        assert accepted is (error(case) is None), case["id"]
        count += 1
    assert count >= 40


def test_rfc_values_are_as_printed() -> None:
    """A few values copied from the RFCs themselves, so that the generator's own formulas are held to something."""
    by_id = {case["id"]: case for case in cases()}
    printed = {
        "signature/ed25519/rfc8032-1": "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39"
        "701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        "signature/p256/rfc6979-test": "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367"
        "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
        "signature/p256/rfc6979-sample-printed": "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
        "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
    }
    for case_id, signature in printed.items():
        assert by_id[case_id]["input"]["signature"] == signature
    rfc9679 = by_id["thumbprint/rfc9679"]["expect"]["ok"]["thumbprint"]
    assert rfc9679 == "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"
    assert by_id["text/accepted/rfc9285-hello"]["input"]["text"] == "VT1:%69 VD92EX0"


def test_files_are_as_they_are_written() -> None:
    for layer in LAYERS:
        data = (VECTORS / f"{layer}.json").read_bytes()
        assert data.endswith(b"\n")
        assert b"\r" not in data
        text = json.dumps(json.loads(data), indent=1, ensure_ascii=False) + "\n"
        assert data == text.encode("utf-8")
