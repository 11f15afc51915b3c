"""One process that plays every party outside: `python -m pingshan_simulators`."""

import os
from pathlib import Path

import uvicorn

from pingshan_simulators.access_controllers import AccessControllers, ControllersSettings
from pingshan_simulators.application import Place, application
from pingshan_simulators.district_systems import DistrictSystems
from pingshan_simulators.sms_carrier import CarrierSettings, SmsCarrier
from pingshan_simulators.upstream_sign_in import UpstreamSignIn
from pingshan_simulators.wecom import Wecom


def main() -> None:
    """Serves until SIGTERM; addresses and files come from the environment (`PINGSHAN_SIMULATORS_…`)."""
    port = int(_setting("HTTP_PORT"))
    Path(_setting("DATA_DIR")).mkdir(parents=True, exist_ok=True)
    places = [
        Place("/systems", "25 个区级业务系统", _district_systems()),
        Place("/upstream", "上级身份认证", _upstream()),
        Place("/wecom", "企业微信", Wecom(_setting("ISSUER"), Path(_setting("WECOM_SECRET_FILE")))),
        Place("/nas", "无线网络控制器", AccessControllers(ControllersSettings.from_environment())),
        Place("/carrier", "短信运营商", SmsCarrier(CarrierSettings.from_environment())),
    ]
    made = application(places, issuer=_setting("ISSUER"))
    uvicorn.run(made, host="127.0.0.1", port=port, log_level="warning", access_log=False, server_header=False)


def _district_systems() -> DistrictSystems:
    return DistrictSystems(
        origin=_setting("PUBLIC_URL"),
        issuer=_setting("ISSUER"),
        secrets_file=Path(_setting("CLIENT_SECRETS_FILE")),
    )


def _upstream() -> UpstreamSignIn:
    return UpstreamSignIn(
        origin=_setting("PUBLIC_URL"),
        issuer=_setting("ISSUER"),
        secret_file=Path(_setting("UPSTREAM_SECRET_FILE")),
    )


def _setting(name: str) -> str:
    return os.environ[f"PINGSHAN_SIMULATORS_{name}"]


if __name__ == "__main__":
    main()
