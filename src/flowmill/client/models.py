"""Logged models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flowmill.artifacts import ArtifactStore, FileInfo, open_artifacts
from flowmill.client.base import Connected, PagedList
from flowmill.client.values import listed, model_status
from flowmill.entities.model import LoggedModel, LoggedModelParameter, LoggedModelStatus, LoggedModelTag
from flowmill.errors import Invalid
from flowmill.settings import Settings
from flowmill.wire import models, runs


class ModelsClient(Connected):
    """Operations on logged models."""

    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        model_type: str | None = None,
    ) -> LoggedModel:
        """Announce a model; it is PENDING until finalized."""
        return self._store.send(
            models.CreateLoggedModel(
                experiment_id=str(experiment_id),
                name=name or "",
                source_run_id=source_run_id or "",
                tags=[LoggedModelTag(key, str(value)) for key, value in (tags or {}).items()],
                params=[LoggedModelParameter(key, str(value)) for key, value in (params or {}).items()],
                model_type=model_type or "",
            )
        )

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus | str) -> LoggedModel:
        """Say that the model's files are complete (READY), or never will be (FAILED)."""
        return self._store.send(models.FinalizeLoggedModel(model_id=model_id, status=model_status(status)))

    def get_logged_model(self, model_id: str, *, allow_deleted: bool = False) -> LoggedModel:
        """The logged model with this id; ``allow_deleted``: also one in the trash."""
        return self._store.send(models.GetLoggedModel(model_id=model_id, allow_deleted=allow_deleted))

    def delete_logged_model(self, model_id: str) -> None:
        """Move a logged model to the trash."""
        self._store.send(models.DeleteLoggedModel(model_id=model_id))

    def search_logged_models(
        self,
        experiment_ids: Sequence[str],
        filter_string: str | None = None,
        datasets: Sequence[Mapping[str, str]] | None = None,
        max_results: int | None = None,
        order_by: Sequence[Mapping[str, Any]] | None = None,
        page_token: str | None = None,
    ) -> PagedList[LoggedModel]:
        """A page of logged models of these experiments, newest first unless ordered."""
        page = self._store.send(
            models.SearchLoggedModels(
                experiment_ids=[str(each) for each in listed(experiment_ids)],
                filter=filter_string or "",
                datasets=[models.ModelDataset(**each) for each in datasets or ()],
                max_results=max_results or 100,
                order_by=[models.ModelOrder(**each) for each in order_by or ()],
                page_token=page_token or "",
            )
        )
        return PagedList(page.models, page.next_page_token)

    def log_model_params(self, model_id: str, params: Mapping[str, Any]) -> None:
        """Write parameters of a logged model."""
        pairs = [LoggedModelParameter(key, str(value)) for key, value in params.items()]
        self._store.send(models.LogLoggedModelParams(model_id=model_id, params=pairs))

    def set_logged_model_tags(self, model_id: str, tags: Mapping[str, Any]) -> None:
        """Set tags of a logged model."""
        pairs = [LoggedModelTag(key, str(value)) for key, value in tags.items()]
        self._store.send(models.SetLoggedModelTags(model_id=model_id, tags=pairs))

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        """Remove a tag of a logged model."""
        self._store.send(models.DeleteLoggedModelTag(model_id=model_id, tag_key=key))

    def list_logged_model_artifacts(self, model_id: str, path: str | None = None) -> list[FileInfo]:
        """The files of a folder of a logged model."""
        return self._artifacts_of_model(model_id).list(path or "")

    def log_model_artifact(self, model_id: str, local_path: str | Path, artifact_path: str | None = None) -> None:
        """Store a local file in a folder of a logged model's files."""
        source = Path(local_path)
        if not source.is_file():
            raise Invalid(f"There is no file {str(local_path)!r} to log; log_model_artifacts() takes a folder.")
        target = f"{artifact_path}/{source.name}" if artifact_path else source.name
        self._artifacts_of_model(model_id).put(target, source)

    def log_model_artifacts(self, model_id: str, local_dir: str | Path, artifact_path: str | None = None) -> None:
        """Store what is in a local folder in a folder of a logged model's files."""
        folder = Path(local_dir)
        if not folder.is_dir():
            raise Invalid(f"{str(local_dir)!r} is not a folder; use log_model_artifact() for a file.")
        self._artifacts_of_model(model_id).put_tree(folder, artifact_path or "")

    def _artifacts_of_model(self, model_id: str) -> ArtifactStore:
        location = self.get_logged_model(model_id).artifact_location
        credentials = Settings.from_environment().http_credentials(self.tracking_uri)
        return open_artifacts(location, self.tracking_uri, credentials)

    def note_model(self, run_id: str, model_json: str) -> None:
        """Note a model that is among a run's files, as JSON of its MLmodel: MLflow 2's way."""
        self._store.send(runs.LogModel(run_id=run_id, model_json=model_json))
