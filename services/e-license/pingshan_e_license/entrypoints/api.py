"""REST routes below /v1, which do the same as the RPCs; one file per topic."""

from fastapi import APIRouter

from pingshan_e_license.entrypoints.catalogue.catalogue_api import add_catalogue
from pingshan_e_license.entrypoints.issuing.bulk_issue_api import add_bulk_issues
from pingshan_e_license.entrypoints.issuing.issuing_api import add_issuing
from pingshan_e_license.entrypoints.life_cycle.life_cycle_api import add_life_cycle
from pingshan_e_license.entrypoints.renditions.renditions_api import add_renditions
from pingshan_e_license.entrypoints.sharing.consent_api import add_consents
from pingshan_e_license.entrypoints.sharing.sharing_api import add_sharing
from pingshan_e_license.entrypoints.transparency.log_api import add_log
from pingshan_e_license.entrypoints.verification.verification_api import add_verification
from pingshan_e_license.usecases.dependencies import Dependencies


def router(deps: Dependencies) -> APIRouter:
    api = APIRouter()
    add_issuing(api, deps)
    add_bulk_issues(api, deps)
    add_verification(api, deps)
    add_life_cycle(api, deps)
    add_catalogue(api, deps)
    add_renditions(api, deps)
    add_sharing(api, deps)
    add_consents(api, deps)
    add_log(api, deps)
    return api
