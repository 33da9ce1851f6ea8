"""Artifacts of runs: logged, listed, fetched."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import mlflow
from notebook import Missing, Notebook, refused

BIG = 11 * 1024 * 1024
"""Bytes of a file that a client sends in parts where the server takes parts."""


def files(book: Notebook) -> None:
    client = mlflow.MlflowClient()
    book.name_experiment(mlflow.set_experiment("files").experiment_id, "files")
    run_id = book.name(client.create_run(mlflow.set_experiment("files").experiment_id).info.run_id, "files run")
    folder = Path("to log")
    (folder / "deep" / "er").mkdir(parents=True)
    for name, text in {"notes.txt": "hello\n", "deep/a.csv": "a,b\n1,2\n", "deep/er/ünï 🐝+%.txt": "bee"}.items():
        (folder / name).write_text(text, encoding="utf-8")

    def listed(path: str | None = None) -> list[list[Any]]:
        return [
            [f.path, f.is_dir, f.file_size if f.path.endswith(("txt", "csv", "json", "yaml")) else None]
            for f in client.list_artifacts(run_id, path)
        ]

    def log_files() -> Any:
        client.log_artifact(run_id, str(folder / "notes.txt"))
        client.log_artifact(run_id, str(folder / "notes.txt"), "copies/of it")
        client.log_artifacts(run_id, str(folder))
        client.log_artifacts(run_id, str(folder), "whole")
        client.log_artifact(run_id, str(folder / "deep"), "folder as a file")
        return [
            listed(path)
            for path in (None, "whole", "whole/deep/er", "copies", "folder as a file", "notes.txt", "nowhere")
        ]

    def log_again() -> Any:
        (folder / "notes.txt").write_text("hello again\n", encoding="utf-8")
        client.log_artifact(run_id, str(folder / "notes.txt"))
        return [listed("notes.txt"), mlflow.artifacts.load_text(f"runs:/{run_id}/notes.txt")]

    def fluent() -> Any:
        with mlflow.start_run(run_id=run_id):
            mlflow.log_text("# Title", "texts/read me.md")
            mlflow.log_text("<b>bold</b>", "texts/page.html")
            mlflow.log_dict({"a": [1, 2.5, None, True], "b": {"c": "d"}}, "config.json")
            mlflow.log_dict({"a": [1, 2]}, "config.yaml")
            mlflow.log_artifact(str(folder / "notes.txt"), artifact_path="fluent")
            mlflow.log_artifacts(str(folder / "deep"), artifact_path="fluent")
            places = [mlflow.get_artifact_uri(), mlflow.get_artifact_uri("texts/page.html")]
        return [
            places, listed("fluent"), listed("texts"), mlflow.artifacts.load_dict(f"runs:/{run_id}/config.json"),
            mlflow.artifacts.load_text(f"{places[0]}/config.yaml"),
        ]  # fmt: skip

    def figures_and_images() -> Any:
        import matplotlib as mpl

        mpl.use("Agg")
        import numpy as np
        from matplotlib.figure import Figure

        figure = Figure()
        figure.subplots().plot([1, 2, 3])
        with mlflow.start_run(run_id=run_id):
            mlflow.log_figure(figure, "plots/line.png")
            mlflow.log_figure(figure, "plots/line.svg")
        seen = [listed("plots"), Path(client.download_artifacts(run_id, "plots/line.png")).read_bytes()[1:4].decode()]
        if not hasattr(mlflow, "log_image"):
            raise Missing("log_image")
        with mlflow.start_run(run_id=run_id):
            pixels = np.zeros((8, 8, 3), dtype=np.uint8)
            mlflow.log_image(pixels, "plots/black.png")
            mlflow.log_image(pixels, key="frames", step=3)
            if hasattr(mlflow, "flush_artifact_async_logging"):
                mlflow.flush_artifact_async_logging()
        image = mlflow.artifacts.load_image(f"runs:/{run_id}/plots/black.png")
        return [
            seen,
            image.size,
            len(listed("images")),
            sorted(tag for tag in client.get_run(run_id).data.tags if "mage" in tag),
        ]

    def tables() -> Any:
        if not hasattr(mlflow, "log_table"):
            raise Missing("log_table")
        with mlflow.start_run(run_id=run_id):
            mlflow.log_table({"x": [1, 2], "y": ["a", "b"]}, artifact_file="table.json")
            mlflow.log_table({"x": [3], "y": ["c"]}, artifact_file="table.json")
        rows = mlflow.load_table("table.json", run_ids=[run_id], extra_columns=["run_id"])
        return [rows.to_dict(orient="list"), client.get_run(run_id).data.tags.get("mlflow.loggedArtifacts")]

    def download() -> Any:
        with tempfile.TemporaryDirectory() as place:
            tree = Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="whole", dst_path=place))
            found = {
                str(p.relative_to(place)): p.read_text(encoding="utf-8") for p in sorted(tree.rglob("*")) if p.is_file()
            }
            one = Path(client.download_artifacts(run_id, "whole/deep/a.csv", place))
            by_uri = Path(mlflow.artifacts.download_artifacts(artifact_uri=f"runs:/{run_id}/texts", dst_path=place))
            return [found, str(one.relative_to(place)), sorted(os.listdir(by_uri))]

    def everything() -> Any:
        with tempfile.TemporaryDirectory() as place:
            root = Path(client.download_artifacts(run_id, "", place))
            return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and "images" not in str(p))

    def list_by_uri() -> Any:
        uris = [f"runs:/{run_id}/", f"runs:/{run_id}/whole", client.get_run(run_id).info.artifact_uri]
        return [sorted(f.path for f in mlflow.artifacts.list_artifacts(artifact_uri=uri)) for uri in uris]

    def big_file() -> Any:
        os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"
        os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = str(BIG // 2)
        os.environ["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = str(5 * 1024 * 1024)
        content = bytes(range(256)) * (BIG // 256)
        Path("big.bin").write_bytes(content)
        client.log_artifact(run_id, "big.bin", "big")
        sizes = [f.file_size for f in client.list_artifacts(run_id, "big")]
        fetched = Path(client.download_artifacts(run_id, "big/big.bin")).read_bytes()
        return [sizes, hashlib.sha256(fetched).hexdigest() == hashlib.sha256(content).hexdigest()]

    def refusals() -> Any:
        return {
            "unknown file": refused(mlflow.artifacts.load_text, f"runs:/{run_id}/nowhere.txt"),
            "unknown run": refused(client.list_artifacts, "0" * 32),
            "way out": refused(client.list_artifacts, run_id, "../.."),
            "no such file here": refused(client.log_artifact, run_id, "not here.txt"),
            "way out by text": refused(client.log_text, run_id, "x", "../../up.txt"),
        }

    book.live(
        "files",
        [log_files, log_again, fluent, figures_and_images, tables, download, everything, list_by_uri, big_file, refusals],
    )  # fmt: skip
