"""Datasets of which only the description is known."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from flowmill.data.dataset import Dataset
from flowmill.data.dataset_source import DatasetSource
from flowmill.data.schema import columns_form
from flowmill.errors import Invalid
from flowmill.models.schema import Schema


class MetaDataset(Dataset):
    """Where data is, without the data: its digest follows from name, source and schema."""

    def __init__(
        self, source: DatasetSource, name: str | None = None, digest: str | None = None, schema: Schema | None = None
    ) -> None:
        if schema is not None and not isinstance(schema, Schema):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise Invalid(f"The schema of a dataset must be a Schema, not {str(schema)[:100]!r}.")
        self._schema = schema
        super().__init__(source=source, name=name, digest=digest)

    def _compute_digest(self) -> str:
        # The order of the keys and the empty text for no schema are those of MLflow, whose digests these are.
        described = {
            "name": self.name,
            "source": self.source.to_json(),
            "source_type": self._get_source_type(),
            "schema": self._schema.to_dict() if self._schema is not None else "",
        }
        return hashlib.sha256(json.dumps(described).encode()).hexdigest()[:8]

    @property
    def schema(self) -> Schema | None:
        """The columns or tensors, if they were given."""
        return self._schema

    @property
    def profile(self) -> None:
        """Nothing is known of the data."""
        return None

    def to_dict(self) -> dict[str, Any]:
        """Name, digest, source, and the schema as JSON text if there is one."""
        form = super().to_dict()
        return form if self._schema is None else {**form, "schema": json.dumps(columns_form(self._schema))}
