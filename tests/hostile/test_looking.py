"""What the other tests of this ring rely on."""

from __future__ import annotations

import base64

from tests.hostile.place import MARK, commands_in, secrets_in
from tests.hostile.pulls import pulls


def test_the_search_finds_what_is_told() -> None:
    """Each form of a secret and each command is found where it is."""
    for text in (f"x {MARK} y", MARK[::-1], MARK.encode().hex()):
        assert secrets_in(text)
    for shift in range(3):
        assert secrets_in(base64.b64encode(b"x" * shift + f"{MARK}Aws".encode()).decode())
    for text in ("a ##vso[task.x]", "a\n::set-env name=X::y", "\x1b[31m", "\x9b31m", "\u202e"):
        assert commands_in(text)
    assert not commands_in("::error file=circuit.yml,line=3::words\nmore words\tand a tab\n")


def test_there_are_enough_of_them() -> None:
    assert len(pulls()) >= 60
