"""JSON as it may come from outside: numbers that are numbers, text that can be kept, no bottomless nesting, no flood.

Own code around the standard library's parser: that one takes NaN and Infinity, reads UTF-16, lets escaped surrogates
through, follows as many levels as the stack has room for, and makes 350,000 lists of one megabyte, which everybody
after it looks at one by one.
"""

import json
import math
from typing import Any

from pingshan_values.text import is_storable

DEEPEST = 64
"""Most levels of objects and lists within each other."""
MOST_VALUES = 20_000
"""Values and names in one text: what is done to each of them holds up the event loop for everybody."""


class UnacceptableJson(ValueError):
    """The text is JSON that no service takes."""


def loads(source: bytes | str) -> Any:
    """Returns the value of a JSON text (RFC 8259).

    Raises ValueError where it is no JSON in UTF-8, UnacceptableJson where it has a number that is not finite or too
    long, a NUL or a lone surrogate in a string, more than 64 levels, or could hold more than 20,000 values.
    """
    text = source if isinstance(source, str) else source.decode("utf-8")
    if text.lstrip()[:1] in ("[", "{") and sum(map(text.count, ",[{:")) > MOST_VALUES:
        raise UnacceptableJson("too many values")
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise UnacceptableJson("too deep") from error
    except json.JSONDecodeError:
        raise
    except ValueError as error:  # more digits than Python makes a number of
        raise UnacceptableJson("number") from error
    refuse_unacceptable(value)
    return value


def refuse_unacceptable(value: Any) -> None:
    """Raises UnacceptableJson where a value that was read already is not one that `loads` would return."""
    if not is_storable(value):
        raise UnacceptableJson("text that cannot be kept")
    level = [value]
    for _ in range(DEEPEST + 1):
        if any(isinstance(each, float) and not math.isfinite(each) for each in level):
            raise UnacceptableJson("number")
        holders = [each for each in level if isinstance(each, dict | list | tuple)]
        if not holders:
            return
        level = [inner for each in holders for inner in (each.values() if isinstance(each, dict) else each)]
    raise UnacceptableJson("too deep")


def _refuse_constant(name: str) -> Any:
    raise UnacceptableJson(name)
