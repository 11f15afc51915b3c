"""Pages: the front page here, all others by topic."""

from pingshan_kit.auth import actor
from pingshan_ui import render
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from pingshan_e_license.entrypoints.catalogue.catalogue_pages import CataloguePages
from pingshan_e_license.entrypoints.issuing.bulk_issue_pages import BulkIssuePages
from pingshan_e_license.entrypoints.issuing.issuer_key_pages import IssuerKeyPages
from pingshan_e_license.entrypoints.issuing.issuing_pages import IssuingPages
from pingshan_e_license.entrypoints.life_cycle.decision_pages import DecisionPages
from pingshan_e_license.entrypoints.life_cycle.license_pages import LicensePages
from pingshan_e_license.entrypoints.life_cycle.renewal_pages import RenewalPages
from pingshan_e_license.entrypoints.renditions.rendition_pages import RenditionPages
from pingshan_e_license.entrypoints.sharing.holder_pages import HolderPages
from pingshan_e_license.entrypoints.sharing.sharing_pages import SharingPages
from pingshan_e_license.entrypoints.transparency.log_pages import LogPages
from pingshan_e_license.entrypoints.verification.public_pages import PublicVerificationPages
from pingshan_e_license.entrypoints.verification.verification_pages import VerificationPages
from pingshan_e_license.usecases.dependencies import Dependencies


def routes(deps: Dependencies) -> list[BaseRoute]:
    return [
        Route("/", _home),
        *CataloguePages(deps).routes,
        *BulkIssuePages(deps).routes,
        *IssuingPages(deps).routes,
        *LicensePages(deps).routes,
        *DecisionPages(deps).routes,
        *RenewalPages(deps).routes,
        *RenditionPages(deps).routes,
        *VerificationPages(deps).routes,
        *PublicVerificationPages(deps).routes,
        *IssuerKeyPages(deps).routes,
        *SharingPages(deps).routes,
        *HolderPages(deps).routes,
        *LogPages(deps).routes,
    ]


async def _home(request: Request) -> Response:
    return render(request, "home.html", actor=actor(request))
