"""Names of MLflow that Flowmill does not have yet, so that code that uses one is told so."""

from __future__ import annotations

NOT_YET = frozenset(
    """
    add_trace ag2 agno anthropic autogen bedrock create_workspace crewai delete_assessment delete_prompt_alias
    delete_trace_tag delete_workspace deployments diffusers doctor dspy
    evaluation
    flush_trace_async_logging gateway gemini genai get_active_trace_id get_assessment
    get_current_active_span get_last_active_trace_id get_trace get_workspace groq haystack
    import_checkpoints johnsnowlabs langchain list_workspaces litellm llama_index load_prompt
    log_assessment log_expectation log_feedback log_issue
    log_trace login mistral openai otel override_feedback projects
    pydantic_ai pytest register_prompt rfunc run sagemaker search_prompts
    search_sessions search_traces semantic_kernel set_prompt_alias
    set_trace_tag set_workspace smolagents start_span start_span_no_context strands
    test trace tracing typesafe update_assessment update_current_trace
    update_workspace
    """.split()
)
"""Functions, classes and modules directly below ``mlflow``."""
