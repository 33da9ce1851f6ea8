"""Versions: Flowmill's own, and the MLflow release whose contract it keeps."""

__version__ = "0.1.0"

MLFLOW_VERSION = "3.17.2"
"""The MLflow release whose names, wire and files this release of Flowmill matches."""

COMPATIBLE_VERSION = f"{MLFLOW_VERSION}+flowmill.{__version__}"
"""What ``mlflow.__version__`` answers: libraries that compare it with an MLflow release decide right."""
