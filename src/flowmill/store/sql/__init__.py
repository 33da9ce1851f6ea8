"""The engine: SQLite embedded, PostgreSQL for teams, one set of handlers over both."""
