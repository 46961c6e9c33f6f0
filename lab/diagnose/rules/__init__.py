"""Every rule, bottom layer first: the first that has something to say explains what is above it.

To add one, write it in a file of its layer, name its code in `lab.diagnose.codes`, and put it in its place here.
"""

from lab.diagnose.rules.address import ADDRESS
from lab.diagnose.rules.base import Rule
from lab.diagnose.rules.bfd import BFD
from lab.diagnose.rules.daemons import FOLLOWER, OTHER, SPEAKER
from lab.diagnose.rules.link import LINK
from lab.diagnose.rules.md5 import MD5
from lab.diagnose.rules.mtu import MTU
from lab.diagnose.rules.opening import AS_NUMBERS, FAMILIES, HOLD, LIMIT, SHUT_DOWN
from lab.diagnose.rules.path import SILENT, UNANSWERED
from lab.diagnose.rules.policy import DENIED, NEXT_HOP, NOTHING, NOWHERE, ONE_PATH
from lab.diagnose.rules.service import ENABLED, PROVISIONED
from lab.diagnose.rules.tcp import FILTERED, NOBODY, REFUSED, TTL
from lab.diagnose.rules.unexplained import UNEXPLAINED
from lab.diagnose.rules.vlan import VLAN

RULES: tuple[Rule, ...] = (
    SPEAKER,  # before all layers: who does not answer says nothing about any
    FOLLOWER,
    OTHER,
    PROVISIONED,
    LINK,
    VLAN,
    ADDRESS,
    UNANSWERED,
    SILENT,
    ENABLED,
    SHUT_DOWN,  # before TCP: who is shut down neither calls nor answers
    LIMIT,
    NOBODY,
    MD5,  # before what is filtered: a kernel drops what is signed wrong without a word
    TTL,
    REFUSED,
    AS_NUMBERS,
    HOLD,
    FAMILIES,
    FILTERED,
    BFD,
    MTU,
    NEXT_HOP,
    NOWHERE,
    DENIED,
    ONE_PATH,
    NOTHING,
    UNEXPLAINED,
)
