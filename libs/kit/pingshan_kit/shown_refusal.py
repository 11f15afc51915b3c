"""The refusal that a caller is shown for any exception, the same over HTTP and gRPC."""

from pingshan_kit.away import unavailable
from pingshan_kit.errors import ErrorTable, Refusal, Taken, refusal
from pingshan_kit.logging import log
from pingshan_kit.storage.database import taken_key


def shown_refusal(error: Exception, table: ErrorTable) -> Refusal:
    """Returns the refusal by the table; failing that Unavailable for a part that is away, Taken for a row that somebody
    else has just added under the same unique key; INTERNAL for everything else.
    """
    found = refusal(error, table)
    if not found.unexpected:
        return found
    if (away := unavailable(error)) is not None:
        return refusal(away, table)
    if (key := taken_key(error)) is not None:
        log.warning("row.taken", key=key)
        return refusal(Taken(), table)
    return found
