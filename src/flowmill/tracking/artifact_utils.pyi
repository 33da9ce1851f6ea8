# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.downloads import get_artifact_uri as get_artifact_uri
