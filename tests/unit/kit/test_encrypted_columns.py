"""Which columns a new data key moves: all that are binary, unless they are named here as something else."""

from importlib import import_module
from string import Formatter

import pytest
from pingshan_kit.storage.tables import ENCRYPTED_ROW, encrypted_columns
from sqlalchemy import LargeBinary, MetaData

SERVICES = ("identity", "e_license", "workflow", "wifi_portal", "alerts")
HASHES = ("_hash", "_index")
PLAIN = {
    "code_limit.key",
    "dead_letter.payload",
    "issuer_key.seal",
    "log_checkpoint.root",
    "log_entry.commitment",
    "log_leaf.hash",
    "log_node.hash",
    "login_token.used_by",
    "message_budget.key",
    "page_session.id",
    "passkey.credential_id",
    "sign_in_attempt.credential_id",
    "sso_session.credential_id",
    "passkey.public_key",
    "public_verification_budget.key",
    "record_seal.hash",
    "sign_in.browser",
    "sign_in.code",
    "sign_in.status_token",
    "sign_in_attempt.challenge",
    "sign_in_throttle.key",
}
"""Hashes under another name, and what is public or not ours to encrypt."""


def _metadata(service: str) -> MetaData:
    metadata: MetaData = import_module(f"pingshan_{service}.store.tables").metadata
    return metadata


@pytest.mark.parametrize("service", SERVICES)
def test_every_binary_column_is_marked_as_encrypted_or_known_as_something_else(service: str) -> None:
    unmarked = {
        f"{table.name}.{column.name}"
        for table in _metadata(service).sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary) and ENCRYPTED_ROW not in column.info
    }
    assert {name for name in unmarked if not name.endswith(HASHES)} <= PLAIN


@pytest.mark.parametrize("service", SERVICES)
def test_a_marked_column_is_bound_to_the_whole_primary_key(service: str) -> None:
    """Two rows with the same place could be exchanged unseen."""
    for table in _metadata(service).sorted_tables:
        for column in encrypted_columns(table):
            bound = [name for _, name, _, _ in Formatter().parse(column.info[ENCRYPTED_ROW]) if name]
            assert bound == [key.name for key in table.primary_key], f"{table.name}.{column.name}"
