"""Recognises web addresses inside a text: an SMS under the district's signature leads to none that somebody typed.

Own code: libraries that find links (linkify-it) leave to phones what phones make of ideographic dots and wide letters.
"""

from re import IGNORECASE
from re import compile as pattern
from unicodedata import normalize

_OMITTED = "…"
_CHINESE = "中国|中國|公司|网络|網絡|网址|网站|政务|公益|在线|中文网|手机|集团|我爱你"
_REST = r"(?:[:/?#]\S*)?"
_ADDRESS = pattern(
    r"[a-z][a-z0-9+.-]*://\S*"
    r"|www[.。]\S*"
    rf"|(?:[\w-]+\.)+(?:[a-z]{{2,24}}|xn--[a-z0-9-]+)(?![a-z0-9-]){_REST}"
    rf"|(?:[\w-]+\.)+(?:{_CHINESE})(?!\w){_REST}"
    rf"|(?:[a-z0-9-]+。)+[a-z]{{2,24}}(?![a-z0-9-]){_REST}"
    r"|(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?::[0-9]+|/\S*)",
    IGNORECASE,
)
"""With a scheme, with `www.`, a name with a top-level domain (RFC 1034 section 3.5, RFC 5890) or its ideographic dot
(RFC 3490 section 3.1), and a number (IPv4) with port or path."""


def has_web_address(text: str) -> bool:
    """Returns whether a phone could make a link of a part of the text, wide letters and dots (NFKC) too."""
    return _ADDRESS.search(normalize("NFKC", text)) is not None


def without_web_addresses(text: str) -> str:
    """Returns the text with an ellipsis in the place of each web address; as it was where there is none."""
    if not has_web_address(text):
        return text
    shorter = normalize("NFKC", text)
    while has_web_address(shorter):  # what stood around one may make another
        shorter = _ADDRESS.sub(_OMITTED, shorter)
    return shorter
