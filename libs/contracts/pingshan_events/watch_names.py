"""Names of the consumers by which processes watch a subject: few and fixed, so that rights can list them.

With a free choice of names a service could take over other services' durables, and use up the consumers that
JetStream allows in a stream (docs/adr/0009-watch-names.md).
"""

WATCHES_AT_ONCE = 32
"""Processes of one service that can watch a subject at the same time, those included that ended seconds ago.

Manifests run two replicas, four during a rollout. The five services watch three subjects of one stream: 480 consumers,
where nats-server allows 1,000.
"""


def watch_names(service: str, subject: str) -> tuple[str, ...]:
    """Returns the names of which each watch takes a free one; a name of a consumer has no dots."""
    return tuple(f"{service}_watch_{subject.replace('.', '-')}_{number}" for number in range(WATCHES_AT_ONCE))
