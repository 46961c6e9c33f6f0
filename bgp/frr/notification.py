"""FRR's account of a session's last NOTIFICATION, as a value."""

from __future__ import annotations

from bgp.notification import words
from bgp.session import Notification

_SENT = "BGP Notification send"
_RECEIVED = "BGP Notification received"


def from_code(text: str, reason: str | None, reset: str | None) -> Notification | None:
    """FRR's `lastErrorCodeSubcode`, four hexadecimal digits, as a value; its own words win. None for `0000`."""
    try:
        code, subcode = int(text[:2], 16), int(text[2:4] or "0", 16)
    except ValueError:
        return None
    if code == 0:
        return None
    sent = {_SENT: True, _RECEIVED: False}.get(reset or "")
    return Notification(code, subcode, reason or words(code, subcode), sent)
