"""ER5xx: customer edge routers."""

from __future__ import annotations

from lab.circuit.rules.base import DESIGN_HA, DOCUMENTED, FAQ, INFERRED, OURS, PREFIX_EXAMPLE, ROUTING, Rule

RULES = (
    Rule(
        "ER501",
        "what a CE advertises",
        text=(
            "Up to a /32 is taken. A list of prefixes, or a range to save typing; with an own configuration it is "
            "what check expects."
        ),
        allowed=f"{PREFIX_EXAMPLE}, or {{first: PREFIX, count: 1-100000}}",
        lab="A prefix outside what the circuit can take is sent all the same: check then says what became of it.",
        source=FAQ,
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER502",
        "an own configuration",
        text="config names the FRR file of the CE, seen from the circuit file.",
        allowed="a file",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER503",
        "${NAME} in an own configuration",
        text=(
            "${NAME} stands for a key, which is the variable's value, and for nothing else: a file could otherwise "
            "have any variable of the caller's written where a router shows it. Comments are left as they are."
        ),
        allowed="neighbor … password ${NAME}, with a variable that is set, to one word",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER504",
        "one CE on a path",
        text=(
            "A link subnet has one customer address, so one CE serves a path of a circuit. With none on a path the "
            "SLA does not hold: a warning."
        ),
        allowed="one CE on each path of a circuit",
        source=f"{ROUTING}, {DESIGN_HA}",
        confidence=DOCUMENTED,
    ),
    Rule(
        "ER505",
        "one AS on a generated router",
        text=(
            "A generated FRR router is in one AS, so its circuits share their peerASN. An own configuration, or "
            "ExaBGP, may differ."
        ),
        allowed="one peerASN for the circuits of a generated CE",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER506",
        "circuits of a CE",
        text="circuits: lists those that it is cabled for; left out, all.",
        allowed="names of circuits of the file",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER507",
        "a CE is a node",
        text="A customer edge of the circuit file is a node of the topology with the role ce.",
        allowed="the name of such a node",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER508",
        "keys that do not go together",
        text="config is an FRR file and complete: ExaBGP has none, and redistribute is for generated routers.",
        allowed="config or redistribute, and kind frr",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER509",
        "a line that FRR does not know",
        text="FRR's own parser (vtysh -C) refuses the line, and would skip it.",
        allowed="FRR configuration",
        source="FRR",
        confidence=OURS,
    ),
    Rule(
        "ER510",
        "a sub-interface without its port",
        text="The configuration names a port that the topology does not give that CE: it cannot be created.",
        allowed="a sub-interface of a port of the CE",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER511",
        "a line that is no configuration of a router",
        text=(
            "FRR has commands that write or read any file, connect to a socket or run a program, and takes them from "
            "a configuration: whoever wrote the file would do it as whoever runs the lab. Each is refused by any "
            "beginning of its words, since FRR takes those too."
        ),
        allowed=(
            "configuration alone; log file, log filtered-file, dump bgp and destination file with a file below "
            "/var/log, /var/tmp, /tmp or /run/frr, which are the node's own"
        ),
        source=(
            "FRR 8.4 (list permutations of zebra, bgpd, bfdd, staticd and vtysh) and the programs of 10.3: log file, "
            "log filtered-file, log daemon … file, destination file, fifo, unix and fd, dump bgp, output file, write, "
            "copy, configuration load, mgmt, yang module-translator load, banner motd file, rpki cache, "
            "zebra on-rib-process script, match script, do, start-shell, bash, ssh, telnet, ping, "
            "traceroute, mtrace, terminal"
        ),
        confidence=OURS,
    ),
    Rule(
        "ER512",
        "the length of a line",
        text="FRR reads 4095 bytes at a time, and takes the rest of a longer line for a line of its own.",
        allowed="4000 bytes",
        source="FRR 8.4, seen",
        confidence=OURS,
    ),
    Rule(
        "ER513",
        "which variables an own configuration may name",
        text="Who writes a CE's file does not choose what is read from the environment of whoever checks it.",
        allowed="a name that begins with ER_, or one that the circuit file has as sharedKey: {env: NAME}",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER514",
        "a file of another system",
        text="Lines that only IOS-XE, IOS-XR, NX-OS, EOS, Junos, FortiOS or VyOS has: one mistake for the whole file.",
        allowed="FRR configuration; kind: external, without config, for a router of your own",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER515",
        "VRFs of an own configuration",
        text="A CE of the lab has one routing table: what a file has in a VRF would meet no interface there.",
        allowed="the default VRF",
        difference="A real CE has VRFs: write the one that faces Azure without them.",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER520",
        "a CE's own file and the circuit",
        text=(
            "validate reads the file against the circuit: sub-interface, addresses, AS numbers, key, and the "
            "prefixes of advertise against its policy. A warning says which line will keep a session down "
            "or a prefix back."
        ),
        allowed="a file whose every session can come up and whose policy lets advertise pass",
        source="this lab",
        confidence=OURS,
    ),
    Rule(
        "ER521",
        "on-premises apart from Azure",
        text=(
            "A prefix that a CE advertises lies in the address space of a connected VNet: the VNet keeps that "
            "traffic to itself. A warning; a summary that holds the VNet's block is none."
        ),
        allowed="prefixes outside the connected VNets",
        source="expressroute-prerequisites",
        confidence=INFERRED,
    ),
)
