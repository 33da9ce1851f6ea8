"""As ``flowmill.utils.mlflow_tags``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

MLFLOW_DATASET_CONTEXT: str
MLFLOW_GIT_BRANCH: str
MLFLOW_GIT_COMMIT: str
MLFLOW_GIT_REPO_URL: str
MLFLOW_LOGGED_MODELS: str
MLFLOW_PARENT_RUN_ID: str
MLFLOW_RUN_CONTEXT: str
MLFLOW_RUN_NAME: str
MLFLOW_RUN_NOTE: str
MLFLOW_SOURCE_NAME: str
MLFLOW_SOURCE_TYPE: str
MLFLOW_USER: str
