# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import client as client
from flowmill.serving.functions import InvocationsResponse as InvocationsResponse
from flowmill.serving.functions import ParsedJsonInput as ParsedJsonInput
from flowmill.serving.functions import get_cmd as get_cmd
from flowmill.serving.functions import infer_and_parse_data as infer_and_parse_data
from flowmill.serving.functions import init as init
from flowmill.serving.functions import invocations as invocations
from flowmill.serving.functions import load_model_with_mlflow_config as load_model_with_mlflow_config
from flowmill.serving.functions import parse_csv_input as parse_csv_input
from flowmill.serving.functions import parse_parquet_input as parse_parquet_input
from flowmill.serving.functions import predictions_to_json as predictions_to_json
from flowmill.serving.functions import unwrapped_predictions_to_json as unwrapped_predictions_to_json
CONTENT_TYPES: list[str]
CONTENT_TYPE_CSV: str
CONTENT_TYPE_JSON: str
CONTENT_TYPE_PARQUET: str
DF_RECORDS: str
DF_SPLIT: str
INPUTS: str
INSTANCES: str
REQUIRED_INPUT_FORMAT: str
SCORING_PROTOCOL_CHANGE_INFO: str
SERVING_MODEL_CONFIG: str
SERVING_PARAMS_KEY: str
SUPPORTED_FORMATS: set[str]
