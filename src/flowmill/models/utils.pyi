# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.active_model import get_external_mlflow_model_spec as get_external_mlflow_model_spec
from flowmill.evaluating.plots import plot_lines as plot_lines
from flowmill.models.enforce import validate_schema as validate_schema
from flowmill.models.example import ModelInputExample as ModelInputExample
from flowmill.models.example import convert_input_example_to_serving_input as convert_input_example_to_serving_input
from flowmill.models.installed import HAS_PYSPARK as HAS_PYSPARK
from flowmill.models.installed import HAS_SCIPY as HAS_SCIPY
from flowmill.models.libraries import add_libraries_to_model as add_libraries_to_model
from flowmill.models.predictions import validate_serving_input as validate_serving_input
from flowmill.models.requirements import load_serving_example as load_serving_example
from flowmill.models.spark_values import convert_complex_types_pyspark_to_pandas as convert_complex_types_pyspark_to_pandas
from flowmill.models.uri import get_model_version_from_model_uri as get_model_version_from_model_uri
DF_SPLIT: str
EXAMPLE_DATA_KEY: str
EXAMPLE_FILENAME: str
EXAMPLE_PARAMS_KEY: str
INPUTS: str
INPUT_EXAMPLE_PATH: str
SERVING_INPUT_FILENAME: str
SERVING_INPUT_PATH: str
SERVING_PARAMS_KEY: str
