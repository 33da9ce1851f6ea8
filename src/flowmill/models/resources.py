"""Resources that a model needs when it is served: recorded in its MLmodel file, for the platform that serves it."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.yaml_files import read_yaml

DEFAULT_API_VERSION = "1"


class ResourceType(Enum):
    """Kinds of resources, as MLmodel files name them."""

    UC_CONNECTION = "uc_connection"
    VECTOR_SEARCH_INDEX = "vector_search_index"
    SERVING_ENDPOINT = "serving_endpoint"
    SQL_WAREHOUSE = "sql_warehouse"
    FUNCTION = "function"
    GENIE_SPACE = "genie_space"
    TABLE = "table"
    APP = "app"
    LAKEBASE = "lakebase"
    UC_MODEL_SERVICE = "uc_model_service"


class Resource(ABC):
    """Something outside the model that it needs: derive from it, and say of which kind and platform it is."""

    @property
    @abstractmethod
    def type(self) -> ResourceType:
        """Its kind."""

    @property
    @abstractmethod
    def target_uri(self) -> str:
        """The platform that has it."""

    @abstractmethod
    def to_dict(self) -> dict[str, list[dict[str, Any]]]:
        """``{kind: [{"name": …}]}`` as the MLmodel file has it."""

    @classmethod
    def from_dict(cls, data: dict[str, str]) -> Resource:
        """The resource that an entry of the MLmodel file stands for."""
        raise NotImplementedError(f"{cls.__name__} cannot be read back: write its from_dict.")


def resources_form(given: Sequence[Resource] | str | Path | None) -> dict[str, Any] | None:
    """What the MLmodel file says of resources given as a list or as a YAML file; Invalid for anything else."""
    if given is None:
        return None
    if isinstance(given, str | Path):
        if not Path(given).is_file():
            raise Invalid(f"resources is {str(given)!r}: expected a list of resources or the path of a YAML file.")
        form = read_yaml(Path(given))
        if "api_version" not in form:
            raise Invalid(f"The resources file {str(given)!r} has no api_version: add api_version: '1'.")
        return form
    wrong = [item for item in given if not callable(getattr(item, "to_dict", None))]
    if wrong:
        raise Invalid(f"resources holds {wrong!r}: expected objects of mlflow.models.resources.")
    form: dict[str, Any] = {"api_version": DEFAULT_API_VERSION}
    for item in given:
        place = form.setdefault(item.target_uri, {})
        for kind, entries in item.to_dict().items():
            place.setdefault(kind, []).extend(entries)
    return form
