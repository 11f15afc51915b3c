"""Room on the disk: PostgreSQL and NATS refuse to work without it, and say so only in their logs."""

import os
import shutil

from pingshan_tools.launcher.places import Places

LEAST = 500 * 1024**2
"""Bytes that must be free for a start and a working day to end well."""


def free(places: Places) -> int:
    """Returns the free bytes on the disk of the data folder, or of the folder that it will be made in."""
    place = next(folder for folder in (places.data, *places.data.parents) if os.access(folder, os.F_OK))
    return shutil.disk_usage(place).free


def shortage(places: Places) -> str:
    """Returns a sentence for people; empty where there is room enough."""
    if (left := free(places)) >= LEAST:
        return ""
    return (
        f"The disk is full or nearly so: {left // 1024**2} MB are free for {places.data}, at least "
        f"{LEAST // 1024**2} MB are needed. Make room, or choose another folder with PINGSHAN_DATA."
    )
