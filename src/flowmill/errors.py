"""Every error that Flowmill raises on purpose.

::

    FlowmillError                 code                        HTTP
    ├── Invalid                   INVALID_PARAMETER_VALUE     400
    ├── Denied                    PERMISSION_DENIED           403
    ├── NotFound                  RESOURCE_DOES_NOT_EXIST     404
    │   └── NoSuchEndpoint        ENDPOINT_NOT_FOUND          404
    ├── WrongMethod               METHOD_NOT_ALLOWED          405
    ├── AlreadyExists             RESOURCE_ALREADY_EXISTS     400
    ├── Conflict                  RESOURCE_CONFLICT           409
    ├── TooLarge                  MAX_READ_SIZE_EXCEEDED      413
    ├── TooMany                   RESOURCE_EXHAUSTED          429   one caller wants too much at once
    ├── NotSupported              NOT_IMPLEMENTED             501   this server, store or platform cannot
    ├── Unavailable               TEMPORARILY_UNAVAILABLE     503   the server, database or disk is away
    └── Internal                  INTERNAL_ERROR              500   a defect of ours

The codes and statuses are those of MLflow's REST contract, so that a client of either kind understands
them; ``flowmill.exceptions.MlflowException`` is ``FlowmillError``. A message is one sentence for a person:
which value, what was expected, what to do.
"""

from __future__ import annotations

from typing import Any, ClassVar


class FlowmillError(Exception):
    """The root of the tree; MLflow's name for it is ``MlflowException``.

    ``error_code`` accepts a code of the wire (``"RESOURCE_DOES_NOT_EXIST"``) or its number, as code written
    for MLflow passes it; without one the class's own code holds.
    """

    code: ClassVar[str] = "INTERNAL_ERROR"
    status: ClassVar[int] = 500

    def __init__(self, message: object, error_code: str | int | None = None, **json_kwargs: object) -> None:
        self.message = str(message)
        self.error_code = _code_name(error_code) if error_code is not None else self.code
        self.json_kwargs = json_kwargs
        super().__init__(self.message)

    @classmethod
    def invalid_parameter_value(cls, message: object, **kwargs: Any) -> FlowmillError:
        """An `Invalid`; MLflow's spelling of it."""
        return Invalid(message, **kwargs)

    def get_http_status_code(self) -> int:
        """The HTTP status that a server answers this error with."""
        return STATUS_OF_CODE.get(self.error_code, self.status)

    def serialize_as_json(self) -> str:
        """The body that a server answers this error with."""
        import json  # costs as much as the rest of `import flowmill`

        return json.dumps({"error_code": self.error_code, "message": self.message, **self.json_kwargs})


class Invalid(FlowmillError):
    """A value was not what the operation takes."""

    code = "INVALID_PARAMETER_VALUE"
    status = 400


class Denied(FlowmillError):
    """The caller may not do this."""

    code = "PERMISSION_DENIED"
    status = 403


class NotFound(FlowmillError):
    """There is no such experiment, run, model, version, alias, artifact or series."""

    code = "RESOURCE_DOES_NOT_EXIST"
    status = 404


class NoSuchEndpoint(NotFound):
    """The server has no such path."""

    code = "ENDPOINT_NOT_FOUND"


class WrongMethod(FlowmillError):
    """The path exists, but not for this HTTP method."""

    code = "METHOD_NOT_ALLOWED"
    status = 405


class AlreadyExists(FlowmillError):
    """The name is taken."""

    code = "RESOURCE_ALREADY_EXISTS"
    status = 400


class Conflict(FlowmillError):
    """Somebody else changed it first, or it is in use."""

    code = "RESOURCE_CONFLICT"
    status = 409


class TooLarge(FlowmillError):
    """The request is larger than the limit that the message names."""

    code = "MAX_READ_SIZE_EXCEEDED"
    status = 413


class TooMany(FlowmillError):
    """The caller has as many requests under way as it may."""

    code = "RESOURCE_EXHAUSTED"
    status = 429


class NotSupported(FlowmillError):
    """It makes sense, but not here: this store, server or platform cannot do it."""

    code = "NOT_IMPLEMENTED"
    status = 501


class Unavailable(FlowmillError):
    """The server, the database or the disk does not answer; trying again later may help."""

    code = "TEMPORARILY_UNAVAILABLE"
    status = 503


class Internal(FlowmillError):
    """A defect in Flowmill itself."""


ERROR_CODES: dict[str, int] = {
    "INTERNAL_ERROR": 1,
    "TEMPORARILY_UNAVAILABLE": 2,
    "IO_ERROR": 3,
    "BAD_REQUEST": 4,
    "SERVICE_UNDER_MAINTENANCE": 5,
    "WORKSPACE_TEMPORARILY_UNAVAILABLE": 6,
    "DEADLINE_EXCEEDED": 7,
    "CANCELLED": 8,
    "RESOURCE_EXHAUSTED": 9,
    "ABORTED": 10,
    "NOT_FOUND": 11,
    "ALREADY_EXISTS": 12,
    "UNAUTHENTICATED": 13,
    "INVALID_PARAMETER_VALUE": 1000,
    "ENDPOINT_NOT_FOUND": 1001,
    "MALFORMED_REQUEST": 1002,
    "INVALID_STATE": 1003,
    "PERMISSION_DENIED": 1004,
    "FEATURE_DISABLED": 1005,
    "CUSTOMER_UNAUTHORIZED": 1006,
    "REQUEST_LIMIT_EXCEEDED": 1007,
    "RESOURCE_CONFLICT": 1008,
    "UNPARSEABLE_HTTP_ERROR": 1009,
    "NOT_IMPLEMENTED": 1010,
    "DATA_LOSS": 1011,
    "INVALID_STATE_TRANSITION": 2001,
    "COULD_NOT_ACQUIRE_LOCK": 2002,
    "RESOURCE_ALREADY_EXISTS": 3001,
    "RESOURCE_DOES_NOT_EXIST": 3002,
    "QUOTA_EXCEEDED": 4001,
    "MAX_BLOCK_SIZE_EXCEEDED": 4002,
    "MAX_READ_SIZE_EXCEEDED": 4003,
    "PARTIAL_DELETE": 4004,
    "MAX_LIST_SIZE_EXCEEDED": 4005,
    "DRY_RUN_FAILED": 5001,
    "RESOURCE_LIMIT_EXCEEDED": 5002,
    "DIRECTORY_NOT_EMPTY": 6001,
    "DIRECTORY_PROTECTED": 6002,
    "MAX_NOTEBOOK_SIZE_EXCEEDED": 6003,
    "MAX_CHILD_NODE_SIZE_EXCEEDED": 6004,
    "SEARCH_QUERY_TOO_LONG": 6100,
    "SEARCH_QUERY_TOO_SHORT": 6101,
    "MANAGED_RESOURCE_GROUP_DOES_NOT_EXIST": 7001,
    "PERMISSION_NOT_PROPAGATED": 7002,
    "DEPLOYMENT_TIMEOUT": 7003,
    "GIT_CONFLICT": 8001,
    "GIT_UNKNOWN_REF": 8002,
    "GIT_SENSITIVE_TOKEN_DETECTED": 8003,
    "GIT_URL_NOT_ON_ALLOW_LIST": 8004,
    "GIT_REMOTE_ERROR": 8005,
    "PROJECTS_OPERATION_TIMEOUT": 8006,
    "IPYNB_FILE_IN_REPO": 8007,
    "INSECURE_PARTNER_RESPONSE": 8100,
    "MALFORMED_PARTNER_RESPONSE": 8101,
    "METASTORE_DOES_NOT_EXIST": 9000,
    "DAC_DOES_NOT_EXIST": 9001,
    "CATALOG_DOES_NOT_EXIST": 9002,
    "SCHEMA_DOES_NOT_EXIST": 9003,
    "TABLE_DOES_NOT_EXIST": 9004,
    "SHARE_DOES_NOT_EXIST": 9005,
    "RECIPIENT_DOES_NOT_EXIST": 9006,
    "STORAGE_CREDENTIAL_DOES_NOT_EXIST": 9007,
    "EXTERNAL_LOCATION_DOES_NOT_EXIST": 9008,
    "PRINCIPAL_DOES_NOT_EXIST": 9009,
    "PROVIDER_DOES_NOT_EXIST": 9010,
    "METASTORE_ALREADY_EXISTS": 9020,
    "DAC_ALREADY_EXISTS": 9021,
    "CATALOG_ALREADY_EXISTS": 9022,
    "SCHEMA_ALREADY_EXISTS": 9023,
    "TABLE_ALREADY_EXISTS": 9024,
    "SHARE_ALREADY_EXISTS": 9025,
    "RECIPIENT_ALREADY_EXISTS": 9026,
    "STORAGE_CREDENTIAL_ALREADY_EXISTS": 9027,
    "EXTERNAL_LOCATION_ALREADY_EXISTS": 9028,
    "PROVIDER_ALREADY_EXISTS": 9029,
    "CATALOG_NOT_EMPTY": 9040,
    "SCHEMA_NOT_EMPTY": 9041,
    "METASTORE_NOT_EMPTY": 9042,
    "PROVIDER_SHARE_NOT_ACCESSIBLE": 9060,
}
"""The wire's error codes and their numbers (MLflow's REST contract)."""

STATUS_OF_CODE: dict[str, int] = {
    "INTERNAL_ERROR": 500,
    "INVALID_STATE": 500,
    "DATA_LOSS": 500,
    "NOT_IMPLEMENTED": 501,
    "TEMPORARILY_UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
    "REQUEST_LIMIT_EXCEEDED": 429,
    "CANCELLED": 499,
    "RESOURCE_EXHAUSTED": 429,
    "ABORTED": 409,
    "RESOURCE_CONFLICT": 409,
    "ALREADY_EXISTS": 409,
    "NOT_FOUND": 404,
    "ENDPOINT_NOT_FOUND": 404,
    "RESOURCE_DOES_NOT_EXIST": 404,
    "PERMISSION_DENIED": 403,
    "CUSTOMER_UNAUTHORIZED": 401,
    "UNAUTHENTICATED": 401,
    "BAD_REQUEST": 400,
    "RESOURCE_ALREADY_EXISTS": 400,
    "INVALID_PARAMETER_VALUE": 400,
    "MAX_READ_SIZE_EXCEEDED": 413,
}
"""HTTP status of each code; any other code is answered with 500, as MLflow does."""

_NAME_OF_CODE = {number: name for name, number in ERROR_CODES.items()}

_BY_CODE: dict[str, type[FlowmillError]] = {
    kind.code: kind
    for kind in (
        Invalid,
        Denied,
        NotFound,
        NoSuchEndpoint,
        WrongMethod,
        AlreadyExists,
        Conflict,
        TooLarge,
        TooMany,
        NotSupported,
        Unavailable,
    )
}


def error_from_wire(code: str, message: str) -> FlowmillError:
    """The error that an answer with this code stands for; an unknown code gives the root class."""
    kind = _BY_CODE.get(code)
    if kind is not None:
        return kind(message)
    return FlowmillError(message, code)


def _code_name(code: str | int) -> str:
    if isinstance(code, int):
        return _NAME_OF_CODE.get(code, FlowmillError.code)
    return code
