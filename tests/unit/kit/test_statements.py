"""What a statement's span is called: names that the program chose, never a value."""

import pytest
from pingshan_kit.storage.statements import named


@pytest.mark.parametrize(
    ("sql", "summary"),
    [
        ("SELECT account.id FROM account WHERE account.name = 'FROM person'", "SELECT account"),
        ('select 1 as "from" from "account"', "SELECT account"),
        ("INSERT INTO outbox (event_id) VALUES ($1::UUID)", "INSERT outbox"),
        ("INSERT INTO outbox(event_id) SELECT e FROM unnest($1::uuid[]) AS k(e)", "INSERT outbox"),
        ("UPDATE job SET state=$1 FROM due WHERE job.id = due.id", "UPDATE job"),
        ("DELETE FROM ONLY command WHERE true", "DELETE command"),
        ("WITH added AS (INSERT INTO record (a) VALUES (1) RETURNING id) INSERT INTO pending SELECT id FROM added",
         "INSERT pending"),
        ("WITH due AS MATERIALIZED (SELECT id FROM job) SELECT * FROM due", "SELECT due"),
        ("SELECT t.id FROM unnest($1::text[]) WITH ORDINALITY AS k(h, n) JOIN token AS t ON t.hash = k.h",
         "SELECT token"),
        ("SELECT count(*) FROM (SELECT id FROM person) AS anon_1", "SELECT person"),
        ("SELECT extract(epoch FROM now())", "SELECT"),
        ("SELECT pg_advisory_lock(1)", "SELECT"),
        ("-- of nobody's: FROM x\nSELECT a /* FROM y */ FROM z", "SELECT z"),
        ("SELECT * FROM public.account", "SELECT public.account"),
        ("SET LOCAL lock_timeout = '1s'", "SET"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_statement_is_named_by_operation_and_table(sql: str, summary: str) -> None:
    assert named(sql).summary == summary
