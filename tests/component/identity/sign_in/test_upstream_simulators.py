"""The simulated upstreams refuse what the real ones refuse, so that identity is held to their protocols."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pingshan_tools import secret_files

from tests.support.identity.parties import Identity
from tests.support.identity.upstreams import choose, off

CORP = "wwpingshan00000001"


def wecom(simulators: str, path: str, **query: str) -> dict[str, object]:
    return dict(httpx.get(f"{simulators}/wecom/cgi-bin/{path}", params=query).json())


def access_token(identity: Identity, simulators: str) -> str:
    secret = secret_files.read(identity.keys, "identity", "wecom_secret")
    return str(wecom(simulators, "gettoken", corpid=CORP, corpsecret=secret)["access_token"])


def test_wecom_gives_tokens_to_its_application_only(identity: Identity, simulators: str) -> None:
    assert wecom(simulators, "gettoken", corpid=CORP, corpsecret="wrong")["errcode"] == 40001
    assert wecom(simulators, "gettoken", corpid="another", corpsecret="wrong")["errcode"] == 40013
    assert access_token(identity, simulators)


def test_wecom_takes_a_code_once(identity: Identity, simulators: str) -> None:
    token = access_token(identity, simulators)
    callback = choose(off(identity.browser(), "wecom"), "hall01")
    code = parse_qs(urlsplit(callback).query)["code"][0]
    assert wecom(simulators, "auth/getuserinfo", access_token="invented", code=code)["errcode"] == 40014
    assert wecom(simulators, "auth/getuserinfo", access_token=token, code="invented")["errcode"] == 40029
    assert wecom(simulators, "auth/getuserinfo", access_token=token, code=code)["userid"] == "hall01"
    assert wecom(simulators, "auth/getuserinfo", access_token=token, code=code)["errcode"] == 40029


@pytest.mark.parametrize("changed", [{"appid": "another"}, {"redirect_uri": "https://evil.example/"}, {"agentid": "1"}])
def test_wecom_leads_back_to_its_trusted_domain_only(
    identity: Identity, simulators: str, changed: dict[str, str]
) -> None:
    asked = {"appid": CORP, "agentid": "1000002", "redirect_uri": f"{identity.url}/upstream/wecom/callback"}
    address = f"{simulators}/wecom/wwopen/sso/qrConnect"
    assert httpx.get(address, params=asked).status_code == 200
    assert httpx.get(address, params=asked | changed).status_code == 400


def token(identity: Identity, simulators: str, secret: str, verifier: str) -> httpx.Response:
    callback = choose(off(identity.browser(), "gd-unified"), "gd-0001")
    form = {"code": parse_qs(urlsplit(callback).query)["code"][0], "code_verifier": verifier}
    return httpx.post(f"{simulators}/upstream/gd-unified/token", data=form, auth=("pingshan", secret))


def test_the_openid_providers_check_secret_and_verifier(identity: Identity, simulators: str) -> None:
    secret = secret_files.read(identity.keys, "identity", "upstream_secret")
    assert token(identity, simulators, "wrong", "v" * 43).json() == {"error": "invalid_client"}
    assert token(identity, simulators, secret, "v" * 43).json() == {"error": "invalid_grant"}


@pytest.mark.parametrize("changed", ["client_id=another", "redirect_uri=https%3A%2F%2Fevil.example"])
def test_the_openid_providers_lead_back_to_registered_addresses_only(
    identity: Identity, simulators: str, changed: str
) -> None:
    address = off(identity.browser(), "gd-unified")
    name = changed.partition("=")[0]
    kept = "&".join(part for part in urlsplit(address).query.split("&") if not part.startswith(f"{name}="))
    assert httpx.get(f"{address.partition('?')[0]}?{kept}&{changed}").status_code == 400
