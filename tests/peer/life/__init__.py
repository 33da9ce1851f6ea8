"""A whole life with MLflow, lived by a client of any version: what it reads back, recorded and compared."""
