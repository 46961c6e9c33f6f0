"""How labs, circuits and what belongs to them may be called. A lab's name is also a folder's: it leads nowhere else."""

from __future__ import annotations

import re

NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?")
NAME_RULE = "1-80 letters, digits, - _ and ., a letter or digit first"
