"""What checks are judged by: sessions and tables as both ends show them, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bgp.session import Notification
from lab.circuit.models import Session
from lab.control.observe import SessionView
from lab.role.expect import Leg

AsPath = tuple[int, ...]
Resolution = Literal["ok", "incomplete", "none"]


@dataclass(frozen=True)
class Md5Evidence:
    """Whether the kernel really holds the key for the CE's address, None where nobody looked.

    `refused` counts segments refused since the check began: another key, not signed, signed though we have no key.
    """

    listener: bool | None = None
    connection: bool | None = None
    refused: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True)
class SessionEvidence:
    """One session, seen from both ends.

    `accepted`, `advertised` and `at_ce` map a prefix to its AS path; `refused` are prefixes received and not accepted.
    `at_ce`, `ce_sends`, `ce_has` and `ce_asn` are None where the CE is no FRR or nobody asked. `resolution` is the
    MSEE's ARP or ND entry of the CE, `ce_interfaces` the sub-interfaces of the CE's port; both are looked at when it is
    down.
    """

    view: SessionView
    hold_time: float = 0.0
    notification: Notification | None = None
    md5: Md5Evidence = Md5Evidence()
    resolution: Resolution | None = None
    accepted: Mapping[str, AsPath] = field(default_factory=dict)
    refused: Mapping[str, AsPath] = field(default_factory=dict)
    advertised: Mapping[str, AsPath] = field(default_factory=dict)
    at_ce: Mapping[str, AsPath] | None = None
    ce_sends: frozenset[str] | None = None
    ce_has: frozenset[str] | None = None
    ce_asn: int | None = None
    ce_interfaces: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Evidence:
    """Everything the checks are judged by. `answered` has the ways to a VNet that were tried."""

    sessions: Mapping[Session, SessionEvidence]
    answered: Mapping[Leg, bool] = field(default_factory=dict)
