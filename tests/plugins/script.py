"""Uses the plugins of the package beside, whichever MLflow this is; prints one JSON object."""

import json
import os
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import mlflow
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

folder = Path(sys.argv[1])
os.environ["SHELF"] = str(folder / "shelf")
mlflow.set_tracking_uri(f"sqlite:///{folder}/runs.db")
mlflow.set_experiment(experiment_id=mlflow.create_experiment("on a shelf", artifact_location="shelf://first"))
client = mlflow.MlflowClient()
(folder / "made").mkdir()
(folder / "made" / "a.txt").write_text("a")
(folder / "made" / "deep").mkdir()
(folder / "made" / "deep" / "b.txt").write_text("bb")
with mlflow.start_run() as run:
    mlflow.log_text("hello", "greetings/hello.txt")
    mlflow.log_dict({"a": 1}, "a.json")
    mlflow.log_artifact(str(folder / "made" / "a.txt"))
    mlflow.log_artifacts(str(folder / "made"), "all")
    mlflow.log_text("", "broken.txt")
    mlflow.log_table({"x": [1, 2]}, "table.json")
    mlflow.log_table({"x": [3]}, "table.json")
run_id = run.info.run_id
uri = f"runs:/{run_id}"
seen = {
    "place": mlflow.get_run(run_id).info.artifact_uri == f"shelf://first/{run_id}/artifacts",
    "tag": mlflow.get_run(run_id).data.tags["shelf"],
    "root": [
        (each.path, each.is_dir, each.file_size) for each in client.list_artifacts(run_id) if each.path != "table.json"
    ],
    "deep": [(each.path, each.file_size) for each in client.list_artifacts(run_id, "all/deep")],
    "file": [each.path for each in client.list_artifacts(run_id, "a.txt")],
    "text": mlflow.artifacts.load_text(f"{uri}/greetings/hello.txt"),
    "dict": mlflow.artifacts.load_dict(f"{uri}/a.json"),
    "table": mlflow.load_table("table.json", run_ids=[run_id]).x.tolist(),
}
with tempfile.TemporaryDirectory() as place:
    got = Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="all", dst_path=place))
    seen["tree"] = sorted(str(each.relative_to(place)) for each in got.rglob("*"))
    got = Path(
        mlflow.artifacts.download_artifacts(artifact_uri=f"shelf://first/{run_id}/artifacts/a.txt", dst_path=place)
    )
    seen["by address"] = [got.name, got.read_text()]
try:
    mlflow.artifacts.load_text(f"{uri}/broken.txt")
except Exception as error:
    seen["broken"] = "the shelf is broken" in str(error)
repository = get_artifact_repository(f"shelf://first/{run_id}/artifacts")
seen["repository"] = [type(repository).__name__, [each.path for each in repository.list_artifacts("all")]]
repository.delete_artifacts("all")
seen["deleted"] = [each.path for each in client.list_artifacts(run_id, "all")]
plain = get_artifact_repository((folder / "plain").as_uri())
plain.log_artifacts(str(folder / "made"))
seen["plain"] = [
    sorted(each.path for each in plain.list_artifacts()),
    Path(plain.download_artifacts("a.txt")).read_text(),
]

asked = []


class Server(BaseHTTPRequestHandler):
    def do_POST(self):
        asked.append([self.headers.get("X-Badge"), self.headers.get("X-Greeting")])
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
os.environ["MLFLOW_TRACKING_AUTH"] = "badge"
mlflow.MlflowClient(f"http://127.0.0.1:{server.server_port}").set_experiment_tag("1", "a", "b")
seen["asked"] = asked[-1]
server.shutdown()
print(json.dumps(seen))
