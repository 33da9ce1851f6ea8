"""Any request whatever: an answer below 500 in MLflow's form, in time, and a database that is whole."""
