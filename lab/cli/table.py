"""Tables of text, in the two forms the tool has: ours and the one `az -o table` prints. No dependencies, no colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Iterable[str] = ()) -> str:
    """Our own form: capital headings, two spaces between columns; `right` names the columns of figures."""
    grid = [list(columns), *([_text(cell) for cell in row] for row in rows)]
    flush_right = {columns.index(name) for name in right}
    return _lines(grid, flush_right)


def azure_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The form of `az -o table`: headings with a rule below, everything flush left, rules two wider than the heading.

    The client pads every heading by two and a rule is at least as wide, which is why a narrow column has room.
    """
    body = [[_text(cell) for cell in row] for row in rows]
    widths = [
        max([len(name) + 2, *(len(row[at]) for row in body)]) for at, name in enumerate(columns)
    ]
    out = ["  ".join(name.ljust(width) for name, width in zip(columns, widths, strict=True)).rstrip()]
    out.append("  ".join("-" * width for width in widths))
    for row in body:
        out.append("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return "\n".join(out)


def _lines(grid: list[list[str]], flush_right: set[int]) -> str:
    widths = [max(len(row[at]) for row in grid) for at in range(len(grid[0]))]
    out = []
    for row in grid:
        cells = (
            cell.rjust(widths[at]) if at in flush_right else cell.ljust(widths[at]) for at, cell in enumerate(row)
        )
        out.append("  ".join(cells).rstrip())
    return "\n".join(out)


def _text(cell: object) -> str:
    return "-" if cell is None else str(cell)
