"""Alembic's environment for the kit's history and the services', and the steps that their migrations are made of."""
