"""The registry as a user's script sees it: aliases as of a date, copies, stages, and who did what."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import flowmill
from flowmill.entities.as_of import moment
from flowmill.errors import Invalid, NotFound
from tests.server.conftest import Http


@pytest.fixture
def client(tmp_path: Path) -> Iterator[flowmill.MlflowClient]:
    """A client of a folder with a model of two versions, the alias moved from one to the other."""
    flowmill.set_tracking_uri(tmp_path / "mlruns")
    client = flowmill.MlflowClient()
    with flowmill.start_run() as run:
        for text in ("one", "two"):
            flowmill.log_text(text, f"{text}/MLmodel")
    client.create_registered_model("prod")
    for text in ("one", "two"):
        client.create_model_version(
            "prod", f"runs:/{run.info.run_id}/{text}", run.info.run_id, {"k": "v"}, description=text
        )
    client.set_registered_model_alias("prod", "champion", 1)
    yield client
    flowmill.set_tracking_uri("")


def test_a_copy_is_the_version_under_another_name(client: flowmill.MlflowClient) -> None:
    copied = client.copy_model_version("models:/prod@champion", "live")
    assert (copied.name, copied.version, copied.source) == ("live", "1", "models:/prod/1")
    assert (copied.tags, copied.description, copied.aliases) == ({"k": "v"}, "one", [])
    place = client.get_model_version_download_uri("prod", 1)
    assert client.copy_model_version("models:/prod/latest", "live").description == "two"
    again = client.copy_model_version("models:/live/1", "backup")
    assert again.source == "models:/live/1"
    client.delete_registered_model("live")
    client.delete_registered_model("prod")
    assert client.get_model_version_download_uri("backup", 1) == place  # the files are where they were
    for wrong in ("runs:/x/y", "models:/m-1", "models:/a/b/c", ""):
        with pytest.raises(Invalid, match="expected models:/name/version"):
            client.copy_model_version(wrong, "live")
    with pytest.raises(NotFound, match="prod"):
        client.copy_model_version("models:/prod/1", "live")
    assert [model.name for model in client.search_registered_models()] == ["backup"]  # nothing was made for nothing


def test_what_was_in_production_then(client: flowmill.MlflowClient) -> None:
    before = _now(client)
    client.set_registered_model_alias("prod", "champion", 2)
    assert client.get_model_version_by_alias("prod", "champion").version == "2"
    then = client.get_model_version_by_alias("prod", "champion", as_of=before)
    assert (then.version, then.description) == ("1", "one")
    from flowmill.models.uri import fetched, resolve

    client.delete_model_version("prod", 1)
    for when in (str(before), datetime.fromtimestamp(before / 1000, UTC).isoformat()):
        with fetched(resolve(f"models:/prod@champion?as_of={when}")) as got:
            assert (got.folder / "MLmodel").read_text() == "one"
    with fetched(resolve("models:/prod@champion?as_of=2999-01-01")) as got:
        assert (got.folder / "MLmodel").read_text() == "two"
    for wrong, what in (
        ("as_of=soon", "'soon' is no time"),
        ("at=3", "expected models:/prod@champion"),
        ("", "after the"),
    ):
        with pytest.raises(Invalid, match=what):
            resolve(f"models:/prod@champion?{wrong}")


def _now(client: flowmill.MlflowClient) -> int:
    last = client.get_registered_model_history("prod")[0].time
    while client.get_registered_model_history("prod")[0].time <= last:
        client.set_registered_model_tag("prod", "clock", str(datetime.now(UTC).timestamp()))
    return client.get_registered_model_history("prod")[0].time - 1


def test_moments() -> None:
    day = 1_772_496_000_000  # 2026-03-03T00:00Z
    assert moment("2026-03-03") == moment(date(2026, 3, 3)) == day + 86_399_999
    assert moment("2026-03-03T01:00") == moment("2026-03-03T02:00+01:00") == day + 3_600_000
    assert moment(datetime(2026, 3, 3, tzinfo=UTC)) == moment(day) == moment(str(day)) == day
    for wrong in ("", "soon", "2026-13-01", "1969-01-01", -1, 10**18, True, 1.5, None):
        with pytest.raises(Invalid):
            moment(wrong)  # type: ignore[arg-type]


def test_stages_work_and_warn_as_mlflow_does(client: flowmill.MlflowClient) -> None:
    with pytest.warns(FutureWarning, match="transition_model_version_stage uses stages") as told:
        moved = client.transition_model_version_stage("prod", 1, "Production")
    assert moved.current_stage == "Production"
    assert told[0].filename == __file__  # the user's line, not ours
    with pytest.warns(FutureWarning, match="get_latest_versions"):
        assert [each.version for each in client.get_latest_versions("prod", ["production"])] == ["1"]
    with pytest.warns(FutureWarning, match="get_model_version_stages"):
        assert client.get_model_version_stages("prod", 1) == ["None", "Staging", "Production", "Archived"]
    with pytest.warns(FutureWarning, match="set_model_version_tag"):
        client.set_model_version_tag("prod", stage="Production", key="q", value=1)
    with pytest.warns(FutureWarning, match="delete_model_version_tag"):
        client.delete_model_version_tag("prod", stage="Production", key="q")
    with pytest.warns(FutureWarning), pytest.raises(Invalid, match="'Nope'"):
        client.get_latest_versions("prod", ["Nope"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        from flowmill.models.uri import resolve

        assert resolve("models:/prod/Production")
        assert resolve("models:/prod/latest")
        client.set_model_version_tag("prod", 1, "k", "w")
    for wrong in ({"version": 1, "stage": "Production"}, {}):
        with pytest.raises(Invalid, match="version or stage"):
            client.set_model_version_tag("prod", key="q", value=1, **wrong)


def test_an_update_without_a_value_takes_nothing_away(client: flowmill.MlflowClient) -> None:
    with pytest.raises(Invalid, match="Nothing to change"):
        client.update_model_version("prod", 1)
    assert client.get_model_version("prod", 1).description == "one"
    assert client.update_model_version("prod", 1, "").description == ""


def test_history_says_who_it_was(client: flowmill.MlflowClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from flowmill.context import user_name

    events = client.get_registered_model_history("prod", alias="champion")
    assert [(str(event), event.user) for event in events] == [("alias champion = 1", user_name())]
    assert client.get_model_version("prod", 1).user_id == user_name()
    with pytest.raises(Invalid, match="kind 'nope'"):
        client.get_registered_model_history("prod", kind="nope")


def test_the_command_tells_it_too(client: flowmill.MlflowClient, tmp_path: Path) -> None:
    client.set_registered_model_tag("prod", "odd", "a\x1b[31m\nb")
    command = [sys.executable, "-m", "flowmill", "models", "history", "prod"]
    settings = {"PATH": "", "MLFLOW_TRACKING_URI": str(tmp_path / "mlruns")}

    def say(*options: str) -> list[str]:
        done = subprocess.run([*command, *options], env=settings, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    (line,) = say("--alias", "champion")
    assert line.endswith("prod  alias champion = 1")
    lines = say()
    assert len(lines) == 9
    assert r"model tag odd = a\x1b[31m\nb" in lines[0]
    events = [json.loads(line) for line in say("--json", "--kind", "version")]
    assert [(event["version"], event["after"]) for event in events] == [("2", "2"), ("1", "1")]
    assert len(say("-n", "2")) == 2
    failed = subprocess.run([*command[:-1], "nope"], env=settings, capture_output=True, text=True)
    assert (failed.returncode, failed.stderr[:6]) == (1, "Error:")


@pytest.mark.parametrize(
    ("headers", "who"),
    [
        ({}, ""),
        ({"X_Flowmill_User": "ada"}, "ada"),
        ({"X_Flowmill_User": "%C3%A5da%0A%1b"}, "åda"),
        ({"Authorization": "Basic Ym9iOnNlY3JldA==", "X_Flowmill_User": "ada"}, "bob"),
        ({"Authorization": "Basic !!", "X_Flowmill_User": "ada"}, "ada"),
        ({"Authorization": "Bearer token"}, ""),
        ({"X_Flowmill_User": "x" * 500}, "x" * 200),
    ],
)
def test_over_http_the_caller_says_who_it_is(server: str, tmp_path: Path, headers: dict[str, str], who: str) -> None:
    http = Http(server, tmp_path)
    answer = http.send("POST", "/api/2.0/mlflow/registered-models/create", {"name": "a"}, **headers)
    assert answer.status == 200
    (event,) = http.send("GET", "/api/flowmill/1/registered-models/history?name=a").json["events"]
    assert event.get("user", "") == who


def test_what_is_for_databricks_is_refused_and_not_ignored(client: flowmill.MlflowClient) -> None:
    for ask in (client.create_registered_model, client.update_registered_model):
        with pytest.raises(Invalid, match="Databricks"):
            ask("prod", deployment_job_id="7")
    with pytest.raises(Invalid, match="Databricks"):
        flowmill.register_model("runs:/x/y", "prod", env_pack="databricks_model_serving")
