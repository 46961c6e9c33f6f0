"""The lab's MD5 key. In CI it comes from a secret; on a desk any key does, for both ends read the same one."""

import os

os.environ.setdefault("ER_PRIVATE_KEY", "onlyInTheLab1")
