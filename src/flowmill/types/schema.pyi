# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.datatypes import ALLOWED_DTYPES as ALLOWED_DTYPES
from flowmill.models.datatypes import AnyType as AnyType
from flowmill.models.datatypes import Array as Array
from flowmill.models.datatypes import BaseType as BaseType
from flowmill.models.datatypes import COLSPEC_TYPES as COLSPEC_TYPES
from flowmill.models.datatypes import DataType as DataType
from flowmill.models.datatypes import EXPECTED_TYPE_MESSAGE as EXPECTED_TYPE_MESSAGE
from flowmill.models.datatypes import Map as Map
from flowmill.models.datatypes import Object as Object
from flowmill.models.datatypes import Property as Property
from flowmill.models.datatypes import SparkMLVector as SparkMLVector
from flowmill.models.hints import schema_of_dataclass as _convert_dataclass_to_schema
convert_dataclass_to_schema = _convert_dataclass_to_schema
from flowmill.models.installed import HAS_PYSPARK as HAS_PYSPARK
from flowmill.models.params import ParamSchema as ParamSchema
from flowmill.models.params import ParamSpec as ParamSpec
from flowmill.models.schema import ColSpec as ColSpec
from flowmill.models.schema import Schema as Schema
from flowmill.models.schema import TensorInfo as TensorInfo
from flowmill.models.schema import TensorSpec as TensorSpec
ANY_TYPE: str
ARRAY_TYPE: str
MAP_TYPE: str
OBJECT_TYPE: str
SPARKML_VECTOR_TYPE: str
