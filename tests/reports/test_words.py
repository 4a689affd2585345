import re
import tomllib
from importlib.resources import files
from typing import Any, Final

import pytest

from audit_reports.words import LANGUAGES, flat, words_of

TRANSLATED: Final = ("questions.", "reasons.", "told.", "columns_told.", "bins.", "slices.")
"""Tables of the record's own words, which need no English."""
GLOSSARY: Final = (
    "选择率",
    "影响比",
    "置信区间",
    "阈值",
    "豁免",
    "无法判定",
    "发布门禁",
    "证据",
    "摘要值",
    "人口统计均等",
    "机会均等",
    "校准",
    "鲁棒性",
    "漂移",
)


def texts(language: str) -> dict[str, Any]:
    path = files("audit_reports") / "locales" / f"{language}.toml"
    found = flat(tomllib.loads(path.read_text(encoding="utf-8")))
    return {key: text for key, text in found if not key.startswith(TRANSLATED)}


def params(text: str | dict[str, str]) -> set[str]:
    joined = text if isinstance(text, str) else " ".join(text.values())
    return set(re.findall(r"\{(\w+)\}", joined))


def test_both_languages_have_every_text() -> None:
    english, chinese = map(texts, LANGUAGES)
    assert english.keys() == chinese.keys()


def test_a_translation_fills_in_the_same_things() -> None:
    english, chinese = map(texts, LANGUAGES)
    differ = {k for k in english if params(english[k]) != params(chinese[k])}
    assert differ == set()


def bare(text: object) -> str:
    """Leave the names of params and of plural forms out."""
    said = " ".join(map(str, text.values())) if isinstance(text, dict) else str(text)
    return re.sub(r"\{.*?\}", "", said)


def test_nothing_is_left_untranslated() -> None:
    english, chinese = map(texts, LANGUAGES)
    same = {
        k for k in english if english[k] == chinese[k] and re.search("[a-z]{4}", bare(english[k]))
    }
    assert {k for k in same if not k.endswith((".tool_text", ".name", ".model"))} == set()


def test_the_glossary_is_kept() -> None:
    chinese = " ".join(map(str, texts("zh-CN").values()))
    assert [word for word in GLOSSARY if word not in chinese] == []


def test_a_reason_keeps_its_params_in_translation() -> None:
    table = tomllib.loads(
        (files("audit_reports") / "locales" / "zh-CN.toml").read_text(encoding="utf-8")
    )
    reasons = table["reasons"]
    assert [k for k, text in reasons.items() if params(k) != params(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_language_does_not_know_is_not_invented(language: str) -> None:
    words = words_of(language)
    assert words.find("metrics", "nobody_knows_it") is None
    assert words.find_in("methods", "nobody knows it") == {}
