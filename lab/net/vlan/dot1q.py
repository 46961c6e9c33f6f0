"""`8021q`: the kernel's own VLAN devices. An S-tag is a second device below, 0x8100 as well (Azure's QinQ)."""

from __future__ import annotations

from errno import EOPNOTSUPP

from lab.net import names, recabling, steps
from lab.net.steps import WORLD, Shared, Step
from lab.net.vlan.base import Rider


class Dot1q:
    name = "8021q"
    tags_on_wire = True

    def shared(self, rider: Rider) -> tuple[Shared, ...]:
        tag = rider.tag
        if tag.stag is None:
            return ()
        middle = self._middle(rider)
        return (steps.OuterVlan(rider.trunk, tag.port, tag.stag, rider.trunk, middle, up=not rider.down),)

    def attach(self, rider: Rider) -> tuple[Step, ...]:
        face, tag = rider.interface, rider.tag
        below = tag.port if tag.stag is None else self._middle(rider)
        near = rider.near()
        # None goes up on a port that is down (ENETDOWN); the kernel raises all of them with the port.
        up = near.up and not rider.down
        born = steps.Vlan(rider.trunk, below, tag.vlan, near.place, face.name, face.mac, up)
        quiet = [steps.Raise(near.place, near.name, rider.ipv6, face.bridge)] if face.bridge else []
        return (born, *quiet)

    def detach(self, rider: Rider) -> tuple[Step, ...]:
        near = rider.near()
        return (steps.Delete(near.place, near.name),)

    def darken(self, rider: Rider) -> tuple[Step, ...]:
        return ()

    def lighten(self, rider: Rider) -> tuple[Step, ...]:
        return ()

    def resize(self, rider: Rider) -> tuple[Step, ...]:
        near = rider.near()
        outer = () if rider.tag.stag is None else (recabling.OuterMtu(rider.trunk, self._middle(rider), rider.mtu),)
        return (*outer, recabling.RiderMtu(near.place, near.name, rider.mtu))

    def probe(self) -> str | None:
        from lab.net.namespace import KernelRefused, Namespace

        with Namespace.here() as scratch:
            messages = scratch.messages
            try:
                scratch.execute(messages.kind_only("vlan"), "vlan")
            except KernelRefused as refused:
                if refused.errno == EOPNOTSUPP:
                    return "this kernel has no VLAN devices (module 8021q)"
            try:
                scratch.execute(messages.bridge(scratch.new("probe"), "probe"), "bridge")
                scratch.execute(messages.change(scratch.index("probe"), up=True), "bridge")
                device = steps.Vlan(WORLD, "probe", 100, WORLD, "probe.100")
                scratch.execute(
                    messages.vlan(device, scratch.new(device.name), scratch.index("probe"), scratch.fd), device.name
                )
            except KernelRefused as refused:
                return f"a VLAN device cannot be made: {refused.reason}"
        return None

    @staticmethod
    def _middle(rider: Rider) -> str:
        return names.short(f"{rider.tag.port}.{rider.tag.stag}")
