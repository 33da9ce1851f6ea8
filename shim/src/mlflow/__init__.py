"""The ``mlflow`` package of this distribution is Flowmill: the same objects under both names."""

import sys

import flowmill

__flowmill_shim__ = True
flowmill.install_as_mlflow()
assert sys.modules["mlflow"] is flowmill
