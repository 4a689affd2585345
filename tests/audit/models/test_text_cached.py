import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import audit
from audit.errors import SubjectError
from audit.models.cached import Cached
from audit.models.store import Store
from audit.models.text_folder import text_model
from audit.models.text_model import TextModel
from audit.text_predictors import EmbedsInOnePass
from audit.texts import Texts
from fixtures.planted.texts import network, reviews, tokenizer

EVERY = reviews(300, 4).texts


def fresh() -> TextModel:
    return text_model(network(0), tokenizer())


def noting(model: TextModel, monkeypatch: pytest.MonkeyPatch) -> list[Texts]:
    """Note every batch that passes through the network."""
    tokens, seen = model.tokens, []

    def note(texts: Texts) -> object:
        seen.append(texts)
        return tokens(texts)

    monkeypatch.setattr(model, "tokens", note)
    return seen


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.npz"), key=lambda each: each.stat().st_mtime_ns)


@pytest.mark.parametrize("asked", ["predict", "embed"])
@pytest.mark.parametrize("lost", [1, 2, 5])
def test_a_killed_prefix_is_finished_with_the_same_bits(
    asked: str, lost: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = getattr(Cached(fresh()), asked)(EVERY)
    killed = Cached(fresh(), Store(tmp_path))
    getattr(killed, asked)(EVERY.take(slice(40)))  # asked before, so no part of the next batches
    getattr(killed, asked)(EVERY)
    for path in files(tmp_path)[-lost:]:
        path.unlink()
    model = fresh()
    passed = noting(model, monkeypatch)
    resumed = Cached(model, Store(tmp_path))
    first = getattr(resumed, asked)(EVERY.take(slice(40)))
    found = getattr(resumed, asked)(EVERY)
    assert len(passed) == min(lost, len(model.together(EVERY.take(slice(40, None)))) + 1)
    np.testing.assert_array_equal(first, found[:40])
    np.testing.assert_array_equal(found[:40], getattr(killed, asked)(EVERY)[:40])
    np.testing.assert_array_equal(found, getattr(killed, asked)(EVERY))
    np.testing.assert_allclose(found, whole, atol=1e-5)


def test_each_text_is_embedded_once_in_batches_of_like_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = fresh()
    expected = model.embed(EVERY)
    passed = noting(model, monkeypatch)
    cached = Cached(model)
    found = cached.embed(EVERY)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(cached.embed(EVERY.take(slice(None, None, -1))), found[::-1])
    assert sum(map(len, passed)) == len(EVERY)
    assert [len(each) for each in passed] == [len(rows) for rows in model.together(EVERY)]
    assert cached.asked == cached.forward_rows == 0


def test_one_pass_answers_and_embeds(monkeypatch: pytest.MonkeyPatch) -> None:
    model, alone = fresh(), fresh()
    assert model.embedding_size() == 32
    passed = noting(model, monkeypatch)
    cached = Cached(model)
    answers, places = cached.predict_and_embed(EVERY)
    assert isinstance(cached, EmbedsInOnePass)
    assert sum(map(len, passed)) == len(EVERY) == cached.asked
    np.testing.assert_array_equal(cached.predict(EVERY), answers)
    np.testing.assert_array_equal(cached.embed(EVERY), places)
    assert sum(map(len, passed)) == len(EVERY)
    np.testing.assert_allclose(answers, alone.predict(EVERY), atol=1e-6)
    np.testing.assert_allclose(places, alone.embed(EVERY), atol=1e-5)


def test_texts_under_test_pass_once_for_answers_and_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = fresh()
    assert model.embedding_size()
    passed = noting(model, monkeypatch)
    frame = pd.DataFrame({"text": EVERY.values, "id": range(len(EVERY))})
    subject = audit.subject(model, frame, text="text", id="id")
    asked: object = subject.text_model
    assert isinstance(asked, EmbedsInOnePass)
    assert asked.embed(subject.texts).shape == (300, 32)
    assert sum(map(len, passed)) == len(EVERY)


@pytest.mark.parametrize("lost", [1, 2, 3, 6])
def test_a_killed_pass_for_both_is_finished_with_the_same_bits(lost: int, tmp_path: Path) -> None:
    whole = Cached(fresh(), Store(tmp_path)).predict_and_embed(EVERY)
    for path in files(tmp_path)[-lost:]:
        path.unlink()
    resumed = Cached(fresh(), Store(tmp_path)).predict_and_embed(EVERY)
    for found, expected in zip(resumed, whole, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("states", [lambda each: each[:, 0], lambda each: 2 * each])
def test_a_network_that_answers_by_other_states_is_not_asked_for_both(
    states: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fresh()
    forward = model.network.bert.forward

    def other(*ids: Any, **given: Any) -> Any:
        found = forward(*ids, **given)
        if "return_dict" in given:  # as the classifier asks it, and `embed` does not
            found.last_hidden_state = states(found.last_hidden_state)
        return found

    monkeypatch.setattr(model.network.bert, "forward", other)
    assert model.embedding_size() == 0


def test_embeddings_of_no_texts_have_their_width() -> None:
    assert Cached(fresh()).embed(EVERY.take(slice(0))).shape == (0, 32)


def test_embeddings_are_not_taken_for_probabilities(tmp_path: Path) -> None:
    cached = Cached(fresh(), Store(tmp_path))
    assert cached.embed(EVERY).shape == (300, 32)
    assert cached.predict(EVERY).shape == (300, 2)
    assert Cached(fresh(), Store(tmp_path)).embed(EVERY).shape == (300, 32)


_RUN = """
import sys
from pathlib import Path
from typing import Any
from audit.errors import SubjectError
from audit.models.cached import Cached
from audit.models.store import Store
from audit.models.text_folder import text_model
from fixtures.planted.texts import network, reviews, tokenizer

model = text_model(network(0), tokenizer())
forward = model.network.forward

def loud(*args, **given):
    print("asked", flush=True)
    return forward(*args, **given)

model.network.forward = loud
cached, every = Cached(model, Store(Path(sys.argv[1]))), reviews(700, 4).texts
answers = cached.predict(every), cached.embed(every)
print(b"".join(each.tobytes() for each in answers).hex(), cached.asked, flush=True)
"""


def run(folder: Path, *, kill_after: int | None = None) -> list[str]:
    """Return the last line of a run, killed when its network was asked so many times."""
    with subprocess.Popen(
        [sys.executable, "-c", _RUN, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as process:
        assert process.stdout is not None
        for _ in range(kill_after or 0):
            process.stdout.readline()
        if kill_after is not None:
            process.send_signal(signal.SIGKILL)
        return process.stdout.read().splitlines()[-1:]


@pytest.mark.slow
def test_a_run_killed_again_and_again_ends_with_the_same_bits(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole")
    for asked in (3, 5, 4):
        run(tmp_path / "killed", kill_after=asked)
    assert files(tmp_path / "killed")
    assert run(tmp_path / "killed") == whole


def test_what_is_kept_within_what_is_kept_is_computed(tmp_path: Path) -> None:
    for store in (Store(), Store(tmp_path)):
        model = Cached(fresh(), store)
        found = model.remember("embed", EVERY, model.embed)
        np.testing.assert_allclose(found, fresh().embed(EVERY), atol=1e-5)


def test_what_failed_is_never_taken_as_answered(tmp_path: Path) -> None:
    for store in (Store(), Store(tmp_path)):
        model = Cached(fresh(), store)
        calls: list[int] = []

        def compute(texts: Texts, calls: list[int] = calls) -> object:
            calls.append(len(texts))
            if len(calls) == 2:
                raise SubjectError
            return fresh().predict(texts)

        with pytest.raises(SubjectError):
            model.remember("x", EVERY, compute)  # type: ignore[arg-type]
        found = model.remember("x", EVERY, compute)  # type: ignore[arg-type]
        np.testing.assert_allclose(found, fresh().predict(EVERY), atol=1e-5)
