"""Compiled templates, kept in this process: its next environment, and whatever is forked from it, has them at once.

Own code: Jinja's own caches of compiled templates are files or memcached. To compile those of every page takes 80 ms.
"""

from types import CodeType

from jinja2.bccache import Bucket, BytecodeCache


class Compiled(BytecodeCache):
    """Keeps the code of templates by name, file and source; for environments that differ in their loaders only."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._code[bucket.key, bucket.checksum] = bucket.code
