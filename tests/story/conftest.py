"""The three places that the story is told in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peer.server import flowmill_server
from tests.story.story import SAY, WHO, Place, named, other_parameters, snippet


@pytest.fixture(scope="module", params=["server", "folder", "nothing set"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A server, a folder, or no tracking URI at all; nothing was logged there yet."""
    name: str = request.param
    folder: Path = tmp_path_factory.mktemp(name.replace(" ", "-"))
    if name == "server":
        with flowmill_server(folder) as address:
            yield Place(name, folder, f'mlflow.set_tracking_uri(uri="{address}")\n')
    elif name == "folder":
        yield Place(name, folder, 'mlflow.set_tracking_uri("./tracking")\n')
    else:
        yield Place(name, folder, "")


@pytest.fixture(scope="module")
def told(place: Place) -> Place:
    """The same place after the story's two runs, logged as a beginner types it."""
    data, log = snippet("data"), snippet("log")
    place.runs.append(place.run(data, log, SAY, WHO))
    place.runs.append(place.run(other_parameters(data), named(log), SAY, WHO))
    return place
