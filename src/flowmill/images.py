"""Pictures as people have them, arrays and PIL images, and the files that they are stored as."""

from __future__ import annotations

import re
import sys
import uuid
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid

THUMBNAIL_PIXELS = 256
"""The longer side of the picture that the page shows first."""
STEPPED_FOLDER = "images"
"""Where pictures of a key and a step lie."""
_CHANNELS = (1, 3, 4)
_KEY = re.compile(r"[\w\-./ ]+", re.ASCII)


class Image:
    """A picture to be logged, in a table or by itself.

    ``image``: the path of a file, a PIL image, or pixels as an array or nested lists of shape (h, w), (h, w, 1),
    (h, w, 3) or (h, w, 4): integers 0..255, floats 0..1 or bools.
    """

    def __init__(self, image: Any) -> None:
        if isinstance(image, str | Path):
            with _pil().open(image) as file:
                file.load()
                self.image = file.copy()
        elif isinstance(image, list | tuple):
            self.image = to_pil(_numpy().array(image))
        else:
            self.image = to_pil(image)
        self.size: tuple[int, int] = self.image.size

    def to_list(self) -> list[Any]:
        """The pixels as nested lists."""
        return self.to_array().tolist()

    def to_array(self) -> Any:
        """The pixels as a numpy array."""
        return _numpy().array(self.image)

    def to_pil(self) -> Any:
        """The ``PIL.Image.Image``."""
        return self.image

    def resize(self, size: tuple[int, int]) -> Image:
        """This picture, resized in place to (width, height) pixels."""
        self.image = self.image.resize(size)
        self.size = self.image.size
        return self

    def save(self, path: str | Path) -> None:
        """Write a file; its ending says which format."""
        self.image.save(path)


def is_image(value: Any) -> bool:
    """Whether a value is a picture and no array; asks without importing PIL."""
    if isinstance(value, Image):
        return True
    pil = sys.modules.get("PIL.Image")
    return pil is not None and isinstance(value, pil.Image)


def to_pil(value: Any) -> Any:
    """The ``PIL.Image.Image`` of a picture or an array of pixels. Invalid for what is no picture."""
    if isinstance(value, Image):
        return value.image
    if is_image(value):
        return value
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.ndarray):
        raise Invalid(
            f"Cannot make an image of a {type(value).__name__}: expected a numpy array, a PIL image or mlflow.Image."
        )
    return _from_pixels(value)


def _from_pixels(pixels: Any) -> Any:
    if pixels.ndim not in (2, 3):
        raise Invalid(f"An image has the shape (height, width) or (height, width, channels), not {pixels.shape}.")
    if pixels.ndim == 3 and pixels.shape[2] not in _CHANNELS:
        raise Invalid(f"An image has 1, 3 or 4 channels, not {pixels.shape[2]}; its shape is {pixels.shape}.")
    if 0 in pixels.shape:
        raise Invalid(f"An image needs at least one pixel; its shape is {pixels.shape}.")
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[:, :, 0]
    return _pil().fromarray(_as_bytes(pixels))


def _as_bytes(pixels: Any) -> Any:
    """Pixels as uint8, a copy of the caller's array."""
    numpy = _numpy()
    kind = pixels.dtype.kind
    if kind == "b":
        return pixels.astype(numpy.uint8) * 255
    if kind in "iu":
        low, high = int(pixels.min()), int(pixels.max())
        if low < 0 or high > 255:
            raise Invalid(f"Whole pixel values must lie in 0..255, but they lie in {low}..{high}; scale them first.")
        return pixels.astype(numpy.uint8)
    if kind != "f":
        raise Invalid(f"Pixels of type {pixels.dtype} are no image: expected bools, integers or floats.")
    finite = numpy.isfinite(pixels)
    if not finite.all():
        _warn(f"{int((~finite).sum())} pixels are NaN or infinite; they are black in the logged image.")
        pixels = numpy.where(finite, pixels, 0.0)
    low, high = float(pixels.min()), float(pixels.max())
    if low < 0.0 or high > 1.0:
        _warn(f"Float pixels lie in {low:g}..{high:g} instead of 0..1; the logged image is scaled to that range.")
        pixels = (pixels - low) / (high - low) if high > low else numpy.zeros_like(pixels)
    return (pixels.astype(numpy.float64) * 255).astype(numpy.uint8)


def encoded(image: Any, name: str) -> bytes:
    """The file of a PIL image in the format that the ending of ``name`` stands for."""
    ending = Path(name).suffix.lower()
    if not ending:
        raise Invalid(f"The image file {name!r} needs an ending that says its format, such as '.png'.")
    pil = _pil()
    pil.init()
    kind = pil.registered_extensions().get(ending)
    if kind is None or kind not in pil.SAVE:
        raise Invalid(f"No image can be written as {name!r}: {ending!r} is no format that Pillow writes; try '.png'.")
    file = BytesIO()
    try:
        image.save(file, format=kind)
    except (OSError, ValueError):  # the format has no such pixels; RGB is what all have
        file = BytesIO()
        image.convert("RGB").save(file, format=kind)
    return file.getvalue()


def thumbnail(image: Any) -> bytes:
    """The small WebP that the page shows for a PIL image."""
    small = image if image.mode in ("RGB", "RGBA", "L", "LA") else image.convert("RGB")
    scale = THUMBNAIL_PIXELS / max(small.size)
    small = small.resize((max(1, int(small.width * scale)), max(1, int(small.height * scale))))
    file = BytesIO()
    small.save(file, format="WEBP")
    return file.getvalue()


def stepped_names(key: str, step: int, timestamp: int) -> tuple[str, str]:
    """The paths of a picture of a series and of its thumbnail; ``timestamp``: ms since the epoch, UTC.

    All that the page knows of the picture stands in its name, as MLflow's page expects. Slashes of the key become
    ``~``, since a folder for each would hide that they belong together.
    """
    if not _KEY.fullmatch(key):
        raise Invalid(
            f"Invalid image key {key!r}: it may hold letters and digits of ASCII, spaces and the characters '_', '-', "
            "'.' and '/'."
        )
    stem = f"{STEPPED_FOLDER}/{key.replace('/', '~')}+step+{step}+timestamp+{timestamp}+{uuid.uuid4()}"
    return f"{stem}.png", f"{stem}+compressed.webp"


def _warn(what: str) -> None:
    warnings.warn(what, stacklevel=7)


def _numpy() -> Any:
    try:
        import numpy
    except ImportError:
        raise Invalid("Images need numpy: pip install numpy pillow.") from None
    return numpy


def _pil() -> Any:
    try:
        import PIL.Image
    except ImportError:
        raise Invalid("Images need Pillow: pip install pillow.") from None
    return PIL.Image
