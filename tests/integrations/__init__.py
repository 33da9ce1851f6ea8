"""Other libraries with Flowmill under the name of mlflow, unchanged: callbacks, launchers, and what maps models."""
