"""Other libraries' own callbacks for MLflow, unchanged, and their launchers, with Flowmill under the name of mlflow."""
