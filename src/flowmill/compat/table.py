"""The one table that maps MLflow's modules and names to ours.

Keys are module paths below ``mlflow.``; values say where each public name lives. A module that Flowmill has
itself under the same path (``mlflow.models.signature``) is not listed: it is the same module.
"""

from __future__ import annotations

_SESSION = "flowmill.session"
_API = "flowmill.api"
_STORES = "flowmill.stores"
_ERRORS = "flowmill.errors"
_PYFUNC = "flowmill.models.pyfunc"
_DATATYPES = "flowmill.models.datatypes"
_DATA = "flowmill.data"
_EVALUATING = "flowmill.evaluating"


def _all_from(module: str, names: str) -> dict[str, str]:
    return {name: f"{module}:{name}" for name in names.split()}


def _flavor(name: str, more: str = "FLAVOR_NAME") -> dict[str, str]:
    """The public names of the flavor in ``flowmill/models/flavors/<name>.py``."""
    shared = "save_model log_model load_model get_default_pip_requirements get_default_conda_env FLAVOR_NAME"
    return _all_from(f"flowmill.models.flavors.{name}", f"{shared} {more}")


REGISTRY_ENTITIES = {
    **_all_from(
        "flowmill.entities.registry",
        "ModelVersion ModelVersionDeploymentJobState ModelVersionTag RegisteredModel RegisteredModelAlias "
        "RegisteredModelDeploymentJobState RegisteredModelTag",
    ),
    # What searches give is the same here.
    "ModelVersionSearch": "flowmill.entities.registry:ModelVersion",
    "RegisteredModelSearch": "flowmill.entities.registry:RegisteredModel",
}

URIS = _all_from(_STORES, "set_tracking_uri get_tracking_uri is_tracking_uri_set set_registry_uri get_registry_uri")

_TYPES = {
    **_all_from("flowmill.models.schema", "ColSpec Schema TensorSpec"),
    **_all_from("flowmill.models.params", "ParamSchema ParamSpec"),
    **_all_from(_DATATYPES, "DataType"),
}

_PYTHON_MODELS = {
    **_all_from("flowmill.models.python_model", "PythonModel PythonModelContext"),
    "ChatAgent": "flowmill.models.chat_agent:ChatAgent",
    "ChatModel": "flowmill.models.chat_model:ChatModel",
    "ResponsesAgent": "flowmill.models.responses_agent:ResponsesAgent",
}

SYSTEM_METRICS = _all_from(
    "flowmill.machine",
    "disable_system_metrics_logging enable_system_metrics_logging set_system_metrics_node_id "
    "set_system_metrics_samples_before_logging set_system_metrics_sampling_interval",
)

FLUENT = {
    **_all_from(
        _SESSION,
        "ActiveRun active_run last_active_run start_run end_run set_experiment",
    ),
    **_all_from(
        _API,
        "create_experiment delete_experiment delete_experiment_tag delete_logged_model_tag delete_run delete_tag "
        "finalize_logged_model flush_async_logging "
        "get_artifact_uri get_experiment get_experiment_by_name get_logged_model "
        "get_parent_run get_run initialize_logged_model last_logged_model log_artifact log_artifacts log_dict "
        "log_figure log_metric log_metrics log_model_params log_outputs log_param log_params log_text "
        "register_model restore_experiment restore_run search_experiments search_logged_models search_metrics "
        "search_model_versions search_registered_models search_runs set_experiment_tag set_experiment_tags "
        "set_logged_model_tags set_model_version_tag set_tag set_tags",
    ),
    **_all_from("flowmill.autologging.everything", "autolog"),
    **_all_from(
        "flowmill.active_model",
        "ActiveModel clear_active_model create_external_model get_active_model_id set_active_model",
    ),
    **_all_from("flowmill.inputs", "log_input log_inputs"),
    **_all_from("flowmill.media", "flush_artifact_async_logging load_table log_image log_stream log_table"),
}

EVALUATION = {
    **_all_from(f"{_EVALUATING}.evaluate", "evaluate"),
    **_all_from(f"{_EVALUATING}.artifacts", "EvaluationArtifact"),
    **_all_from(f"{_EVALUATING}.evaluator", "ModelEvaluator list_evaluators"),
    **_all_from(f"{_EVALUATING}.result", "EvaluationResult"),
    **_all_from(f"{_EVALUATING}.validation", "MetricThreshold"),
    **_all_from(f"{_EVALUATING}.values", "EvaluationMetric make_metric"),
    "EvaluationDataset": f"{_DATA}.evaluation_dataset:EvaluationDataset",
}

TOP = {
    **FLUENT,
    "evaluate": f"{_EVALUATING}.evaluate:evaluate",
    "validate_evaluation_results": f"{_EVALUATING}.validation:validate_evaluation_results",
    "Image": "flowmill.images:Image",
    **URIS,
    **SYSTEM_METRICS,
    "Client": "flowmill.client.client:Client",
    "MlflowClient": "flowmill.client.client:Client",
    "MlflowException": f"{_ERRORS}:FlowmillError",
    "RunOperations": "flowmill.client.base:RunOperations",
    "install_as_mlflow": "flowmill.compat.finder:install_as_mlflow",
    "__version__": "flowmill.version:COMPATIBLE_VERSION",
}
"""The public names of ``flowmill`` itself."""

TYPES = {
    **_all_from("flowmill.models.datatypes", "AnyType Array DataType Map Object Property"),
    **_all_from("flowmill.models.params", "ParamSchema ParamSpec"),
    **_all_from("flowmill.models.schema", "ColSpec Schema TensorInfo TensorSpec"),
}

MODULES: dict[str, dict[str, str]] = {
    "exceptions": {
        "MlflowException": f"{_ERRORS}:FlowmillError",
        "RestException": f"{_ERRORS}:FlowmillError",
        "ExecutionException": f"{_ERRORS}:FlowmillError",
        "MissingConfigException": f"{_ERRORS}:Invalid",
        "InvalidUrlException": f"{_ERRORS}:Invalid",
    },
    "system_metrics": SYSTEM_METRICS,
    "config": {**URIS, **SYSTEM_METRICS, "enable_async_logging": f"{_API}:enable_async_logging"},
    "tracking": {
        **URIS,
        "MlflowClient": "flowmill.client.client:Client",
        "fluent": "flowmill.tracking.fluent",
        "client": "flowmill.tracking.client",
        "_get_artifact_repo": "flowmill.downloads:repository_of_run",
    },
    "tracking.fluent": {**FLUENT, "_get_experiment_id": f"{_SESSION}:experiment_id"},
    "tracking.client": {"MlflowClient": "flowmill.client.client:Client"},
    "tracking.context": {},
    "tracking.context.registry": {"resolve_tags": "flowmill.context:resolve_tags"},
    "tracking.context.abstract_context": {"RunContextProvider": "flowmill.providers:RunContextProvider"},
    "tracking.request_header": {},
    "tracking.request_header.abstract_request_header_provider": {
        "RequestHeaderProvider": "flowmill.providers:RequestHeaderProvider"
    },
    "tracking.default_experiment": {},
    "tracking.default_experiment.abstract_context": {
        "DefaultExperimentProvider": "flowmill.providers:DefaultExperimentProvider"
    },
    "tracking.request_auth": {},
    "tracking.request_auth.abstract_request_auth_provider": {
        "RequestAuthProvider": "flowmill.providers:RequestAuthProvider"
    },
    "store.artifact": {},
    "store.artifact.artifact_repo": {"ArtifactRepository": "flowmill.providers:ArtifactRepository"},
    "store.artifact.artifact_repository_registry": {"get_artifact_repository": "flowmill.artifacts.open:repository_at"},
    "store.tracking": {},
    "store.tracking.abstract_store": {"AbstractStore": "flowmill.providers:TrackingStore"},
    "store.model_registry": {},
    "store.model_registry.abstract_store": {"AbstractStore": "flowmill.providers:RegistryStore"},
    "tracking.artifact_utils": _all_from("flowmill.downloads", "get_artifact_uri"),
    "entities.model_registry": REGISTRY_ENTITIES,
    "store.entities": {"PagedList": "flowmill.client.base:PagedList"},
    "data.digest_utils": _all_from(
        f"{_DATA}.digest", "MAX_ROWS compute_numpy_digest compute_pandas_digest get_normalized_md5_digest"
    ),
    "data.pyfunc_dataset_mixin": _all_from(f"{_DATA}.dataset", "PyFuncConvertibleDatasetMixin PyFuncInputsOutputs"),
    "data.sources": {
        **_all_from(
            f"{_DATA}.artifact_dataset_sources",
            "AzureBlobArtifactDatasetSource AzureDataLakeArtifactDatasetSource B2ArtifactDatasetSource "
            "FTPArtifactDatasetSource GCSArtifactDatasetSource HdfsArtifactDatasetSource LocalArtifactDatasetSource "
            "R2ArtifactDatasetSource S3ArtifactDatasetSource SFTPArtifactDatasetSource",
        ),
        "CodeDatasetSource": f"{_DATA}.code_dataset_source:CodeDatasetSource",
        "DeltaDatasetSource": f"{_DATA}.delta_dataset_source:DeltaDatasetSource",
        "HTTPDatasetSource": f"{_DATA}.http_dataset_source:HTTPDatasetSource",
        "HuggingFaceDatasetSource": f"{_DATA}.huggingface_dataset_source:HuggingFaceDatasetSource",
        "SparkDatasetSource": f"{_DATA}.spark_dataset_source:SparkDatasetSource",
        "UCVolumeDatasetSource": f"{_DATA}.uc_volume_dataset_source:UCVolumeDatasetSource",
    },
    "protos": {},
    "protos.databricks_pb2": {},
    "utils": {},
    "utils.mlflow_tags": {},
    "utils.validation": {},
    "sklearn": _flavor(
        "sklearn",
        "SERIALIZATION_FORMAT_CLOUDPICKLE SERIALIZATION_FORMAT_PICKLE SERIALIZATION_FORMAT_SKOPS "
        "SUPPORTED_SERIALIZATION_FORMATS",
    ),
    **{name: _flavor(name) for name in "xgboost lightgbm catboost spacy prophet pmdarima".split()},
    "pytorch": {**_flavor("pytorch"), "load_checkpoint": "flowmill.autologging.loading:load_lightning_checkpoint"},
    "keras": {
        **_flavor("keras"),
        "MlflowCallback": "flowmill.autologging.keras_callbacks:MlflowCallback",
        "MLflowCallback": "flowmill.autologging.keras_callbacks:MlflowCallback",
    },
    "tensorflow": {
        **_flavor("tensorflow"),
        **_all_from("flowmill.autologging.keras_callbacks", "MlflowCallback MlflowModelCheckpointCallback"),
        "load_checkpoint": "flowmill.autologging.loading:load_keras_checkpoint",
        "get_global_custom_objects": "flowmill.models.flavors.keras:get_global_custom_objects",
    },
    "optuna": {"MlflowStorage": "flowmill.autologging.optuna_storage:MlflowStorage"},
    "optuna.storage": {"MlflowStorage": "flowmill.autologging.optuna_storage:MlflowStorage"},
    "pyspark": {},
    "pyspark.ml": _all_from("flowmill.autologging.spark_ml", "autolog AUTOLOGGING_INTEGRATION_NAME"),
    "pyspark.optuna": {},
    "pyspark.optuna.study": _all_from("flowmill.autologging.spark_optuna", "MlflowSparkStudy ResumeInfo"),
    "sentence_transformers": _flavor("sentence_transformers", "SENTENCE_TRANSFORMERS_DATA_PATH"),
    "paddle": _flavor("paddle"),
    "spark": _flavor("spark"),
    "h2o": _flavor("h2o"),
    "shap": _all_from(
        "flowmill.models.flavors.shap",
        "FLAVOR_NAME get_default_conda_env get_default_pip_requirements get_underlying_model_flavor load_explainer "
        "log_explainer log_explanation save_explainer save_model",
    ),
    "transformers": _flavor(
        "transformers",
        "FlavorKey get_model_with_peft_adapter get_peft_base_model is_gpu_available is_peft_model "
        "persist_pretrained_model",
    ),
    "statsmodels": _flavor("statsmodels", "STATSMODELS_DATA_SUBPATH"),
    "onnx": _flavor("onnx", "ONNX_EXECUTION_PROVIDERS"),
    "pyfunc": {
        **_all_from(
            _PYFUNC,
            "load_model get_default_pip_requirements get_default_conda_env add_to_model load_pyfunc EnvType "
            "FLAVOR_NAME MAIN CODE DATA ENV PY_VERSION TASK",
        ),
        **_PYTHON_MODELS,
        **_all_from("flowmill.models.pyfunc_save", "log_model save_model"),
        "PyFuncModel": "flowmill.models.pyfunc_model:PyFuncModel",
        "get_model_dependencies": "flowmill.models.load:get_model_dependencies",
        **_all_from("flowmill.models.prediction_context", "Context set_prediction_context"),
        "update_signature_for_type_hint_from_example": (
            "flowmill.models.signature:update_signature_for_type_hint_from_example"
        ),
        "spark_udf": "flowmill.models.spark_udf:spark_udf",
        "archive_directory": "flowmill.models.folder:archive_directory",
        "extract_archive_to_dir": "flowmill.models.folder:extract_archive_to_dir",
        **_all_from("flowmill.models.installed", "HAS_PYSPARK IS_RESPONSES_AGENT_AVAILABLE"),
    },
    "pyfunc.context": _all_from(
        "flowmill.models.prediction_context", "Context get_prediction_context set_prediction_context"
    ),
    "pyfunc.utils": {"pyfunc": "flowmill.models.python_model:pyfunc"},
    "pyfunc.scoring_server": {
        **_all_from(
            "flowmill.serving.functions",
            "InvocationsResponse ParsedJsonInput get_cmd infer_and_parse_data init invocations "
            "load_model_with_mlflow_config parse_csv_input parse_parquet_input predictions_to_json "
            "unwrapped_predictions_to_json",
        ),
        "client": "flowmill.pyfunc.scoring_server.client",
    },
    "pyfunc.scoring_server.client": _all_from(
        "flowmill.serving.client",
        "BaseScoringServerClient PredictionsResponse ScoringServerClient StdinScoringServerClient",
    ),
    "pyfunc.model": {
        **_all_from(_PYFUNC, "get_default_pip_requirements get_default_conda_env"),
        **_PYTHON_MODELS,
    },
    "types": _TYPES,
    "types.schema": {
        **_TYPES,
        **_all_from(_DATATYPES, "AnyType Array BaseType Map Object Property"),
        **_all_from(_DATATYPES, "ALLOWED_DTYPES COLSPEC_TYPES EXPECTED_TYPE_MESSAGE SparkMLVector"),
        "HAS_PYSPARK": "flowmill.models.installed:HAS_PYSPARK",
        "TensorInfo": "flowmill.models.schema:TensorInfo",
        "convert_dataclass_to_schema": "flowmill.models.hints:schema_of_dataclass",
    },
    "metrics": {
        **_all_from(f"{_EVALUATING}.values", "EvaluationMetric MetricValue make_metric"),
        **_all_from(
            f"{_EVALUATING}.metrics",
            "exact_match f1_score latency mae mape max_error mse ndcg_at_k precision_at_k precision_score r2_score "
            "recall_at_k recall_score rmse",
        ),
    },
    "metrics.base": _all_from(f"{_EVALUATING}.values", "MetricValue standard_aggregations"),
    "models.evaluation": EVALUATION,
    "models.evaluation.artifacts": _all_from(
        f"{_EVALUATING}.artifacts",
        "CsvEvaluationArtifact ImageEvaluationArtifact JsonEvaluationArtifact NumpyEvaluationArtifact "
        "ParquetEvaluationArtifact PickleEvaluationArtifact TextEvaluationArtifact",
    ),
    "models.evaluation.base": {
        name: EVALUATION[name]
        for name in "EvaluationArtifact EvaluationMetric EvaluationResult ModelEvaluator evaluate make_metric".split()
    },
    "models.evaluation.validation": _all_from(
        f"{_EVALUATING}.validation",
        "MetricThreshold MetricThresholdClassException ModelValidationFailedException validate_evaluation_results",
    ),
    "types.agent": {
        **_all_from(
            "flowmill.models.agent_types",
            "ChatAgentChunk ChatAgentMessage ChatAgentRequest ChatAgentResponse ChatContext",
        ),
        **_all_from(
            "flowmill.models.llm_schemas",
            "CHAT_AGENT_INPUT_EXAMPLE CHAT_AGENT_INPUT_SCHEMA CHAT_AGENT_OUTPUT_SCHEMA",
        ),
    },
    "types.chat": _all_from(
        "flowmill.models.chat_types",
        "AudioContentPart BaseRequestPayload ChatChoice ChatChoiceDelta ChatChunkChoice ChatCompletionChunk "
        "ChatCompletionRequest ChatCompletionResponse ChatMessage ChatTool ChatUsage Function FunctionParams "
        "FunctionToolDefinition ImageContentPart ImageUrl InputAudio JsonSchemaSpec ParamProperty ParamType "
        "PromptTokensDetails ReasoningContentPart ReasoningSummaryPart ResponseFormat TextContentPart ToolCall "
        "ToolCallDelta ToolChoice ToolChoiceFunction",
    ),
    "types.llm": {
        **_all_from(
            "flowmill.models.llm",
            "ChatChoice ChatChoiceDelta ChatChoiceLogProbs ChatChunkChoice ChatCompletionChunk ChatCompletionRequest "
            "ChatCompletionResponse ChatMessage ChatParams FunctionToolCallArguments FunctionToolDefinition "
            "JSON_SCHEMA_TYPES ParamProperty ParamType TokenLogProb TokenUsageStats ToolCall ToolDefinition "
            "ToolParamsSchema TopTokenLogProb",
        ),
        **_all_from(
            "flowmill.models.llm_schemas",
            "CHAT_MODEL_INPUT_EXAMPLE CHAT_MODEL_INPUT_SCHEMA CHAT_MODEL_OUTPUT_SCHEMA COMPLETIONS_MODEL_INPUT_SCHEMA "
            "COMPLETIONS_MODEL_OUTPUT_SCHEMA EMBEDDING_MODEL_INPUT_SCHEMA EMBEDDING_MODEL_OUTPUT_SCHEMA",
        ),
    },
    "types.responses": {
        **_all_from(
            "flowmill.models.responses_types",
            "ResponsesAgentRequest ResponsesAgentResponse ResponsesAgentStreamEvent",
        ),
        **_all_from(
            "flowmill.models.responses_items",
            "create_annotation_added create_function_call_item create_function_call_output_item "
            "create_mcp_approval_request_item create_mcp_approval_response_item create_reasoning_item "
            "create_text_delta create_text_output_item output_to_responses_items_stream "
            "responses_agent_output_reducer to_chat_completions_input",
        ),
        **_all_from(
            "flowmill.models.llm_schemas",
            "RESPONSES_AGENT_INPUT_EXAMPLE RESPONSES_AGENT_INPUT_SCHEMA RESPONSES_AGENT_OUTPUT_SCHEMA",
        ),
    },
    "types.responses_helpers": _all_from(
        "flowmill.models.responses_parts",
        "Annotation AnnotationFileCitation AnnotationFilePath AnnotationURLCitation BaseRequestPayload Content "
        "FunctionCallOutput FunctionTool IncompleteDetails InputTokensDetails McpApprovalRequest McpApprovalResponse "
        "Message OutputItem OutputTokensDetails ReasoningParams Response ResponseCompletedEvent ResponseError "
        "ResponseErrorEvent ResponseFunctionToolCall ResponseInputTextParam ResponseOutputItemDoneEvent "
        "ResponseOutputMessage ResponseOutputRefusal ResponseOutputText ResponseReasoningItem "
        "ResponseTextAnnotationDeltaEvent ResponseTextDeltaEvent ResponseUsage Status Summary Tool ToolChoice "
        "ToolChoiceFunction Truncation",
    ),
    "types.type_hints": {
        **_all_from(
            "flowmill.models.hints",
            "ColSpecType InvalidTypeHintException NONE_TYPE OPTIONAL_INPUT_MSG SUPPORTED_TYPE_HINT_MSG "
            "TYPE_HINTS_TO_DATATYPE_MAPPING UNION_TYPES UnsupportedTypeHintException ValidationResult field_required "
            "model_fields model_validate TypeFromExample type_hints_no_signature_inference",
        ),
        "FIELD_TYPE": "pydantic.fields:FieldInfo",
    },
    "models.model": {
        **_all_from("flowmill.models.mlmodel", "Model ModelInfo MLMODEL_FILE_NAME"),
        "get_model_info": "flowmill.models.load:get_model_info",
        **_all_from("flowmill.models.requirements", "Files get_model_requirements_files update_model_requirements"),
        **_all_from("flowmill.models.flavors.python_function", "SET_MODEL_ERROR set_model"),
        **_all_from("flowmill.models.used_variables", "ENV_VAR_FILE_HEADER ENV_VAR_FILE_NAME"),
    },
    "models.utils": {
        "add_libraries_to_model": "flowmill.models.libraries:add_libraries_to_model",
        **_all_from("flowmill.models.installed", "HAS_PYSPARK HAS_SCIPY"),
        "get_external_mlflow_model_spec": "flowmill.active_model:get_external_mlflow_model_spec",
        "convert_complex_types_pyspark_to_pandas": (
            "flowmill.models.spark_values:convert_complex_types_pyspark_to_pandas"
        ),
        "plot_lines": f"{_EVALUATING}.plots:plot_lines",
        "convert_input_example_to_serving_input": ("flowmill.models.example:convert_input_example_to_serving_input"),
        "validate_schema": "flowmill.models.enforce:validate_schema",
        "validate_serving_input": "flowmill.models.predictions:validate_serving_input",
        "ModelInputExample": "flowmill.models.example:ModelInputExample",
        "get_model_version_from_model_uri": "flowmill.models.uri:get_model_version_from_model_uri",
        "load_serving_example": "flowmill.models.requirements:load_serving_example",
    },
}

for _library in "keras lightgbm paddle pytorch sklearn spark statsmodels tensorflow transformers xgboost".split():
    MODULES[_library]["autolog"] = f"flowmill.autologging.{_library}:autolog"

CONSTANTS: dict[str, dict[str, object]] = {
    "models.model": {
        "METADATA_FILES": ["MLmodel", "conda.yaml", "requirements.txt", "python_env.yaml"],
        "MODEL_CODE_PATH": "model_code_path",
        "MODEL_CONFIG": "config",
    },
    "models.utils": {
        "DF_SPLIT": "dataframe_split",
        "EXAMPLE_DATA_KEY": "inputs",
        "EXAMPLE_FILENAME": "input_example.json",
        "EXAMPLE_PARAMS_KEY": "params",
        "INPUTS": "inputs",
        "INPUT_EXAMPLE_PATH": "artifact_path",
        "SERVING_INPUT_FILENAME": "serving_input_example.json",
        "SERVING_INPUT_PATH": "serving_input_path",
        "SERVING_PARAMS_KEY": "params",
    },
    "pyfunc.model": {
        "CONFIG_KEY_ARTIFACTS": "artifacts",
        "CONFIG_KEY_ARTIFACT_RELATIVE_PATH": "path",
        "CONFIG_KEY_ARTIFACT_URI": "uri",
        "CONFIG_KEY_CLOUDPICKLE_VERSION": "cloudpickle_version",
        "CONFIG_KEY_COMPRESSION": "python_model_compression",
        "CONFIG_KEY_PYTHON_MODEL": "python_model",
    },
    "types.schema": {
        "ANY_TYPE": "any",
        "ARRAY_TYPE": "array",
        "MAP_TYPE": "map",
        "OBJECT_TYPE": "object",
        "SPARKML_VECTOR_TYPE": "sparkml_vector",
    },
    "tracking.fluent": {"NUM_RUNS_PER_PAGE_PANDAS": 10_000, "SEARCH_MAX_RESULTS_PANDAS": 100_000},
    "pyfunc.scoring_server": {
        "CONTENT_TYPE_CSV": "text/csv",
        "CONTENT_TYPE_JSON": "application/json",
        "CONTENT_TYPE_PARQUET": "application/vnd.apache.parquet",
        "CONTENT_TYPES": ["text/csv", "application/json", "application/vnd.apache.parquet"],
        "DF_RECORDS": "dataframe_records",
        "DF_SPLIT": "dataframe_split",
        "INSTANCES": "instances",
        "INPUTS": "inputs",
        "REQUIRED_INPUT_FORMAT": (
            "The input is a JSON object with exactly one of the keys dataframe_records, dataframe_split, inputs and "
            "instances."
        ),
        "SCORING_PROTOCOL_CHANGE_INFO": (
            "Requests are as MLflow has them from 2.0 on: a frame that is sent without dataframe_split or "
            "dataframe_records around it is of an earlier one."
        ),
        "SUPPORTED_FORMATS": {"dataframe_records", "dataframe_split", "instances", "inputs"},
        "SERVING_PARAMS_KEY": "params",
        "SERVING_MODEL_CONFIG": "SERVING_MODEL_CONFIG",
    },
    # Integrations cut what they log to what MLflow's servers take.
    "utils.validation": {
        "MAX_BATCH_LOG_REQUEST_SIZE": 1_000_000,
        "MAX_ENTITIES_PER_BATCH": 1000,
        "MAX_ENTITY_KEY_LENGTH": 250,
        "MAX_EXPERIMENT_TAG_KEY_LENGTH": 250,
        "MAX_EXPERIMENT_TAG_VAL_LENGTH": 20_000,
        "MAX_METRICS_PER_BATCH": 1000,
        "MAX_PARAMS_TAGS_PER_BATCH": 100,
        "MAX_PARAM_VAL_LENGTH": 6000,
        "MAX_TAG_VAL_LENGTH": 8000,
    },
    "utils.mlflow_tags": {
        "MLFLOW_RUN_NAME": "mlflow.runName",
        "MLFLOW_RUN_NOTE": "mlflow.note.content",
        "MLFLOW_RUN_CONTEXT": "mlflow.runContext",
        "MLFLOW_PARENT_RUN_ID": "mlflow.parentRunId",
        "MLFLOW_USER": "mlflow.user",
        "MLFLOW_SOURCE_NAME": "mlflow.source.name",
        "MLFLOW_SOURCE_TYPE": "mlflow.source.type",
        "MLFLOW_GIT_COMMIT": "mlflow.source.git.commit",
        "MLFLOW_GIT_BRANCH": "mlflow.source.git.branch",
        "MLFLOW_GIT_REPO_URL": "mlflow.source.git.repoURL",
        "MLFLOW_LOGGED_MODELS": "mlflow.log-model.history",
        "MLFLOW_DATASET_CONTEXT": "mlflow.data.context",
    },
}
"""Plain values of modules that are nothing else."""
