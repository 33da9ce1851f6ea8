# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.models.python_model import pyfunc as pyfunc
