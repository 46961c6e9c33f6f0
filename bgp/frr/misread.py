"""What FRR says in a shape that none of the versions known here has: one error for it, with the command."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from bgp.frr.vty import DONE, Vty, VtyError

Given = ParamSpec("Given")
Found = TypeVar("Found")
Reader = Callable[Concatenate[Vty, Given], Found]


class Misread(VtyError):
    """The daemon answered, and not as expected: its JSON lacks a word, or has something else in its place."""


def understood(reader: Reader[Given, Found]) -> Reader[Given, Found]:
    """A function that reads a daemon's answers, raising Misread where they are not what it takes them for."""

    @wraps(reader)
    def read(vty: Vty, /, *given: Given.args, **named: Given.kwargs) -> Found:
        try:
            return reader(vty, *given, **named)
        except (LookupError, TypeError, AttributeError, ValueError, OverflowError) as error:
            what = reader.__name__.replace("_", " ")
            raise Misread(f"show ({what})", DONE, f"not understood: {type(error).__name__}") from error

    return read
