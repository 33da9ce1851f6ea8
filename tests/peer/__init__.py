"""The real MLflow, installed beside the project: its environment, its server, a recording proxy before it."""
