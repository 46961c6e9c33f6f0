"""Markdown: the page as GitHub shows it."""

from __future__ import annotations

from dataclasses import replace

from lab.check.result import Report
from lab.check.writers.markdown import ALL_EVIDENCE, LONGEST_EVIDENCE, SHOWN, escaped, text
from tests.pure.check.reports import FAILED, FULL, GREEN

START = """## ❌ er-ams: 3 of 6 checks failed

| | checks | passed | failed |
|---|---|---|---|
| ✅ | sessions | 2 of 2 | |
| ❌ | from-ce | 1 of 2 | AzurePrivatePeering secondary ipv4 |
| ❌ | to-ce | 0 of 1 | AzurePrivatePeering primary ipv4 |
| ❌ | your own | 0 of 1 | no-default |

### ❌ from-ce: AzurePrivatePeering secondary ipv4

| expected | 10.10.0.0/16, 10.11.0.0/16 |
|---|---|
| asked by | circuit.yml:32, ce2 advertise |
| got | 10.10.0.0/16 |
| why | ce2 has 10.11.0.0/16 and keeps it: prefix-list ONPREM (ce2.conf:14) lacks it |
| to blame | ce2.conf:14 |
| next | `ip prefix-list ONPREM seq 20 permit 10.11.0.0/16` |

<details><summary>evidence</summary>

```json
"""
END = """</details>

### ❌ prefixes: no-default

| message | ask the \\*backbone\\* team \\| before you \\| touch @<!---->this |
|---|---|
| expected | none of 0.0.0.0/0 |
| asked by | circuit.yml:40 |
| got | 0.0.0.0/0 |

1 more failed because a session is down.

- ⚠️ er-ams: one CE router on both paths, ce1

<sub>mseelab 0.1.0, engine netns, topology dual-ce, VLAN tags 8021q, FRR 8.4.4</sub>
"""


def test_the_page_of_a_failure() -> None:
    page = text(FULL)
    assert page.startswith(START)
    assert page.endswith(END)


def test_a_green_page_is_a_heading_and_a_table() -> None:
    assert text(GREEN) == (
        "## ✅ er-ams: all 2 checks passed\n\n"
        "| | checks | passed | failed |\n|---|---|---|---|\n| ✅ | sessions | 2 of 2 | |\n"
    )


def test_a_page_stays_short() -> None:
    long = replace(FAILED, evidence={"ce1": {"q": "x" * 10 * LONGEST_EVIDENCE}})
    page = text(Report("x", (long,) * (SHOWN + 5), 1))
    assert page.count("### ❌") == SHOWN
    assert "… and 5 more failures." in page
    assert len(page) < ALL_EVIDENCE + (SHOWN + 1) * 1000


def test_a_fence_is_longer_than_what_it_holds() -> None:
    page = text(Report("x", (replace(FAILED, evidence={"ce1": {"q": "````\n"}}),), 1))
    assert "\n`````json\n" in page


def test_what_would_be_markup_is_shown_as_it_is() -> None:
    assert escaped("<script> a_b *c* | `d` [e](f) # @team") == (
        r"\<script\> a\_b \*c\* \| \`d\` \[e\](f) \# @<!---->team"
    )


def test_one_wrong_prefix_is_a_page_and_no_book() -> None:
    """Cases, section 8: 31 kB of Markdown, the tables of both routers, once for each of two paths."""
    tables = {"ce1": {"show bgp ipv4 unicast json": "x" * 15_000}}
    page = text(Report("er-ams", (replace(FAILED, evidence=tables), replace(FAILED, evidence=tables)), 1.0, 0.0))
    assert len(page) < 10_000
    assert page.count("characters more; -o json has them") == 2
