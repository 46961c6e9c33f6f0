"""What every verb needs to print: data to stdout as table, JSON or YAML, errors once, times in one spelling."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from lab.cli.streams import as_it_is
from lab.engine.registry import NAMES, VARIABLE
from lab.harmless import as_json, as_yaml

Command = TypeVar("Command", bound=Callable[..., object])
FORMATS = ("table", "json", "yaml")


def output_option(*more: str) -> Callable[[Command], Command]:
    """`-o table|json|yaml`, and `more` forms of a verb's own."""
    return click.option(
        "-o", "--output", "output", type=click.Choice([*FORMATS, *more]), default="table", help="How to print."
    )


def lab_option(command: Command) -> Command:
    """`--lab NAME`, for where the folder does not say which lab is meant."""
    return click.option("--lab", "lab", metavar="NAME", help="The lab, where this folder does not say.")(command)


def engine_option(command: Command) -> Command:
    """`--engine NAME`, for a lab that has to be started."""
    return click.option(
        "--engine", "engine", type=click.Choice(NAMES), help=f"Where nodes live; else {VARIABLE}, else {NAMES[0]}."
    )(command)


def trust_option(command: Command) -> Command:
    """`--trust-topology`, for where a topology file is run."""
    return click.option(
        "--trust-topology", "trust", is_flag=True,
        help="In CI, with containers: run a topology file that can touch this host.",
    )(command)


def wait_option(command: Command) -> Command:
    """`--wait`: the whole time, even where every late session has a reason that time does not mend."""
    return click.option(
        "--wait", "patient", is_flag=True, help="Wait the whole time, even where waiting mends nothing.",
    )(command)


def emit(value: Any, output: str, text: Callable[[], str]) -> None:
    """Prints `value` as JSON or YAML, or what `text` makes of it."""
    if output != "table":
        write_data(value, output)
    elif line := text():
        sys.stdout.write(line + "\n")


def write_data(value: Any, output: str, *, indent: int | None = 2) -> None:
    """Prints `value` as JSON or YAML: harmless, and the same for a program that reads it."""
    as_it_is(sys.stdout, as_yaml(value) if output == "yaml" else as_json(value, indent) + "\n")


def wanted_format(arguments: list[str]) -> str:
    """The `-o` of a command line that may not even parse: errors follow it too."""
    for at, word in enumerate(arguments):
        if word == "--":
            break
        for flag in ("-o", "--output="):
            if word.startswith(flag) and word.removeprefix(flag) in FORMATS:
                return word.removeprefix(flag)
        if word in ("-o", "--output") and arguments[at + 1 : at + 2] and arguments[at + 1] in FORMATS:
            return arguments[at + 1]
    return "table"


def colour(text: str, code: str, *, stream: Any = None) -> str:
    """`text` in a colour (ANSI code), on a terminal only."""
    target = sys.stdout if stream is None else stream
    return f"\x1b[{code}m{text}\x1b[0m" if target.isatty() else text


def plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def seconds_text(seconds: float) -> str:
    """`0.8 s`: how the tool writes a time it took."""
    return f"{seconds:.1f} s"


def clock(seconds: float | None) -> str:
    """`00:12:41`, or `3d 00:12:41`: how long something has been up. `-` where it is not."""
    if seconds is None:
        return "-"
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    text = f"{hour:02}:{minute:02}:{second:02}"
    return f"{days}d {text}" if days else text
