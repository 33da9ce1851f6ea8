"""spaCy: a classifier of texts."""

from __future__ import annotations

import pandas as pd
import spacy
from spacy.training import Example

from tests.flavors.sheet import Case

TEXTS = {"fine day": {"good": 1.0, "bad": 0.0}, "awful rain": {"good": 0.0, "bad": 1.0}}


def cases() -> list[Case]:
    spacy.util.fix_random_seed(0)
    model = spacy.blank("en")
    part = model.add_pipe("textcat")
    for label in ("good", "bad"):
        part.add_label(label)
    known = [Example.from_dict(model.make_doc(text), {"cats": cats}) for text, cats in TEXTS.items()]
    model.initialize(lambda: known)
    for _ in range(3):
        model.update(known)
    texts = pd.DataFrame({"text": ["fine", "awful"]})
    answer = pd.DataFrame({"predictions": [model(text).cats for text in texts["text"]]})
    return [
        Case(
            "texts",
            model,
            texts,
            answer,
            ("spacy",),
            native=lambda loaded, data: pd.DataFrame({"predictions": [loaded(text).cats for text in data["text"]]}),
            close=1e-5,
            corrupt=False,
        )
    ]
