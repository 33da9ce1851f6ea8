"""A model as a function of columns on a real, local Spark."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import flowmill
from tests.peer.environment import environment

SCRIPT = Path(__file__).with_name("spark_script.py")


def test_spark(tmp_path: Path) -> None:
    python = environment("spark-4.3.0")
    (tmp_path / "tmp").mkdir()
    variables = {
        **os.environ,
        "PYTHONPATH": str(Path(flowmill.__path__[0]).parent),
        "PYSPARK_PYTHON": str(python),
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "TMPDIR": str(tmp_path / "tmp"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "FLOWMILL_CONFIG_DIR": str(tmp_path / "config"),
        "FLOWMILL_CACHE_DIR": str(tmp_path / "cache"),
    }
    command = [python, SCRIPT, tmp_path]
    done = subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout.rpartition("FOUND")[2])

    expected = found["local"]
    assert found["default columns"] == found["columns"] == found["struct"] == expected
    assert found["type"] == "bigint" and found["sql"] == sum(expected)

    # The leftmost column that can be of the type, as MLflow picks it.
    assert found["string"] == ["row 8.5!", "row 8.9!"]
    assert found["double"] == found["array<double>"][0][:1] + found["array<double>"][1][:1]
    assert found["int"] == found["bigint"] == [round(each / 2) for each in found["double"]]
    assert found["boolean"] == [False, False]
    assert found["name string, score double"][0] == {"name": "row 8.5!", "score": found["double"][0]}
    assert found["environment"][0] == {"score": found["double"][0] / 2, "name": "row 8.5"}

    assert found["schema"] == "struct<a:bigint,b:timestamp,c:array<double>,d:struct<x:string,y:map<string,int>>>"
    assert found["nullable"] == [False, True, False, False]
    assert found["unnamed"] == "float"
    assert found["scalars"] == ["boolean", "int", "bigint", "float", "double", "string", "binary", "timestamp"]

    assert "is missing" in found["no such column"]
    assert "no column of the type boolean" in found["no such type"]
    assert "env_manager='uv'" in found["prebuilt"] and "expected local, uv or virtualenv" in found["manager"]
    assert found["there"] > 0 and found["left"] == []
    assert not list(tmp_path.glob("tmp/flowmill-*"))
