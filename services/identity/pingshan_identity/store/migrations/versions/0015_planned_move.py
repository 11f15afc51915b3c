"""A move that is planned for a later day keeps the present organisation and section until then."""

from pingshan_kit.storage.migrations.steps import execute_script

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    execute_script(
        """
        ALTER TABLE person
            ADD COLUMN moves_on DATE,
            ADD COLUMN moves_to TEXT CONSTRAINT fk_person_moves_to REFERENCES organisation (code),
            ADD COLUMN moves_section UUID CONSTRAINT fk_person_moves_section REFERENCES section (section_id);
        COMMENT ON COLUMN person.moves_on IS 'from this day on moves_to and moves_section count';
        """
    )
