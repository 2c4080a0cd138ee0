"""Rules that every template keeps."""

import re
from pathlib import Path

import pytest

import booking.web
import service.ops

TEMPLATES = sorted(
    path
    for room in (booking.web, service.ops)
    for path in (Path(str(room.__file__)).parent / "templates").rglob("*.html")
)
names = [path.name for path in TEMPLATES]


@pytest.mark.parametrize("path", TEMPLATES, ids=names)
def test_there_is_no_inline_style_or_script(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("path", TEMPLATES, ids=names)
def test_every_form_that_posts_shows_where_it_comes_from(path: Path) -> None:
    for form in re.findall(r'<form[^>]*method="post".*?</form>', path.read_text(), re.DOTALL):
        assert "csrf" in form


@pytest.mark.parametrize("path", TEMPLATES, ids=names)
def test_words_are_marked_for_translation(path: Path) -> None:
    text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", " ", path.read_text(), flags=re.DOTALL)
    text = re.sub(r"<!doctype[^>]*>|<[^>]*>|class=\"[^\"]*\"", " ", text)
    assert set(re.findall(r"[A-Za-z]{2,}", text)) <= {"Freehold"}


@pytest.mark.parametrize("path", TEMPLATES, ids=names)
def test_nothing_is_marked_safe_by_hand(path: Path) -> None:
    assert "|safe" not in path.read_text().replace(" ", "")
