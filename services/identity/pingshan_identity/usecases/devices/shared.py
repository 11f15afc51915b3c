"""Finds the request of a device by the code that it shows, without keeping the code."""

from pingshan_kit.crypto import PersonalData


def user_code_index(personal: PersonalData, user_code: str) -> bytes:
    """Returns the keyed index of a user code; a plain hash of 34 bits could be tried out."""
    return personal.index(f"user code {user_code}")
