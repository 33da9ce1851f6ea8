"""What of MLflow's names is not here, by reason. The list may only shrink: what is here must not be on it.

A pattern stands for a name, ``name(parameter)``, ``name.member`` or ``name.member(parameter)``.
"""

from __future__ import annotations

NOT_HERE: dict[str, str] = {
    "prompts belong to generative AI": """
        mlflow.MlflowClient.*prompt* mlflow.*_prompt mlflow.search_prompts mlflow.*_prompt_alias
        mlflow.entities.Prompt mlflow.entities.model_registry.Prompt*
    """,
    "traces and what is measured of them belong to generative AI": """
        mlflow.MlflowClient.*trace* mlflow.MlflowClient.*_span mlflow.*flush_trace_async_logging
        mlflow.*create_experiment(trace_location) mlflow.*set_experiment(trace_location)
        mlflow.entities.Assessment* mlflow.entities.Expectation mlflow.entities.Feedback mlflow.entities.Issue*
        mlflow.entities.Document mlflow.entities.InferenceTableLocation mlflow.entities.Link
        mlflow.entities.*Span* mlflow.entities.ScorerVersion mlflow.entities.Session mlflow.entities.Trace*
        mlflow.entities.UCSchemaLocation mlflow.entities.UnityCatalog mlflow.entities.MlflowExperimentLocation
        mlflow.evaluation mlflow.evaluation.* mlflow.models.set_retriever_schema
    """,
    "metrics of texts, by a language model or other libraries, belong to generative AI": """
        mlflow.metrics.genai mlflow.metrics.genai.* mlflow.metrics.ari_grade_level mlflow.metrics.bleu
        mlflow.metrics.flesch_kincaid_grade_level mlflow.metrics.rouge* mlflow.metrics.token_count
        mlflow.metrics.toxicity
    """,
    "evaluation datasets that a server keeps belong to generative AI": """
        mlflow.MlflowClient.*_dataset mlflow.MlflowClient.*_dataset_tag*
        mlflow.MlflowClient.*_dataset_to_experiments mlflow.MlflowClient.*_dataset_from_experiments
        mlflow.MlflowClient.search_datasets mlflow.entities.DatasetRecord* mlflow.entities.EntityAssociationType
    """,
    "a gateway to language models is no part of this": """
        mlflow.entities.Gateway* mlflow.entities.Budget* mlflow.entities.Guardrail* mlflow.entities.Fallback*
        mlflow.entities.RoutingStrategy mlflow.entities.ConnectOptionSettings
    """,
    "MCP servers are no part of this": """
        mlflow.MlflowClient.*mcp* mlflow.entities.MCP*
    """,
    "there are no workspaces": """
        mlflow.*workspace* mlflow.entities.Workspace*
    """,
    "where to log is one seam of another shape": """
        mlflow.store.*abstract_store* mlflow.tracking.registry mlflow.tracking.registry.*
        mlflow.tracking._get_store
    """,
    "only Databricks has these": "mlflow.models.utils.MockDbutils mlflow.pyfunc.DBConnectArtifactCache",
    "endpoints of language models belong to generative AI": "mlflow.pyfunc.model.ModelFromDeploymentEndpoint",
    "inner workings of MLflow that happen to have public names": """
        mlflow.statsmodels.AutologHelpers mlflow.transformers.build_flavor_config*
        mlflow.transformers.convert_messages_to_prompt mlflow.transformers.format_input_example_for_special_cases
        mlflow.transformers.generate_signature_output mlflow.transformers.infer_or_get_default_signature
        mlflow.transformers.infer_signature_from_llm_inference_task
        mlflow.transformers.load_model_and_components_from_* mlflow.transformers.p*process_*
        mlflow.transformers.save_local_checkpoint mlflow.transformers.save_pipeline_*
        mlflow.transformers.update_flavor_conf_to_persist_pretrained_model
    """,
    "models of R are not for Python": "mlflow.rfunc mlflow.rfunc.*",
    "adapters of models that make pictures belong to generative AI": "mlflow.diffusers mlflow.diffusers.*",
    "John Snow Labs' library needs a licence, so nobody could try it": "mlflow.johnsnowlabs mlflow.johnsnowlabs.*",
    "what searches give is a ModelVersion or a RegisteredModel, whose constructors name their parameters": """
        mlflow.entities.model_registry.ModelVersionSearch(**kwargs)
        mlflow.entities.model_registry.ModelVersionSearch(*args)
        mlflow.entities.model_registry.RegisteredModelSearch(**kwargs)
        mlflow.entities.model_registry.RegisteredModelSearch(*args)
    """,
    "which model is active is kept in another shape": "mlflow.tracking.fluent.ActiveModelContext",
}
