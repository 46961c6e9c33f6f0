#!/bin/sh
# Is every session Established? Waits for a minute; ends with 1 and says which are not.
#
#   sh check.sh [NAME [SECONDS]]     NAME is the one in the topology file
set -eu

folder=$(dirname "$0")
lab=${1:-@LAB@}
left=${2:-60}
failed=0
for node in @NODES@; do
    [ -e "$folder/$node/sessions" ] || continue
    until said=$(docker exec "clab-$lab-$node" sh /lab/start.sh sessions 2>&1); do
        case $said in *"not Established"*) left=$((left - 1)) ;; *) left=0 ;; esac
        if [ $left -le 0 ]; then
            echo "$said" >&2
            failed=1
            break
        fi
        sleep 1
    done
done
[ $failed = 0 ] || exit 1
echo "$lab: every session is Established"
