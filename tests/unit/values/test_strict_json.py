"""What JSON a service takes from outside."""

import pytest
from pingshan_values import strict_json
from pingshan_values.strict_json import DEEPEST, MOST_VALUES, UnacceptableJson


@pytest.mark.parametrize(
    "source",
    [
        '{"a": [1, 2.5, "文", null, true]}',
        b'{"a": "\\ud83d\\ude00"}',
        "[" * 64 + "]" * 64,
        b"3",
        '"' + "," * 30_000 + '"',
    ],
)
def test_what_every_reader_understands_the_same(source: str | bytes) -> None:
    assert strict_json.loads(source) is not None


@pytest.mark.parametrize(
    "source",
    [
        "NaN",
        "[Infinity]",
        '{"a": -Infinity}',
        "1e400",
        "[[-1e999]]",
        "9" * 5_000,
        '"\\u0000"',
        '"\\ud800"',
        '{"\\udfff": 1}',
        '{"a": {"\\u0000": 1}}',
        "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
        '{"a":' * 900 + "1" + "}" * 900,
        "[" * 100_000 + "]" * 100_000,
        "[" * 100_000,
        "[" + "1," * MOST_VALUES + "1]",
        " {" + '"":1,' * MOST_VALUES + '"":1}',
    ],
)
def test_what_no_service_takes(source: str) -> None:
    with pytest.raises(UnacceptableJson):
        strict_json.loads(source)


@pytest.mark.parametrize(
    "source", [b"", b"{", b"\xff", b'{"a": "\xed\xa0\x80"}', '{"a": 1}'.encode("utf-16"), b"\xef\xbb\xbf{}"]
)
def test_what_is_no_json_in_utf_8(source: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        strict_json.loads(source)
