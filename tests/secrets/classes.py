"""Every class of the package, found by looking, and objects of the plain ones made without their constructors."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import vitaletoken


def all_classes() -> Iterator[type]:
    """Those that are defined in a module of the package, private ones too; the command line's and ``conformance``'s as well."""
    for module in pkgutil.walk_packages(vitaletoken.__path__, "vitaletoken."):
        if module.name.endswith("__main__"):
            continue
        names = vars(importlib.import_module(module.name))
        yield from (value for value in names.values() if inspect.isclass(value) and value.__module__ == module.name)


def records() -> list[type]:
    """Dataclasses and named tuples: what has a ``repr`` that Python makes of its fields. Not those that are only a base."""
    found = [each for each in all_classes() if dataclasses.is_dataclass(each) or hasattr(each, "_fields")]
    bases = {base for each in found for base in each.__mro__[1:] if hasattr(each, "_fields")}
    return sorted(
        {each for each in found if each not in bases}, key=lambda each: f"{each.__module__}.{each.__qualname__}"
    )


def fields_of(kind: type) -> dict[str, str]:
    """Field names and their annotations as text."""
    if dataclasses.is_dataclass(kind):
        return {field.name: str(field.type) for field in dataclasses.fields(kind)}
    annotations: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        for name, value in inspect.get_annotations(base).items():
            annotations[name] = value.__forward_arg__ if isinstance(value, typing.ForwardRef) else str(value)
    return {name: annotations[name] for name in typing.cast("Any", kind)._fields}


class Stand:
    """In the place of a part that is of no interest: has every attribute, every method, and any length."""

    def __getattr__(self, name: str) -> Stand:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: object, **__: object) -> Stand:
        return self

    def __iter__(self) -> Iterator[Stand]:
        return iter((Stand(),))

    def __len__(self) -> int:
        return 1

    def __format__(self, spec: str) -> str:
        return "·"

    def __repr__(self) -> str:
        return "·"


def canary(name: str) -> str:
    """24 characters that are in no other text; with the field's name, for who reads a failure."""
    return f"<<{name}>>".ljust(24, "~")


def stand_in(name: str, annotation: str) -> object:
    """A value for a field: the canary where there can be text or bytes, as the annotation has it; else a ``Stand``."""
    text = canary(name)
    value: object
    if "bytes" in annotation:
        value = text.encode()
    elif re.search(r"\bstr\b", annotation):
        value = text
    else:
        return Stand()
    if "Mapping" in annotation or "dict" in annotation:
        return MappingProxyType({1: value})
    return (value,) if "tuple" in annotation or "Sequence" in annotation or "frozenset" in annotation else value


def made(kind: type) -> object:
    """An object of ``kind`` whose every field holds its canary, whatever its constructor would say."""
    values = {name: stand_in(name, annotation) for name, annotation in fields_of(kind).items()}
    if issubclass(kind, tuple):
        return tuple.__new__(kind, values.values())
    value = object.__new__(kind)
    for name, each in values.items():
        object.__setattr__(value, name, each)
    return value
