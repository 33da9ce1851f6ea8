"""The MLmodel file: what a model folder is, which flavors load it, what it takes and gives.

The file is MLflow's, key for key, so that either side reads what the other wrote. Keys that this release does
not know are kept.
"""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flowmill.entities.model import LoggedModel
from flowmill.errors import Invalid, NotFound
from flowmill.models import example
from flowmill.models.flavor import FLAVORS
from flowmill.models.params import ParamSchema
from flowmill.models.schema import Schema
from flowmill.models.signature import ModelSignature
from flowmill.models.yaml_files import read_yaml, write_yaml
from flowmill.version import MLFLOW_VERSION

MLMODEL_FILE_NAME = "MLmodel"
PYFUNC = "python_function"


def _new_uuid() -> str:
    return uuid.uuid4().hex


class Model:
    """The contents of an MLmodel file. Times are UTC, ``YYYY-MM-DD hh:mm:ss.ffffff``."""

    def __init__(
        self,
        artifact_path: str | None = None,
        run_id: str | None = None,
        utc_time_created: str | datetime.datetime | None = None,
        flavors: dict[str, dict[str, Any]] | None = None,
        signature: ModelSignature | None = None,
        saved_input_example_info: dict[str, Any] | None = None,
        model_uuid: str | Callable[[], str] | None = _new_uuid,
        mlflow_version: str | None = MLFLOW_VERSION,
        metadata: dict[str, Any] | None = None,
        model_size_bytes: int | None = None,
        resources: Any = None,
        env_vars: list[str] | None = None,
        auth_policy: Any = None,
        model_id: str | None = None,
        prompts: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.artifact_path = artifact_path
        self.run_id = run_id
        self.utc_time_created = str(utc_time_created or _utc_now())
        self.flavors = flavors if flavors is not None else {}
        self.signature = signature
        self.saved_input_example_info = saved_input_example_info
        self.model_uuid = model_uuid() if callable(model_uuid) else model_uuid
        self.mlflow_version = mlflow_version
        self.metadata = metadata
        self.model_size_bytes = model_size_bytes
        self.resources = resources
        self.env_vars = env_vars
        self.auth_policy = auth_policy
        self.model_id = model_id
        self.prompts = prompts
        self._other = kwargs

    @property
    def signature(self) -> ModelSignature | None:
        """What the model takes and gives."""
        return self._signature

    @signature.setter
    def signature(self, value: ModelSignature | dict[str, Any] | None) -> None:
        if isinstance(value, dict):
            value = ModelSignature.from_dict(value)
        elif value is not None and not isinstance(value, ModelSignature):
            raise TypeError(f"signature must be a ModelSignature, not {type(value).__name__}.")
        self._signature = value

    def get_input_schema(self) -> Schema | None:
        """The schema of the input."""
        return self._signature.inputs if self._signature else None

    def get_output_schema(self) -> Schema | None:
        """The schema of the output."""
        return self._signature.outputs if self._signature else None

    def get_params_schema(self) -> ParamSchema | None:
        """The schema of the parameters."""
        return self._signature.params if self._signature else None

    def add_flavor(self, name: str, **params: Any) -> Model:
        """Add or replace a flavor with its settings; returns the model itself."""
        self.flavors[name] = params
        return self

    def load_input_example(self, path: str | None = None) -> Any:
        """The input example saved with the model in the folder ``path``, as the kind it was; None without one."""
        folder = self._folder(path)
        if self.saved_input_example_info is None:
            return None
        return example.load_data(folder, self.saved_input_example_info, self.get_input_schema())

    def load_input_example_params(self, path: str) -> dict[str, Any] | None:
        """The parameters saved with the input example; None without any."""
        if self.saved_input_example_info is None:
            return None
        return example.load_params(self._folder(path), self.saved_input_example_info)

    def get_serving_input(self, path: str) -> str | None:
        """The JSON text of the input example as a scoring server takes it; None without one."""
        if self.saved_input_example_info is None:
            return None
        return example.load_serving_text(self._folder(path), self.saved_input_example_info)

    def _folder(self, path: str | Path | None) -> Path:
        chosen = path if path is not None else self.artifact_path
        if chosen is None or not Path(chosen).is_dir():
            raise Invalid(f"The input example needs the model's local folder, got {chosen!r}.")
        return Path(chosen)

    def get_tags_dict(self) -> dict[str, Any]:
        """What MLflow 2 wrote into the run's tag ``mlflow.log-model.history``: all but the signature."""
        form = self.to_dict()
        form.pop("signature", None)
        return form

    def get_model_info(self, logged_model: LoggedModel | None = None) -> ModelInfo:
        """What `log_model` returns about this model."""
        uri = f"models:/{self.model_id}" if self.model_id else f"runs:/{self.run_id}/{self.artifact_path}"
        return ModelInfo(
            artifact_path=self.artifact_path or "",
            flavors=self.flavors,
            model_uri=uri,
            model_uuid=self.model_uuid or "",
            run_id=self.run_id or "",
            saved_input_example_info=self.saved_input_example_info,
            signature=self.signature,
            utc_time_created=self.utc_time_created,
            mlflow_version=self.mlflow_version or "",
            metadata=self.metadata,
            env_vars=self.env_vars,
            prompts=self.prompts,
            logged_model=logged_model,
        )

    def to_dict(self) -> dict[str, Any]:
        """The contents as they stand in the file."""
        form: dict[str, Any] = {
            "utc_time_created": self.utc_time_created,
            "flavors": self.flavors,
            "model_uuid": self.model_uuid,
            "prompts": self.prompts,
            "model_id": self.model_id,
        }
        optional = {
            "mlflow_version": self.mlflow_version,
            "run_id": self.run_id,
            "artifact_path": self.artifact_path,
            "saved_input_example_info": self.saved_input_example_info,
            "metadata": self.metadata,
            "model_size_bytes": self.model_size_bytes,
            "resources": self.resources,
            "env_vars": self.env_vars,
            "auth_policy": self.auth_policy,
        }
        form.update({name: value for name, value in optional.items() if value is not None})
        if self._signature is not None:
            form["signature"] = self._signature.to_dict()
            form["is_signature_from_type_hint"] = self._signature.is_from_type_hint
            form["type_hint_from_example"] = self._signature.is_type_hint_from_example
        return {**self._other, **form}

    def to_yaml(self, stream: Any = None) -> str:
        """The file's text; also written to ``stream`` when there is one."""
        text = write_yaml(self.to_dict())
        if stream is not None:
            stream.write(text)
        return text

    def to_json(self) -> str:
        """The contents as JSON."""
        return json.dumps(self.to_dict())

    def save(self, path: str | Path) -> None:
        """Write the file at ``path``."""
        Path(path).write_text(self.to_yaml(), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Model:
        """Read an MLmodel file, given itself or as its folder, or a model by its URI."""
        text = str(path)
        if _is_uri(text):
            from flowmill.models.load import read_model

            return read_model(text)
        file = Path(path)
        if file.is_dir():
            file = file / MLMODEL_FILE_NAME
        if not file.is_file():
            raise NotFound(f"There is no MLmodel file at {file}: this is no model folder.")
        return cls.from_dict(read_yaml(file))

    @classmethod
    def from_dict(cls, model_dict: dict[str, Any]) -> Model:
        """The model with these file contents; Invalid if they are not those of an MLmodel file."""
        form = dict(model_dict)
        flavors = form.get("flavors")
        if not isinstance(flavors, dict) or not all(isinstance(item, dict) for item in flavors.values()):
            raise Invalid(
                f'The MLmodel file has no flavors: expected the key "flavors" with at least "{PYFUNC}", '
                f"found {flavors!r}; log the model again or restore the file."
            )
        example = form.get("saved_input_example_info")
        if example is not None and not isinstance(example, dict):
            raise Invalid(f"The MLmodel file's saved_input_example_info is {example!r}: expected a mapping.")
        from_hint = bool(form.pop("is_signature_from_type_hint", False))
        from_example = bool(form.pop("type_hint_from_example", False))
        signature = form.pop("signature", None)
        form.setdefault("mlflow_version", None)
        form.setdefault("model_uuid", None)
        model = cls(**form)
        if signature is not None:
            if not isinstance(signature, dict):
                raise Invalid(f"The MLmodel file's signature is {signature!r}: expected inputs, outputs and params.")
            if any(signature.get(name) for name in ("inputs", "outputs", "params")):
                read = ModelSignature.from_dict(signature)
                read.is_from_type_hint = from_hint
                read.is_type_hint_from_example = from_example
                model.signature = read
        return model

    def take(self, form: dict[str, Any]) -> None:
        """Become what these file contents say."""
        vars(self).update(vars(Model.from_dict(form)))

    def flavor(self, name: str) -> dict[str, Any]:
        """The settings of one flavor; Invalid with the way out if the model has no such flavor."""
        if name in self.flavors:
            return self.flavors[name]
        known = [flavor for flavor in self.flavors if flavor in FLAVORS and flavor != PYFUNC]
        loaders = [f"flowmill.{flavor}" for flavor in known] + ["flowmill.pyfunc"] * (PYFUNC in self.flavors)
        raise NotFound(
            f'This model does not have the "{name}" flavor; it has {sorted(self.flavors)}: '
            f"load it with {' or '.join(f'{loader}.load_model' for loader in loaders) or 'another library'}."
        )

    @classmethod
    def log(
        cls,
        artifact_path: str | None = None,
        flavor: Any = None,
        registered_model_name: str | None = None,
        await_registration_for: int | None = 300,
        metadata: dict[str, Any] | None = None,
        run_id: str | None = None,
        resources: Any = None,
        auth_policy: Any = None,
        prompts: list[Any] | None = None,
        name: str | None = None,
        model_type: str | None = None,
        params: dict[str, Any] | None = None,
        tags: dict[str, Any] | None = None,
        step: int = 0,
        model_id: str | None = None,
        **kwargs: Any,
    ) -> ModelInfo:
        """Log a model of a flavor of one's own: ``flavor`` is a module or an object with
        ``save_model(path=…, mlflow_model=…, **kwargs)``, which fills the folder and writes its MLmodel file.
        """
        from flowmill.models import save

        if not callable(getattr(flavor, "save_model", None)):
            raise Invalid(f"flavor is {flavor!r}: expected a module with save_model(path=…, mlflow_model=…).")

        def write(folder: Path, model: Model) -> None:
            model.metadata = metadata if metadata is not None else model.metadata
            model.resources = save.resources_form(resources)
            model.auth_policy = auth_policy.to_dict() if auth_policy is not None else None
            flavor.save_model(path=str(folder), mlflow_model=model, **kwargs)
            if not (folder / MLMODEL_FILE_NAME).is_file():
                raise Invalid(f"{flavor!r}.save_model wrote no MLmodel file: end it with mlflow_model.save(…).")

        to = save.Destination(
            name=name,
            artifact_path=artifact_path,
            registered_model_name=registered_model_name,
            await_registration_for=await_registration_for,
            params=params,
            tags=tags,
            model_type=model_type,
            step=step,
            model_id=model_id,
            prompts=prompts,
            run_id=run_id,
        )
        return save.log_written(write, to)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = {"model_id": self.model_id, "run_id": self.run_id, "artifact_path": self.artifact_path}
        parts = [f"{name}={value!r}" for name, value in shown.items() if value]
        return f"Model(flavors={sorted(self.flavors)}{''.join(', ' + part for part in parts)})"


class ModelInfo:
    """What is known of a logged model: where it is, what it takes and gives, what was measured of it."""

    def __init__(
        self,
        artifact_path: str,
        flavors: dict[str, Any],
        model_uri: str,
        model_uuid: str,
        run_id: str,
        saved_input_example_info: dict[str, Any] | None,
        signature: ModelSignature | None,
        utc_time_created: str,
        mlflow_version: str,
        metadata: dict[str, Any] | None = None,
        registered_model_version: int | None = None,
        env_vars: list[str] | None = None,
        prompts: list[str] | None = None,
        logged_model: LoggedModel | None = None,
    ) -> None:
        self.artifact_path = artifact_path
        self.flavors = flavors
        self.model_uri = model_uri
        self.model_uuid = model_uuid
        self.run_id = run_id
        self.saved_input_example_info = saved_input_example_info
        self.signature = signature
        self.utc_time_created = utc_time_created
        self.mlflow_version = mlflow_version
        self.metadata = metadata
        self.registered_model_version = registered_model_version
        self.env_vars = env_vars
        self.prompts = prompts
        self._logged_model = logged_model

    @property
    def signature_dict(self) -> dict[str, Any] | None:
        """The signature as it stands in the MLmodel file."""
        return self.signature.to_dict() if self.signature else None

    @property
    def model_id(self) -> str | None:
        """``m-`` and 32 hexadecimal digits."""
        return self._logged_model.model_id if self._logged_model else None

    @property
    def metrics(self) -> list[Any] | None:
        """What was measured of the logged model."""
        return self._logged_model.metrics if self._logged_model else None

    @property
    def params(self) -> dict[str, str] | None:
        """The logged model's parameters."""
        return self._logged_model.params if self._logged_model else None

    @property
    def tags(self) -> dict[str, str] | None:
        """The logged model's tags."""
        return self._logged_model.tags if self._logged_model else None

    @property
    def creation_timestamp(self) -> int | None:
        """ms since the epoch, UTC."""
        return self._logged_model.creation_timestamp if self._logged_model else None

    @property
    def name(self) -> str | None:
        """The name that the model was logged by."""
        return self._logged_model.name if self._logged_model else None

    def __repr__(self) -> str:
        shown = {
            "name": self.name,
            "model_uri": self.model_uri,
            "run_id": self.run_id,
            "registered_model_version": self.registered_model_version,
            "flavors": sorted(self.flavors),
        }
        return f"ModelInfo({', '.join(f'{key}={value!r}' for key, value in shown.items() if value)})"


def _utc_now() -> str:
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _is_uri(text: str) -> bool:
    scheme, colon, _ = text.partition(":")
    return bool(colon) and len(scheme) > 1 and "/" not in scheme and "\\" not in scheme
