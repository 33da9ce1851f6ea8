"""sentence-transformers: a small BERT with pooling, with and without options of its call."""

from __future__ import annotations

import os

os.environ.setdefault("TQDM_DISABLE", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import tempfile
from typing import Any

import sentence_transformers
import transformers
from sentence_transformers import SentenceTransformer, models

from tests.flavors.sheet import Case
from tests.flavors.sheets.tiny import bert, bert_tokenizer

transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()

REQUIRES = ("sentence-transformers", "transformers", "torch", "numpy")
NEW = sentence_transformers.__version__ >= "5.4"
OLDER = "It asks with a Series if there is a signature, which is refused from 5.4 on." if NEW else None
TEXTS = ["the cat sat", "a dog is bad"]


def tiny() -> SentenceTransformer:
    with tempfile.TemporaryDirectory() as folder:
        bert("BertModel").save_pretrained(folder)
        bert_tokenizer().save_pretrained(folder)
        words = models.Transformer(folder)
    model: Any = SentenceTransformer(modules=[words, models.Pooling(16), models.Normalize()])
    model[0].auto_model.name_or_path = ""  # MLflow would note the folder that is gone
    return model


def cases() -> list[Case]:
    def ask(model: Any, data: Any) -> Any:
        return model.encode(data, show_progress_bar=False)

    model = tiny()
    answer = ask(model, TEXTS)
    alike: dict[str, Any] = {"native": ask, "close": 1e-6, "corrupt": False}
    return [
        Case("tiny", model, TEXTS, answer, REQUIRES, older=OLDER, **alike),
        Case("unsigned", model, TEXTS, answer, REQUIRES, options={"signature": False}, example=False, **alike),
    ]
