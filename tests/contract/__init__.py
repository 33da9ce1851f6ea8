"""What MLflow 3.17.2 offers to Python code, name by name, and what of it is not here, with the reason."""
