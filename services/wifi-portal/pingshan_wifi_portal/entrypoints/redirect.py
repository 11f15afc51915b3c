"""Reads what a controller puts into the portal's address when it redirects a browser, and which browser that is."""

from starlette.datastructures import FormData, QueryParams

from pingshan_wifi_portal.domain.visit import RedirectParameters


def redirect_parameters(fields: QueryParams | FormData, browser: str = "") -> RedirectParameters:
    """Returns them unchecked, from the address or from the form that carries them along. `browser`: its secret."""
    return RedirectParameters(
        nas_identifier=str(fields.get("nasid", "")),
        device_mac=str(fields.get("mac", "")),
        called_station_id=str(fields.get("called", "")),
        challenge=str(fields.get("challenge", "")),
        redirected_at=str(fields.get("at", "")),
        proof=str(fields.get("proof", "")),
        browser=browser,
    )
