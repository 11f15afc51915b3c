"""Sign-outs and their proof."""

from pingshan_kit.errors import ErrorTable

ERRORS: ErrorTable = {}
