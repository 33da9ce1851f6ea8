"""What ``import mlflow`` finds in processes that a script run by Flowmill spawns."""

import flowmill

__flowmill_shim__ = True
flowmill.install_as_mlflow()
