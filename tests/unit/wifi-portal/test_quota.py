"""Where the day's volume warns, ends, and what rate follows."""

import pytest
from pingshan_wifi_portal.domain import quota, vendors
from pingshan_wifi_portal.domain.quota import Plan, Policy

PLAN = Plan("visitor", 500_000_000, 2048, 256, 80, 14_400, 1800, 300)


@pytest.mark.parametrize(
    ("used", "rate", "near_end", "remaining"),
    [
        (0, 2048, False, 500_000_000),
        (399_999_999, 2048, False, 100_000_001),
        (400_000_000, 2048, True, 100_000_000),
        (499_999_999, 2048, True, 1),
        (500_000_000, 256, False, 0),
        (10**12, 256, False, 0),
    ],
)
def test_slows_down_at_the_end_and_warns_before(used: int, rate: int, near_end: bool, remaining: int) -> None:
    assert quota.rate(PLAN, used) == rate
    assert quota.near_end(PLAN, used) is near_end
    assert quota.remaining(PLAN, used) == remaining


@pytest.mark.parametrize(
    ("vendor", "head", "values"),
    [
        ("Huawei", 2011, {2: 256_000, 3: 256_000, 5: 256_000, 6: 256_000}),
        ("H3C", 25506, {1: 256_000, 2: 256_000, 4: 256_000, 5: 256_000}),
        ("Ruijie", 4881, {1: 256, 16: 256}),
        ("Aruba", 14122, {7: 256_000, 8: 256_000}),
        ("unknown", 14122, {7: 256_000, 8: 256_000}),
    ],
)
def test_the_whole_policy_in_the_dialect_of_the_maker(vendor: str, head: int, values: dict[int, int]) -> None:
    attributes = vendors.policy_attributes(vendor, Policy(3, 256, 900, 1800, 300))
    plain = {kind: int.from_bytes(value) for kind, value in attributes if kind != 26}
    assert plain == {27: 900, 28: 1800, 85: 300}
    own = [value for kind, value in attributes if kind == 26]
    assert {int.from_bytes(value[:4]) for value in own} == {head}
    assert {value[4]: int.from_bytes(value[6:]) for value in own} == values
    assert all(value[5] == len(value) - 4 for value in own)
