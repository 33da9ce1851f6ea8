"""A package with plugins for MLflow, as anybody writes one; it knows nothing of Flowmill."""

import os
import shutil
from pathlib import Path

from mlflow.entities import FileInfo
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.tracking.context.abstract_context import RunContextProvider
from mlflow.tracking.request_auth.abstract_request_auth_provider import RequestAuthProvider
from mlflow.tracking.request_header.abstract_request_header_provider import RequestHeaderProvider


class Shelf(ArtifactRepository):
    """Keeps ``shelf://name`` in the folder ``$SHELF/name``."""

    @property
    def _root(self):
        return Path(os.environ["SHELF"]) / self.artifact_uri.partition("://")[2]

    def log_artifact(self, local_file, artifact_path=None):
        folder = self._root / (artifact_path or "")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(local_file, folder)

    def log_artifacts(self, local_dir, artifact_path=None):
        shutil.copytree(local_dir, self._root / (artifact_path or ""), dirs_exist_ok=True)

    def list_artifacts(self, path=None):
        folder = self._root / (path or "")
        if not folder.is_dir():
            return []
        return [
            FileInfo(str(each.relative_to(self._root)), each.is_dir(), None if each.is_dir() else each.stat().st_size)
            for each in sorted(folder.iterdir())
        ]

    def _download_file(self, remote_file_path, local_path):
        if remote_file_path.endswith("broken.txt"):
            raise RuntimeError("the shelf is broken")
        shutil.copy(self._root / remote_file_path, local_path)

    def delete_artifacts(self, artifact_path=None):
        place = self._root / (artifact_path or "")
        shutil.rmtree(place) if place.is_dir() else place.unlink()


class Badge(RequestAuthProvider):
    """Signs requests with a header."""

    def get_name(self):
        return "badge"

    def get_auth(self):
        def sign(request):
            request.headers["X-Badge"] = f"{request.method} {'/api/' in request.url}"
            return request

        return sign


class Greeting(RequestHeaderProvider):
    """Greets the server."""

    def in_context(self):
        return True

    def request_headers(self):
        return {"X-Greeting": "hello"}


class Context(RunContextProvider):
    """Says where a run is made."""

    def in_context(self):
        return True

    def tags(self):
        return {"shelf": "yes"}
