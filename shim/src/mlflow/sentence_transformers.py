"""As ``flowmill.sentence_transformers``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.sentence_transformers import *
