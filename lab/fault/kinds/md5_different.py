"""One end signs with another key."""

from __future__ import annotations

from lab.fault.keys import WrongKey


class Md5Different(WrongKey):
    name = "md5-different"
    line = "that end signs with another shared key"
    another = "AnotherKeyThanTheShared1"
