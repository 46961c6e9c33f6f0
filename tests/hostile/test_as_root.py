"""Pull requests of strangers get nothing from root: see `looking`.

Every file of `pulls/` is looked at by `validate`, the pre-commit hook, `check`, `up` and the verbs that follow it, the
pytest plugin and the action, on a machine whose secrets all have one word in them.
"""

from __future__ import annotations

import pytest

from tests.hostile.looking import gets_nothing
from tests.hostile.pulls import Pull, pulls
from tests.hostile.ways import Ways


@pytest.mark.parametrize("pull", pulls(), ids=lambda pull: pull.name)
def test_a_pull_request_gets_nothing_from_root(pull: Pull, ways_of_root: Ways) -> None:
    gets_nothing(pull, ways_of_root)
