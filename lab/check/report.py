"""The report of a check for a reader: one line a kind, every failure with expected, got, why and next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import TextWrapper

from lab.check.daemons import KIND as DAEMONS
from lab.check.expect import KINDS
from lab.check.result import NOT_UP, CheckResult, Report, of_kind

WIDTH = 95
LINE = TextWrapper(width=100, break_long_words=False, break_on_hyphens=False)
WRAP = TextWrapper(width=100 - 17, break_long_words=False, break_on_hyphens=False)
SHOWN = 10
NAME = 11
GOOD = {
    "sessions": "Established; MD5 as configured, hold time 180 s or less",
    "from-ce": "exactly what the CE advertises",
    "to-ce": "AS path 12076",
}
Paint = Callable[[str, str], str]


def plain(text: str, style: str) -> str:
    return text


def report_lines(report: Report, *, strict: bool = False, paint: Paint = plain) -> list[str]:
    """The whole report, one text a line. `paint(text, "good" | "bad" | "warn")` colours a mark."""
    checks = [result for result in report.results if result.own or result.result != "warn"]
    lines = [_head(report.lab, checks), *kind_lines(report.results, paint=paint)]
    lines += [f"  {paint('!', 'warn')} {r.kind:<{NAME}}{r.why}" for r in report.results
              if r.result == "warn" and not r.own]
    return [*lines, _foot(report, strict)]


def kind_lines(results: Sequence[CheckResult], *, paint: Paint = plain) -> list[str]:
    """The lines of every kind that has results: `✓ sessions   6 of 6   …`, failures expanded below."""
    several = len({result.circuit for result in results if result.kind != DAEMONS}) > 1
    lines = []
    judged = [result for result in results if result.result != "warn"]
    kinds = (DAEMONS, *KINDS)
    widest = max((len(_count(of_kind(judged, kind))) for kind in kinds), default=0)
    for kind in kinds:
        mine = [result for result in judged if result.kind == kind and not result.own]
        if mine:
            lines += _kind(kind, mine, several, widest, paint)
    own = [result for result in results if result.own]
    if own:
        lines += _kind("your own", own, several, widest, paint)
    return lines


def _count(results: list[CheckResult]) -> str:
    return f"{sum(result.result == 'pass' for result in results)} of {len(results)}"


def _kind(kind: str, results: list[CheckResult], several: bool, widest: int, paint: Paint) -> list[str]:
    failed = [result for result in results if result.result != "pass"]
    mark = paint("✗", "bad") if any(result.result == "fail" for result in results) else paint("!", "warn")
    told = [result for result in failed if not result.consequence]
    start = f"{kind:<{NAME}}{_count(results):<{widest}}   "
    if not failed:
        first, *more = LINE.wrap(f"{'':<{len(start) + 4}}{_good(kind, results)}".rstrip()) or [""]
        rest = [f"{'':<{len(start) + 4}}{line}" for line in more]
        return [f"  {paint('✓', 'good')} {start}{first.lstrip()}".rstrip(), *rest]
    if not told:
        return [f"  {mark} {start}failed: {'its session is' if len(failed) == 1 else 'sessions are'} down"]
    lines = []
    for at, result in enumerate(told[:SHOWN]):
        name = f"{result.circuit} {result.label}" if several and kind != DAEMONS else result.label
        lead = f"  {mark} {start}" if at == 0 else " " * (len(start) + 4)
        lines.append(f"{lead}{'warning' if result.result == 'warn' else 'failed'}: {name}")
        lines += _details(result)
    if len(told) > SHOWN:
        lines.append(f"      and {len(told) - SHOWN} more; -o json has them all")
    if len(failed) > len(told):
        lines.append(f"      and {len(failed) - len(told)} because a session is down")
    return lines


def _good(kind: str, results: list[CheckResult]) -> str:
    if kind == "reach":
        names = list(dict.fromkeys(result.label for result in results))
        shown = ", ".join(names) if len(names) <= 6 else f"{', '.join(names[:3])} and {len(names) - 3} more"
        return f"{shown}, {_over(results)}"
    if kind == "your own":
        return "; ".join(result.label for result in results)
    down = sum(result.expected == NOT_UP for result in results)
    return GOOD.get(kind, "") + (f"; {down} down, as expected" if down else "")


def _over(results: list[CheckResult]) -> str:
    ways = {(result.expected or "").rpartition(" over ")[2] for result in results}
    if ways <= {"", "primary and secondary"}:
        return "each over both paths"
    return f"over {ways.pop()}" if len(ways) == 1 else "each over the paths it has"


def _details(result: CheckResult) -> list[str]:
    place = ", ".join(text for text in (result.source, result.about) if text)
    expected = f"{result.expected}   ({place})" if result.expected is not None and place else result.expected
    where = result.where if result.where and result.where not in (result.why or "") else None
    rows = (("message", result.message), ("expected", expected), ("got", result.got), ("why", result.why),
            ("where", where), ("next", result.next))
    lines = []
    for name, text in rows:
        # What is typed stays whole: it is copied.
        parts = [text] if name == "next" else WRAP.wrap(text or "")
        lines += [f"      {name if at == 0 else '':<11}{part}" for at, part in enumerate(parts) if text is not None]
    return lines


def _head(lab: str, checks: list[CheckResult]) -> str:
    own = sum(result.own for result in checks)
    origin = f"{len(checks) - own} follow from the circuit, {own} of your own" if own else "all follow from the circuit"
    return f"{lab}   {len(checks)} check{'' if len(checks) == 1 else 's'}: {origin}"


def _foot(report: Report, strict: bool) -> str:
    parts = [f"{report.count('pass')} passed"]
    if report.count("fail"):
        parts.append(f"{report.count('fail')} failed")
    if report.count("warn"):
        parts.append(f"{report.count('warn')} warning{'' if report.count('warn') == 1 else 's'}")
    line = f"{', '.join(parts)} in {report.seconds:.1f} s"
    code = report.exit_code(strict=strict)
    if not code:
        return line
    end = f"exit {code}"
    return f"{line:<{WIDTH - len(end)}}{end}"
