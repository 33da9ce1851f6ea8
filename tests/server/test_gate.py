"""Who may knock: Host, Origin and Content-Type."""

from __future__ import annotations

import pytest

from tests.server.conftest import Http

CREATE = "/api/2.0/mlflow/experiments/create"


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:5000",
        "127.0.0.1:5000",
        "[::1]:5000",
        "192.168.1.7:5000",
        "10.0.0.1",
        "FlowMill.Example:80",
    ],
)
def test_known_hosts_pass(http_client: Http, host: str) -> None:
    assert http_client.send("GET", "/health", Host=host).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "10.evil.example",
        "192.168.attacker.example:5000",
        "172.16.rebind.example",
        "localhost.evil.example",
        "127.0.0.1.nip.example",
        "user@localhost",
        "localhost:99999",
        "localhost:x",
        "flowmill.example.evil",
        "0x7f.1",
        "2130706433",
        "",
    ],
)
def test_unknown_hosts_do_not(http_client: Http, host: str) -> None:
    answer = http_client.send("GET", "/health", Host=host)
    assert answer.status == 403
    assert answer.json["error_code"] == "PERMISSION_DENIED"
    assert host not in answer.json["message"] or not host


def test_changes_come_from_the_same_origin_or_an_allowed_one(http_client: Http) -> None:
    def create(name: str, origin: str) -> int:
        return http_client.send("POST", CREATE, {"name": name}, Origin=origin).status

    assert create("a", http_client.address) == 200
    assert create("b", "https://dashboard.example") == 200
    for foreign in ("http://localhost:3000", "http://evil.example", "null", "https://dashboard.example.evil"):
        assert create("c", foreign) == 403
    names = [each["name"] for each in http_client.post("experiments/search", max_results=10)["experiments"]]
    assert "c" not in names


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_what_a_form_could_send_is_refused(http_client: Http, kind: str) -> None:
    answer = http_client.send("POST", CREATE, b'{"name": "forged"}', Content_Type=kind)
    assert (answer.status, answer.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert http_client.send("POST", CREATE, b'{"name": "forged"}').status == 400


@pytest.mark.parametrize("root", ["/api/2.0", "/ajax-api/2.0", "/api/2.0/preview", "/ajax-api/2.0/preview"])
def test_the_gate_stands_before_every_name_of_an_operation(http_client: Http, root: str) -> None:
    path = f"{root}/mlflow/experiments/create"
    assert http_client.send("POST", path, {"name": "x"}, Host="evil.example").status == 403
    assert http_client.send("POST", path, {"name": "x"}, Origin="http://evil.example").status == 403
    assert http_client.send("POST", path, {"name": "x"}).status == 200
