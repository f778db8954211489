"""Alembic's home: how the database came to look as the tables say."""
