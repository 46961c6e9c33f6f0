#!/bin/sh
# Makes a container one of the lab's routers: its interfaces, its configuration, FRR. containerlab runs this in every
# node once the node's links are there. What differs between nodes is in the node's own folder, here /lab/node:
# wiring.sh, which is written in the words defined below, and FRR's files, with ${NAME} where a shared key belongs.
#
#   sh /lab/start.sh             starts the node
#   sh /lab/start.sh sessions    says which of the node's sessions are not Established, and ends with 1 if one is not,
#                                with 2 if the node has not started at all
set -eu

lab=/lab node=/lab/node keys=/lab/keys etc=/etc/frr run=/run/frr
router_namespaces=""

fail() {
    echo "$(hostname): $*" >&2
    exit 1
}

must() {
    "$@" || fail "this failed: $*"
}

# within SECONDS COMMAND...: waits until the command succeeds
within() {
    tries=$(($1 * 10))
    shift
    until "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.1
    done
}

# ---- Interfaces. `-` for a namespace is the container's own; every routing domain (VRF) of the router has another. ----

# at NAMESPACE WORDS...: ip, in that namespace
at() {
    where=$1
    shift
    if [ "$where" = - ]; then must ip "$@"; else must ip -n "$where" "$@"; fi
}

# What a router's namespace is set to, before interfaces are in it. Lines of router.settings that begin with - are for
# kernels that have them.
settings() {
    while read -r name value; do
        case $name in
        "" | "#"*) ;;
        -*) if [ -w "/proc/sys/${name#-}" ]; then echo "$value" >"/proc/sys/${name#-}"; fi ;;
        *) echo "$value" >"/proc/sys/$name" || fail "cannot set $name" ;;
        esac
    done <$lab/router.settings
    for scope in all default; do
        if [ "$1" = ipv6 ]; then off=0; else off=1; fi
        echo $off >/proc/sys/net/ipv6/conf/$scope/disable_ipv6
    done
    must ip link set lo up
}

# own ipv6|ipv4: the container's own namespace, with or without IPv6
own() {
    settings "$1"
    probe_tags
}

# vrf NAME: a routing domain; zebra makes a VRF of every namespace that has a name
vrf() {
    must ip netns add "$1"
    must ip netns exec "$1" sh $lab/start.sh settings
    router_namespaces="$router_namespaces $1"
}

# Whether the kernel has VLAN devices is tried out on a bridge.
probe_tags() {
    must ip link add name probe type bridge
    if why=$(ip link add link probe name probe.1 type vlan id 1 2>&1); then
        tags=802.1Q
    else
        tags=vxlan
        # To stdout: of a command that succeeds containerlab shows nothing else.
        echo "$(hostname): WARNING: this kernel has no 802.1Q: links carry no tags. A VXLAN per tag, with the tag as its"
        echo "number, takes their place; ends with different tags still do not meet. (ip: $why)"
    fi
    must ip link del probe
}

# port NAME END MTU: the end, 1 or 2, of a link to another node
port() {
    if [ "$tags" = vxlan ]; then
        # VXLAN runs between the two ports' link-local addresses, which follow from the MACs and come back by
        # themselves when a port has been down. It takes 70 octets around each frame.
        must ip link set "$1" down
        must ip link set "$1" address "02:00:00:00:00:0$2" mtu $(($3 + 70))
        echo 0 >"/proc/sys/net/ipv6/conf/$1/accept_dad"
        echo 0 >"/proc/sys/net/ipv6/conf/$1/disable_ipv6"
        echo "fe80::ff:fe00:$2 fe80::ff:fe00:$((3 - $2)) $3" >"$run/port.$1"
    fi
    must ip link set "$1" up
}

# tagged NAMESPACE NAME PORT STAG VLAN MAC: a sub-interface with that C-tag, below the outer S-tag if it has one.
# STAG and MAC may be `-`.
tagged() {
    space=$1 name=$2 below=$3 stag=$4 vlan=$5 mac=$6
    if [ "$tags" = vxlan ]; then
        read -r near far mtu <"$run/port.$below"
        number=$vlan
        [ "$stag" = - ] || number=$((stag * 4096 + vlan))
        set -- mtu "$mtu" type vxlan id "$number" dev "$below" local "$near" remote "$far" dstport 4789 nolearning
        below=""
    else
        if [ "$stag" != - ]; then
            # Both tags are 0x8100, as Azure has it.
            [ -e "/sys/class/net/$below.$stag" ] ||
                must ip link add link "$below" name "$below.$stag" up type vlan id "$stag"
            below=$below.$stag
        fi
        set -- type vlan id "$vlan"
    fi
    [ "$mac" = - ] || set -- address "$mac" "$@"
    [ "$space" = - ] || set -- netns "$space" "$@"
    must ip link add ${below:+link "$below"} name "$name" "$@"
    at "$space" link set "$name" up
}

# bridge NAME: forwards at once
bridge() {
    must ip link add name "$1" type bridge stp_state 0 forward_delay 0 mcast_snooping 0
    must ip link set "$1" up
}

# member NAME BRIDGE
member() {
    must ip link set "$1" master "$2"
}

# plugged NAMESPACE NAME MAC BRIDGE PLUG: an interface whose other end, PLUG, is a port of the bridge. MAC may be `-`.
plugged() {
    if [ "$3" = - ]; then
        must ip link add name "$5" type veth peer name "$2" netns "$1"
    else
        must ip link add name "$5" type veth peer name "$2" address "$3" netns "$1"
    fi
    must ip link set "$5" up master "$4"
    at "$1" link set "$2" up
}

# address NAMESPACE NAME ADDRESS/LENGTH
address() {
    case $3 in
    *:*) at "$1" address add "$3" dev "$2" nodad ;;
    *) at "$1" address add "$3" dev "$2" ;;
    esac
}

# neighbor NAMESPACE NAME ADDRESS MAC: known without ARP or neighbor discovery
neighbor() {
    at "$1" neighbor replace "$3" lladdr "$4" dev "$2" nud permanent
}

# route NAMESPACE PREFIX NEXTHOP...: several share the load
route() {
    space=$1 prefix=$2
    shift 2
    if [ $# = 0 ]; then
        at "$space" route replace local "$prefix" dev lo table local
        return
    fi
    if [ $# = 1 ]; then
        at "$space" route replace "$prefix" via "$1"
        return
    fi
    hops=""
    for hop in "$@"; do hops="$hops nexthop via $hop"; done
    # shellcheck disable=SC2086 # several words are meant
    at "$space" route replace "$prefix" $hops
}

# cut PORT: the adminState of its link is Disabled
cut() {
    must ip link set "$1" down
}

# ---- FRR ----

# reveal FILE: its text, with each ${NAME} replaced by the key in /lab/keys/NAME, but in comments. awk reads the key
# itself: a key is in no command line and in no environment.
reveal() {
    awk -v keys=$keys '/^[ \t]*[!#]/ { print; next }
    {
        out = ""
        while (match($0, /[$][{][A-Za-z_][A-Za-z0-9_]*[}]/)) {
            file = keys "/" substr($0, RSTART + 2, RLENGTH - 3)
            if ((getline key <file) <= 0) { print "no key in " file >"/dev/stderr"; exit 1 }
            close(file)
            sub(/\r$/, "", key)
            out = out substr($0, 1, RSTART - 1) key
            $0 = substr($0, RSTART + RLENGTH)
        }
        print out $0
    }' "$1"
}

# Every key is one word. Called before anything is made.
look_at_keys() {
    for name in $(cat $node/*.conf | awk '/^[ \t]*[!#]/ { next }
    {
        while (match($0, /[$][{][A-Za-z_][A-Za-z0-9_]*[}]/)) {
            print substr($0, RSTART + 2, RLENGTH - 3)
            $0 = substr($0, RSTART + RLENGTH)
        }
    }' | sort -u); do
        [ -r "$keys/$name" ] || fail "keys/$name cannot be read: write the key into it"
        awk '{ sub(/\r$/, "") } NF != 1 || /^[ \t]|[ \t]$/ { wrong = 1 } END { exit wrong || NR != 1 }' "$keys/$name" ||
            fail "keys/$name is not one line with one word, which a key is"
    done
}

daemon() {
    what=$1
    shift
    # Output goes to a file: a daemon would keep containerlab waiting for its end.
    "$frr/$what" -d -A 127.0.0.1 -P 0 --log "file:$run/$what.log" "$@" </dev/null >"$run/$what.out" 2>&1 ||
        fail "$what does not start: $(tail -n 1 "$run/$what.out")"
}

zebra_knows_vrfs() {
    [ -n "$router_namespaces" ] || return 0
    shown=$(vtysh -d zebra -c "show vrf" 2>/dev/null) || return 1
    for name in $router_namespaces; do
        echo "$shown" | grep "^vrf $name " | grep -qv inactive || return 1
    done
}

# One that bgpd has configured and does not know yet has a number below zero.
bgpd_knows_vrfs() {
    shown=$(vtysh -d bgpd -c "show bgp vrfs" 2>/dev/null) || return 1
    ! echo "$shown" | grep -q "^ *VRF *-"
}

answers() {
    vtysh -d "$1" -c "show version" >/dev/null 2>&1
}

start_frr() {
    frr=/usr/lib/frr
    [ -x $frr/zebra ] || frr=/usr/libexec/frr
    [ -x $frr/zebra ] || fail "this image has no FRR"
    mkdir -p $etc $run
    chown frr:frr $run
    umask 077
    for file in "$node"/*.conf; do
        reveal "$file" >"$etc/${file##*/}" || fail "cannot write $etc/${file##*/}"
        chown frr:frr "$etc/${file##*/}"
    done

    # Namespaces become VRFs: an option of zebra before FRR 10, of every daemon since.
    if $frr/zebra --help | grep -q -- "-w, --vrfwnetns"; then every=-w zebra=-w; else every="" zebra=-n; fi
    if [ -x $frr/mgmtd ]; then
        daemon mgmtd $every
        static=""
    else
        static="-f $etc/staticd.conf"
    fi
    # The others would try again after ten seconds if zebra did not serve yet, or did not know the VRFs.
    daemon zebra $zebra -f $etc/zebra.conf
    within 30 test -S $run/zserv.api || fail "zebra does not serve; see $run/zebra.log"
    within 30 zebra_knows_vrfs || fail "zebra does not know the namespaces; see $run/zebra.log"
    # shellcheck disable=SC2086 # several words are meant
    if [ -e "$node/frr.conf" ]; then daemon staticd $every $static; fi
    daemon bgpd $every -f $etc/bgpd.conf
    daemon bfdd $every -f $etc/bfdd.conf
    for what in bgpd bfdd; do
        within 30 answers $what || fail "$what does not answer; see $run/$what.log"
    done
    if [ -e "$node/frr.conf" ]; then
        # What vtysh says repeats the lines with their keys, so only their numbers are shown.
        # shellcheck disable=SC2046 # several words are meant
        vtysh -b >$run/vtysh.out 2>&1 ||
            fail "frr.conf: FRR refuses line" $(sed -n 's/^line \([0-9]*\):.*/\1/p' $run/vtysh.out | sort -nu)
    fi
    if [ -z "$every" ] && [ -e "$node/listen.conf" ]; then
        # FRR 8 reads keys before it knows the VRFs, and their listeners would take sessions without a key.
        within 30 bgpd_knows_vrfs || fail "bgpd does not know the namespaces; see $run/bgpd.log"
        vtysh -d bgpd -f $etc/listen.conf >$run/vtysh.out 2>&1 || fail "bgpd refuses listen.conf"
    fi
}

# A line of the node's file `sessions` is the neighbor's address, then what the session is called.
sessions() {
    if [ ! -S $run/bgpd.vty ]; then
        echo "$(hostname): has not started; containerlab deploy says why"
        exit 2
    fi
    down=0
    while read -r neighbor label; do
        if ! vtysh -c "show bgp neighbors $neighbor json" </dev/null | grep -q '"bgpState": *"Established"'; then
            echo "$(hostname): not Established: $label ($neighbor)"
            down=1
        fi
    done <$node/sessions
    return $down
}

case ${1:-start} in
settings)
    settings ipv6
    ;;
sessions)
    sessions
    ;;
start)
    [ ! -e $run/zserv.api ] ||
        fail "this node was started before. A restarted container has lost its links: containerlab destroy, then deploy"
    look_at_keys
    mkdir -p $run
    . $node/wiring.sh
    start_frr
    echo "$(hostname): runs; tags by $tags"
    ;;
esac
