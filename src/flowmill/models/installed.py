"""Which libraries are installed beside us, found without importing them."""

from __future__ import annotations

from importlib.util import find_spec

HAS_PYSPARK = find_spec("pyspark") is not None
HAS_SCIPY = find_spec("scipy") is not None
IS_RESPONSES_AGENT_AVAILABLE = find_spec("pydantic") is not None
