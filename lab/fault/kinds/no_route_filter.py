"""No route filter is attached to Microsoft peering."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lab.circuit.models import Circuit
from lab.errors import Impossible
from lab.fault.base import Fault
from lab.fault.service import ServicePlane, the_public_peering, with_peering


class NoRouteFilter(ServicePlane):
    name = "no-route-filter"
    line = "Microsoft peering has no route filter"

    def kept(self, circuit: Circuit, fault: Fault) -> Any:
        filters = the_public_peering(circuit, fault).route_filters
        if not filters:
            raise Impossible(f"{circuit.name} has no route filter to lose")
        return [list(each) for each in filters]

    def changed(self, circuit: Circuit, fault: Fault) -> Circuit:
        return self.restored(circuit, fault, ())

    def restored(self, circuit: Circuit, fault: Fault, kept: Any) -> Circuit:
        filters = tuple((family, name) for family, name in kept)
        return with_peering(circuit, replace(the_public_peering(circuit, fault), route_filters=filters))
