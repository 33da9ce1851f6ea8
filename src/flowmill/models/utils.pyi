# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.enforce import validate_schema as validate_schema
from flowmill.models.example import convert_input_example_to_serving_input as convert_input_example_to_serving_input
from flowmill.models.predict import validate_serving_input as validate_serving_input
