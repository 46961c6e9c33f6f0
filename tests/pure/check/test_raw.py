"""Raw evidence: trimmed, and without keys."""

from __future__ import annotations

from lab.check.raw import ENTRIES, trimmed


def test_a_key_in_a_text_is_masked_at_any_depth() -> None:
    found = trimmed({"a": [{"line": " neighbor 192.0.2.1 password SECRET1"}], "b": "md5-password SECRET2"})
    assert "SECRET" not in str(found)
    assert found["a"][0]["line"] == " neighbor 192.0.2.1 password ***"


def test_a_long_table_keeps_its_first_entries() -> None:
    found = trimmed({"routes": {f"10.{n}.0.0/16": {"valid": True} for n in range(ENTRIES + 7)}, "list": [*range(99)]})
    assert len(found["routes"]) == ENTRIES + 1
    assert found["routes"]["…"] == "7 more"
    assert found["list"][-1] == f"… {99 - ENTRIES} more"


def test_a_short_answer_stays_as_it_is() -> None:
    answer = {"a": {"b": [1, 2.5, None, True, "x"]}}
    assert trimmed(answer) == answer
