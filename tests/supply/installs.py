"""Finds what installs anything: every call of a package manager or a downloader in scripts, the Makefile, and Python."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

#: By package manager: the words with which it brings something in. None where calling it is enough.
_BRINGS: dict[str, str | None] = {
    r"pip[\d.]*": "install|download|wheel|sync",
    r"pipx": "install|run|runpip|inject|upgrade|upgrade-all",
    r"uv": "add|sync|install|run",
    r"uvx": None,
    r"npm|pnpm|bun": "install|i|in|add|ci|exec|x|dlx|update|upgrade|install-test|it|create|init",
    r"yarn": "install|add|dlx|create|up|upgrade",
    r"npx|bunx|corepack": None,
    r"apt-get|apt|aptitude": "install|add|upgrade|dist-upgrade|full-upgrade|build-dep|source|download",
    r"dpkg": "-i|--install",
    r"apk|dnf|yum|zypper|pacman|brew|snap|conda|mamba|gem|go|cargo": r"install|add|get|-S\w*",
    r"easy_install|curl|wget": None,
}
#: A tool is a word of its own, also behind a path, as a variable in capitals, or after ``-m``; not a part of an option.
_BEFORE, _AFTER = r"(?:(?<=-m)|(?<![\w.-]))", r"(?![\w.-])[\"')}]*"
_WORDS, _OPTIONS = r"(?:[ \t]+[^\s;|&]+)*?", r"(?:[ \t]+(?:-\S+|[\w:.-]+=\S*))*"
_FOUND = re.compile(
    "|".join(
        rf"{_BEFORE}(?:{tool}){_AFTER}"
        # One of its words, or whatever a function was called with.
        + (rf"(?:{_WORDS}[ \t]+[\"']?(?:{words})(?![\w.=-])|{_OPTIONS}[ \t]+\"?\$[@*])" if words else r"(?=[ \t])")
        for tool, words in _BRINGS.items()
    ),
    re.IGNORECASE,
)
#: What is said to people, if nothing is run in it.
_SAID = re.compile(r"""\b(?:say|die|echo|printf)[ \t]+(?:"(?:[^"\\$`]|\\.|\$(?!\())*"|'[^']*')""")
#: What may stand before a command's tool: its path, and what runs it. An unknown argument is an ellipsis.
_BEGIN = re.compile(r"\s*(?:(?:sudo|env|exec|nice|…|\S*python[\d.]*|-\w+|\S+=\S*)\s+)*(?:[^\s…]*/)?")
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_CONTINUED = re.compile(r"[ \t]*\\\n[ \t]*")


def in_script(text: str) -> list[str]:
    """The commands of a shell script or a Makefile, each up to what ends it."""
    text = _SAID.sub("", _CONTINUED.sub(" ", _COMMENT.sub("", text)))
    return [_whole(text, found.start()) for found in _FOUND.finditer(text)]


def in_python(text: str) -> list[str]:
    """The commands in a Python module: as lists of arguments, or as a text that begins with one."""
    tree = ast.parse(text)
    documents = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    lines: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.List | ast.Tuple | ast.Call):
            words = node.args if isinstance(node, ast.Call) else node.elts
            lines.append(" ".join(map(_word, words)))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documents:
            lines += re.split(r"[;&|\n]+", node.value)
    # A sentence that speaks of a command begins otherwise.
    begun = [(line, _FOUND.match(line, begin.end())) for line in lines if (begin := _BEGIN.match(line))]
    return [_whole(line, found.start()) for line, found in begun if found]


def _word(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "…"


def _whole(text: str, start: int) -> str:
    """From ``start`` to the end of the simple command: a list of packages may follow."""
    end = re.compile(r"[;|&\n]").search(text, start)
    return " ".join(text[start : end.start() if end else len(text)].split())


def sources(root: Path) -> Iterator[tuple[str, str]]:
    """What is looked at: path, and the commands in it. Not the tests of this very search."""
    here = Path(__file__).parent
    paths = [root / "Makefile", root / ".ci" / "run"]
    for folder in ("tools", "benches", "tests", "vectors", "spec", "vitaletoken"):
        paths += [path for path in sorted((root / folder).rglob("*")) if path.suffix in (".sh", ".py")]
    for path in paths:
        if path.is_file() and "node_modules" not in path.parts and path.parent != here:
            read = in_python if path.suffix == ".py" else in_script
            for command in read(path.read_text(encoding="utf-8")):
                yield path.relative_to(root).as_posix(), command
