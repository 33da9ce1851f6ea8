"""The scoring server: a model behind HTTP, by the protocol of MLflow."""
