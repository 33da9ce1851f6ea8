"""Data that models are measured on, as ``evaluate`` takes it."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import hashlib
from typing import Any

from flowmill.data.dataset import Dataset
from flowmill.data.digest import hashing
from flowmill.data.foreign import library
from flowmill.data.frame_dataset import check_columns
from flowmill.data.numpy_dataset import from_numpy
from flowmill.data.pandas_dataset import from_pandas
from flowmill.data.polars_dataset import from_polars
from flowmill.data.spark_dataset import first_rows, from_spark, is_spark_frame
from flowmill.errors import Invalid
from flowmill.models.infer import is_array, is_frame


class EvaluationDataset:
    """Features, labels and perhaps predictions, taken apart.

    ``data``: a frame (``targets`` and ``predictions`` are then names of its columns), or rows of numbers as an
    array of two axes or a list (``targets`` is then an array or list as long).
    """

    NUM_SAMPLE_ROWS_FOR_HASH = 5
    """Rows of the beginning, and as many of the end, that the hash is made of."""
    SPARK_DATAFRAME_LIMIT = 10_000
    """Rows that are taken of a Spark DataFrame."""

    def __init__(
        self,
        data: Any,
        *,
        targets: Any = None,
        name: str | None = None,
        path: str | None = None,
        feature_names: list[str] | None = None,
        predictions: str | None = None,
        digest: str | None = None,
    ) -> None:
        for what, text in (("name", name), ("path", path)):
            if text is not None and (not isinstance(text, str) or '"' in text):
                raise Invalid(f"The {what} of a dataset is a text without double quotes, not {text!r}.")
        if feature_names is not None and len(set(feature_names)) < len(list(feature_names)):
            raise Invalid(f"Some of the feature_names stand there twice: {list(feature_names)}.")
        self._user_specified_name = name
        self._path = path
        self._digest = digest
        self._targets_name: str | None = None
        self._predictions_name: str | None = None
        self._labels_data: Any = None
        self._predictions_data: Any = None
        if is_spark_frame(data):
            data = first_rows(data)
        if is_frame(data):
            self._take_frame(data, targets, predictions, feature_names)
        elif is_array(data) or isinstance(data, list):
            self._take_rows(data, targets, feature_names)
        else:
            raise Invalid(
                f"A model is evaluated on a DataFrame, an array or a list of rows, not on a {type(data).__name__}."
            )
        self._hash = self._md5()

    def _take_frame(self, df: Any, targets: Any, predictions: Any, feature_names: list[str] | None) -> None:
        for what, column in (("targets", targets), ("predictions", predictions)):
            if column is not None and not isinstance(column, str | int | tuple):
                raise Invalid(f"With a DataFrame, {what} is the name of a column, not a {type(column).__name__}.")
        check_columns(list(df.columns), targets=targets, predictions=predictions)
        taken = [column for column in (targets, predictions) if column is not None]
        names = [name for name in df.columns if name not in taken] if feature_names is None else list(feature_names)
        for name in names:
            check_columns(list(df.columns), **{"feature names": name})
        self._features_data = df[names] if feature_names is not None or taken else df
        self._feature_names = (
            [name if isinstance(name, str) else f"feature_{name}" for name in names] if feature_names is None else names
        )
        self._targets_name, self._predictions_name = targets, predictions
        if targets is not None:
            self._labels_data = df[targets].to_numpy()
        if predictions is not None:
            self._predictions_data = df[predictions].to_numpy()

    def _take_rows(self, data: Any, targets: Any, feature_names: list[str] | None) -> None:
        import numpy

        try:
            rows: Any = numpy.asarray(data)
        except ValueError:  # rows of different lengths
            rows = numpy.empty(0)
        if rows.ndim != 2 or (rows.dtype.kind == "O" and not is_array(data)):
            raise Invalid("Rows to evaluate on must be a table: an array of two axes, or a list of equally long rows.")
        if targets is not None and not (is_array(targets) or isinstance(targets, list)):
            raise Invalid(f"With rows, targets is an array or list of labels, not a {type(targets).__name__}.")
        if targets is not None and len(targets) != len(rows):
            raise Invalid(f"There are {len(rows)} rows, but {len(targets)} targets.")
        count = rows.shape[1]
        if feature_names is not None and len(feature_names) != count:
            raise Invalid(f"There are {count} features, but {len(feature_names)} feature_names.")
        digits = len(str(count))
        self._features_data = rows
        self._feature_names = (
            [f"feature_{number + 1:0{digits}}" for number in range(count)]
            if feature_names is None
            else list(feature_names)
        )
        self._labels_data = None if targets is None else numpy.asarray(targets)

    def _md5(self) -> str:
        md5 = hashlib.md5(usedforsecurity=False)
        for data in (self._features_data, self._labels_data, self._predictions_data):
            if data is None:
                continue
            count = self.NUM_SAMPLE_ROWS_FOR_HASH
            md5.update(_big_endian([len(data)]))
            for part in [data] if len(data) < 2 * count else [data[:count], data[-count:]]:
                md5.update(_hashed(part))
        md5.update(",".join(map(str, self._feature_names)).encode("utf-8", "backslashreplace"))
        return md5.hexdigest()

    @property
    def feature_names(self) -> list[str]:
        """The names of the features, ``feature_1`` and so on for rows without names."""
        return self._feature_names

    @property
    def features_data(self) -> Any:
        """The features, a frame or an array."""
        return self._features_data

    @property
    def labels_data(self) -> Any:
        """What the model should say, an array; None if it is not known."""
        return self._labels_data

    @property
    def has_targets(self) -> bool:
        """Whether there are labels."""
        return self._labels_data is not None

    @property
    def targets_name(self) -> str | None:
        """The column of the labels."""
        return self._targets_name

    @property
    def predictions_data(self) -> Any:
        """What a model said, an array; None if that is not in the data."""
        return self._predictions_data

    @property
    def has_predictions(self) -> bool:
        """Whether the data holds predictions."""
        return self._predictions_data is not None

    @property
    def predictions_name(self) -> str | None:
        """The column of the predictions."""
        return self._predictions_name

    @property
    def name(self) -> str:
        """The name that was given, else the hash."""
        return self._user_specified_name if self._user_specified_name is not None else self.hash

    @property
    def path(self) -> str | None:
        """Where the data is, if that was said."""
        return self._path

    @property
    def hash(self) -> str:
        """An MD5 of the first and last rows, their number and the names of the features."""
        return self._hash

    @property
    def digest(self) -> str | None:
        """The digest of the dataset that this was made from, if any."""
        return self._digest

    @property
    def _metadata(self) -> dict[str, str]:
        found = {"name": self.name, "hash": self.hash}
        return found if self.path is None else {**found, "path": self.path}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EvaluationDataset) and (self.hash, self.feature_names) == (
            other.hash,
            other.feature_names,
        )


def _big_endian(numbers: Any) -> bytes:
    import numpy

    return numpy.asarray(numbers, dtype=">u8").tobytes()


def _hashed(data: Any) -> bytes:
    """The bytes of a part of the data: a hash a row of a frame, one a value of an array, and its shape."""
    import numpy

    if is_frame(data):
        cells = data.map(_cell)
        try:
            return _big_endian(hashing().hash_pandas_object(cells).to_numpy())
        except TypeError:  # cells that cannot be hashed, such as dicts
            return _big_endian(hashing().hash_pandas_object(cells.map(repr)).to_numpy())
    flat = data.flatten()
    if flat.dtype.kind == "O" and any(isinstance(value, list | dict) or is_array(value) for value in flat):
        flat = numpy.array([repr(value) for value in flat], dtype=object)
    return _big_endian(hashing().hash_array(flat)) + _big_endian(data.shape)


def _cell(value: Any) -> Any:
    import numpy

    if isinstance(value, list):
        try:
            return _hashed(numpy.asarray(value))
        except ValueError:  # lists in it of different lengths
            return repr(value)
    return _hashed(value) if is_array(value) else value


def convert_data_to_mlflow_dataset(
    data: Any, targets: Any = None, predictions: Any = None, name: str | None = None
) -> Any:
    """The dataset of a frame, an array or a list; whatever else is given, such as a dataset, comes back as it is."""
    if isinstance(data, Dataset):
        return data
    if is_frame(data):
        return from_pandas(df=data, targets=targets, predictions=predictions, name=name)
    if is_spark_frame(data):
        return from_spark(df=data, targets=targets, predictions=predictions, name=name)
    if type(data).__module__.startswith("polars."):
        return from_polars(df=data, targets=targets, predictions=predictions, name=name)
    if isinstance(data, list) or is_array(data):
        numpy = library("numpy", "A dataset of rows")
        array = numpy.asarray(data)
        if isinstance(data, list) and array.ndim == 1:
            array = array.reshape(-1, 1)
        return from_numpy(features=array, targets=None if targets is None else numpy.asarray(targets), name=name)
    return data
