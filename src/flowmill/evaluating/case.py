"""What one evaluation is about: rows, what is known of them, and what the model says of them."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flowmill.data.evaluation_dataset import EvaluationDataset
from flowmill.errors import FlowmillError, Invalid
from flowmill.models.infer import is_frame
from flowmill.notices import say_once


@dataclass
class Case:
    """A model (or predictions in the data) and the data that it is measured on.

    ``output``: the column of the model's answer that holds the predictions, where it is a table.
    ``timed``: ask the model row by row and keep the seconds that each took.
    """

    dataset: EvaluationDataset
    config: dict[str, Any]
    model: Any = None
    output: str | None = None
    timed: bool = False
    seconds: list[float] = field(default_factory=list[float])

    @property
    def features(self) -> Any:
        """The rows, a frame or an array."""
        return self.dataset.features_data

    @property
    def labels(self) -> Any:
        """What the model should say, shape (rows,); None if it is not known."""
        return self.dataset.labels_data

    def required_labels(self) -> Any:
        """The labels; Invalid if there are none or some are missing."""
        if self.labels is None:
            raise Invalid("What the model should say is not known: pass targets, the column or array of it.")
        self._refuse_missing(self.labels, "targets")
        return self.labels

    @cached_property
    def answer(self) -> Any:
        """What the model gives for the rows, as it gives it."""
        if not self.timed:
            return self.model.predict(self.features)
        import numpy
        import pandas

        parts: list[Any] = []
        for place in range(len(self.features)):
            row = self.features[place : place + 1]
            start = time.perf_counter()
            parts.append(self.model.predict(row))
            self.seconds.append(time.perf_counter() - start)
        if is_frame(parts[0]):
            return pandas.concat(parts, ignore_index=True)
        return numpy.concatenate([numpy.asarray(part) for part in parts])

    @cached_property
    def predictions(self) -> Any:
        """What the model says, shape (rows,); Invalid if that is not one value a row."""
        if self.model is None:
            if not self.dataset.has_predictions:
                raise Invalid(
                    "There is neither a model nor a column of predictions: pass model=… or predictions='<column>'."
                )
            return self.dataset.predictions_data
        said = self._column_of(self.answer)
        rows = len(self.features)
        if len(said) != rows:
            raise Invalid(f"The model gave {len(said)} predictions for {rows} rows: expected one for each.")
        return said

    def required_predictions(self) -> Any:
        """The predictions; Invalid if some are missing."""
        self._refuse_missing(self.predictions, "predictions")
        return self.predictions

    def _column_of(self, answer: Any) -> Any:
        import numpy

        if is_frame(answer):
            names = list(answer.columns)
            name = self.output if self.output is not None else names[0] if len(names) == 1 else None
            if name not in names:
                raise Invalid(
                    f"The model's answer is a table of the columns {names}: pass predictions='<column>' to say which "
                    "of them holds the predictions."
                )
            return answer[name].to_numpy()
        if not hasattr(answer, "__len__"):
            raise Invalid(f"The model gave a {type(answer).__name__}: expected an array, list, Series or DataFrame.")
        try:
            said: Any = numpy.asarray(answer)
        except ValueError:  # rows of different lengths, as of documents that were found
            said = numpy.empty(len(answer), dtype=object)
            said[:] = list(answer)
        return said.ravel() if said.ndim == 2 and said.shape[1] == 1 else said

    def _refuse_missing(self, values: Any, what: str) -> None:
        import pandas

        if getattr(values, "ndim", 1) != 1:
            raise Invalid(f"The {what} have the shape {values.shape}: expected one value a row.")
        count = int(pandas.isna(values).sum())
        if count:
            raise Invalid(f"{count} of {len(values)} {what} are missing: leave these rows out, or fill them.")

    @cached_property
    def weights(self) -> Any:
        """The weight of each row, or None."""
        given = self.config.get("sample_weights")
        if given is None:
            return None
        import numpy

        weights = numpy.asarray(given)
        if weights.shape != (len(self.features),):
            raise Invalid(f"sample_weights has the shape {weights.shape}: expected one for each of the rows.")
        return weights

    @cached_property
    def raw(self) -> Any:
        """The model as its own library knows it, or None."""
        try:
            return self.model.get_raw_model()
        except (AttributeError, NotImplementedError, FlowmillError):
            return None

    def asked(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """What a method of the raw model gives, None if it has none or fails, which is said."""
        if not hasattr(self.raw, method):
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # such as of names of features, which pyfunc has checked
                return getattr(self.raw, method)(*args, **kwargs)
        except Exception as error:  # the user's own model may raise whatever it likes
            say_once(f"{method} of the model failed and is left out of the evaluation: {error}")
            return None

    @property
    def score(self) -> dict[str, float]:
        """What the model's own ``score`` says, if it has one."""
        weighted = {} if self.weights is None else {"sample_weight": self.weights}
        score = self.asked("score", self.features, self.labels, **weighted)
        return {} if score is None else {"score": float(score)}

    @cached_property
    def frame(self) -> Any:
        """Targets and predictions, columns ``target`` and ``prediction``."""
        import pandas

        columns = {"prediction": _series(self.predictions)}
        if self.labels is not None:
            columns["target"] = _series(self.labels)
        return pandas.DataFrame(columns)

    def column(self, name: str) -> Any:
        """A column of the data, or of the model's answer, as a Series; None if there is no such column."""
        if is_frame(self.features) and name in self.features.columns:
            return self.features[name].reset_index(drop=True)  # rows go by place, as predictions do
        if name == self.dataset.targets_name:
            return _series(self.labels)
        if name == self.dataset.predictions_name:
            return _series(self.predictions)
        if self.model is not None and is_frame(self.answer) and name in self.answer.columns:
            return self.answer[name].reset_index(drop=True)
        return None

    @property
    def column_names(self) -> list[str]:
        """The columns that a metric may ask for."""
        names = list(self.features.columns) if is_frame(self.features) else []
        names += [name for name in (self.dataset.targets_name, self.dataset.predictions_name) if name is not None]
        names += list(self.answer.columns) if self.model is not None and is_frame(self.answer) else []
        return [str(name) for name in names]

    def table(self) -> Any:
        """The rows, their targets and predictions as one frame."""
        import pandas

        if is_frame(self.features):
            rows = self.features.reset_index(drop=True).copy()
        else:
            rows = pandas.DataFrame(self.features, columns=self.dataset.feature_names)
        if self.labels is not None:
            rows[self.dataset.targets_name or "target"] = _series(self.labels)
        rows[self.dataset.predictions_name or self.output or "outputs"] = _series(self.predictions)
        return rows


def _series(values: Any) -> Any:
    import pandas

    return pandas.Series(values if values.ndim == 1 else list(values))
