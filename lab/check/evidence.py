"""What checks are judged by: sessions and tables as both ends show them, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.circuit.models import Session
from lab.control.at_gateways import Lacking
from lab.control.observe import SessionView
from lab.role.expect import Flow, Leg

AsPath = tuple[int, ...]


@dataclass(frozen=True)
class Md5Evidence:
    """Whether the kernel really holds the key for the CE's address, None where nobody looked."""

    listener: bool | None = None
    connection: bool | None = None


@dataclass(frozen=True)
class SessionEvidence:
    """One session, seen from both ends.

    `accepted`, `advertised` and `at_ce` map a prefix to its AS path; `refused` are prefixes received and not accepted.
    `lacking` is what the MSEE took and a gateway behind it does not have.
    `at_ce`, `ce_sends` and `ce_has` are None where the CE is no FRR or nobody asked.
    `ce_has` are the prefixes that the CE has a valid path to.
    """

    view: SessionView
    hold_time: float = 0.0
    md5: Md5Evidence = Md5Evidence()
    accepted: Mapping[str, AsPath] = field(default_factory=dict)
    refused: Mapping[str, AsPath] = field(default_factory=dict)
    advertised: Mapping[str, AsPath] = field(default_factory=dict)
    at_ce: Mapping[str, AsPath] | None = None
    ce_sends: frozenset[str] | None = None
    ce_has: frozenset[str] | None = None
    lacking: tuple[Lacking, ...] = ()


@dataclass(frozen=True)
class Evidence:
    """Everything the checks are judged by. `answered` has the ways to a VNet that were tried, each over its path;
    `routed` the same without a path, as the CE's own routes have it."""

    sessions: Mapping[Session, SessionEvidence]
    answered: Mapping[Leg, bool] = field(default_factory=dict)
    routed: Mapping[Flow, bool] = field(default_factory=dict)
