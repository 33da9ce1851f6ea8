"""What Spark ML's estimators are made of: their parameters, and those of the estimators in them, by name.

An estimator is known by its class; where a tree has several of one class, by its class and a number (``Pipeline_2``),
as MLflow names them.
"""

# The library is the user's: who checks types need not have it.
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

_CANDIDATES = "estimatorParamMaps"


class Tree:
    """An estimator and all that it holds."""

    def __init__(self, root: Any) -> None:
        self._root = root
        found = {each.uid: type(each).__name__ for each in _all(root)}
        several = {kind for kind, count in Counter(found.values()).items() if count > 1}
        seen: Counter[str] = Counter()
        self._names: dict[str, str] = {}
        for uid, kind in found.items():
            seen[kind] += 1
            self._names[uid] = f"{kind}_{seen[kind]}" if kind in several else kind

    def name(self, uid: str) -> str:
        """The name of the part with this ``uid`` of Spark's."""
        return self._names.get(uid, uid)

    def params(self) -> dict[str, Any]:
        """Parameters that have a value, those of parts with the part's name before them; candidates are left out."""
        return dict(self._params(self._root, ""))

    def params_of_tuned(self, search: Any) -> dict[str, Any]:
        """Parameters of what a search tries, each with its part's name."""
        tuned = search.getEstimator()
        return dict(self._params(tuned, f"{self.name(tuned.uid)}."))

    def named(self, values: Mapping[Any, Any]) -> dict[str, Any]:
        """A map of Spark's parameters by name: ``LogisticRegression.maxIter``."""
        return {f"{self.name(param.parent)}.{param.name}": self._plain(value) for param, value in values.items()}

    def is_plain(self) -> bool:
        """Whether it is one estimator that holds no others."""
        return len(self._names) == 1 and not _is_pipeline(self._root)

    def description(self) -> dict[str, Any]:
        """The hierarchy by names, and of each search what it tries."""
        about: dict[str, Any] = {"hierarchy": self._hierarchy(self._root)}
        for each in _all(self._root):
            if is_search(each):
                about[self.name(each.uid)] = {
                    "tuning_parameter_map_list": [self.named(values) for values in each.getEstimatorParamMaps()],
                    "tuned_estimator_parameter_map": self.params_of_tuned(each),
                }
        return about

    def _hierarchy(self, part: Any) -> dict[str, Any]:
        node: dict[str, Any] = {"name": self.name(part.uid)}
        if _is_pipeline(part):
            node["stages"] = [self._hierarchy(stage) for stage in part.getStages()]
        elif is_search(part):
            node["evaluator"] = self._hierarchy(part.getEvaluator())
            node["tuned_estimator"] = self._hierarchy(part.getEstimator())
        else:
            for param, value in _values(part):
                if _is_part(value):
                    node[param] = self._hierarchy(value)
        return node

    def _params(self, part: Any, before: str) -> Iterator[tuple[str, Any]]:
        for param, value in _values(part):
            if param == _CANDIDATES:
                continue
            yield f"{before}{param}", self._plain(value)
            if param == "estimator" and is_search(part):
                continue
            for each in _parts_in(value):
                yield from self._params(each, f"{self.name(each.uid)}.")

    def _plain(self, value: Any) -> Any:
        """A value with names in place of parts."""
        if _is_part(value):
            return self.name(value.uid)
        if isinstance(value, list | tuple):
            return [self._plain(each) for each in value]
        return value


def params_of(part: Any) -> dict[str, Any]:
    """The parameters of one part that have a value."""
    return dict(_values(part))


def as_json(value: Any) -> str:
    """JSON of parameters; what it has not, vectors and the like, as text."""
    return json.dumps(value, indent=2, default=str)


def is_search(part: Any) -> bool:
    """Whether it tries candidates: a cross-validation, or a split into training and validation."""
    return all(hasattr(part, name) for name in ("getEstimatorParamMaps", "getEstimator", "getEvaluator"))


def _is_pipeline(part: Any) -> bool:
    return hasattr(part, "getStages") and part.isDefined("stages")


def _is_part(value: Any) -> bool:
    return hasattr(value, "uid") and hasattr(value, "extractParamMap")


def _values(part: Any) -> Iterator[tuple[str, Any]]:
    yield from sorted(
        ((param.name, value) for param, value in part.extractParamMap().items()), key=lambda pair: pair[0]
    )


def _parts_in(value: Any) -> list[Any]:
    if _is_part(value):
        return [value]
    return [each for each in value if _is_part(each)] if isinstance(value, list | tuple) else []


def _all(part: Any) -> Iterator[Any]:
    """The part and, in the order of their names, all that it holds."""
    yield part
    for param, value in _values(part):
        if param != _CANDIDATES:
            for each in _parts_in(value):
                yield from _all(each)
