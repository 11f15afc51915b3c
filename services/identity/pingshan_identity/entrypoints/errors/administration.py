"""What administrators are refused."""

from pingshan_kit.errors import ErrorTable

ERRORS: ErrorTable = {}
