"""The wiring of workflow: which part is given what."""

from functools import partial

from pingshan.workflow.v1 import case_pb2_grpc, task_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.auth import PageAuth
from pingshan_kit.crypto import PersonalData
from pingshan_kit.database import Database
from pingshan_kit.http import application
from pingshan_kit.runner import Service

from pingshan_workflow.clients.cases import TemporalCases
from pingshan_workflow.clients.directory import Directory
from pingshan_workflow.clients.licenses import Licenses
from pingshan_workflow.entrypoints import api, events, grpc, pages
from pingshan_workflow.entrypoints.errors import ERRORS
from pingshan_workflow.entrypoints.templates import WEB, templates
from pingshan_workflow.entrypoints.worker import run_worker
from pingshan_workflow.settings import Settings
from pingshan_workflow.usecases.dependencies import Dependencies


def build(settings: Settings) -> Service:
    database = Database.from_settings(settings)
    flights = TemporalCases(settings)
    identity = rpc.channel(settings, "identity")
    e_license = rpc.channel(settings, "e-license")
    given = Dependencies(
        database=database,
        personal=PersonalData.from_settings(settings),
        flights=flights,
        licenses=Licenses(e_license),
        directory=Directory(identity),
    )
    http = application(
        settings,
        database=database,
        pages=pages.routes(given),
        api=api.router(given),
        errors=ERRORS,
        templates=templates(settings.url_e_license),
        auth=PageAuth(settings, database),
        static=WEB / "static",
    )
    return Service(
        settings=settings,
        database=database,
        errors=ERRORS,
        http=http,
        grpc=(
            partial(case_pb2_grpc.add_CaseServiceServicer_to_server, grpc.Cases(given)),
            partial(task_pb2_grpc.add_TaskServiceServicer_to_server, grpc.Tasks(given)),
        ),
        consumers=events.CONSUMERS,
        components={"worker": partial(run_worker, flights.connect, given)},
        separate=frozenset({"worker"}),
        close=(partial(identity.close, None), partial(e_license.close, None)),
    )
