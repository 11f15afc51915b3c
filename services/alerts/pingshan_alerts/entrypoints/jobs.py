"""Handles the jobs that follow an alert, and those that run from time to time."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from pingshan_kit.jobs import Job, JobHandler, Periodic
from pingshan_values.text import Text

from pingshan_alerts.usecases import job_kinds
from pingshan_alerts.usecases.delivery.deliver_sms import DeliverSms, deliver_sms
from pingshan_alerts.usecases.delivery.deliver_webhook import DeliverWebhook, deliver_webhook
from pingshan_alerts.usecases.delivery.erase_unsent import erase_unsent
from pingshan_alerts.usecases.delivery.notify_case_closed import NotifyCaseClosed, notify_case_closed
from pingshan_alerts.usecases.delivery.notify_license_changed import NotifyLicenseChanged, notify_license_changed
from pingshan_alerts.usecases.delivery.notify_license_issued import NotifyLicenseIssued, notify_license_issued
from pingshan_alerts.usecases.delivery.transmit_notification import TransmitNotification, transmit_notification
from pingshan_alerts.usecases.dependencies import Dependencies
from pingshan_alerts.usecases.intake.raise_controller_stopped import RaiseControllerStopped, raise_controller_stopped
from pingshan_alerts.usecases.intake.raise_duty_filled import RaiseDutyFilled, raise_duty_filled
from pingshan_alerts.usecases.routing.dispatch_alert import DispatchAlert, dispatch_alert
from pingshan_alerts.usecases.routing.escalate_alert import EscalateAlert, escalate_alert
from pingshan_alerts.usecases.routing.refresh_organisations import refresh_organisations


def handlers(deps: Dependencies) -> Sequence[JobHandler[Any]]:
    return [
        JobHandler(job_kinds.DISPATCH_ALERT, partial(_dispatch_alert, deps)),
        JobHandler(job_kinds.ESCALATE_ALERT, partial(_escalate_alert, deps)),
        JobHandler(job_kinds.DELIVER_SMS, partial(_deliver_sms, deps)),
        JobHandler(job_kinds.DELIVER_WEBHOOK, partial(_deliver_webhook, deps)),
        JobHandler(job_kinds.TRANSMIT_NOTIFICATION, partial(_transmit_notification, deps)),
        JobHandler(job_kinds.NOTIFY_LICENSE_ISSUED, partial(_notify_license_issued, deps)),
        JobHandler(job_kinds.NOTIFY_LICENSE_CHANGED, partial(_notify_license_changed, deps)),
        JobHandler(job_kinds.NOTIFY_CASE_CLOSED, partial(_notify_case_closed, deps)),
        JobHandler(job_kinds.RAISE_DUTY_FILLED, partial(_raise_duty_filled, deps)),
        JobHandler(job_kinds.RAISE_CONTROLLER_STOPPED, partial(_raise_controller_stopped, deps)),
    ]


def periodic(deps: Dependencies) -> Sequence[Periodic]:
    return [
        Periodic("refresh-organisations", timedelta(minutes=1), partial(refresh_organisations, deps)),
        Periodic("erase-unsent", timedelta(hours=1), partial(_erase_unsent, deps)),
    ]


async def _dispatch_alert(deps: Dependencies, job: Job[job_kinds.AlertToDispatch]) -> None:
    await dispatch_alert(deps, DispatchAlert(job.payload.alert_id))


async def _escalate_alert(deps: Dependencies, job: Job[job_kinds.GroupToEscalate]) -> None:
    await escalate_alert(deps, EscalateAlert(job.payload.alert_id, job.payload.who))


async def _deliver_sms(deps: Dependencies, job: Job[job_kinds.DeliveryToMake]) -> None:
    await deliver_sms(deps, DeliverSms(job.payload.delivery_id))


async def _deliver_webhook(deps: Dependencies, job: Job[job_kinds.DeliveryToMake]) -> None:
    await deliver_webhook(deps, DeliverWebhook(job.payload.delivery_id, job.is_last))


async def _transmit_notification(deps: Dependencies, job: Job[job_kinds.NotificationToSend]) -> None:
    await transmit_notification(deps, TransmitNotification(job.payload.notification_id))


async def _notify_license_issued(deps: Dependencies, job: Job[job_kinds.IssuedLicense]) -> None:
    issued = job.payload
    command = NotifyLicenseIssued(
        event_id=issued.event_id,
        license_id=issued.license_id,
        identifier=issued.identifier,
        type_name=Text(issued.type_name_zh, issued.type_name_en),
    )
    await notify_license_issued(deps, command)


async def _notify_license_changed(deps: Dependencies, job: Job[job_kinds.ChangedLicense]) -> None:
    changed = job.payload
    command = NotifyLicenseChanged(
        event_id=changed.event_id,
        license_id=changed.license_id,
        identifier=changed.identifier,
        type_name=Text(changed.type_name_zh, changed.type_name_en),
        act=changed.act,
    )
    await notify_license_changed(deps, command)


async def _notify_case_closed(deps: Dependencies, job: Job[job_kinds.ClosedCase]) -> None:
    closed = job.payload
    await notify_case_closed(deps, NotifyCaseClosed(closed.event_id, closed.case_id, closed.outcome))


async def _raise_controller_stopped(deps: Dependencies, job: Job[job_kinds.StoppedController]) -> None:
    stopped = job.payload
    command = RaiseControllerStopped(stopped.event_id, stopped.controller_id, stopped.session_count)
    await raise_controller_stopped(deps, command)


async def _raise_duty_filled(deps: Dependencies, job: Job[job_kinds.FilledDuty]) -> None:
    filled = job.payload
    command = RaiseDutyFilled(filled.event_id, filled.duty, filled.person_id, filled.organisations)
    await raise_duty_filled(deps, command)


async def _erase_unsent(deps: Dependencies) -> None:
    await erase_unsent(deps)
