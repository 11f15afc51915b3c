"""A change of the kit's migrations makes `pingshan up` migrate again."""

from pingshan_tools.launcher.plan import KIT_MIGRATIONS


def test_the_kits_migrations_are_where_the_launcher_looks() -> None:
    assert list(KIT_MIGRATIONS.glob("versions/0001_*.py"))
