# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import storage as storage
from flowmill.autologging.optuna_storage import MlflowStorage as MlflowStorage
