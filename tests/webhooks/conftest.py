"""The databases of the stores' suite."""

from tests.stores.conftest import postgres_server, postgres_uri

__all__ = ["postgres_server", "postgres_uri"]
