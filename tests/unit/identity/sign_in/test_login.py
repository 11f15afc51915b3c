import pytest
from pingshan_identity.domain.errors import MobileNotValid
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sessions.device import device_of
from pingshan_identity.domain.sign_in.login import normalise, require_mobile
from pingshan_identity.domain.sign_in.network import network_of


@pytest.mark.parametrize(
    ("typed", "login"),
    [
        ("water01", "water01"),
        (" Water01 ", "water01"),
        ("ｗａｔｅｒ０１", "water01"),
        ("street_maluan01", "street_maluan01"),
        ("", None),
        ("x", None),
        ("water 01", None),
        ("water01'--", None),
        ("坪山", None),
        ("a" * 41, None),
    ],
)
def test_staff_names(typed: str, login: str | None) -> None:
    assert normalise(Realm.STAFF, typed) == login


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("13800000001", "+8613800000001"),
        ("+86 138 0000 0001", "+8613800000001"),
        ("138-0000-0001", "+8613800000001"),
        ("１３８０００００００１", "+8613800000001"),
        ("12800000001", None),
        ("1380000000", None),
        ("+85261234567", None),
        ("water01", None),
    ],
)
def test_mobile_numbers(typed: str, number: str | None) -> None:
    assert normalise(Realm.PUBLIC, typed) == number


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("::ffff:198.51.100.7", "198.51.100.0/24"),
        ("2001:db8:1:2ff::1", "2001:db8:1:2ff::/64"),
        ("unknown", "unknown"),
    ],
)
def test_neighbours_share_a_network(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari · iOS"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari MicroMessenger/8.0", "WeChat · Android"),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_devices_by_maker_and_system(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device


def test_only_a_mobile_number_gets_a_code() -> None:
    assert require_mobile("138 0000 0001") == "+8613800000001"
    with pytest.raises(MobileNotValid):
        require_mobile("0755-12345678")
