"""As ``flowmill.utils.validation``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

MAX_BATCH_LOG_REQUEST_SIZE: int
MAX_ENTITIES_PER_BATCH: int
MAX_ENTITY_KEY_LENGTH: int
MAX_EXPERIMENT_TAG_KEY_LENGTH: int
MAX_EXPERIMENT_TAG_VAL_LENGTH: int
MAX_METRICS_PER_BATCH: int
MAX_PARAMS_TAGS_PER_BATCH: int
MAX_PARAM_VAL_LENGTH: int
MAX_TAG_VAL_LENGTH: int
