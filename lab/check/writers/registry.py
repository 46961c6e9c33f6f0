"""The forms that `check` writes to a file, each under the option of its name. One more is a module and a line here."""

from __future__ import annotations

from importlib import import_module

from lab.check.writers.base import Writer

FORMS = {
    "junit": "JUnit XML, for the test reports of CI products.",
    "json": "what -o json prints.",
    "markdown": "Markdown; appended where FILE is GitHub's step summary.",
}
"""By name, what the option's help says: the modules are loaded only when they write."""


def writer(name: str) -> Writer:
    """The form `name`: `WRITER` of the module of that name."""
    found: Writer = import_module(f"lab.check.writers.{name}").WRITER
    return found
