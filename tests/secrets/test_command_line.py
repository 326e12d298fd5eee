"""The verbs of a whole visit and of the years, and their refusals, with every logger at DEBUG: no code, number or key comes out.

There is no verb or option that says more than these do: ``--json`` and ``inspect --full`` are the most there is.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.lab import CODE, PASSPHRASE, Answer, Lab, all_text, done, quick_keys, run, typed
from tests.cli.records import FATHERS_NIR, NIR, NIR_TYPED, TWINS
from tests.secrets.canaries import Canaries
from vitaletoken.adapters import keystore
from vitaletoken.crypto.signing import SigningKey

#: None of them, forwards or backwards, is a time of day.
NEW_CODE, WRONG_CODE, OTHER_CODE = "482915", "980736", "604118"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Canaries]:
    """All that the verbs print and log, and what must not be in it."""
    canaries = Canaries()
    codes = {"code": CODE, "wrong code": WRONG_CODE, "new code": NEW_CODE, "delegate's code": OTHER_CODE}
    numbers = {
        "NIR": NIR,
        "father's NIR": FATHERS_NIR,
        **dict(zip(("a twin's NIR", "the other's"), TWINS, strict=True)),
    }
    for name, value in {**codes, **numbers}.items():
        canaries.digits(name, value)
    canaries.text("passphrase", PASSPHRASE)
    keep = keystore.save_key

    def recording(path: Path, key: keystore.SoftwareSigner, secrets: bytes, *rest: object) -> None:
        canaries.binary(path.name, secrets)
        keep(path, key, secrets, *rest)  # type: ignore[arg-type]

    records: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(f"{record.getMessage()} {record.args}")  # type: ignore[method-assign]
    root = logging.getLogger()
    level = root.level
    lab = Lab(tmp_path_factory.mktemp("lab"))
    with pytest.MonkeyPatch.context() as patch, quick_keys():
        patch.delenv("VITALETOKEN_PASSPHRASE_FILE", raising=False)
        for module in [each for name, each in sys.modules.items() if name.startswith("vitaletoken.cli")]:
            if getattr(module, "save_key", None) is keep:
                patch.setattr(module, "save_key", recording)
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            lab.make_all()
            answers = [*visit(lab), *years(lab, canaries)]
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
    statuses = [answer.status for answer in answers]
    assert set(statuses) == {0, 2, 3}
    assert statuses.count(0) > 70
    return "\n".join([all_text(answers), *records]), canaries


def visit(lab: Lab) -> Iterator[Answer]:
    """Each with ``--json`` and without."""
    for options in ((), ("--json",)):
        yield run(*lab.present("--out", lab / "qr.png"), *options, stdin=typed(CODE))
        yield run(*lab.present(), *options, stdin=typed(WRONG_CODE))
        yield run(*lab.present(f"--code={CODE}"), *options, stdin=typed(CODE))
        yield run(*lab.present(CODE), *options, stdin=typed(CODE))
        yield run("phone", "present", "--phone", lab / "phone", *options, stdin=typed(PASSPHRASE[::-1], CODE))
        yield run(*lab.present(), *options, stdin=b"\xff" + typed(CODE))
        yield run(*lab.verify(lab / "qr.png"), *options)
        yield run(*lab.verify(lab / "qr.png"), *options)
        yield run("inspect", "--full", lab / "qr.png", *options)
        yield run("inspect", "--full", lab / "card-billing.cbor", *options)
        challenge = str(done(*lab.challenge(*lab.billing()))["text"])
        yield run("phone", "review", "--phone", lab / "phone", challenge, *options)
        answer = lab.answer(challenge)
        yield run(*lab.decide(answer))
        yield run(*lab.decide(answer[:-4]), *options)
    yield run("--help")


def years(lab: Lab, canaries: Canaries) -> Iterator[Answer]:
    """An application at the desk, renewals, loans, an unlock and another code, each with ``--json`` and without."""
    lab.lent_to()
    lab.people()
    phone, other = ("--phone", lab / "phone", *lab.keys), ("--phone", lab / "other", *lab.keys)
    issuer, request = ("--issuer", lab / "issuer", *lab.keys), lab / "request.cbor"
    yield run(*lab.desk("new"))
    for number, options in enumerate(((), ("--json",))):
        lab.offer()
        yield run(*lab.enrol(), *options, stdin=typed(CODE))
        yield run(*lab.desk("confirm", request), *options, stdin=typed(WRONG_CODE))
        yield run(*lab.submit(), *options)
        mailed = lab.letter()
        canaries.digits(f"e-mail code {number}", mailed, spaced=False)
        yield run(*lab.desk("confirm", request), *options, stdin=typed(mailed[::-1]))
        yield run(*lab.desk("confirm", request, mailed), *options)
        yield run(*lab.desk("confirm", request), *options, stdin=typed(mailed))
        yield run(*lab.desk("proof", "--method", "counter", request), *options, stdin=typed(f"{NIR}99"))
        yield run(*lab.desk("proof", "--method", "counter", request, NIR_TYPED), *options)
        yield run(*lab.desk("proof", "--method", "counter", request), *options, stdin=typed(NIR_TYPED))
        yield run(*lab.desk("decide", request), *options)
        yield run(*lab.desk("issue", "--out", lab / "card.cbor", request), *options)
        yield run(*lab.desk("show", request), *options)
        yield run(*lab.accept(), *options)
        yield run("phone", "renew", "--out", lab / "renewal.cbor", *phone, *options, stdin=typed(WRONG_CODE))
        yield run("phone", "renew", "--out", lab / "renewal.cbor", *phone, *options, stdin=typed(CODE))
        renewed = lab / f"renewed{number}"
        yield run("issuer", "renew", "--renewal", lab / "renewal.cbor", "--out", renewed, *issuer, *options)
        yield run("phone", "accept", "--renewed", renewed, *phone, *options)
        yield from _lends(lab, phone, other, issuer, options)
        yield run("phone", "ask-unlock", "--out", lab / "nonce", *phone, *options)
        about = ("--credential", renewed / "1.cbor", "--nonce", lab / "nonce")
        yield run("issuer", "unlock", *about, "--out", lab / "unlock.cbor", *issuer, *options)
        yield run("phone", "unlock", lab / "unlock.cbor", *phone, *options)
        yield run("phone", "unlock", lab / "unlock.cbor", *phone, *options)
        change = ("phone", "change-code", "--out", lab / f"change{number}", *phone, *options)
        yield run(*change, stdin=typed(WRONG_CODE, NEW_CODE))
        yield run(*change, stdin=typed(CODE, CODE))
        yield run(*change, stdin=typed(CODE, NEW_CODE))
        yield run("phone", "cards", *phone, *options)
        for typed_code in (WRONG_CODE, CODE):
            yield run("phone", "give-up-code-change", *phone, *options, stdin=typed(typed_code))
        yield run("issuer", "lent-from", "--credential", lab / "card.cbor", *issuer, *options)
        yield run(*lab.desk("settle"), *options)
        for name in ("renewal.cbor", "order.cbor", "lent.cbor", "unlock.cbor", "request.cbor"):
            yield run("inspect", "--full", lab / name, *options)
        for card in done("phone", "cards", *phone)["cards"]:  # with the last of them the code goes, too
            yield run("phone", "delete", card["handle"], *phone, *options)


def _lends(
    lab: Lab, phone: tuple[object, ...], other: tuple[object, ...], issuer: tuple[object, ...], options: tuple[str, ...]
) -> Iterator[Answer]:
    """By a grant, and through the issuer. The two texts are what the verbs are for, and stand in the answers."""
    to = lab / "introduction.png"
    introduce = ("phone", "introduce", "--name", "Nora Petit", "--argon2", "cheapest", "--out", to, *other, *options)
    yield run(*introduce, stdin=typed(OTHER_CODE))
    yield run(*introduce, stdin=typed(WRONG_CODE))
    yield run(*lab.lending("grant", to, "--yes"), *options, stdin=typed(WRONG_CODE))
    yield run(*lab.lending("grant", to, "--yes", "--out", lab / "lent.png"), *options, stdin=typed(CODE))
    yield run(*lab.receive(lab / "lent.png"), *options)
    yield run(*lab.receive(to), *options)
    yield run(*lab.lending("lend", to, "--out", lab / "order.cbor"), *options, stdin=typed("y", CODE))
    lend = ("--order", lab / "order.cbor", "--introduction", to, "--out", lab / "lent.cbor")
    yield run("issuer", "lend", *lend, *issuer, *options)
    yield run("phone", "accept", "--credential", lab / "lent.cbor", *other, *options)
    yield run("phone", "lent", *phone, *options)
    yield run("phone", "cards", *other, *options)


def test_no_verb_tells_a_secret(told: tuple[str, Canaries]) -> None:
    text, canaries = told
    assert not canaries.found_in(text)


def test_the_verbs_said_something_and_keys_were_made(told: tuple[str, Canaries]) -> None:
    text, canaries = told
    assert len(text) > 10_000
    assert canaries.names >= {"authority.key", "phone.key", "terminal.key", "number.key", "desk.key"}
    assert canaries.names >= {"e-mail code 0", "e-mail code 1"}


def test_the_names_of_keys_are_not_their_secrets() -> None:
    """The search would find a signing key that is shown."""
    canaries = Canaries()
    canaries.binary("key", bytes(range(32)))
    key = SigningKey(-19, bytes(range(32)))
    assert not canaries.found_in(repr(key))
    assert canaries.found_in(repr(key._ed25519)) == {"key"}
