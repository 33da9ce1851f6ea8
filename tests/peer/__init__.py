"""The real MLflow, installed beside the project: its environment, its server and a recording proxy before it."""
