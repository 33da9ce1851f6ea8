"""Every option of MLflow's server does what it says, or is refused with a sentence that says why."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from flowmill.cli import server as cli
from flowmill.cli.server_options import taken_over
from flowmill.server.run import ServerSettings
from flowmill.settings import WebhookSettings


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> list[ServerSettings]:
    """What the server would be started with."""
    settings: list[ServerSettings] = []

    def remember(given: ServerSettings) -> int:
        settings.append(given)
        return 0

    monkeypatch.setattr(cli, "serve", remember)
    return settings


def run(*arguments: str, **environment: str) -> str:
    """What the command says, on standard error."""
    done = CliRunner(env=environment).invoke(cli.server, arguments)
    return done.stderr


# Options that need a second one, or a value of their own kind, to be tried.
MLFLOW_OPTIONS = {
    "--backend-store-uri": "sqlite:///x.db",
    "--read-replica-backend-store-uri": "postgresql://h/d",
    "--registry-store-uri": "./mlruns",
    "--default-artifact-root": "s3://b/x",
    "--serve-artifacts": None,
    "--no-serve-artifacts": None,
    "--artifacts-only": None,
    "--artifacts-destination": "./files",
    "--host": "0.0.0.0",
    "--port": "5001",
    "--workers": "4",
    "--static-prefix": "/a",
    "--allowed-hosts": "a.example",
    "--cors-allowed-origins": "https://a.example",
    "--disable-security-middleware": None,
    "--x-frame-options": "NONE",
    "--gunicorn-opts": "--workers 2",
    "--waitress-opts": "--threads 2",
    "--uvicorn-opts": "--workers 2",
    "--dev": None,
    "--expose-prometheus": "counts",
    "--app-name": "basic-auth",
    "--trace-archival-config": "x.yaml",
    "--secrets-cache-ttl": "60",
    "--secrets-cache-max-size": "1000",
    "--workspace-store-uri": "x",
    "--enable-workspaces": None,
    "--disable-workspaces": None,
}
REFUSED = {
    "--app-name": "has no accounts yet",
    "--trace-archival-config": "does not archive traces",
    "--secrets-cache-ttl": "has no AI gateway",
    "--secrets-cache-max-size": "has no AI gateway",
    "--workspace-store-uri": "has no workspaces",
    "--enable-workspaces": "has no workspaces",
}


@pytest.mark.parametrize("option", MLFLOW_OPTIONS)
def test_each_option_of_mlflow(option: str, chosen: list[ServerSettings]) -> None:
    value = MLFLOW_OPTIONS[option]
    said = run(option, *([value] if value else []))
    if option in REFUSED:
        assert REFUSED[option] in said and not chosen
        return
    assert len(chosen) == 1, said
    # Not silently ignored: either something is different from a start without it, or it asks for what is so anyway.
    same = chosen[0] == ServerSettings()
    as_it_is = ("--serve-artifacts", "--registry-store-uri", "--disable-workspaces")
    assert same == (option in (*as_it_is, "--waitress-opts")), chosen[0]
    if option == "--waitress-opts":
        assert "--threads of waitress makes no difference" in said


def test_the_same_from_the_environment(chosen: list[ServerSettings]) -> None:
    said = run(
        MLFLOW_BACKEND_STORE_URI="sqlite:///x.db",
        MLFLOW_ARTIFACTS_DESTINATION="./files",
        MLFLOW_HOST="0.0.0.0",
        MLFLOW_PORT="5001",
        MLFLOW_WORKERS="3",
        MLFLOW_STATIC_PREFIX="/a/",
        MLFLOW_SERVER_ALLOWED_HOSTS="a.example, b.example",
        MLFLOW_SERVER_CORS_ALLOWED_ORIGINS="*",
        MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE="true",
        MLFLOW_SERVER_X_FRAME_OPTIONS="deny",
        MLFLOW_EXPOSE_PROMETHEUS="counts",
        FLOWMILL_SERVER_TRUSTED_PROXIES="10.0.0.0/8",
        FLOWMILL_SERVER_MAX_BODY="1000",
    )
    assert chosen, said
    (found,) = chosen
    assert (found.store, found.artifacts, found.host, found.port) == ("sqlite:///x.db", "./files", "0.0.0.0", 5001)
    assert (found.workers, found.prefix, found.allowed_hosts) == (3, "/a", ("a.example", "b.example"))
    assert (found.allowed_origins, found.check_callers, found.frames) == (("*",), False, "DENY")
    assert (found.metrics_folder, found.trusted_proxies) == (Path("counts"), ("10.0.0.0/8",))
    assert found.limits.max_body == 1000


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--registry-store-uri", "sqlite:///other.db"), "names another store"),
        (("--artifacts-only", "--backend-store-uri", "x"), "would do nothing"),
        (("--artifacts-only", "--no-serve-artifacts"), "nothing to do"),
        (("--no-serve-artifacts", "--artifacts-destination", "x"), "--default-artifact-root"),
        (("--static-prefix", "a"), "must start with /"),
        (("--dev", "--uvicorn-opts", "--workers 2"), "do not go together"),
        (("--uvicorn-opts", "--uds /run/x"), "--uds of uvicorn means nothing"),
        (("--gunicorn-opts", "--timeout soon"), "takes a number"),
        (("--tls-cert", __file__), "both --tls-cert and --tls-key"),
        (("--workers", "0"), "is not in the range"),
        (("--max-body", "-1"), ""),
    ],
)
def test_what_would_do_nothing_is_refused(arguments: tuple[str, ...], says: str, chosen: list[ServerSettings]) -> None:
    said = run(*arguments)
    assert not chosen
    assert says in re.sub(r"\s+", " ", said)


def test_options_of_other_servers_mean_the_same_here(chosen: list[ServerSettings]) -> None:
    run("--gunicorn-opts", "-w 4 --timeout=60 -b 0.0.0.0:8000 --access-logfile - --forwarded-allow-ips '10.0.0.1'")
    (found,) = chosen
    assert (found.workers, found.host, found.port, found.access_log) == (4, "0.0.0.0", 8000, "-")
    assert (found.limits.request_timeout, found.trusted_proxies) == (60.0, ("10.0.0.1",))
    run("--workers", "2", "--uvicorn-opts", "--workers 4 --timeout-keep-alive 5 --access-log --root-path /x")
    assert chosen[1].workers == 2, "our own option counts more"
    assert (chosen[1].limits.keep_alive_timeout, chosen[1].prefix, chosen[1].access_log) == (5.0, "/x", "-")
    assert taken_over("waitress", "--listen=127.0.0.1:80 --max-request-body-size=7") == {
        "host": "127.0.0.1", "port": 80, "max_body": 7,
    }  # fmt: skip
    with pytest.raises(click.BadParameter, match="Understood are"):
        taken_over("gunicorn", "--chdir /x")


def test_https(tmp_path: Path) -> None:
    import ssl
    import urllib.request

    from tests.server.test_workers import wait_for

    certificate, key, said = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "said"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "1",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    command = [sys.executable, "-m", "flowmill", "server", "--port", "0"]
    with said.open("w") as output:
        process = subprocess.Popen(
            [*command, "--tls-cert", str(certificate), "--tls-key", str(key)],
            cwd=tmp_path,
            stdout=output,
            stderr=output,
        )
    try:
        wait_for(lambda: "https://" in said.read_text())
        port = re.search(r"https://127\.0\.0\.1:(\d+)", said.read_text())
        assert port is not None
        context = ssl.create_default_context(cafile=str(certificate))
        with urllib.request.urlopen(f"https://localhost:{port[1]}/health", context=context) as answer:
            assert answer.read() == b"OK"
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_what_is_said_of_webhooks_reaches_the_store(
    chosen: list[ServerSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES", "3")
    for name in ("ALLOWED_SCHEMES", "ALLOW_PRIVATE_IPS", "REQUEST_TIMEOUT"):
        monkeypatch.setenv(f"MLFLOW_WEBHOOK_{name}", "")
    run("--webhook-schemes", "http,https", "--webhook-allowed-hosts", "ci.internal", "--webhook-timeout", "2.5",
        "--webhook-allow-private-ips")  # fmt: skip
    assert len(chosen) == 1
    settings = WebhookSettings.from_environment()
    assert (settings.schemes, settings.allowed_hosts) == (("http", "https"), ("ci.internal",))
    assert (settings.timeout, settings.retries, settings.allow_private) == (2.5, 3, True)
    assert "60" in run("--webhook-timeout", "61")
