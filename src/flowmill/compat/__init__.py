"""MLflow's module paths and names, resolved to Flowmill's own objects."""
