"""What an evaluation found: numbers and files, kept in a folder and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.evaluating.artifacts import KINDS, EvaluationArtifact, FileEvaluationArtifact, JsonEvaluationArtifact
from flowmill.models.folder import inside

_METRICS = "metrics.json"
_METADATA = "artifacts_metadata.json"
_FOLDER = "artifacts"
_MODULE = "mlflow.models.evaluation.artifacts"


class EvaluationResult:
    """The metrics and artifacts of an evaluation by name, and the run that they were logged to."""

    def __init__(
        self, metrics: Mapping[str, float], artifacts: Mapping[str, EvaluationArtifact], run_id: str | None = None
    ) -> None:
        self._metrics = dict(metrics)
        self._artifacts = dict(artifacts)
        self._run_id = run_id

    @property
    def metrics(self) -> dict[str, float]:
        """The numbers by name."""
        return self._metrics

    @property
    def artifacts(self) -> dict[str, EvaluationArtifact]:
        """The files by name."""
        return self._artifacts

    @property
    def run_id(self) -> str | None:
        """The run that holds them; None for a result that was read from a folder."""
        return self._run_id

    @property
    def tables(self) -> dict[str, Any]:
        """The artifacts that are tables of scores, a row of the data each, as DataFrames."""
        import pandas

        found: dict[str, Any] = {}
        for name, artifact in self._artifacts.items():
            content = artifact.content if isinstance(artifact, JsonEvaluationArtifact) else None
            if isinstance(content, dict) and set(content) == {"columns", "data"}:
                found[name] = pandas.DataFrame(content["data"], columns=content["columns"])
        return found

    def save(self, path: str | Path) -> None:
        """Write everything into the folder ``path``, which must be new or empty."""
        folder = Path(path)
        if folder.is_dir() and any(folder.iterdir()):
            raise Invalid(f"The folder {str(folder)!r} is not empty: save the result in a new one.")
        (folder / _FOLDER).mkdir(parents=True)
        (folder / _METRICS).write_text(json.dumps(self._metrics), encoding="utf-8")
        metadata: dict[str, dict[str, str]] = {}
        for name, artifact in self._artifacts.items():
            metadata[name] = {"uri": artifact.uri, "class_name": f"{_MODULE}.{type(artifact).__name__}"}
            inside(folder, f"{_FOLDER}/{_file_name(artifact.uri)}", "artifact").write_bytes(artifact.data)
        (folder / _METADATA).write_text(json.dumps(metadata), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> EvaluationResult:
        """The result that `save`, or MLflow's, wrote into a folder."""
        folder = Path(path)
        try:
            metrics = json.loads((folder / _METRICS).read_text(encoding="utf-8"))
            metadata = json.loads((folder / _METADATA).read_text(encoding="utf-8"))
            kinds = {kind.__name__: kind for kind in (*KINDS, FileEvaluationArtifact)}
            artifacts: dict[str, EvaluationArtifact] = {}
            for name, entry in metadata.items():
                kind = kinds.get(str(entry["class_name"]).rpartition(".")[2], FileEvaluationArtifact)
                file = inside(folder, f"{_FOLDER}/{_file_name(entry['uri'])}", f"artifact {name!r}")
                artifacts[name] = kind.of_data(entry["uri"], file.read_bytes())
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise Invalid(f"There is no whole evaluation result in {str(folder)!r} ({error}).") from None
        return cls(metrics, artifacts)


def _file_name(uri: str) -> str:
    return uri.rstrip("/").rpartition("/")[2]
