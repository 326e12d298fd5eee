"""No code, key, number, name or token in what is logged, warned of, printed, raised or shown by ``repr`` (LOG-1)."""

from __future__ import annotations

import traceback
from collections.abc import Iterator

import pytest

from tests.secrets.canaries import Canaries
from tests.secrets.recorder import Story, reachable
from tests.secrets.story import PASSPHRASE, told
from tests.world import CODE, DEVICE_ALGORITHMS, NIR_DIGITS, enrolled
from vitaletoken import InputError, UsageError
from vitaletoken.wire.registry import Algorithm

#: Exceptions of others that may stand behind a refusal.
SAY_NOTHING = {
    "cryptography.exceptions.InvalidTag",
    "cryptography.exceptions.InvalidSignature",
    "nacl.exceptions.BadSignatureError",
}


@pytest.fixture(scope="module", params=DEVICE_ALGORITHMS, ids=lambda algorithm: algorithm.name)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with pytest.MonkeyPatch.context() as patch:
        yield told(tmp_path_factory.mktemp("story"), patch, request.param)


def links(error: BaseException) -> Iterator[BaseException]:
    """``error``, its causes and its contexts, also those that a traceback does not show."""
    waiting, seen = [error], set()
    while waiting:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [other for other in (each.__cause__, each.__context__) if other is not None]


def test_the_story_has_all_kinds_of_secrets(story: Story) -> None:
    """That what follows looks for something."""
    assert story.canaries.names >= {
        "NIR", "code", "code derivation h", "code derivation s", "code derivation seed", "credential", "device PRF secret",
        "device key", "family name", "father's NIR", "full token", "given name", "message", "opened answer", "passphrase",
        "reference", "session secret", "signing key", "stretched passphrase or code", "wallet key", "wallet secret", "wrong code",
        "applicant's NIR", "code salt", "delegate's code", "delegate's name", "desk key for e-mail codes", "desk key for numbers",
        "e-mail address", "e-mail code", "new code", "number key", "number salt", "pseudonym", "sealed number", "territory",
    }  # fmt: skip
    kinds = {type(error).__name__ for error in story.errors}
    assert kinds >= {"Malformed", "Untrusted", "Rejected", "UsageError", "OSError", "RuntimeError", "FileExistsError"}
    assert len(story.errors) > 110
    assert len({type(each) for each in reachable(story.objects)}) > 60


def test_nothing_is_logged_warned_of_or_printed(story: Story) -> None:
    """With logging at DEBUG for every library: not even a line without a secret."""
    assert story.output.getvalue() == ""


def said(error: BaseException) -> str:
    """Its text, arguments, notes and attributes, also those that only its class knows of; and the traceback without locals."""
    attributes = {name: getattr(error, name, None) for name in dir(error) if not name.startswith("__")}
    shown = [str(error), repr(error), repr(error.args), repr(getattr(error, "__notes__", None)), repr(attributes)]
    return "\n".join(shown + traceback.format_exception(error))


def test_no_exception_tells_a_secret(story: Story) -> None:
    """Nor what it was raised from, or while that was handled, shown or not."""
    told = [
        (type(error).__name__, type(each).__name__, found)
        for error in story.errors
        for each in links(error)
        if (found := story.canaries.found_in(said(each)))
    ]
    assert not told


def test_nothing_of_ours_shows_a_secret(story: Story) -> None:
    """``repr``, ``str`` and ``format`` of every object that the story's objects and exceptions lead to, frames included."""
    frames = [frame.f_locals for error in story.errors for frame, _ in traceback.walk_tb(error.__traceback__)]
    for value in reachable([*story.objects, *frames]):
        shown = "\n".join((repr(value), str(value), f"{value}"))
        assert not story.canaries.found_in(shown), type(value)


def test_a_refusal_keeps_nothing_of_what_came_from_outside(story: Story) -> None:
    refusals = [error for error in story.errors if isinstance(error, InputError)]
    assert refusals
    for refused in refusals:
        assert set(vars(refused)) == {"code", "step", "advice", "reason"}
        assert refused.args == (f"{refused.reason} [{refused.step} {refused.code.value}]",)


def test_behind_a_refusal_stands_nothing_that_quotes(story: Story) -> None:
    """Not only where a canary was: the exceptions of decoders and encoders keep what they were given."""
    behind = {type(each) for error in story.errors if isinstance(error, InputError) for each in links(error)}
    others = {
        f"{each.__module__}.{each.__qualname__}" for each in behind if not each.__module__.startswith("vitaletoken.")
    }
    assert others <= SAY_NOTHING, others - SAY_NOTHING


def test_locals_are_the_callers_to_keep_out_of_logs() -> None:
    """What docs/security.md says is not promised: frames hold the code as it was given, and who prints locals prints it."""
    world = enrolled()
    with pytest.raises(UsageError) as caught:
        world.holder.present(CODE, card="another")
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    canaries = Canaries()
    canaries.digits("code", CODE)
    assert canaries.found_in(shown) == {"code"}
    assert not canaries.found_in("".join(traceback.format_exception(caught.value)))


@pytest.mark.parametrize(
    "text",
    [
        f"code {CODE}.", " ".join(CODE), CODE[::-1], CODE.encode().hex(), str(list(CODE.encode())), f"b'{CODE}'",
        "2 84 09 75 110 123", PASSPHRASE.upper(), bytes(range(40, 72)).hex(),
        repr(bytes(range(50, 66))), str(list(range(60, 70))), "UVZXWFlaW1xdXl8=",
        str(int.from_bytes(bytes(range(40, 72)), "big")),
    ],
)  # fmt: skip
def test_the_search_finds(text: str) -> None:
    canaries = Canaries()
    canaries.digits("code", CODE)
    canaries.digits("NIR", NIR_DIGITS)
    canaries.text("passphrase", PASSPHRASE)
    canaries.binary("key", bytes(range(40, 120)))
    canaries.binary("number", bytes(range(40, 72)))
    canaries.binary("base64", b"QVVXYZ[\\]^_")
    assert len(canaries.found_in(f"before {text} after")) >= 1


@pytest.mark.parametrize("text", [f"1{CODE}5", f"a{CODE}f", "Holder(...)", "270 516", bytes(8).hex()])
def test_the_search_does_not_find(text: str) -> None:
    canaries = Canaries()
    canaries.digits("code", CODE)
    canaries.binary("key", bytes(range(40, 72)))
    assert not canaries.found_in(text)


def test_both_suites_are_told() -> None:
    assert set(DEVICE_ALGORITHMS) == {Algorithm.ED25519, Algorithm.ESP256}
