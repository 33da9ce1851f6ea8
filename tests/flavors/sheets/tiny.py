"""Models of transformers made from configurations, with tokenizers of a handful of words: nothing is downloaded."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
import transformers

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] the a cat dog sat on mat is good bad what where hello world ?".split()


def bert_tokenizer() -> Any:
    """A tokenizer of `WORDS`; its constructor takes the file by one name or the other."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vocab.txt"
        file.write_text("\n".join(WORDS))
        name = "vocab" if transformers.__version__.startswith("5.") else "vocab_file"
        return transformers.BertTokenizer(**{name: str(file)})


def word_tokenizer() -> Any:
    """A tokenizer that gives every word of a text a number."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {word: number for number, word in enumerate(["<end>", "<unk>", *WORDS[5:]])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<end>", unk_token="<unk>", pad_token="<end>"
    )


def bert(kind: str, **more: Any) -> Any:
    """A BERT for a kind of task, with weights that are the same each time."""
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config = transformers.BertConfig(vocab_size=len(WORDS), max_position_embeddings=64, **sizes, **more)
    return getattr(transformers, kind)(config).eval()


def gpt() -> Any:
    """A GPT-2 that says anything."""
    torch.manual_seed(0)
    ends = {"bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
    config = transformers.GPT2Config(vocab_size=32, n_embd=16, n_layer=2, n_head=2, n_positions=64, **ends)
    return transformers.GPT2LMHeadModel(config).eval()
