import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from audit_reports.escapes import (
    cell,
    clipped,
    code,
    columns,
    command_data,
    command_property,
    shown,
)
from tests.reports.text_records import HOSTILE, UNPAIRED

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def spans(markdown: str) -> list[str]:
    """Return the code spans; anything else that is no plain text is a fault."""
    (inline,) = (token for token in MARKDOWN.parse(markdown) if token.type == "inline")
    children = inline.children or []
    assert {child.type for child in children} <= {"text", "code_inline"}
    return [child.content for child in children if child.type == "code_inline"]


def test_the_corpus_is_large_enough() -> None:
    assert len(set(HOSTILE)) >= 60


@pytest.mark.parametrize("text", [*HOSTILE, UNPAIRED, ""], ids=lambda text: ascii(text)[:24])
def test_a_shown_text_is_one_visible_line_without_a_mark_of_a_command(text: str) -> None:
    line = shown(text)
    assert line.isprintable()
    assert "##" not in line
    line.encode()


def test_what_can_be_seen_is_not_changed() -> None:
    assert shown("选择率 a-b_c (ä) #1 'x' 100%") == "选择率 a-b_c (ä) #1 'x' 100%"


def test_what_cannot_be_seen_is_spelt_out() -> None:
    assert shown("a\u202eb\x1bc\nd\ud800") == r"a\u202eb\x1bc\nd\ud800"


@given(st.text())
def test_a_code_span_holds_the_whole_text(text: str) -> None:
    if text:
        assert spans(f"- fail, {code(text, 10_000)}: x") == [shown(text)]


@given(st.text(alphabet="`|\\a \n<@"))
def test_a_cell_stays_one_cell(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {cell(text)} | end |\n"
    cells = [token for token in MARKDOWN.parse(table) if token.type == "inline"]
    assert len(cells) == 4
    assert cells[-1].content == "end"
    expected = shown(text).replace(r"\|", r"\x7c")
    found = [child.content for child in cells[2].children or []]
    assert found == [expected if text else "(empty)"]


@given(st.text(), st.integers(3, 40))
def test_a_clipped_text_fits_and_keeps_both_ends(text: str, width: int) -> None:
    cut = clipped(text, width)
    assert columns(cut) <= width
    assert cut == text or "…" in cut


def test_a_wide_character_takes_two_columns() -> None:
    assert (columns("选择率"), columns("abc")) == (6, 3)
    assert clipped("选择率选择率", 7) == "选…择率"


@given(st.text())
def test_an_escaped_command_is_read_back_as_it_was(text: str) -> None:
    marks = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")]
    escaped = command_property(text)
    assert not set(escaped) & set("\r\n:,")
    for mark, character in marks:  # in the order of GitHub's runner
        escaped = escaped.replace(mark, character)
    assert escaped == text
    assert "\n" not in command_data(text)
