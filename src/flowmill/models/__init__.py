"""Models: folders that explain themselves, saved, logged, loaded and asked the same way for every library."""

from flowmill.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "Model": "flowmill.models.mlmodel:Model",
        "ModelInfo": "flowmill.models.mlmodel:ModelInfo",
        "ModelSignature": "flowmill.models.signature:ModelSignature",
        "build_docker": "flowmill.models.docker:build_docker",
        "convert_input_example_to_serving_input": ("flowmill.models.example:convert_input_example_to_serving_input"),
        "generate_dockerfile": "flowmill.models.docker:generate_dockerfile",
        "get_model_info": "flowmill.models.load:get_model_info",
        "infer_signature": "flowmill.models.signature:infer_signature",
        "predict": "flowmill.models.predict:predict",
        "set_model": "flowmill.models.flavors.python_function:set_model",
        "set_signature": "flowmill.models.load:set_signature",
        "validate_schema": "flowmill.models.enforce:validate_schema",
        "validate_serving_input": "flowmill.models.predict:validate_serving_input",
    },
)
