"""Pages: the front page here, all others by topic."""

from pingshan_kit.auth import actor
from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.entrypoints.catalogue.catalogue_pages import CataloguePages
from pingshan_e_license.entrypoints.issuing.issuing_pages import IssuingPages
from pingshan_e_license.entrypoints.life_cycle.license_pages import LicensePages
from pingshan_e_license.entrypoints.renditions.rendition_pages import RenditionPages
from pingshan_e_license.entrypoints.verification.verification_pages import VerificationPages
from pingshan_e_license.usecases.dependencies import Dependencies


def routes(deps: Dependencies) -> list[BaseRoute]:
    return [
        Route("/", _home),
        *CataloguePages(deps).routes,
        *IssuingPages(deps).routes,
        *LicensePages(deps).routes,
        *RenditionPages(deps).routes,
        *VerificationPages(deps).routes,
    ]


async def _home(request: Request) -> Response:
    return render(request, "home.html", actor=actor(request))
