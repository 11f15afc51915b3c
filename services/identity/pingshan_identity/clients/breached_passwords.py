"""Stolen passwords: SHA-1 digests, sorted, looked up by their first five hexadecimal digits.

`breached_passwords.sha1` holds the digests (20 bytes each) of those of the 20,000 most common passwords that have eight
characters or more. The list is the one that Django ships (`common-passwords.txt.gz`, BSD-3-Clause), compiled by Royce
Williams from public breaches. The form is that of a k-anonymous range query: whoever looks a prefix up learns nothing
of the one password that was asked about, so that a bigger list may stand on another machine.
"""

import bisect
from functools import cached_property
from hashlib import sha1
from pathlib import Path

_FILE = Path(__file__).with_name("breached_passwords.sha1")
_DIGEST = 20
_PREFIX = 5
"""Hexadecimal digits of a prefix: about one million prefixes, a handful of digests at most for each."""


class BreachedPasswords:
    def __contains__(self, password: str) -> bool:
        digest = sha1(password.encode(), usedforsecurity=False).hexdigest()
        return digest in self.range(digest[:_PREFIX])

    def range(self, prefix: str) -> frozenset[str]:
        """Returns every digest that begins with these hexadecimal digits, in lower case."""
        first = bisect.bisect_left(self._digests, prefix)
        last = bisect.bisect_left(self._digests, prefix + "g")
        return frozenset(self._digests[first:last])

    @cached_property
    def _digests(self) -> list[str]:
        content = _FILE.read_bytes()
        return [content[start : start + _DIGEST].hex() for start in range(0, len(content), _DIGEST)]
