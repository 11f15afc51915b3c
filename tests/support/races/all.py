"""All unique keys, by service."""

from collections.abc import Mapping

from tests.support.races import alerts, e_license, everywhere, identity, wifi_portal, workflow
from tests.support.races.race import Begin

RACES: Mapping[str, Mapping[str, Begin | str]] = {
    "alerts": {**everywhere.RACES, **alerts.RACES},
    "e-license": {**everywhere.RACES, **e_license.RACES},
    "identity": {**everywhere.RACES, **identity.RACES},
    "wifi-portal": {**everywhere.RACES, **wifi_portal.RACES},
    "workflow": {**everywhere.RACES, **workflow.RACES},
}
"""A race, or why there can be none."""
