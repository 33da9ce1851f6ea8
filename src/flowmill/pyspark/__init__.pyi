# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import ml as ml
from . import optuna as optuna
