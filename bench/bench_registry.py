"""What does the registry cost a server: to find a version by its alias, to register one, to move an alias?

The same raw requests on one kept connection for both, so that the server is what is measured. The registry holds
a model with 50 versions, as one that is trained every week does after a year; the CPU is that of one request.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.request import Request, urlopen

from bench.raw import Server, served
from bench.sides import Question, Sample, Side

NAME = "prod"
VERSIONS = 50
ROUNDS = 200


def fill(server: Server) -> str:
    """A registered model with versions of a logged model, the alias on the last; the logged model's URI."""
    made = server.post("logged-models", {"experiment_id": "0", "name": "m"})["model"]["info"]["model_id"]
    body = f'{{"model_id": "{made}", "status": "LOGGED_MODEL_READY"}}'.encode()
    url = f"{server.address}/api/2.0/mlflow/logged-models/{made}"
    ready = Request(url, data=body, method="PATCH", headers={"Content-Type": "application/json"})
    with urlopen(ready, timeout=60):
        pass
    server.post("registered-models/create", {"name": NAME})
    for _ in range(VERSIONS):
        server.post("model-versions/create", version(made))
    server.post("registered-models/alias", {"name": NAME, "alias": "champion", "version": str(VERSIONS)})
    return made


def version(model_id: str) -> dict[str, str]:
    """A request for the next version."""
    return {"name": NAME, "source": f"models:/{model_id}", "model_id": model_id}


def by_alias(server: Server, model_id: str) -> list[bytes]:
    """Which version is the champion?"""
    path = f"registered-models/alias?name={NAME}&alias=champion"
    return [server.raw(path, None) for _ in range(ROUNDS)]


def register(server: Server, model_id: str) -> list[bytes]:
    """The next version, again and again."""
    return [server.raw("model-versions/create", version(model_id)) for _ in range(ROUNDS)]


def move(server: Server, model_id: str) -> list[bytes]:
    """The champion is another one each time."""
    return [
        server.raw("registered-models/alias", {"name": NAME, "alias": "champion", "version": str(1 + n % VERSIONS)})
        for n in range(ROUNDS)
    ]


def measure(requests: Callable[[Server, str], list[bytes]], side: Side, folder: Path) -> Sample:
    """One request, after a round to warm up."""
    with served(side, folder) as server:
        asked = requests(server, fill(server))
        server.load([asked[:20]])
        return server.load([asked])


def _question(asks: str, requests: Callable[[Server, str], list[bytes]], target: str) -> Question:
    return Question(asks=f"{asks}, one request", measure=partial(measure, requests), target=target, rounds=3)


QUESTIONS = {
    "registry_alias": _question("version by alias, of a model with 50 versions", by_alias, "0.2 ms of server CPU"),
    "registry_register": _question("register the next version of a logged model", register, "2 ms of server CPU"),
    "registry_move": _question("point an alias at another version", move, "1 ms of server CPU"),
}
