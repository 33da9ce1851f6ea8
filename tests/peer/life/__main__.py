"""``python life http://127.0.0.1:5000``: live it all with this Python's MLflow and print what was seen, as JSON."""

from __future__ import annotations

import json
import logging
import os
import sys

os.environ |= {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",  # a refusal that a server repeats is known at once
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}

import beside
import files
import mlflow
from notebook import Notebook

import models
import tracking

address = sys.argv[1]
chapters = (
    sys.argv[2:] or "experiments runs search datasets files models registry autologging background commands".split()
)
logging.getLogger("mlflow").setLevel(logging.ERROR)

book = Notebook(address)
mlflow.set_tracking_uri(address)
CHAPTERS = {
    "experiments": tracking.experiments,
    "runs": tracking.runs,
    "search": tracking.search,
    "datasets": tracking.datasets,
    "files": files.files,
    "models": models.models,
    "registry": models.registry,
    "autologging": beside.autologging,
    "background": beside.background,
    "commands": lambda book: beside.commands(book, address),
}
for chapter in chapters:
    CHAPTERS[chapter](book)
print(json.dumps(book.seen, ensure_ascii=False))
