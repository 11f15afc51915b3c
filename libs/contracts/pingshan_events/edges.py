"""Who may publish, consume, watch and call what. Generated from edges.yaml by make generate: do not edit."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Stream:
    name: str
    service: str
    max_age: int
    """Seconds."""
    max_bytes: int
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class Durable:
    """A durable consumer: once per service, for effects."""

    name: str
    """`<service>__<usecase>`."""
    service: str
    usecase: str
    stream: str
    subject: str


ZONES: Mapping[str, str] = {
    "identity": "government",
    "e-license": "government",
    "workflow": "government",
    "wifi-portal": "internet",
    "alerts": "government",
}
"""Service → zone."""


STREAMS: tuple[Stream, ...] = (
    Stream(
        name="IDENTITY_REVOCATION",
        service="identity",
        max_age=43200,
        max_bytes=134217728,
        subjects=(
            "identity.session.ended.v1",
            "identity.grant.ended.v1",
            "identity.signing-key.withdrawn.v1",
        ),
    ),
    Stream(
        name="IDENTITY",
        service="identity",
        max_age=604800,
        max_bytes=134217728,
        subjects=(
            "identity.logout.requested.v1",
            "identity.duty.filled.v1",
            "identity.record.sealed.v1",
        ),
    ),
    Stream(
        name="E_LICENSE",
        service="e-license",
        max_age=604800,
        max_bytes=134217728,
        subjects=(
            "e-license.license.issued.v1",
            "e-license.license.revoked.v1",
            "e-license.consent.requested.v1",
            "e-license.license.changed.v1",
            "e-license.record.sealed.v1",
        ),
    ),
    Stream(
        name="WORKFLOW",
        service="workflow",
        max_age=604800,
        max_bytes=134217728,
        subjects=(
            "workflow.case.submitted.v1",
            "workflow.case.closed.v1",
            "workflow.task.decided.v1",
            "workflow.record.sealed.v1",
        ),
    ),
    Stream(
        name="WIFI_PORTAL",
        service="wifi-portal",
        max_age=604800,
        max_bytes=536870912,
        subjects=(
            "wifi-portal.session.started.v1",
            "wifi-portal.session.ended.v1",
            "wifi-portal.quota.exhausted.v1",
            "wifi-portal.controller.stopped.v1",
            "wifi-portal.record.sealed.v1",
        ),
    ),
    Stream(
        name="ALERTS",
        service="alerts",
        max_age=604800,
        max_bytes=134217728,
        subjects=(
            "alerts.alert.raised.v1",
            "alerts.alert.acknowledged.v1",
            "alerts.record.sealed.v1",
        ),
    ),
)


STREAM_OF_SUBJECT: Mapping[str, str] = {
    "identity.session.ended.v1": "IDENTITY_REVOCATION",
    "identity.grant.ended.v1": "IDENTITY_REVOCATION",
    "identity.signing-key.withdrawn.v1": "IDENTITY_REVOCATION",
    "identity.logout.requested.v1": "IDENTITY",
    "identity.duty.filled.v1": "IDENTITY",
    "identity.record.sealed.v1": "IDENTITY",
    "e-license.license.issued.v1": "E_LICENSE",
    "e-license.license.revoked.v1": "E_LICENSE",
    "e-license.consent.requested.v1": "E_LICENSE",
    "e-license.license.changed.v1": "E_LICENSE",
    "e-license.record.sealed.v1": "E_LICENSE",
    "workflow.case.submitted.v1": "WORKFLOW",
    "workflow.case.closed.v1": "WORKFLOW",
    "workflow.task.decided.v1": "WORKFLOW",
    "workflow.record.sealed.v1": "WORKFLOW",
    "wifi-portal.session.started.v1": "WIFI_PORTAL",
    "wifi-portal.session.ended.v1": "WIFI_PORTAL",
    "wifi-portal.quota.exhausted.v1": "WIFI_PORTAL",
    "wifi-portal.controller.stopped.v1": "WIFI_PORTAL",
    "wifi-portal.record.sealed.v1": "WIFI_PORTAL",
    "alerts.alert.raised.v1": "ALERTS",
    "alerts.alert.acknowledged.v1": "ALERTS",
    "alerts.record.sealed.v1": "ALERTS",
}


PUBLISHER_OF_SUBJECT: Mapping[str, str] = {
    "identity.session.ended.v1": "identity",
    "identity.grant.ended.v1": "identity",
    "identity.signing-key.withdrawn.v1": "identity",
    "identity.logout.requested.v1": "identity",
    "identity.duty.filled.v1": "identity",
    "identity.record.sealed.v1": "identity",
    "e-license.license.issued.v1": "e-license",
    "e-license.license.revoked.v1": "e-license",
    "e-license.consent.requested.v1": "e-license",
    "e-license.license.changed.v1": "e-license",
    "e-license.record.sealed.v1": "e-license",
    "workflow.case.submitted.v1": "workflow",
    "workflow.case.closed.v1": "workflow",
    "workflow.task.decided.v1": "workflow",
    "workflow.record.sealed.v1": "workflow",
    "wifi-portal.session.started.v1": "wifi-portal",
    "wifi-portal.session.ended.v1": "wifi-portal",
    "wifi-portal.quota.exhausted.v1": "wifi-portal",
    "wifi-portal.controller.stopped.v1": "wifi-portal",
    "wifi-portal.record.sealed.v1": "wifi-portal",
    "alerts.alert.raised.v1": "alerts",
    "alerts.alert.acknowledged.v1": "alerts",
    "alerts.record.sealed.v1": "alerts",
}


DURABLES: tuple[Durable, ...] = (
    Durable(
        name="identity__deliver-logout",
        service="identity",
        usecase="deliver-logout",
        stream="IDENTITY",
        subject="identity.logout.requested.v1",
    ),
    Durable(
        name="alerts__raise-duty-filled",
        service="alerts",
        usecase="raise-duty-filled",
        stream="IDENTITY",
        subject="identity.duty.filled.v1",
    ),
    Durable(
        name="alerts__notify-license-issued",
        service="alerts",
        usecase="notify-license-issued",
        stream="E_LICENSE",
        subject="e-license.license.issued.v1",
    ),
    Durable(
        name="alerts__notify-license-changed",
        service="alerts",
        usecase="notify-license-changed",
        stream="E_LICENSE",
        subject="e-license.license.changed.v1",
    ),
    Durable(
        name="alerts__notify-license-revoked",
        service="alerts",
        usecase="notify-license-revoked",
        stream="E_LICENSE",
        subject="e-license.license.revoked.v1",
    ),
    Durable(
        name="alerts__notify-case-closed",
        service="alerts",
        usecase="notify-case-closed",
        stream="WORKFLOW",
        subject="workflow.case.closed.v1",
    ),
    Durable(
        name="alerts__raise-controller-stopped",
        service="alerts",
        usecase="raise-controller-stopped",
        stream="WIFI_PORTAL",
        subject="wifi-portal.controller.stopped.v1",
    ),
    Durable(
        name="workflow__note-license-revoked",
        service="workflow",
        usecase="note-license-revoked",
        stream="E_LICENSE",
        subject="e-license.license.revoked.v1",
    ),
    Durable(
        name="alerts__keep-identity-head",
        service="alerts",
        usecase="keep-identity-head",
        stream="IDENTITY",
        subject="identity.record.sealed.v1",
    ),
    Durable(
        name="identity__keep-e-license-head",
        service="identity",
        usecase="keep-e-license-head",
        stream="E_LICENSE",
        subject="e-license.record.sealed.v1",
    ),
    Durable(
        name="identity__keep-workflow-head",
        service="identity",
        usecase="keep-workflow-head",
        stream="WORKFLOW",
        subject="workflow.record.sealed.v1",
    ),
    Durable(
        name="identity__keep-wifi-portal-head",
        service="identity",
        usecase="keep-wifi-portal-head",
        stream="WIFI_PORTAL",
        subject="wifi-portal.record.sealed.v1",
    ),
    Durable(
        name="identity__keep-alerts-head",
        service="identity",
        usecase="keep-alerts-head",
        stream="ALERTS",
        subject="alerts.record.sealed.v1",
    ),
)


WATCHES: Mapping[str, frozenset[str]] = {
    "identity": frozenset(
        (
            "identity.grant.ended.v1",
            "identity.session.ended.v1",
            "identity.signing-key.withdrawn.v1",
        )
    ),
    "e-license": frozenset(
        (
            "identity.grant.ended.v1",
            "identity.session.ended.v1",
            "identity.signing-key.withdrawn.v1",
        )
    ),
    "workflow": frozenset(
        (
            "identity.grant.ended.v1",
            "identity.session.ended.v1",
            "identity.signing-key.withdrawn.v1",
        )
    ),
    "wifi-portal": frozenset(
        (
            "identity.grant.ended.v1",
            "identity.session.ended.v1",
            "identity.signing-key.withdrawn.v1",
        )
    ),
    "alerts": frozenset(
        (
            "alerts.alert.acknowledged.v1",
            "alerts.alert.raised.v1",
            "identity.grant.ended.v1",
            "identity.session.ended.v1",
            "identity.signing-key.withdrawn.v1",
        )
    ),
}
"""Service → subjects that its processes watch."""


RPC_CALLERS: Mapping[str, frozenset[str]] = {
    "pingshan.alerts.v1.NotificationService/GetNotification": frozenset(("wifi-portal",)),
    "pingshan.alerts.v1.NotificationService/SendNotification": frozenset(
        (
            "identity",
            "wifi-portal",
        )
    ),
    "pingshan.e_license.v1.LicenseService/GetLicenseHolder": frozenset(("alerts",)),
    "pingshan.e_license.v1.LicenseService/IssueLicense": frozenset(("workflow",)),
    "pingshan.e_license.v1.LicenseService/SearchLicenses": frozenset(("workflow",)),
    "pingshan.identity.v1.OrganisationService/ListOrganisations": frozenset(
        (
            "alerts",
            "e-license",
            "workflow",
        )
    ),
    "pingshan.identity.v1.PersonService/GetContacts": frozenset(("alerts",)),
    "pingshan.identity.v1.PersonService/ListPersonsByPost": frozenset(
        (
            "alerts",
            "workflow",
        )
    ),
    "pingshan.identity.v1.PersonService/ListRepresentatives": frozenset(("alerts",)),
    "pingshan.identity.v1.TokenService/IntrospectToken": frozenset(
        (
            "alerts",
            "e-license",
            "wifi-portal",
            "workflow",
        )
    ),
    "pingshan.wifi_portal.v1.HotspotService/ListHotspots": frozenset(("alerts",)),
    "pingshan.workflow.v1.CaseService/GetCase": frozenset(("alerts",)),
}
"""Method → services that may call it, as `package.Service/Method`."""


OPEN_RPCS: frozenset[str] = frozenset(
    (
        "pingshan.alerts.v1.AlertService/AcknowledgeAlert",
        "pingshan.alerts.v1.AlertService/GetAlert",
        "pingshan.alerts.v1.AlertService/ListAlerts",
        "pingshan.alerts.v1.AlertService/RaiseAlert",
        "pingshan.e_license.v1.CatalogueService/GetLicenseType",
        "pingshan.e_license.v1.CatalogueService/ListLicenseTypes",
        "pingshan.e_license.v1.ConsentService/GrantConsent",
        "pingshan.e_license.v1.ConsentService/ListConsents",
        "pingshan.e_license.v1.ConsentService/RefuseConsent",
        "pingshan.e_license.v1.ConsentService/RequestConsent",
        "pingshan.e_license.v1.ConsentService/WithdrawConsent",
        "pingshan.e_license.v1.LicenseService/BulkIssueLicenses",
        "pingshan.e_license.v1.LicenseService/CancelBulkIssue",
        "pingshan.e_license.v1.LicenseService/CancelLicense",
        "pingshan.e_license.v1.LicenseService/GetBulkIssue",
        "pingshan.e_license.v1.LicenseService/GetLicense",
        "pingshan.e_license.v1.LicenseService/GetLicenseAsOf",
        "pingshan.e_license.v1.LicenseService/IssueLicense",
        "pingshan.e_license.v1.LicenseService/LapseLicense",
        "pingshan.e_license.v1.LicenseService/ListExpiringLicenses",
        "pingshan.e_license.v1.LicenseService/PreviewConsequences",
        "pingshan.e_license.v1.LicenseService/RenewLicense",
        "pingshan.e_license.v1.LicenseService/RescindLicense",
        "pingshan.e_license.v1.LicenseService/RestoreLicense",
        "pingshan.e_license.v1.LicenseService/ResumeLicense",
        "pingshan.e_license.v1.LicenseService/RevealLicense",
        "pingshan.e_license.v1.LicenseService/RevokeLicense",
        "pingshan.e_license.v1.LicenseService/SearchLicenses",
        "pingshan.e_license.v1.LicenseService/StartBulkIssue",
        "pingshan.e_license.v1.LicenseService/SuspendLicense",
        "pingshan.e_license.v1.LicenseService/TransferOutLicense",
        "pingshan.e_license.v1.LogService/GetCheckpoint",
        "pingshan.e_license.v1.LogService/GetConsistencyProof",
        "pingshan.e_license.v1.LogService/GetInclusionProof",
        "pingshan.e_license.v1.LogService/ListLeafHashes",
        "pingshan.e_license.v1.LogService/ListLogEntries",
        "pingshan.e_license.v1.SharingService/GetSharingStatistics",
        "pingshan.e_license.v1.SharingService/ListSharingItems",
        "pingshan.e_license.v1.SharingService/RequestData",
        "pingshan.e_license.v1.VerificationService/VerifyLicense",
        "pingshan.e_license.v1.VerificationService/VerifyLicenses",
        "pingshan.identity.v1.AccessService/CheckAccess",
        "pingshan.identity.v1.OrganisationService/ListOrganisations",
        "pingshan.identity.v1.TokenService/ExchangeToken",
        "pingshan.wifi_portal.v1.HotspotService/GetHotspot",
        "pingshan.wifi_portal.v1.HotspotService/ListHotspots",
        "pingshan.wifi_portal.v1.SessionService/GetSession",
        "pingshan.workflow.v1.CaseService/GetCase",
        "pingshan.workflow.v1.CaseService/RevealCase",
        "pingshan.workflow.v1.CaseService/SubmitCase",
        "pingshan.workflow.v1.TaskService/DecideTask",
        "pingshan.workflow.v1.TaskService/ListTasks",
    )
)
"""Methods that an access token of identity opens, too."""
