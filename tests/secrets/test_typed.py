"""What people type and keep in files for the command line: its readers refuse what is no text, and keep none of it."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.secrets import spoilt
from tests.secrets.canaries import Canaries
from tests.secrets.story import PASSPHRASE
from tests.secrets.test_canaries import links, said
from tests.world import CODE, NIR_DIGITS, enrolled
from vitaletoken import UsageError
from vitaletoken.cli import intake, statuses
from vitaletoken.cli.json_fields import read_json, text_field
from vitaletoken.cli.secret_input import Secrets

NAME = "Quatremère-Bizeul"
SECRETS = (PASSPHRASE, NIR_DIGITS, CODE, NAME)


def canaries() -> Canaries:
    known = Canaries()
    for secret in (PASSPHRASE, NAME):
        known.text(secret, secret)
    for number in (CODE, NIR_DIGITS):
        known.digits(number, number)
    return known


def require_nothing_told(call: Callable[[], object], known: Canaries) -> None:
    with pytest.raises(UsageError) as caught:
        call()
    for each in links(caught.value):
        assert not known.found_in(said(each)), type(each)


@pytest.mark.parametrize("spoil", [b"\xff", b"\xed\xa0\x80"], ids=bytes.hex)
def test_a_file_that_is_no_text(spoil: bytes, tmp_path: Path) -> None:
    known, path = canaries(), tmp_path / "given"
    path.write_bytes("\n".join(SECRETS[::-1]).encode() + spoil)
    require_nothing_told(lambda: Secrets(None).number(path, "the person"), known)
    require_nothing_told(lambda: read_json(path, 1000), known)
    path.write_bytes(PASSPHRASE.encode() + spoil)
    require_nothing_told(lambda: Secrets(path).passphrase("a key"), known)


@pytest.mark.parametrize("content", ['[{{"family_name": "{}"}},]', '{{"{0}": 1, "x": 1e}}', '["{}\\ud800"', '"{}\x01"'])
def test_a_file_of_people_that_is_not_json(content: str, tmp_path: Path) -> None:
    """Python's own exception has all of the file in it."""
    (tmp_path / "people.json").write_text(content.format(NAME), "utf-8")
    require_nothing_told(lambda: read_json(tmp_path / "people.json", 1000), canaries())


@pytest.mark.parametrize("read", [Secrets.code, Secrets.mail_code, lambda given: given.passphrase("a key", new=True)])
@pytest.mark.parametrize("secret", [CODE, PASSPHRASE])
def test_a_line_that_is_no_text(
    read: Callable[[Secrets], object], secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for errors in ("strict", "surrogateescape"):
        given = io.TextIOWrapper(io.BytesIO(secret.encode() + b"\xff\n"), "utf-8", errors)
        monkeypatch.setattr(sys, "stdin", given)
        require_nothing_told(lambda: read(Secrets(None)), canaries())


def test_a_name_that_is_no_text() -> None:
    for half in spoilt.halved(NAME):
        require_nothing_told(lambda half=half: text_field(half), canaries())


def test_a_number_in_the_place_of_its_files_name(tmp_path: Path) -> None:
    require_nothing_told(lambda: Secrets(None).number(tmp_path / NIR_DIGITS, "the person"), canaries())


def test_a_damaged_text_in_the_place_of_a_files_name() -> None:
    """Of which the complaint repeats the beginning, and no exception has more."""
    text = enrolled().present().text
    known = Canaries()
    known.text("the rest of the token", text[40:])
    require_nothing_told(lambda: intake.card_text(f"X{text}"), known)


def test_a_list_of_cards_that_is_another_file(tmp_path: Path) -> None:
    path = tmp_path / "cards"
    path.write_bytes(NAME.encode())

    class Given:
        card: tuple[str, ...] = ()
        cards = (path,)
        credential: tuple[Path, ...] = ()

    require_nothing_told(lambda: statuses._cards(Given()), canaries())  # type: ignore[arg-type]  # what argparse makes
