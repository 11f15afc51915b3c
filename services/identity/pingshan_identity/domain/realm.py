"""The two realms of people: one issuer, separate sessions, sign-in pages and policies."""

from enum import StrEnum


class Realm(StrEnum):
    STAFF = "staff"
    PUBLIC = "public"
