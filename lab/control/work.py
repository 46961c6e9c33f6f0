"""One step of an apply: a running lab goes from one state to another, in an order in which nothing else notices."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from bgp.exabgp.config import ExaBgpConfig
from bgp.frr import show
from bgp.frr.clear import clear
from bgp.frr.config import FrrConfig, OwnConfig
from bgp.frr.delta import Delta, delta
from bgp.frr.userfile.change import commands
from bgp.frr.vty import DONE, WARNING, Tolerate, VtyError
from bgp.session import PREFIX_LIMIT
from bgp.speaker import SpeakerConfig
from lab.circuit.keys import Keyring
from lab.control import feeding, keeper, partners, routers
from lab.control.addresses import touched, wait_for_addresses
from lab.control.daemon import NodeVty
from lab.control.differences import changed_keys
from lab.control.plan import Plan, replaced
from lab.control.programs import Programs
from lab.control.proof import prove_keys
from lab.control.recabling import Recabling, lit, recabling, shared, without
from lab.control.record import Applied
from lab.control.speakers import Speaker
from lab.control.wait import wait
from lab.engine.base import Node, World
from lab.errors import NotAsItShould
from lab.net.order import WireOrder
from lab.net.wirer import Wirer
from lab.role.build import cables
from lab.role.state import NodeState
from lab.wiring import Cable, NodeWiring

VRF_SECONDS = 20.0


@dataclass(frozen=True)
class Work:
    """What an apply works with: the world it is inside, the wirer, the keys, each node's programs.

    `fresh` are nodes that have nothing of the lab in them yet, neither wiring nor routers; `broken` those whose routers
    have to be started anew whatever the plan says, the fresh ones among them.
    """

    world: World
    wirer: Wirer
    keys: Keyring
    programs: Programs
    attacher: str
    fresh: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()

    def carry_out(self, steps: Plan, *, recovering: bool = False, last: bool = True) -> None:
        """Changes the lab from the plan's old state to its new one; its nodes are those of the new one already.

        `recovering` means that the lab may not be in the old state: keys are set again, what is not surely there is
        wired again, and a line that FRR refuses because what it changes is not there is passed over. Another transition
        follows unless this is the `last`: what the new state has and a killed apply never made comes with that one, so
        only then is it waited for and proven.
        """
        before, after = steps.before, steps.after
        nodes = self.world.nodes
        change = recabling(steps.old.topology, steps.new.topology, self.fresh)
        keys = frozenset(steps.new.keys) if recovering else changed_keys(steps.old, steps.new)
        gone = {n: s for n, s in before.nodes.items() if n not in nodes}
        going = {
            n: s for n, s in before.nodes.items()
            if n in nodes and (n in self.broken or _starts_anew(s, after.nodes.get(n), keys, recovering))
        }
        arriving = [s for n, s in after.nodes.items() if n not in before.nodes]
        for state in (*going.values(), *(arriving if recovering else ())):
            routers.stop(nodes[state.name])
        absent = gone | going
        partners.release(nodes, before.nodes, before.sessions, absent)
        partners.disarm_moving(nodes, before.nodes, after.nodes, absent, change.ports)
        live = [(s, after.nodes[n]) for n, s in before.nodes.items() if n not in absent and n in after.nodes]
        for old, new in live:
            self._leave(old, new, recovering)
        self._wire(steps, change, going, recovering)
        for old, new in live:
            if old.feed != new.feed and feeding.runs(nodes[new.name]):
                feeding.stop(nodes[new.name])
        for old, new in sorted(live, key=lambda pair: pair[1].role == "msee"):
            if last:
                wait_for_vrfs(nodes[new.name], new.wiring.vrfs if isinstance(new.router, FrrConfig) else ())
                self._wait_for_addresses(old, new, everywhere=recovering or bool(change.made))
            self._enter(old, new, keys, recovering)
            if new.feed is not None and not feeding.runs(nodes[new.name]):
                feeding.start(nodes[new.name], new.feed)
        coming = partners.eager([*(after.nodes[n] for n in going if n in after.nodes), *arriving])
        routers.finish(routers.start(nodes, coming, self.keys, self.programs), anew=True)
        if last:
            keeper.tell(self.world, after.nodes.values())
            prove_keys(self.world, after, self.keys)

    def _wait_for_addresses(self, old: NodeState, new: NodeState, *, everywhere: bool) -> None:
        if isinstance(new.router, FrrConfig | OwnConfig):
            moved = {i.vrf for i in new.wiring.interfaces} if everywhere else touched(old.wiring, new.wiring)
            wait_for_addresses(self.world.nodes[new.name], new.wiring, moved)

    def strip(self, names: Collection[str], applied: Applied) -> None:
        """Ends the routers on nodes that will go and takes their wiring and cables away, as `applied` made them."""
        states = applied.desired().nodes
        for name in names:
            routers.stop(self.world.nodes[name])
        bare = {name: NodeWiring(name) for name in names}
        old = {name: states[name].wiring if name in states else bare[name] for name in names}
        unplugged = tuple(c for c in cables(applied.topology) if {c.a.node, c.b.node} & bare.keys())
        self._order(old, bare, (), unplugged=unplugged)

    def _wire(self, steps: Plan, change: Recabling, going: Mapping[str, NodeState], recovering: bool) -> None:
        """First what goes, by the cables from before, then what comes, by those from now on."""
        names = list(self.world.nodes)
        states = steps.before.nodes, steps.after.nodes
        before, new = ({n: s[n].wiring if n in s else NodeWiring(n) for n in names} for s in states)
        old = {name: wiring for name, wiring in before.items() if name not in self.fresh}
        kept = {name: without(wiring, change.ports) for name, wiring in old.items()}
        # The addresses of a user's own file were set by its zebra: they go with their interfaces.
        kept |= {n: _untagged(kept[n]) for n, s in going.items() if n in kept and isinstance(s.router, OwnConfig)}
        if recovering:
            kept = {name: shared(wiring, new[name]) for name, wiring in kept.items()}
        if kept != old or change.gone:
            stay = tuple(cable for cable in cables(steps.old.topology) if cable not in change.gone)
            self._order(old, kept, stay, unplugged=change.gone)
        if recovering or kept != new or change.made or change.resized:
            start = {} if recovering else {name: lit(wiring, change.ports) for name, wiring in kept.items()}
            self._order(start, new, cables(steps.new.topology), plugged=change.made, resized=change.resized)

    def _order(
        self,
        old: Mapping[str, NodeWiring],
        new: Mapping[str, NodeWiring],
        found: tuple[Cable, ...],
        *,
        unplugged: tuple[Cable, ...] = (),
        plugged: tuple[Cable, ...] = (),
        resized: tuple[Cable, ...] = (),
    ) -> None:
        self.wirer.wire(
            WireOrder(
                world=self.world,
                pids={n.name: n.pid for n in self.world.nodes.values()},
                cables=found,
                unplugged=unplugged,
                plugged=plugged,
                resized=resized,
                old=old,
                new=new,
                attacher=self.attacher,
            )
        )

    def _leave(self, old: NodeState, new: NodeState, recovering: bool) -> None:
        if isinstance(old.router, FrrConfig) and isinstance(new.router, FrrConfig):
            going = delta(old.router, _remaining(old.router, new.router), changed_keys=frozenset(), keys=self.keys)
            self._configure(old.name, going, recovering)

    def _enter(self, old: NodeState, new: NodeState, changed: frozenset[str], recovering: bool) -> None:
        if isinstance(old.router, ExaBgpConfig) and isinstance(new.router, ExaBgpConfig):
            routers.announce(self.world.nodes[new.name], old.router, new.router)
        if isinstance(old.router, SpeakerConfig) and isinstance(new.router, SpeakerConfig):
            driver = self.programs.speakers[new.name]
            speaker = Speaker(self.world.nodes[new.name], new.router, driver, self.keys, self.programs.own_files)
            speaker.follow(old.router, changed)
        if isinstance(old.router, OwnConfig) and isinstance(new.router, OwnConfig):
            node, frr = self.world.nodes[new.name], self.programs.frr[new.name]
            if differing := commands(old.router.text, new.router.text):
                routers.Router(node, new, frr, self.keys, []).follow(differing)
        if not (isinstance(old.router, FrrConfig) and isinstance(new.router, FrrConfig)):
            return
        remaining = _remaining(old.router, new.router)
        self._configure(new.name, delta(remaining, new.router, changed_keys=changed, keys=self.keys), recovering)

    def _configure(self, name: str, difference: Delta, recovering: bool) -> None:
        node = self.world.nodes[name]
        tolerate: Tolerate = "everything" if recovering else "absent"
        if difference.bgpd or difference.soft:
            with NodeVty(node) as vty:
                vty.configure(difference.bgpd, tolerate=tolerate)
                for command in difference.soft:
                    status, answer = vty.ask(command)
                    # A neighbor that a killed apply never came to make cannot be told anything; it is made later.
                    if status != DONE and not (recovering and status == WARNING):
                        raise VtyError(command, status, answer)
                for peer in show.summaries(vty) if difference.raised else ():
                    if (peer.vrf, peer.address) in difference.raised and peer.reason == PREFIX_LIMIT:
                        vty.command(clear(peer.vrf, peer.address))
        if difference.bfdd:
            with NodeVty(node, "bfdd") as vty:
                vty.configure(difference.bfdd, tolerate=tolerate)


def _untagged(wiring: NodeWiring) -> NodeWiring:
    return replace(wiring, interfaces=tuple(i for i in wiring.interfaces if i.tag is None))


def _starts_anew(old: NodeState, new: NodeState | None, keys: frozenset[str], recovering: bool) -> bool:
    """A user's own router may have some lines of a change that was cut short: what it lacks is not known."""
    if new is None or replaced(old, new, keys):
        return True
    return recovering and isinstance(new.router, OwnConfig) and old.router != new.router


def _remaining(old: FrrConfig, new: FrrConfig) -> FrrConfig:
    """`old` without the instances and neighbors that `new` does not have: what is left before the wiring changes."""
    kept = []
    for instance in old.instances:
        wanted = new.instance(instance.vrf)
        if wanted is None or wanted.asn != instance.asn:
            continue
        addresses = {n.address for n in wanted.neighbors}
        kept.append(replace(instance, neighbors=tuple(n for n in instance.neighbors if n.address in addresses)))
    return replace(old, instances=tuple(kept))


def wait_for_vrfs(node: Node, vrfs: tuple[str, ...]) -> None:
    """zebra looks for new namespaces about once a second; a VRF that it does not know cannot be configured."""
    if not vrfs:
        return
    with NodeVty(node, "zebra") as vty:
        outcome = wait(
            lambda: set(vrfs) - set(show.zebra_vrfs(vty)),
            deadline=VRF_SECONDS,
            label="VRFs",
            until=lambda missing: not missing,
        )
    if not outcome.ok:
        raise NotAsItShould(f"zebra on {node.name} does not see {', '.join(sorted(outcome.last))}")
