"""Waiting looks first, tells what it saw last, and judges once more after the deadline."""

from __future__ import annotations

import time

from lab.control.wait import Outcome, pass_time, wait


def test_what_is_true_costs_nothing() -> None:
    outcome = wait(lambda: "yes", deadline=60, label="now", every=30)
    assert (outcome.ok, outcome.last, outcome.label) == (True, "yes", "now")
    assert outcome.elapsed < 1


def test_what_comes_true_ends_the_wait() -> None:
    looks = iter(range(100))
    told: list[int] = []
    outcome: Outcome[int] = wait(
        lambda: next(looks), deadline=60, label="three", until=lambda n: n == 3, told=told.append
    )
    assert (outcome.ok, outcome.last, told) == (True, 3, [0, 1, 2])


def test_what_does_not_come_true_says_what_it_was() -> None:
    outcome: Outcome[list[int]] = wait(list, deadline=0.05, label="never")
    assert (outcome.ok, outcome.last) == (False, [])
    assert 0.05 <= outcome.elapsed < 5


def test_it_looks_once_more_after_the_deadline() -> None:
    end = time.monotonic() + 0.05
    assert wait(lambda: time.monotonic() >= end, deadline=0.05, label="late", every=10).ok


def test_no_time_is_one_look() -> None:
    looks: list[int] = []
    assert not wait(lambda: looks.append(1), deadline=0, label="once").ok
    assert len(looks) == 1


def test_time_passes() -> None:
    assert 0.02 <= pass_time(0.02) < 5


def test_what_is_hopeless_is_not_waited_for() -> None:
    """12/5"""
    looks = iter(range(9))
    outcome: Outcome[int] = wait(
        lambda: next(looks), deadline=60, label="hopeless", until=lambda seen: seen < 0, hopeless=lambda seen: seen == 2
    )
    assert (outcome.ok, outcome.last) == (False, 2)
    assert outcome.elapsed < 5
