"""ARP and ND: who looks for whom, and who answers."""

from __future__ import annotations

from collections.abc import Iterator

from lab.capture.event import Event, Seen


class Neighbors:
    """Tells of every request and answer."""

    def hear(self, seen: Seen) -> Iterator[Event]:
        arp, nd = seen.packet.arp, seen.packet.nd
        if arp is not None:
            if arp.request and arp.sender == arp.target:
                text = f"{arp.sender} is at {arp.sender_mac}, to all"
            elif arp.request:
                text = f"who has {arp.target}? asks {arp.sender}"
            else:
                text = f"{arp.sender} is at {arp.sender_mac}"
            what = "request" if arp.request else "reply"
            fields = {"operation": what, "senderMac": arp.sender_mac, "targetMac": arp.target_mac}
            yield seen.event("ARP", text, fields, family="ipv4", source=arp.sender, target=arp.target)
        if nd is not None and seen.packet.ip is not None:
            asker = seen.packet.ip.source
            if nd.request:
                # An address that is still being tried has no sender yet (RFC 4862).
                text = f"who has {nd.target}?" if asker == "::" else f"who has {nd.target}? asks {asker}"
            else:
                # Who was asked by its address may leave out where it is.
                text = f"{nd.target} is at {nd.mac}" if nd.mac else f"{nd.target} answers"
            yield seen.event("ND", text, {"operation": nd.kind, "address": nd.target, "mac": nd.mac or None})

    def silence(self, nanoseconds: int) -> Iterator[Event]:
        yield from ()
