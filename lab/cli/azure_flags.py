"""The flags of Azure's guides, as typed: values of several words, words in any case, flags without a meaning here."""

from __future__ import annotations

import re
from typing import Any

import click

_UNIT = re.compile(r"[MG]bps", re.IGNORECASE)
_WITH_VALUE = (
    ("-g", "--resource-group"), ("-l", "--location"), ("--subscription",), ("--tags",),
    ("--allow-classic-operations",), ("--legacy-mode",),
)
_ALONE = (("--no-wait",), ("--only-show-errors",))
_SEVERAL = "--tags"


class AzureCommand(click.Command):
    """A verb that takes what is typed for `az network express-route`; what has no meaning here is said on stderr."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        taken = {name for param in self.params for name in param.opts}
        for names, alone in [(n, False) for n in _WITH_VALUE] + [(n, True) for n in _ALONE]:
            free = [name for name in names if name not in taken]
            if free:
                # A name of its own: `location` may be that of another option.
                named = [*free, f"unused_{names[-1].lstrip('-').replace('-', '_')}"]
                self.params.append(
                    click.Option(named, is_flag=alone, hidden=True, expose_value=False, callback=_told, default=None)
                )
        for param in self.params:
            if isinstance(param.type, click.Choice):
                param.type.case_sensitive = False

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, self._joined(args))

    def _joined(self, args: list[str]) -> list[str]:
        """The words of a list after its flag as one, and a bandwidth with its unit."""
        kinds = {name: param.type.name for param in self.params for name in param.opts}
        found: list[str] = []
        rest = list(args)
        while rest:
            word = rest.pop(0)
            found.append(word)
            if word == "--":
                return found + rest
            kind = kinds.get(word)
            if kind not in ("prefixes", "bandwidth") and word != _SEVERAL:
                continue
            words = [rest.pop(0)] if rest else []
            while rest and not rest[0].startswith("-") and (kind != "bandwidth" or _UNIT.fullmatch(rest[0])):
                words.append(rest.pop(0))
                if kind == "bandwidth":
                    break
            found += [" ".join(words)] if words else []
        return found


class AzureGroup(click.Group):
    """A group whose verbs are AzureCommands."""

    command_class = AzureCommand
    group_class = type


def _told(ctx: click.Context, param: click.Parameter, value: object) -> None:
    if value:
        click.echo(f"mseelab: {param.opts[-1]} has no meaning in a lab and is left out", err=True)
