# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import study as study
