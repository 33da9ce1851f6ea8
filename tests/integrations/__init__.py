"""Other libraries' own callbacks for MLflow, unchanged, with Flowmill under the name of mlflow."""
