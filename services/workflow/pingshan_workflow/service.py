"""Joins the parts of workflow."""

from collections.abc import Awaitable, Callable
from functools import partial

from pingshan.workflow.v1 import case_pb2_grpc, task_pb2_grpc
from pingshan_kit import rpc
from pingshan_kit.auth import PageAuth
from pingshan_kit.crypto import PersonalData
from pingshan_kit.http import application
from pingshan_kit.process.service import Service
from pingshan_kit.storage.database import Database

from pingshan_workflow.clients.cases import TemporalCases
from pingshan_workflow.clients.directory import Directory
from pingshan_workflow.clients.licenses import Licenses
from pingshan_workflow.entrypoints import api, events, grpc, jobs, pages
from pingshan_workflow.entrypoints.errors import ERRORS
from pingshan_workflow.entrypoints.templates import WEB, templates
from pingshan_workflow.entrypoints.worker import run_worker
from pingshan_workflow.settings import Settings
from pingshan_workflow.usecases.dependencies import Dependencies


def build(settings: Settings) -> Service:
    database = Database.from_settings(settings)
    deps, close = dependencies(settings, database)
    http = application(
        settings,
        database=database,
        pages=pages.routes(deps),
        api=api.router(deps),
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
            partial(case_pb2_grpc.add_CaseServiceServicer_to_server, grpc.Cases(deps)),
            partial(task_pb2_grpc.add_TaskServiceServicer_to_server, grpc.Tasks(deps)),
        ),
        consumers=events.CONSUMERS,
        periodic=jobs.periodic(deps),
        faults=jobs.faults,
        components={"worker": partial(run_worker, deps.executions.connect, deps)},
        separate=frozenset({"worker"}),
        close=(close,),
    )


def dependencies(settings: Settings, database: Database) -> tuple[Dependencies, Callable[[], Awaitable[None]]]:
    """Returns what use cases need, and a function that closes its channels but not the database."""
    identity = rpc.channel(settings, "identity")
    e_license = rpc.channel(settings, "e-license")

    async def close() -> None:
        await identity.close(None)
        await e_license.close(None)

    deps = Dependencies(
        database=database,
        personal=PersonalData.from_settings(settings),
        executions=TemporalCases(settings),
        licenses=Licenses(e_license),
        directory=Directory(identity),
    )
    return deps, close
