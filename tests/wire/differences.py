"""Where Flowmill's answer differs from MLflow's on purpose, and why.

Each entry names a golden file (a trailing ``*`` stands for the rest), what Flowmill answers instead, and the
reason. Everything that is not here must match.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Difference:
    """A deliberate difference: `status` and `code` are ours; None means that the whole answer may differ."""

    golden: str
    why: str
    status: int | None = None
    code: str | None = None


DIFFERENCES: tuple[Difference, ...] = (
    Difference("post-runs-search/raw-number-for-a-text", "a parameter that looks like a number compares as one", 200),
    Difference("patch-logged-models-model_id-tags/*", "the answer is the model as it is now", 200),
    Difference(
        "get-runs-get/raw-get-with-body", "a GET says what it asks in its address; a deleted model is no output", 200
    ),
    Difference("get-runs-get/raw-preview-path", "older clients ask below /preview; it costs nothing to answer", 200),
    Difference("post-runs-search/raw-malformed", "what is no JSON is refused, not taken for an empty request", 400),
    Difference("post-runs-search/raw-a-list", "a body that is no object is refused", 400),
    Difference("post-runs-update/raw-bad-status", "a status that does not exist is refused", 400),
    Difference("post-runs-search/raw-bad-view", "a view that does not exist is refused", 400),
    Difference("post-experiments-search/raw-without-max-results", "a limit nobody gave is no error", 200),
    Difference("post-experiments-create/raw-name-of-a-deleted-one", "a deleted name is free at once", 200),
    Difference("get-experiments-get-by-name/raw-deleted-by-name", "a deleted name is free at once", 404),
    Difference("post-experiments-create/raw-own-location", "a client never names a place on the server", 400),
    Difference("post-experiments-create/raw-traversal-location", "a client never names a place on the server", 400),
    Difference(
        "post-experiments-update/raw-name-taken",
        "the name is taken, and the code says so",
        400,
        "RESOURCE_ALREADY_EXISTS",
    ),
    Difference("post-runs-create/raw-no-experiment", "a run without an experiment belongs to Default", 200),
    Difference("patch-logged-models-model_id/raw-unknown", "the id in the path is enough; the model is unknown", 404),
    Difference("post-model-versions-create/raw-unknown-model", "the model is unknown, and the code says so", 404),
    Difference(
        "post-model-versions-create/raw-unknown-logged-model", "the model is unknown, and the code says so", 404
    ),
    Difference("get-metrics-get-history-bulk/series-fewer-than-none", "a page of fewer than no points is refused", 400),
    Difference(
        "post-api-2-0mlflow-*",
        "a path of the contract with a slash less, which MLflow's own server does not answer",
        200,
    ),
    Difference("post-runs-create-promptlab-run/odd-tried-in-a-form", "no model is made that asks a gateway", 200),
    Difference("post-mlflow-artifacts-mpu-create-path/files-parts", "a folder takes files in parts too", 200),
    Difference("post-mlflow-artifacts-mpu-*/files-parts-unknown-upload", "a folder takes files in parts too", 404),
    Difference("post-mlflow-artifacts-mpu-*/files-parts-given-up", "a folder takes files in parts too", 404),
    Difference(
        "post-runs-search/raw-attribute-in", "IN works for every attribute that is text, not for run_id alone", 200
    ),
)

PLACES: tuple[tuple[str, str], ...] = (
    (r".*/experiments?(/\d+)?/workspace", "there is one workspace, and nothing names it"),
    (r".*/(model_version|(model|latest)_versions/\d+)/(model_id|aliases)", "a version always says these"),
    (r".*/(model|models/\d+)/info/registrations", "a logged model says which versions it became"),
    (r".*/inputs/model_inputs", "a run says which models it measured"),
    (r".*/files/\d+/file_size", "the size of an empty file is 0, and it is said"),
    (
        r"/multipart_uploads_enabled|/presigned_upload_(run|model)_id_supported|/features_enabled(/gateway)?",
        "says what this server can do",
    ),
)
"""Places in any answer that may differ, each a pattern of a JSON pointer and the reason."""

MORE_EXACT = frozenset({(1.7976931348623157e308, "Infinity"), (-1.7976931348623157e308, "-Infinity")})
"""MLflow's SQL store cannot hold infinities; here they come back as they were logged."""

LONGEST_OF_MLFLOW = frozenset({6000, 8000})
"""MLflow cuts parameters and tags at these lengths; here a value is kept whole, up to a million characters."""

LEFT_OUT = frozenset({"mlflow.modelVersions"})
"""Tags that MLflow's server makes of what it knows anyway: the registry says which versions a model became."""


def is_deliberate(place: str) -> bool:
    """Whether an answer may differ at this place."""
    return any(re.fullmatch(pattern, place) for pattern, _ in PLACES)


def difference_of(name: str) -> Difference | None:
    """The deliberate difference that covers a golden file, or None."""
    return next((each for each in DIFFERENCES if fnmatchcase(name, each.golden)), None)
