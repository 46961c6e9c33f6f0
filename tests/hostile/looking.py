"""One pull request, looked at in every way there is: what became of the machine, and what was said."""

from __future__ import annotations

from tests.hostile.place import GIT_CONFIG, commands_in, secrets_in
from tests.hostile.pulls import Pull
from tests.hostile.ways import Ways

DEFECT = 70


def look_at(pull: Pull, ways: Ways) -> list[str]:
    """What the pull request has changed, learnt or run, and where it made mseelab call itself a defect."""
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
    return [f"{pull.tries} ({pull.finding})", *wrong] if wrong else []
