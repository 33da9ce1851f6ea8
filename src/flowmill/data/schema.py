"""The schema of datasets that are made from tensors."""

from __future__ import annotations

import json
from typing import Any

from flowmill.errors import Invalid
from flowmill.models.infer import infer_schema
from flowmill.models.schema import Schema

_KEY = "mlflow_tensorspec"


class TensorDatasetSchema:
    """The schemas of features and targets."""

    def __init__(self, features: Schema, targets: Schema | None = None) -> None:
        for what, schema in (("features", features), ("targets", targets)):
            if not isinstance(schema, Schema) and not (what == "targets" and schema is None):
                raise Invalid(f"The schema of {what} must be a Schema, not {str(schema)[:100]!r}.")
        self.features = features
        self.targets = targets

    def to_dict(self) -> dict[str, Any]:
        """The schemas as JSON texts."""
        return {
            _KEY: {
                "features": self.features.to_json(),
                "targets": None if self.targets is None else self.targets.to_json(),
            }
        }

    @classmethod
    def from_dict(cls, schema_dict: dict[str, Any]) -> TensorDatasetSchema:
        """The schemas of these JSON texts."""
        form = schema_dict.get(_KEY)
        if not isinstance(form, dict) or "features" not in form:
            raise Invalid(f"{str(schema_dict)[:100]} is no schema of tensors: it has no {_KEY!r} with features.")
        targets = form.get("targets")
        return cls(Schema.from_json(form["features"]), None if targets is None else Schema.from_json(targets))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TensorDatasetSchema) and (self.features, self.targets) == (
            other.features,
            other.targets,
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"features:\n  {self.features}\ntargets:\n  {self.targets}\n"


def columns_form(schema: Schema | None) -> dict[str, Any] | None:
    """The form in which datasets keep a schema of columns."""
    return None if schema is None else {"mlflow_colspec": json.loads(schema.to_json())}


def schema_or_none(data: Any) -> Schema | None:
    """The schema of data; None for data that has none, which must not keep anybody from logging it."""
    try:
        return infer_schema(data)
    except (Invalid, TypeError):
        return None


def tensors_or_none(features: Any, targets: Any) -> TensorDatasetSchema | None:
    """The schema of arrays; None if features or targets have none."""
    found = _tensors(features)
    wanted = None if targets is None else _tensors(targets)
    if found is None or (targets is not None and wanted is None):
        return None
    return TensorDatasetSchema(found, wanted)


def _tensors(data: Any) -> Schema | None:
    """The schema of arrays alone: single numbers and nested values are no tensors."""
    found = schema_or_none(data)
    return found if found is not None and found.is_tensor_spec() else None
