"""The line of layers of a session, bottom first: what is good, what fails, and what nobody can tell above it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from lab.diagnose.evidence import Evidence
from lab.diagnose.rules.base import LAYERS, LayerName
from lab.diagnose.rules.words import dotted

FAIL, UNSEEN, OK = "FAIL", "-", "ok"
MAC_DIGITS = 4


@dataclass(frozen=True)
class Layer:
    """`state` is `ok`, `FAIL`, `-` (not to be told), or a word such as `Incomplete` or `down`; `detail` says more."""

    name: LayerName
    state: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.state}" + (f", {self.detail}" if self.detail else "")


def layers(evidence: Evidence, failing: LayerName | None) -> tuple[Layer, ...]:
    """Every layer; `failing` is the one that the verdict is about."""
    at = LAYERS.index(failing) if failing else len(LAYERS)
    return tuple(_layer(evidence, name, number, at) for number, name in enumerate(LAYERS))


def _layer(e: Evidence, name: LayerName, number: int, failing: int) -> Layer:
    if name == "arp" and number >= failing:
        return _arp(e, fails=number == failing)
    if name == "bfd":
        word = _bfd(e)
        return Layer("bfd", FAIL if number == failing and word != "down" else word)
    if number > failing:
        return Layer(name, UNSEEN)
    if number == failing:
        return Layer(name, FAIL)
    return {"vlan": Layer("vlan", OK, dotted(e.subject.tags)), "arp": _arp(e, fails=False)}.get(name, Layer(name, OK))


def _arp(e: Evidence, *, fails: bool) -> Layer:
    if fails:
        return Layer("arp", FAIL if e.msee.resolved == "ok" else "Incomplete")
    if e.msee.resolved == "ok":
        return Layer("arp", OK, _router_form(e.msee.mac or ""))
    return Layer("arp", "Incomplete" if e.msee.resolved == "incomplete" else UNSEEN)


def _router_form(mac: str) -> str:
    """`4a5b.3da7.1a10`."""
    digits = mac.replace(":", "").lower()
    return ".".join(digits[at : at + MAC_DIGITS] for at in range(0, len(digits), MAC_DIGITS))


def _bfd(e: Evidence) -> str:
    word = e.msee.bfd or "-"
    if word == "-" and e.ce.bfd == "down":
        return "down"
    return word
