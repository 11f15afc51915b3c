"""What administrators decide about a client can be kept."""

from typing import Any

import pytest
from pingshan_identity.domain.clients.client_settings import check_settings
from pingshan_identity.domain.oauth_error import OAuthError

GOOD: dict[str, Any] = {
    "name_zh": "智慧水务系统",
    "name_en": "Smart water",
    "redirect_uris": ["https://water.example/callback"],
    "required_level": 2,
    "open_to": ["water"],
}


def test_what_is_accepted() -> None:
    assert check_settings(GOOD).name_zh == "智慧水务系统"
    assert check_settings(GOOD | {"launch_uri": "http://water.example/"})


@pytest.mark.parametrize(
    "changed",
    [
        {"required_level": 4},
        {"open_to": 1},
        {"owner": "a\0"},
        {"open_to": ["a\0"]},
        {"launch_uri": "https://a/\ud800"},
        *(
            {"launch_uri": uri}
            for uri in ("javascript:alert(1)//", "data:text/html,x", "/here", "https://a@b.example/")
        ),
    ],
)
def test_what_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(OAuthError):
        check_settings(GOOD | changed)
