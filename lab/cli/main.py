"""The command `mseelab`: finds the verb's module, runs it, and is the one place that prints an error."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import click

from lab.cli.clock import count_from_start
from lab.cli.output import wanted_format, write_data
from lab.cli.streams import drop_output, harmless_streams
from lab.errors import LabError, Mistake, Mistakes, limit, meant

VERBS: dict[str, tuple[str, str]] = {
    "init": ("lab.cli.init:init", "put a shipped lab's circuit file into this folder"),
    "up": ("lab.cli.up:up", "build both planes, or change what differs"),
    "status": ("lab.cli.status:status", "sessions and prefixes of the running lab"),
    "show": ("lab.cli.show:show", "Azure's own tables, of MSEEs and of gateways; and prefixes"),
    "record": ("lab.cli.record:record", "the checks that describe the running lab, as its baseline"),
    "check": ("lab.cli.check:check", "is everything as the files say? exit 1 if not"),
    "diagnose": ("lab.cli.diagnose:diagnose", "what is wrong with a session, with evidence and the next step"),
    "trace": ("lab.cli.trace:trace", "hop by hop to Azure and back: which session and route decide"),
    "down": ("lab.cli.down:down", "everything gone"),
    "validate": ("lab.cli.validate:validate", "only read the files"),
    "plan": ("lab.cli.plan:plan", "what apply would change, and which sessions move"),
    "apply": ("lab.cli.apply:apply", "make the running lab agree with the files"),
    "circuit": ("lab.cli.circuit:circuit", "order, read, change and hand back a circuit"),
    "provider": ("lab.cli.provider:provider", "what the provider does, by service key"),
    "peering": ("lab.cli.peering:peering", "routing domains, as az network express-route peering"),
    "connection": ("lab.cli.connection:connection", "VNets linked to a circuit"),
    "microsoft": ("lab.cli.microsoft:microsoft", "what Microsoft decides about public prefixes"),
    "exec": ("lab.cli.exec:exec_", "a router prompt, or a command, in a node"),
    "capture": ("lab.cli.capture:capture", "BGP messages on a path in words, or a file for Wireshark"),
    "export": ("lab.cli.export:export", "a folder that others bring up without mseelab"),
    "port": ("lab.cli.port:port", "ExpressRoute Direct: port pairs, links, letters of authorization"),
    "list": ("lab.cli.list:list_", "every lab that runs here"),
    "doctor": ("lab.cli.doctor:doctor", "what this host can, and what to do about each lack"),
    "explain": ("lab.cli.explain:explain", "a rule's reason and source, a verdict's meaning"),
}
DEBUG = "MSEELAB_DEBUG"
PLUGINS = "PYDANTIC_DISABLE_PLUGINS"
"""Pydantic looks through every installed package for plugins of its own: time, and code that nobody asked for."""
UNEXPECTED = 70
INTERRUPTED = 130
UNREAD = 141
"""As of a program that SIGPIPE ends: what a verb has found has not come to whoever asked, so it is not 0."""


class ReaderGone(Exception):
    """Whoever reads our output has left. No OSError: click would end the process at one of this kind, with 1."""


class LazyGroup(click.Group):
    """A group that imports a verb's module only when that verb is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = VERBS.get(cmd_name)
        if entry is None:
            return None
        module, _, name = entry[0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGone from error

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            near = meant(args[0], VERBS)
            hint = f"; did you mean {near}?" if near else ""
            raise click.UsageError(f"no verb {args[0]}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mseelab", message="mseelab %(version)s")
def mseelab() -> None:
    """An ExpressRoute circuit on this machine: CE routers and an emulated MSEE pair, with real BGP."""


def run(arguments: list[str]) -> int:
    """Runs one command line and returns its exit code; prints whatever went wrong, once."""
    with harmless_streams():
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    output = wanted_format(arguments)
    try:
        result = _ran(arguments)
        return result if isinstance(result, int) else 0
    except Mistakes as error:
        _print_mistakes(error, output)
        return error.exit_code
    except LabError as error:
        code = error.rule or type(error).__name__
        _print(output, code, error.message, error.next, text=_said(error))
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stdout.write(f"{error.format_message()}\n")
        return 0
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx is not None else "mseelab"
        _print(output, "Usage", _one_line(error.format_message()), f"{where} --help")
        return 2
    except click.ClickException as error:
        _print(output, "Usage", _one_line(error.format_message()), None)
        return 2
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("\n")
        return INTERRUPTED
    except (ReaderGone, BrokenPipeError):
        drop_output(sys.stdout)
        return UNREAD


def _ran(arguments: list[str]) -> Any:
    """What the verb returns. What this host does not give, wherever it was asked for, is a HostCannot."""
    try:
        result = mseelab.main(args=arguments, prog_name="mseelab", standalone_mode=False)
        sys.stdout.flush()
    except OSError as error:
        refused = limit(error)
        if refused is None:
            raise
        raise refused from error
    return result


def main() -> None:
    """The entry point. A defect of ours is one line too; `MSEELAB_DEBUG=1` shows where it was."""
    count_from_start()
    os.environ.setdefault(PLUGINS, "__all__")
    sys.excepthook = _traced if os.environ.get(DEBUG) else _unexpected
    sys.exit(run(sys.argv[1:]))


def _traced(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    import traceback

    with harmless_streams():
        traceback.print_exception(kind, error, trace)


def _unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    text = _one_line(f"{kind.__name__}: {error}")
    with harmless_streams():
        _print(wanted_format(sys.argv[1:]), "Unexpected", f"this is a defect of mseelab: {text}",
               f"{DEBUG}=1 mseelab … shows where; please report it")
        sys.stdout.flush()
    # Not 1: that would say something about the lab.
    raise SystemExit(UNEXPECTED)


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def _said(error: LabError) -> str:
    return f"{error.rule} {error.message}" if error.rule else error.message


def _print(output: str, code: str, message: str, next_step: str | None, *, text: str | None = None) -> None:
    if output == "table":
        sys.stderr.write(f"mseelab: {text or message}\n")
        if next_step:
            sys.stderr.write(f"  next         {next_step}\n")
        return
    _write_error({"code": code, "message": message, "next": next_step}, output)


def _write_error(value: Mapping[str, object], output: str) -> None:
    try:
        write_data({"error": value}, output)
        sys.stdout.flush()
    except OSError as error:
        if limit(error) is None:
            raise
        sys.stderr.write(f"mseelab: {value['message']}\n")  # the disk that stdout goes to is full


def _print_mistakes(error: Mistakes, output: str) -> None:
    wrong = [mistake for mistake in error.mistakes if not mistake.warning]
    example = (wrong or error.mistakes)[0].rule if error.mistakes else "ER000"
    if output != "table":
        value = {"code": "Mistakes", "message": error.message, "next": f"mseelab explain {example}",
                 "mistakes": [mistake_object(mistake) for mistake in error.mistakes]}
        _write_error(value, output)
    else:
        sys.stderr.write(mistake_lines(error.mistakes))
        sys.stderr.write(f"{error.message}; mseelab explain {example} gives a rule's reason and source\n")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from lab.cli.reports import annotate

        annotate(error.mistakes)


def mistake_lines(mistakes: list[Mistake]) -> str:
    """One line a mistake, its hint indented below."""
    out = []
    for mistake in mistakes:
        out.append(f"{mistake}\n")
        if mistake.hint:
            out.append(f"    ({mistake.hint})\n")
    return "".join(out)


def mistake_object(mistake: Mistake) -> dict[str, object]:
    """A mistake as `validate -o json` prints it."""
    return {
        "file": mistake.file, "line": mistake.line, "column": mistake.column, "rule": mistake.rule,
        "field": mistake.field, "message": mistake.message or mistake.sentence(), "found": mistake.found or None,
        "allowed": mistake.allowed or None, "warning": mistake.warning,
    }


if __name__ == "__main__":
    main()
