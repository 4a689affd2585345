"""The folder whose network is fine-tuned: only safetensors, and no code from the folder."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from audit.errors import ConfigError, SubjectError
from audit.files import sha256
from audit.models.text_contents import refuse_base
from audit.models.text_fit import max_length as longest_of


@dataclass(frozen=True, kw_only=True, eq=False)
class Base:
    """A network of transformers and its tokenizer, which were checked."""

    folder: Path
    max_length: int

    @cached_property
    def digest(self) -> str:
        """Of its description, its weights and its tokenizer."""
        names = ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt")
        found = [self.folder / name for name in names]
        found += sorted(self.folder.glob("*.safetensors"))
        return sha256(path for path in found if path.is_file())

    def tokenizer(self) -> Any:  # noqa: ANN401 - transformers types say little
        """Return its tokenizer, which cuts off at the length.

        Raises
        ------
        SubjectError
            If there is none that can say where its tokens stand.

        """
        from transformers import AutoTokenizer

        try:
            found = AutoTokenizer.from_pretrained(self.folder, local_files_only=True)
        except (OSError, ValueError, KeyError, TypeError) as problem:
            msg = f"train.base: {self.folder} holds no tokenizer that can be loaded"
            raise SubjectError(msg) from problem
        if not found.is_fast or found.pad_token_id is None:
            what = "is no fast one" if not found.is_fast else "has no token to fill up with"
            msg = f"train.base: the tokenizer in {self.folder} {what}; use another base"
            raise SubjectError(msg)
        self._refuse_longer(found.model_max_length)
        found.model_max_length = self.max_length
        return found

    def classifier(self, classes: tuple[str, ...], tokenizer: Any) -> Any:  # noqa: ANN401
        """Return a classifier with the network of the base and a head that is drawn."""
        from transformers import AutoConfig, AutoModelForSequenceClassification

        config = AutoConfig.from_pretrained(self.folder, local_files_only=True)
        config.num_labels = len(classes)
        config.id2label = dict(enumerate(classes))
        config.label2id = {name: place for place, name in enumerate(classes)}
        config.problem_type = "single_label_classification"
        try:
            made = AutoModelForSequenceClassification.from_config(config).float()
        except ValueError as problem:
            msg = f"train.base: transformers makes no classifier of {self.folder}"
            raise SubjectError(msg) from problem
        made.base_model.load_state_dict(self._loaded("AutoModel").state_dict(), strict=False)
        self._refuse_longer(longest_of(made, tokenizer))
        return made

    def masked(self) -> Any:  # noqa: ANN401
        """Return a network that guesses masked words."""
        return self._loaded("AutoModelForMaskedLM")

    def _refuse_longer(self, longest: int) -> None:
        if self.max_length > longest:
            msg = (
                f"train.max_length: must be at most {longest}, which {self.folder} reads, "
                f"but got {self.max_length}"
            )
            raise ConfigError(msg)

    def _loaded(self, kind: str) -> Any:  # noqa: ANN401
        import torch
        import transformers

        try:
            return getattr(transformers, kind).from_pretrained(
                self.folder,
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
                dtype=torch.float32,
            )
        except (OSError, ValueError, KeyError, RuntimeError) as problem:
            what = "be loaded" if kind == "AutoModel" else "guess masked words"
            short = " ".join(str(problem).split())[:200]
            msg = f"train.base: the network in {self.folder} cannot {what} ({short})"
            raise SubjectError(msg) from problem


def open_base(folder: Path, max_length: int) -> Base:
    """Check a base without loading it.

    Raises
    ------
    SubjectError
        If it is not there, holds pickled weights, or needs code of its own.

    """
    try:
        refuse_base(folder)
    except SubjectError as problem:
        msg = f"train.base: {problem}"
        raise SubjectError(msg) from problem
    return Base(folder=folder, max_length=max_length)
