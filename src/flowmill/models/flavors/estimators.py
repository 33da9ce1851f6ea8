"""Files of models in the form of scikit-learn: skops, which holds data and no program; a pickle where skops cannot."""

# What a user passes is checked while it runs: nobody's arguments are as their annotations say.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import logging
import pickle
import sys
import zipfile
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowmill.errors import Denied, FlowmillError, Invalid
from flowmill.models.flavor import Stored
from flowmill.models.flavors import plain_skops
from flowmill.models.modules import modules_of, top_levels
from flowmill.models.pickles import dump as dump_pickle
from flowmill.models.pickles import load as load_pickle
from flowmill.models.seal import ALLOW_VARIABLE

SERIALIZATION_FORMAT_SKOPS = "skops"
SERIALIZATION_FORMAT_PICKLE = "pickle"
SERIALIZATION_FORMAT_CLOUDPICKLE = "cloudpickle"
SUPPORTED_SERIALIZATION_FORMATS = [
    SERIALIZATION_FORMAT_SKOPS,
    SERIALIZATION_FORMAT_PICKLE,
    SERIALIZATION_FORMAT_CLOUDPICKLE,
]

_log = logging.getLogger(__name__)


@dataclass
class Written:
    """What was written: the file's name and format, the types in it that other readers must be told to trust."""

    file: str
    format: str
    trusted_types: list[str] | None
    runs_code: list[str] = field(default_factory=list)
    modules: set[str] = field(default_factory=set)
    packages: list[str] = field(default_factory=list)


def write_estimator(
    model: Any,
    folder: Path,
    wanted: str | None,
    named: Any,
    harmless: Collection[str] = (),
) -> Written:
    """Write ``model.skops`` or ``model.pkl`` into the folder.

    ``wanted``: the format, None for skops where it can hold the model; ``named``: types that the user says other
    readers shall trust; ``harmless``: types of the flavor's own library that hold nothing but data.
    """
    if wanted is not None and wanted not in SUPPORTED_SERIALIZATION_FORMATS:
        raise Invalid(
            f"serialization_format is {wanted!r}: expected one of {', '.join(SUPPORTED_SERIALIZATION_FORMATS)}."
        )
    needs: set[str] = set()
    unusual: list[str] = []
    used = wanted or SERIALIZATION_FORMAT_SKOPS
    if used == SERIALIZATION_FORMAT_SKOPS:
        try:
            unusual = _save_skops(model, folder / "model.skops", harmless)
        except Exception as error:
            # skops raises errors of many kinds for what it cannot hold: a lambda, an open file, a class of __main__.
            (folder / "model.skops").unlink(missing_ok=True)
            if wanted is not None:
                raise Invalid(
                    f"skops cannot hold this {type(model).__name__} ({error}): leave serialization_format out, or pass "
                    "serialization_format='cloudpickle'."
                ) from error
            _log.warning(
                "This %s holds more than data (%s): it is saved as a pickle, sealed with your key.",
                type(model).__name__,
                error,
            )
            used = SERIALIZATION_FORMAT_CLOUDPICKLE
    file = "model.skops" if used == SERIALIZATION_FORMAT_SKOPS else "model.pkl"
    if used == SERIALIZATION_FORMAT_PICKLE:
        (folder / file).write_bytes(pickle.dumps(model))
    elif used == SERIALIZATION_FORMAT_CLOUDPICKLE:
        needs = top_levels(dump_pickle(model, folder / file))
    is_program = used != SERIALIZATION_FORMAT_SKOPS or bool(set(unusual) - set(harmless))
    formats = {SERIALIZATION_FORMAT_SKOPS: ["skops"], SERIALIZATION_FORMAT_CLOUDPICKLE: ["cloudpickle"]}
    return Written(
        file,
        used,
        _merged(unusual, named),
        [file] * is_program,
        needs if used == SERIALIZATION_FORMAT_CLOUDPICKLE else modules_of(model),
        formats.get(used, []),
    )


def _merged(unusual: list[str], named: Any) -> list[str] | None:
    """The types that other readers must be told to trust."""
    if named is not None and not (isinstance(named, list) and all(isinstance(item, str) for item in named)):
        raise Invalid(f"skops_trusted_types is {named!r}: expected a list of type names.")
    every: list[str] = [*(named or []), *unusual]
    return list(dict.fromkeys(every)) or None


def _save_skops(model: Any, file: Path, harmless: Collection[str]) -> list[str]:
    """Write the file; returns the types in it that a reader does not trust by itself."""
    try:
        return plain_skops.dump(model, file, harmless)
    except plain_skops.NotPlain:
        pass
    import skops.io

    skops.io.dump(model, file)
    unusual = [str(name) for name in skops.io.get_untrusted_types(file=file)]
    homeless = [name for name in unusual if not _can_be_imported(name)]
    if homeless:
        raise Invalid(f"{homeless[0]} cannot be imported by that name elsewhere")
    return unusual


def _can_be_imported(name: str) -> bool:
    """Whether another process finds the object of this dotted name."""
    if name.partition(".")[0] in ("__main__", "__mp_main__"):
        return False
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        found: Any = sys.modules.get(".".join(parts[:cut]))
        if found is not None:
            for part in parts[cut:]:
                found = getattr(found, part, None)
            return found is not None
    return False


def read_estimator(stored: Stored, relative: object, stated: object, harmless: Collection[str] = ()) -> Any:
    """The model in the file ``relative``; ``stated``: the format that the MLmodel file says, if it says one."""
    file = stored.path(relative)
    if str(relative).endswith(".skops") or stated == SERIALIZATION_FORMAT_SKOPS:
        return _load_skops(file, str(relative), stored, harmless)
    return load_pickle(file.name, stored.sealed(relative))


def _load_skops(file: Path, relative: str, stored: Stored, harmless: Collection[str]) -> Any:
    try:
        try:
            return plain_skops.load(file, harmless)
        except plain_skops.NotPlain:
            pass
        import skops.io

        unusual = [str(name) for name in skops.io.get_untrusted_types(file=file)]
        strange = sorted(set(unusual) - set(harmless))
        if strange and not stored.trust.covers(relative):
            raise Denied(
                f"The model's {relative} holds the types {strange}, which can do harm when they are loaded, and no key "
                "that you trust has sealed it: if you trust who made it, pass allow_pickle=True or set "
                f"{ALLOW_VARIABLE}=true."
            )
        return skops.io.load(file, trusted=unusual)
    except (ValueError, KeyError, OSError, ModuleNotFoundError, zipfile.BadZipFile) as error:
        raise FlowmillError(f"The model's {relative} cannot be loaded ({error}).") from error
