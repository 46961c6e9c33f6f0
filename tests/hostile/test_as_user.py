"""Pull requests of strangers get nothing from an ordinary user: see `looking`.

Every file of `pulls/` is looked at by `validate`, the pre-commit hook, `check`, `up` and the verbs that follow it, the
pytest plugin and the action, on a machine whose secrets all have one word in them.
"""

from __future__ import annotations

import pytest

from tests.hostile.pulls import pulls


@pytest.mark.parametrize("pull", [pull.name for pull in pulls()])
def test_a_pull_request_gets_nothing_from_user(pull: str, found_as_user: dict[str, list[str]]) -> None:
    wrong = found_as_user[pull]
    assert not wrong, "\n".join(wrong)
