"""The real MLflow client's big and small files on a Flowmill server, in a folder and in a bucket."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peer.peer import Peer
from tests.peer.recorder import recording
from tests.peer.server import flowmill_server

SCRIPT = """
import os, sys
os.environ.update(
    MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE="6000000", MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE="5242880",
    MLFLOW_MULTIPART_DOWNLOAD_MINIMUM_FILE_SIZE="6000000", MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE="5000000",
)
from pathlib import Path
import mlflow
mlflow.set_tracking_uri(sys.argv[1])
folder = Path("logged"); (folder / "deep").mkdir(parents=True)
for number in range(20):
    (folder / "deep" / f"{number}.txt").write_text(str(number))
Path("big.bin").write_bytes(os.urandom(12_000_000))
with mlflow.start_run() as run:
    mlflow.log_artifacts("logged", "small ones")
    mlflow.log_artifact("big.bin", "sub dir")
    mlflow.log_text("<b>x</b>", "page.html")
fetch = lambda path: Path(mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path=path))
assert fetch("sub dir/big.bin").read_bytes() == Path("big.bin").read_bytes()
tree = fetch("small ones")
assert {f.name: f.read_text() for f in (tree / "deep").iterdir()} == {f"{n}.txt": str(n) for n in range(20)}
assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/page.html") == "<b>x</b>"
client = mlflow.MlflowClient()
assert [(f.path, f.is_dir, f.file_size) for f in client.list_artifacts(run.info.run_id)] == [
    ("page.html", False, 8), ("small ones", True, None), ("sub dir", True, None)]
"""


@pytest.mark.peer
@pytest.mark.parametrize("kind", ["folder", "bucket"])
def test_the_real_clients_files(peer: Peer, tmp_path: Path, s3: dict[str, str], kind: str) -> None:
    destination = str(tmp_path / "files") if kind == "folder" else f"s3://bucket/{tmp_path.name}"
    (tmp_path / "server").mkdir()
    with (
        flowmill_server(tmp_path / "server", "--artifacts-destination", destination) as upstream,
        recording(upstream) as (recorder, address),
    ):
        peer.run(SCRIPT, address, folder=tmp_path)
    big = [each for each in recorder.exchanges if "big.bin" in each.path or "artifact-uploads" in each.path]
    paths = [(each.method, each.path.split("/")[3]) for each in recorder.exchanges if "/mpu/" in each.path]
    assert len(paths) == 2, "the client asked the server and sent parts"
    assert all(each.status in (200, 206) for each in recorder.exchanges), [each.path for each in recorder.exchanges]
    # Bytes pass through the server only where there is no bucket that the client can reach.
    through = sum(len(each.request_body) + len(each.response_body) for each in big)
    assert (through > 20_000_000) is (kind == "folder")
