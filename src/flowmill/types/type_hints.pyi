# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.hints import ColSpecType as ColSpecType
from flowmill.models.hints import InvalidTypeHintException as InvalidTypeHintException
from flowmill.models.hints import NONE_TYPE as NONE_TYPE
from flowmill.models.hints import OPTIONAL_INPUT_MSG as OPTIONAL_INPUT_MSG
from flowmill.models.hints import SUPPORTED_TYPE_HINT_MSG as SUPPORTED_TYPE_HINT_MSG
from flowmill.models.hints import TYPE_HINTS_TO_DATATYPE_MAPPING as TYPE_HINTS_TO_DATATYPE_MAPPING
from flowmill.models.hints import TypeFromExample as TypeFromExample
from flowmill.models.hints import UNION_TYPES as UNION_TYPES
from flowmill.models.hints import UnsupportedTypeHintException as UnsupportedTypeHintException
from flowmill.models.hints import ValidationResult as ValidationResult
from flowmill.models.hints import field_required as field_required
from flowmill.models.hints import model_fields as model_fields
from flowmill.models.hints import model_validate as model_validate
from flowmill.models.hints import type_hints_no_signature_inference as type_hints_no_signature_inference
from pydantic.fields import FieldInfo as _FIELD_TYPE
FIELD_TYPE = _FIELD_TYPE
