"""One end has no key: it neither signs nor demands a signature."""

from __future__ import annotations

from lab.fault.keys import WrongKey


class Md5Missing(WrongKey):
    name = "md5-missing"
    line = "that end has no shared key"
    another = None
