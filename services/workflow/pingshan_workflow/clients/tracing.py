"""Puts what follows from a person's act into that act's trace, not into the filing's of days ago."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from opentelemetry import context
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind
from temporalio.contrib.opentelemetry import TracingInterceptor, TracingWorkflowInboundInterceptor
from temporalio.worker import HandleUpdateInput, WorkflowInterceptorClassInput


class ActTracing(TracingInterceptor):
    """Traces as Temporal's interceptor does, but makes an update the parent of the activities that follow from it."""

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002 - Temporal's name
    ) -> type[TracingWorkflowInboundInterceptor]:
        super().workflow_interceptor_class(input)
        return _ActsOfWorkflow


class _ActsOfWorkflow(TracingWorkflowInboundInterceptor):
    def handle_update_validator(self, input: HandleUpdateInput) -> None:  # noqa: A002 - Temporal's name
        with _attached(self._set_on_context(self._context_of(input))):
            self._completed_span(f"ValidateUpdate:{input.update}", kind=SpanKind.SERVER)
            self.next.handle_update_validator(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002 - Temporal's name
        """Handles the update in its caller's trace, with a link to the trace of the filing."""
        with _attached(self._set_on_context(self._context_of(input))):
            self._completed_span(
                f"HandleUpdate:{input.update}",
                link_context_carrier=self._load_workflow_context_carrier(),
                kind=SpanKind.SERVER,
            )
            return await self.next.handle_update_handler(input)

    def _context_of(self, sent: HandleUpdateInput) -> Context:
        header = sent.headers.get(self.header_key)
        if header is None:
            return Context()
        carrier: Mapping[str, Any] = self.payload_converter.from_payloads([header])[0]
        return self.text_map_propagator.extract(carrier)


@contextmanager
def _attached(wanted: Context) -> Iterator[None]:
    token = context.attach(wanted)
    try:
        yield
    finally:
        with suppress(ValueError):  # a workflow that is evicted ends in another context than it began in
            token.var.reset(token)
