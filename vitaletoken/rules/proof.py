"""Proofs: values that only the function that did the checking can make.

Holding a ``VerifiedPresentation`` *is* the proof that every step was passed, since calling its class refuses and the one
call of ``prove`` for it stands at the end of the checks. They are named tuples: immutable, and made in a tenth of the time of
a frozen dataclass, of which a terminal would make three for each scan.
"""

from __future__ import annotations

from typing import Any, Final, NoReturn, Protocol, TypeVar

from vitaletoken.errors import UsageError

P = TypeVar("P", bound=tuple[Any, ...])


class Proof:
    """To be put before a NamedTuple: an instance is made by ``prove`` alone."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        for name in ("_make", "_replace"):  # a NamedTuple's own ways round the class
            setattr(cls, name, classmethod(_refuse))

    def __init__(self, *_: object, **__: object) -> None:
        _refuse(type(self))


def _refuse(kind: type, /, *_: object, **__: object) -> NoReturn:
    raise UsageError(f"a {kind.__name__} is made by the function that verifies, and by nothing else")


class _Prove(Protocol):
    def __call__(self, kind: type[P], fields: tuple[Any, ...], /) -> P: ...


#: The proof of that kind with those fields; for the end of the function that has just checked what it stands for.
prove: Final[_Prove] = tuple.__new__
