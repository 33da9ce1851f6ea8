"""The OpenAPI description of a model's server: its paths, and the columns and parameters of its signature."""

from __future__ import annotations

from typing import Any

from flowmill.models.datatypes import Array, DataType, Map, Object, ValueType
from flowmill.models.mlmodel import Model
from flowmill.models.params import ParamSchema
from flowmill.models.schema import ColSpec, Schema, TensorSpec

_OF_TYPE: dict[DataType, dict[str, Any]] = {
    DataType.boolean: {"type": "boolean"},
    DataType.integer: {"type": "integer", "format": "int32"},
    DataType.long: {"type": "integer", "format": "int64"},
    DataType.float: {"type": "number", "format": "float"},
    DataType.double: {"type": "number", "format": "double"},
    DataType.string: {"type": "string"},
    DataType.binary: {"type": "string", "format": "byte"},
    DataType.datetime: {"type": "string", "format": "date-time"},
}
_OF_KIND = {"b": "boolean", "i": "integer", "u": "integer", "f": "number", "U": "string", "S": "string"}


def describe(model: Model) -> dict[str, Any]:
    """The description as the value of a JSON document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": _title(model), "version": str(model.model_id or model.run_id or "1")},
        "paths": {
            "/invocations": {"post": _invocations(model)},
            **{f"/{name}": {"get": _get(what, text)} for name, (what, text) in _STATES.items()},
        },
        "components": {"schemas": {"Error": _ERROR}},
    }


_STATES = {
    "ping": ("The model is loaded.", False),
    "health": ("The model is loaded.", False),
    "version": ("The version of MLflow whose protocol this is.", False),
    "metrics": ("Counts and times as Prometheus reads them.", True),
    "openapi.json": ("This description.", False),
}

_ERROR = {
    "type": "object",
    "required": ["error_code", "message"],
    "properties": {
        "error_code": {"type": "string"},
        "message": {"type": "string"},
        "sqlstate": {"type": "string"},
        "error_class": {"type": "string"},
    },
}


def _title(model: Model) -> str:
    return str(model.artifact_path or "model").rpartition("/")[2] or "model"


def _get(what: str, text: bool) -> dict[str, Any]:
    return {"summary": what, "responses": {"200": {"description": what, **_content("text/plain" if text else None)}}}


def _content(kind: str | None) -> dict[str, Any]:
    return {"content": {kind or "application/json": {}}}


def _invocations(model: Model) -> dict[str, Any]:
    signature = model.signature
    inputs = signature.inputs if signature else None
    outputs = signature.outputs if signature else None
    params = _params(signature.params) if signature and signature.params else None
    refused = {"description": "Refused", "content": {"application/json": {"schema": _reference("Error")}}}
    predictions = {"type": "array", "items": _row(outputs)} if outputs and _is_table(outputs) else {}
    return {
        "summary": "Predict",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"oneOf": _bodies(inputs, params)}},
                "text/csv": {},
                "application/vnd.apache.parquet": {},
                "application/vnd.apache.arrow.stream": {},
            },
        },
        "responses": {
            "200": {
                "description": "The predictions",
                "content": {
                    "application/json": {"schema": {"type": "object", "properties": {"predictions": predictions}}}
                },
            },
            **dict.fromkeys(("400", "413", "503", "504"), refused),
            "415": {"description": "A content type that is not read", "content": {"text/plain": {}}},
        },
    }


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _bodies(inputs: Schema | None, params: dict[str, Any] | None) -> list[dict[str, Any]]:
    if inputs is not None and not _is_table(inputs):
        tensors = _tensors(inputs)
        return [_body("inputs", tensors, params), _body("instances", {}, params)]
    row = _row(inputs)
    rows = {"type": "array", "items": row}
    split: dict[str, Any] = {
        "type": "object",
        "required": ["data"],
        "properties": {
            "columns": {"type": "array", "items": {}},
            "index": {"type": "array", "items": {}},
            "data": {"type": "array", "items": {"type": "array", "items": {}}},
        },
    }
    if inputs is not None:
        split["properties"]["columns"] = {"type": "array", "items": {"enum": list(row["properties"])}}
    return [
        _body("dataframe_split", split, params),
        _body("dataframe_records", rows, params),
        _body("instances", {} if inputs is None else rows, params),
        _body("inputs", {}, params),
    ]


def _body(key: str, value: dict[str, Any], params: dict[str, Any] | None) -> dict[str, Any]:
    properties = {key: value} if params is None else {key: value, "params": params}
    return {"title": key, "type": "object", "required": [key], "properties": properties}


def _is_table(schema: Schema) -> bool:
    return not schema.is_tensor_spec() and schema.has_input_names()


def _row(schema: Schema | None) -> dict[str, Any]:
    if schema is None:
        return {"type": "object", "properties": {}}
    columns = [spec for spec in schema.inputs if isinstance(spec, ColSpec)]
    row: dict[str, Any] = {
        "type": "object",
        "properties": {
            str(spec.name): _of(spec.type) if spec.required else {"anyOf": [_of(spec.type), {"type": "null"}]}
            for spec in columns
        },
    }
    required = [str(spec.name) for spec in columns if spec.required]
    return {**row, "required": required} if required else row


def _tensors(schema: Schema) -> dict[str, Any]:
    tensors = [spec for spec in schema.inputs if isinstance(spec, TensorSpec)]
    if not schema.has_input_names():
        return _tensor(tensors[0]) if tensors else {}
    return {
        "type": "object",
        "required": [str(spec.name) for spec in tensors],
        "properties": {str(spec.name): _tensor(spec) for spec in tensors},
    }


def _tensor(spec: TensorSpec) -> dict[str, Any]:
    kind = _OF_KIND.get(spec.type.kind)
    shape: dict[str, Any] = {"type": kind} if kind else {}
    for size in reversed(spec.shape):
        shape = {"type": "array", "items": shape}
        if size >= 0:
            shape |= {"minItems": size, "maxItems": size}
    return shape


def _of(kind: ValueType) -> dict[str, Any]:
    if isinstance(kind, DataType):
        return _OF_TYPE[kind]
    if isinstance(kind, Array):
        return {"type": "array", "items": _of(kind.dtype)}
    if isinstance(kind, Object):
        return {
            "type": "object",
            "properties": {member.name: _of(member.dtype) for member in kind.properties},
            "required": [member.name for member in kind.properties if member.required],
        }
    if isinstance(kind, Map):
        return {"type": "object", "additionalProperties": _of(kind.value_type)}
    return {}


def _params(params: ParamSchema) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for form in params.to_dict():
        spec = next(each for each in params.params if each.name == form["name"])
        kind = _of(spec.dtype)
        properties[form["name"]] = {
            **({"type": "array", "items": kind} if spec.shape else kind),
            "default": form["default"],
        }
    return {"type": "object", "properties": properties}
