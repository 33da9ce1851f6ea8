"""What `predict` makes of a frame: the same program here and in the real MLflow, asked by lines of JSON."""

from __future__ import annotations

import datetime
import decimal
import json
import logging
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd

MAKE: dict[str, Any] = {
    "decimal": lambda values: np.array([None if v is None else decimal.Decimal(str(v)) for v in values], object),
    "date": lambda values: np.array([datetime.date(2020, 1, 1 + v) for v in values], object),
    "time": lambda values: pd.to_datetime([f"2020-01-{1 + v:02}" for v in values]),
    "object": lambda values: np.array([*values, None], object)[:-1],
    "text": lambda values: np.array([str(v) for v in values], object),
    "bytes": lambda values: np.array([str(v).encode() for v in values], object),
    "category": lambda values: pd.Categorical([str(v) for v in values]),
    "list": lambda values: pd.Series([[float(v)] for v in values], dtype=object),
}


def column(kind: str, values: list[Any]) -> Any:
    """A column of this kind: one of `MAKE`, or a dtype of numpy or pandas."""
    if kind in MAKE:
        return MAKE[kind](values)
    return pd.array(values, dtype=kind) if kind[0].isupper() else np.array(values, kind)


def outcome(case: dict[str, Any]) -> list[Any]:
    """``["refused", error code]``, or ``["taken", dtypes, values as texts]``."""
    from mlflow.exceptions import MlflowException
    from mlflow.models import Model, ModelSignature
    from mlflow.pyfunc import PyFuncModel
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import Array

    class Echo:
        def predict(self, data: Any, params: Any = None) -> Any:
            return data

    kinds = [Array("double") if kind == "list" else kind for kind, _ in case["types"].values()]
    specs = [
        ColSpec(kind, name, required=required)
        for kind, (name, (_, required)) in zip(kinds, case["types"].items(), strict=True)
    ]
    model = PyFuncModel(Model(signature=ModelSignature(inputs=Schema(specs))), Echo())
    frame = pd.DataFrame({name: column(*given) for name, given in case["columns"].items()})
    try:
        taken = model.predict(frame)
    except MlflowException as error:
        return ["refused", error.error_code]
    return ["taken", [str(dtype) for dtype in taken.dtypes], [[_text(v) for v in taken[name]] for name in taken]]


def _text(value: Any) -> str:
    """Numbers and times by what they are, not by their width."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return "gap"
    if isinstance(value, list | np.ndarray):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | float | np.number | decimal.Decimal):
        return str(int(value) if float(value).is_integer() else float(value))
    return str(pd.Timestamp(value)) if isinstance(value, datetime.date) else repr(value)


def main() -> None:
    """A line with a case, a line with what becomes of it."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        print(f"@{json.dumps(outcome(json.loads(line)))}", flush=True)


if __name__ == "__main__":
    main()
