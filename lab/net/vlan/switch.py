"""`switch`: a bridge per cable, S-tag and C-tag in the world's own namespace. No tag is on the wire; it only decides
who meets whom. It needs nothing but veth and bridge, so it works without root on any kernel."""

from __future__ import annotations

from lab.errors import HostCannot
from lab.net import names, recabling, steps
from lab.net.steps import WORLD, End, Shared, Step
from lab.net.vlan.base import Rider


class Switch:
    name = "switch"
    tags_on_wire = False

    def shared(self, rider: Rider) -> tuple[Shared, ...]:
        return (steps.Bridge(WORLD, self._bridge(rider)),)

    def attach(self, rider: Rider) -> tuple[Step, ...]:
        near = rider.near()
        far = End(WORLD, self._far(rider), mtu=near.mtu)
        quiet = [steps.Raise(near.place, near.name, quiet=rider.ipv6)] if rider.interface.bridge else []
        # IPv6 is off in the world as a whole, so nothing there has to be silenced.
        return (
            steps.Veth(near, far),
            *quiet,
            steps.Raise(WORLD, far.name, master=self._bridge(rider)),
            steps.Raise(WORLD, self._bridge(rider)),
        )

    def detach(self, rider: Rider) -> tuple[Step, ...]:
        return (steps.Delete(WORLD, self._far(rider)),)

    def darken(self, rider: Rider) -> tuple[Step, ...]:
        return (steps.Lower(WORLD, self._far(rider)),)

    def lighten(self, rider: Rider) -> tuple[Step, ...]:
        return (steps.Raise(WORLD, self._far(rider)),)

    def resize(self, rider: Rider) -> tuple[Step, ...]:
        near = rider.near()
        return (
            recabling.RiderMtu(near.place, near.name, rider.mtu),
            recabling.RiderMtu(WORLD, self._far(rider), rider.mtu),
        )

    def probe(self) -> str | None:
        from lab.net.namespace import KernelRefused, Namespace

        with Namespace.here() as scratch:
            try:
                scratch.execute(scratch.messages.bridge(scratch.new("probe"), "probe"), "bridge")
            except KernelRefused as refused:
                return f"a bridge cannot be made: {refused.reason}"
        return None

    @staticmethod
    def _far(rider: Rider) -> str:
        return "s" + names.digest(f"{rider.node}/{rider.interface.vrf}/{rider.interface.name}", 12)

    @staticmethod
    def _bridge(rider: Rider) -> str:
        if rider.cable is None:
            raise HostCannot(
                f"attacher switch cannot tell whom {rider.node}:{rider.tag.port} meets: its cable is not known",
                next="use a kernel with 8021q, or run as root for ebpf",
            )
        ends = sorted((rider.cable.a, rider.cable.b), key=lambda port: (port.node, port.name))
        cable = names.digest("/".join(f"{port.node}:{port.name}" for port in ends), 5)
        return f"{cable}.{rider.tag.stag or 0}.{rider.tag.vlan}"
