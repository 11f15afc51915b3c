"""What the name of a method tells."""

_READS = ("Get", "List", "Search", "Verify", "Introspect", "Check")


def is_read(method: str) -> bool:
    """Whether `package.Service/VerbNoun` changes nothing, by its verb."""
    return method.rpartition("/")[2].startswith(_READS)
