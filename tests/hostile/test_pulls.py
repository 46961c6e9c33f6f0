"""Pull requests of strangers get nothing: they run nothing, read nothing and change nothing outside their lab.

Every file of `pulls/` is looked at by `validate`, the pre-commit hook, `check`, `up` and the verbs that follow it, the
pytest plugin and the action, as root and as an ordinary user, on a machine whose secrets all have one word in them.
"""

from __future__ import annotations

import pytest

from tests.hostile.place import GIT_CONFIG, MARK, commands_in, secrets_in
from tests.hostile.pulls import Pull, pulls
from tests.hostile.ways import Ways

DEFECT = 70


@pytest.mark.parametrize("pull", pulls(), ids=lambda pull: pull.name)
def test_a_pull_request_gets_nothing(pull: Pull, ways: Ways) -> None:
    place = ways.place
    pull.lay(place.checkout, place.words)
    (place.checkout / ".git").mkdir()
    (place.checkout / ".git" / "config").write_text(GIT_CONFIG)
    place.own()
    before = place.look()
    wrong: list[str] = []
    for way, said in ways.all(with_pytest=not pull.code):
        for each in said:
            if each.code == DEFECT or "Traceback (most recent call last)" in each.text:
                wrong.append(f"{way}: {each.command} calls itself a defect, exit {each.code}")
            if way == "validate" and each.code not in pull.exits:
                wrong.append(f"{way}: exit {each.code}, not {pull.exits}")
        text = "\n".join([*(each.text for each in said), place.written()])
        wrong += [f"{way}: a secret is told: {line}" for line in secrets_in(text)]
        wrong += [f"{way}: a command is live: {words}" for words in commands_in(text)]
        after = place.look()
        changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
        wrong += [f"{way}: {path} is not as it was" for path in changed]
        before = after
        if wrong:
            wrong += [f"--- {each.command}: exit {each.code}\n{each.text}" for each in said]
            break
    assert not wrong, f"{pull.tries} ({pull.finding})\n" + "\n".join(wrong)


def test_the_search_finds_what_is_told() -> None:
    """What the tests above rely on: each form of a secret and each command is found where it is."""
    import base64

    for text in (f"x {MARK} y", MARK[::-1], MARK.encode().hex()):
        assert secrets_in(text)
    for shift in range(3):
        assert secrets_in(base64.b64encode(b"x" * shift + f"{MARK}Aws".encode()).decode())
    for text in ("a ##vso[task.x]", "a\n::set-env name=X::y", "\x1b[31m", "\x9b31m", "\u202e"):
        assert commands_in(text)
    assert not commands_in("::error file=circuit.yml,line=3::words\nmore words\tand a tab\n")


def test_there_are_enough_of_them() -> None:
    assert len(pulls()) >= 60
