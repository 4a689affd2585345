"""Do a network and a tokenizer make up a classifier of texts?"""

from collections import Counter
from typing import Any, Final

from audit.errors import SubjectError

_MOST_TOKENS: Final = 512
"""That are read of a text where neither tokenizer nor network says it."""
_LEAST_CLASSES: Final = 2


def classes_of(config: Any) -> tuple[str, ...]:  # noqa: ANN401 - transformers types say little
    """Return the classes in the order of the logits; unnamed ones are their numbers."""
    names = [str(config.id2label[place]) for place in range(config.num_labels)]
    unnamed = [f"LABEL_{place}" for place in range(len(names))]
    return tuple(map(str, range(len(names)))) if names == unnamed else tuple(names)


def unwrapped(network: Any) -> Any:  # noqa: ANN401
    """Return the network itself, without what peft or torch.compile put around it."""
    network = getattr(network, "_orig_mod", network)
    adapter = getattr(network, "active_peft_config", None)
    if adapter is None:
        return network
    if adapter.is_prompt_learning:
        msg = (
            f"a network whose prompt was learnt ({adapter.peft_type.value}) is not read here; "
            "audit its logged predictions"
        )
        raise SubjectError(msg)
    return network.get_base_model()


def refuse_unfit(network: Any, tokenizer: Any, who: str) -> None:  # noqa: ANN401
    """Refuse what gives no probability of classes, or cannot say where a token stands.

    Raises
    ------
    SubjectError
        With one sentence that begins with `who`.

    """
    problem = _no_classifier(network) or _unfit_tokenizer(network, tokenizer)
    if problem:
        msg = f"{who}: {problem}"
        raise SubjectError(msg)


def max_length(network: Any, tokenizer: Any) -> int:  # noqa: ANN401
    """Return how many tokens are read of a text, special ones counted.

    No more than the network has positions, whatever the tokenizer says: some networks, such as
    RoBERTa, keep a few of them back.
    """
    positions = getattr(network.config, "max_position_embeddings", None) or 0
    if positions <= 0:
        positions = _MOST_TOKENS
    kept_back = getattr(_position_table(network), "padding_idx", None)
    if kept_back is not None:
        positions -= kept_back + 1
    return int(min(tokenizer.model_max_length, positions))


def _position_table(network: Any) -> Any:  # noqa: ANN401
    return getattr(getattr(network.base_model, "embeddings", None), "position_embeddings", None)


def _no_classifier(network: Any) -> str:  # noqa: ANN401
    kind, config = type(network).__name__, getattr(network, "config", None)
    if config is None or not kind.endswith("ForSequenceClassification"):
        return (
            "is no classifier of texts; give a network of transformers whose kind ends in "
            "ForSequenceClassification"
        )
    if config.num_labels < _LEAST_CLASSES:
        return (
            "has one output, which is a regression and not a class; train it with two classes or "
            "more, or audit its logged predictions"
        )
    if config.problem_type not in {None, "single_label_classification"}:
        return (
            f"answers {config.problem_type!r}, where a text may have several classes or none; "
            "audit the logged predictions of each class, one at a time"
        )
    names, count = Counter(classes_of(config)).most_common(1)[0]
    return f"must name each class once in id2label, but {names!r} stands twice" * (count > 1)


def _unfit_tokenizer(network: Any, tokenizer: Any) -> str:  # noqa: ANN401
    if not getattr(tokenizer, "is_fast", False):
        return (
            f"its tokenizer, a {type(tokenizer).__name__}, does not say where each token stands in "
            "a text; write one of the kind PreTrainedTokenizerFast (tokenizer.json) beside it"
        )
    if tokenizer.pad_token_id is None:
        return (
            "its tokenizer has no padding token, so that texts cannot pass together; set "
            "tokenizer.pad_token and config.pad_token_id as in its training, and save both"
        )
    known = network.get_input_embeddings().num_embeddings
    if len(tokenizer) > known:
        return (
            f"its tokenizer has {len(tokenizer):,} tokens, but the network knows {known:,}; give "
            "the tokenizer that it was trained with"
        )
    return ""
