"""Models: folders that explain themselves, saved, logged, loaded and asked the same way for every library."""

from flowmill.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "Model": "flowmill.models.mlmodel:Model",
        "ModelInfo": "flowmill.models.mlmodel:ModelInfo",
        "ModelConfig": "flowmill.models.model_config:ModelConfig",
        "FlavorBackend": "flowmill.models.flavor_backend:FlavorBackend",
        "ModelInputExample": "flowmill.models.example:ModelInputExample",
        "ModelSignature": "flowmill.models.signature:ModelSignature",
        "EvaluationArtifact": "flowmill.evaluating.artifacts:EvaluationArtifact",
        "EvaluationMetric": "flowmill.evaluating.values:EvaluationMetric",
        "EvaluationResult": "flowmill.evaluating.result:EvaluationResult",
        "MetricThreshold": "flowmill.evaluating.validation:MetricThreshold",
        "evaluate": "flowmill.evaluating.evaluate:evaluate",
        "list_evaluators": "flowmill.evaluating.evaluator:list_evaluators",
        "make_metric": "flowmill.evaluating.values:make_metric",
        "add_libraries_to_model": "flowmill.models.libraries:add_libraries_to_model",
        "build_docker": "flowmill.models.docker:build_docker",
        "Resource": "flowmill.models.resources:Resource",
        "ResourceType": "flowmill.models.resources:ResourceType",
        "convert_input_example_to_serving_input": ("flowmill.models.example:convert_input_example_to_serving_input"),
        "generate_dockerfile": "flowmill.models.docker:generate_dockerfile",
        "get_model_info": "flowmill.models.load:get_model_info",
        "infer_pip_requirements": "flowmill.models.requirements:infer_pip_requirements",
        "infer_signature": "flowmill.models.signature:infer_signature",
        "lock_requirements": "flowmill.models.requirements:lock_requirements",
        "predict": "flowmill.models.predictions:predict",
        "set_model": "flowmill.models.flavors.python_function:set_model",
        "set_signature": "flowmill.models.load:set_signature",
        "update_model_requirements": "flowmill.models.requirements:update_model_requirements",
        "validate_schema": "flowmill.models.enforce:validate_schema",
        "validate_serving_input": "flowmill.models.predictions:validate_serving_input",
    },
)
