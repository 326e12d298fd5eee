"""spec/examples: as generated, and the left column is the message, byte for byte, of the vector that is named."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from tests.spec.documents import PREFIXES, ROOT, message_of, opened, opened_with, read_text, text_of, vectors
from tests.wire import reference_cbor
from vectors.generate.encoder import encode
from vectors.generate.examples import write_examples
from vectors.generate.examples_shapes import date

EXAMPLES = ROOT / "spec" / "examples"
FILES = sorted(path for path in EXAMPLES.glob("*.md") if path.name != "README.md")
each = pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])


def blocks(path: Path) -> list[str]:
    """The fenced blocks."""
    return re.findall(r"^```\n(.*?)\n```$", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def left_column(block: str) -> str:
    """The hex, joined; two spaces or more end it."""
    return "".join("".join(re.split(r"(?<=\S)  +", line.strip())[0].split()) for line in block.splitlines())


def named_vector(path: Path) -> str:
    """The vector whose message is shown."""
    named = re.search(r"those of the vector `([^`]+)`", path.read_text("utf-8"))
    assert named
    return named[1]


def test_they_are_as_generated(tmp_path: Path) -> None:
    write_examples(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made == {path.name: path.read_bytes() for path in EXAMPLES.iterdir()}
    assert len(made) == len(FILES) + 1


@each
def test_the_left_column_is_the_message(path: Path) -> None:
    message = message_of(vectors()[named_vector(path)])
    assert bytes.fromhex(left_column(blocks(path)[0])) == message
    assert f"\n{len(message)} bytes, those of the vector `" in path.read_text("utf-8")


@each
def test_the_hashes_are_of_what_stands_above(path: Path) -> None:
    """Thumbprints of the block that follows; Sig_structures of the vector's stages."""
    text = path.read_text("utf-8")
    thumbprints = re.findall(
        r"SHA-256 of the \d+ bytes below is\n`(\w{64})`; the kid is `(\w{16})`.*?\n```\n(.*?)\n```", text, re.DOTALL
    )
    for thumbprint, kid, block in thumbprints:
        assert hashlib.sha256(bytes.fromhex(left_column(block))).hexdigest() == thumbprint
        assert thumbprint.startswith(kid)
    stages = vectors()[named_vector(path)].get("stages", {})
    in_vector = {
        hashlib.sha256(bytes.fromhex(stage["hex"])).hexdigest()
        for name, stage in stages.items()
        if name.endswith("_sig_structure")
    }
    in_text = set(re.findall(r"Sig_structure\. SHA-256 of them is\n`(\w{64})`", text))
    assert in_text
    if path.stem.startswith("presentation"):
        in_vector.remove(hashlib.sha256(bytes.fromhex(stages["credential_sig_structure"]["hex"])).hexdigest())
    assert not in_vector or in_text == in_vector


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("presentation", "presentation"),
        ("presentation-no-code", "presentation"),
        ("terminal-certificate", "terminal-certificate"),
        ("challenge", "challenge"),
        ("sealed-answer", "sealed-answer"),
        ("introduction", "introduction"),
        ("lent-card", "lent-card"),
    ],
)
def test_the_text_is_the_messages(name: str, rule: str) -> None:
    path = EXAMPLES / f"{name}.md"
    case = vectors()[named_vector(path)]
    text = blocks(path)[-1]
    assert read_text(text) == (rule, message_of(case))
    assert rule == "sealed-answer" or text == text_of(case)
    assert rule == "presentation" or f"\n{len(text)} characters, on one line.\n" in path.read_text("utf-8")


def test_the_context_of_an_answer_is_of_the_bytes_above() -> None:
    for name in ("terminal-certificate", "challenge"):
        path = EXAMPLES / f"{name}.md"
        said = re.search(r"is SHA-256 of these bytes,\n`(\w{64})`", path.read_text("utf-8"))
        assert said
        assert hashlib.sha256(bytes.fromhex(left_column(blocks(path)[0]))).hexdigest() == said[1]


def test_the_challenge_has_the_digest_of_the_care_sheet() -> None:
    message, sheet = (bytes.fromhex(left_column(block)) for block in blocks(EXAMPLES / "challenge.md")[:2])
    case = vectors()[named_vector(EXAMPLES / "challenge.md")]
    digest = hashlib.sha256(sheet).digest()
    assert digest in message
    assert case["input"]["transaction"]["digest"] == digest.hex()


def test_the_sealed_answer_opens_to_what_is_shown() -> None:
    path = EXAMPLES / "sealed-answer.md"
    text = path.read_text("utf-8")
    sealed, info, values, inside = (left_column(block) for block in blocks(path)[:4])
    case = vectors()[named_vector(path)]
    keys = opened_with(case)
    assert keys
    secret, challenge = keys
    assert opened(bytes.fromhex(sealed), secret, challenge) == bytes.fromhex(inside)
    digest = hashlib.sha256(challenge).hexdigest()
    assert info.endswith(digest)
    assert f"`challenge/identify`, SHA-256 `{digest}`" in text
    assert challenge == message_of(vectors()["challenge/identify"])
    stages = {name: stage["hex"] for name, stage in case["stages"].items()}
    assert info == stages["seal_info"]
    inner = ("seal_ephemeral_secret", "seal_shared_secret", "seal_key", "seal_nonce")
    public = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()
    assert values == secret.hex() + public.hex() + "".join(stages[name] for name in inner)


def test_the_delta_leads_to_the_snapshot() -> None:
    snapshot, delta = ((EXAMPLES / f"status-{name}.md").read_text("utf-8") for name in ("snapshot", "delta"))
    content, _ = reference_cbor.decode(message_of(vectors()["snapshot/accepted/snapshot"]))
    called = hashlib.sha256(content).hexdigest()
    assert f"Deltas call this snapshot `{called}`" in snapshot
    claims = reference_cbor.decode(reference_cbor.decode(message_of(vectors()["status-sync/accepted/one-delta"]))[2])
    assert claims[-65543][2].hex() == called
    rows = re.findall(r"^\| (\d+) \| (\d), [^|]* \| `(\w+)` \| ([\d, ]+) \|$", delta, re.MULTILINE)
    shown = [(int(number), int(value), bytes.fromhex(gaps)) for number, value, gaps, _ in rows]
    assert shown == [(number, *change) for number, changes in claims[-65543][3] for change in changes]
    assert [indices for *_, indices in rows] == [", ".join(map(str, leb128_sums(gaps))) for *_, gaps in shown]


def leb128_sums(gaps: bytes) -> list[int]:
    """The indices, by section 11.3."""
    indices, value, shift = [0], 0, 0
    for byte in gaps:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            indices.append(indices[-1] + value)
            value, shift = 0, 0
    return indices[1:]


def test_the_second_signature_is_the_vectors() -> None:
    text = (EXAMPLES / "status-snapshot.md").read_text("utf-8")
    case = vectors()["snapshot/accepted/post-quantum"]
    once, twice = (
        reference_cbor.decode(message_of(vectors()[f"snapshot/accepted/{name}"]))
        for name in ("snapshot", "post-quantum")
    )
    assert (twice[0], twice[1][0]) == (once[0], once[1][0])
    protected = twice[1][1][0]
    aad = encode(["vitaletoken/1", "status-snapshot"])
    assert hashlib.sha256(encode(["Signature1", protected, aad, twice[0]])).hexdigest() in text
    issuers = reference_cbor.decode(reference_cbor.decode(bytes.fromhex(case["input"]["trust_list"]))[0])[6]
    (key,) = (entry[1] for issuer in issuers for entry in issuer[3] if entry[2] == [5])
    thumbprint = hashlib.sha256(encode(key)).hexdigest()
    assert f"`{thumbprint}`; the kid is `{protected[-8:].hex()}`" in text
    assert bytes.fromhex(thumbprint).startswith(protected[-8:])


def test_each_message_has_an_example() -> None:
    assert {path.stem for path in FILES} == {
        "challenge",
        "credential-lent",
        "credential-suite-1",
        "credential-suite-2",
        "enrolment-offer",
        "enrolment-request",
        "introduction",
        "lending-order",
        "lent-card",
        "presentation",
        "presentation-lent",
        "presentation-no-code",
        "renewal",
        "sealed-answer",
        "status-delta",
        "status-list",
        "status-snapshot",
        "terminal-certificate",
        "trust-list",
        "unlock",
    }


def test_dates() -> None:
    for day in [*range(0, 80_000, 13), 2932896]:
        assert date(day) == (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).strftime("%Y-%m-%d")


def test_they_are_small() -> None:
    for path in FILES:
        lines = path.read_text("utf-8").splitlines()
        assert len(lines) <= 250, path.name
        assert max(len(line) for line in lines if not line.startswith(PREFIXES)) <= 145, path.name
