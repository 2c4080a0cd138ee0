import pytest

from sync.codecs.plain_text import plain_text


@pytest.mark.parametrize(
    "text",
    ["", "Bring 2 < 3 papers", "a & b", "https://example.com/?a=1&b=2", "line one\nline two", "I <3 you"],
)
def test_text_without_html_stays_as_it_is(text: str) -> None:
    assert plain_text(text) == text


@pytest.mark.parametrize(
    "html, text",
    [
        ("one<br>two", "one\ntwo"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("a &amp; b", "a & b"),
        ("<b>bold</b>&nbsp;text", "bold text"),
        ('<a href="https://example.com/">https://example.com/</a>', "https://example.com/"),
        ('<a href="https://example.com/">here</a>', "here (https://example.com/)"),
        ('<a href="mailto:bo@example.com">bo@example.com</a>', "bo@example.com"),
        ("<html-blob><u></u>Notes<u></u></html-blob>", "Notes"),
        ("unclosed <b>tag", "unclosed tag"),
    ],
)
def test_html_is_read_as_a_person_sees_it(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize("html", ["one<br>two", "a &amp; b", '<a href="https://example.com/">here</a>'])
def test_what_was_read_once_reads_the_same_again(html: str) -> None:
    assert plain_text(plain_text(html)) == plain_text(html)
