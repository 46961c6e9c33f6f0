"""A prefix limit that is exact on every FRR: the session falls with the first prefix above it.

FRR 8.4 compares before it adds: the first prefix above is taken, and stays until anything else arrives. A limit that is
lower by one would be wrong in another way: 8.4 compares for prefixes that it has, too, and a session at its limit would
fall when an attribute changes. But a limit that is told again is compared at once, and that is what is done here. From
8.5 on FRR counts first, and there is never anything to tell.

bgpd itself says who is near its limit (`WARNING_PERCENT`, a line in its log): only those are asked.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bgp.frr.vty import Vty

WARNING_PERCENT = 80
_NEAR = re.compile(rb"%MAXPFX: No\. of .* prefix received from ([0-9A-Fa-f.:]+)")


@dataclass(frozen=True)
class Limit:
    """A limit of one neighbor in one family. `line` is what sets it, inside `router bgp` and the family."""

    asn: int
    vrf: str
    address: str
    family: str
    limit: int
    line: str

    @property
    def near(self) -> int:
        """A count above this is near, as bgpd reckons it."""
        return self.limit * WARNING_PERCENT // 100

    def told_again(self) -> list[str]:
        within = f"router bgp {self.asn}" + (f" vrf {self.vrf}" if self.vrf else "")
        return [within, f"address-family {self.family} unicast", self.line]


class LimitWatch:
    """The limits of one bgpd, whose log is the file `log`. A log that is not there says nothing yet."""

    def __init__(self, limits: Iterable[Limit], log: str) -> None:
        self._limits: dict[str, list[Limit]] = {}
        for limit in limits:
            self._limits.setdefault(limit.address, []).append(limit)
        self._log = log
        self._read = 0
        self._rest = b""
        self.near: set[Limit] = set()

    def poll(self, bgpd: Callable[[], Vty]) -> list[Limit]:
        """Looks once; the limits that had to be told again. `bgpd` is asked for when somebody is near a limit.

        Raises OSError when the daemon is not there, VtyError when it does not take a line.
        """
        for address in self._named():
            self.near.update(self._limits.get(address, ()))
        told = []
        for limit in sorted(self.near, key=lambda one: (one.vrf, one.address, one.family)):
            count, set_to = accepted(bgpd(), limit)
            if count <= limit.near:
                self.near.discard(limit)
            elif count > limit.limit == set_to:
                bgpd().configure(limit.told_again())
                told.append(limit)
        return told

    def _named(self) -> list[str]:
        """The neighbors that bgpd has named since the last look."""
        if not self._limits:
            return []
        try:
            with open(self._log, "rb") as file:
                if os.fstat(file.fileno()).st_size < self._read:
                    self._read, self._rest = 0, b""
                file.seek(self._read)
                fresh = file.read()
        except FileNotFoundError:
            return []
        self._read += len(fresh)
        *lines, self._rest = (self._rest + fresh).split(b"\n")
        return [found[1].decode() for line in lines if (found := _NEAR.search(line))]


def accepted(bgpd: Vty, limit: Limit) -> tuple[int, int | None]:
    """How many prefixes of the neighbor count against the limit, 0 without a session, and the limit that bgpd has.

    They differ while a change of the limit is on its way: then whoever makes it comes later with other limits.
    """
    vrf = f"vrf {limit.vrf} " if limit.vrf else ""
    status, answer = bgpd.ask(f"show bgp {vrf}neighbors {limit.address} json")
    try:
        known = json.loads(answer) if status == 0 else {}
    except ValueError:
        return 0, None  # FRR says in plain text that it has no such instance
    peer = known.get(limit.address)
    if not isinstance(peer, dict) or peer.get("bgpState") != "Established":
        return 0, None
    family = peer.get("addressFamilyInfo", {}).get(f"{limit.family}Unicast", {})
    return int(family.get("acceptedPrefixCounter", 0)), family.get("prefixAllowedMax")
