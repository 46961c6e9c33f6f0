#!/bin/sh
# Is every session Established? Waits for a minute; ends with 1 and the sessions that are not.
#
#   sh check.sh          or `sh check.sh NAME` after `containerlab deploy --name NAME`
set -eu

folder=$(dirname "$0")
lab=${1:-@LAB@}
tries=60
for node in @NODES@; do
    [ -e "$folder/$node/sessions" ] || continue
    until said=$(docker exec "clab-$lab-$node" sh /lab/start.sh sessions 2>&1); do
        tries=$((tries - 1))
        if [ $tries -le 0 ]; then
            echo "$said" >&2
            failed=1
            break
        fi
        sleep 1
    done
done
[ -z "${failed:-}" ] || exit 1
echo "$lab: every session is Established"
