"""A file's octets and its text, read within bounds: of size, of kind and of time.

Whatever stands under a name that others may have chosen: a pipe or a device is not waited for and not read.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from lab.errors import Mistake, Mistakes

MAX_BYTES = 4 << 20
MOST_BYTES = 16 << 20
"""Of the longest kind of file that a lab reads, a registry."""


def read_text(path: Path, shown: str, limit: int = MAX_BYTES) -> str:
    """The text of a file: UTF-8 (a BOM is dropped), no NUL, at most `limit` bytes. Raises Mistakes (ER901, ER902)."""
    return _decode(read_bytes(path, shown, limit), shown)


def read_bytes(path: Path, shown: str, limit: int = MAX_BYTES) -> bytes:
    """What is in a file, at most `limit` bytes. Raises Mistakes: no file, or none to read (ER901), too much (ER905)."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except FileNotFoundError:
        raise fatal(shown, "ER901", "no such file") from None
    except OSError as error:
        raise fatal(shown, "ER901", f"cannot be read: {error.strerror}") from error
    except ValueError:
        raise fatal(shown, "ER901", "no such file") from None
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        kind = "a directory" if stat.S_ISDIR(mode) else "a device or pipe"
        raise fatal(shown, "ER901", f"found {kind}; allowed a file")
    with os.fdopen(handle, "rb") as file:
        try:
            data = file.read(limit + 1)
        except OSError as error:
            raise fatal(shown, "ER901", f"cannot be read: {os.strerror(error.errno or errno.EIO)}") from error
    if len(data) > limit:
        size = f"{limit >> 20} MB" if limit >> 20 else f"{limit} bytes"
        raise fatal(shown, "ER905", f"found more than {size}; allowed {size}")
    return data


def _decode(data: bytes, shown: str) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise fatal(shown, "ER902", "found UTF-16; allowed UTF-8", hint=f"iconv -f UTF-16 -t UTF-8 {shown}")
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise fatal(shown, "ER902", "found binary data; allowed UTF-8 text", line)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise fatal(shown, "ER902", f"found byte 0x{data[error.start]:02x}; allowed UTF-8 text", line) from None


def fatal(shown: str, rule: str, message: str, line: int = 1, column: int = 1, hint: str = "") -> Mistakes:
    """The one mistake that ends the reading of a file."""
    return Mistakes([Mistake(shown, line, column, rule, "", message=message, hint=hint)])
