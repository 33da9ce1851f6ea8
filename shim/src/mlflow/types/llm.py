"""As ``flowmill.types.llm``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.types.llm import *
