"""Addresses of static files."""

from pathlib import Path

import pytest

from service.http.assets import Assets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    (tmp_path / "page.css").write_text("a {}")
    (tmp_path / "deep" / "font.woff2").write_bytes(b"font")
    return tmp_path


def test_an_address_changes_with_the_content_alone(folder: Path) -> None:
    before = Assets({"room": folder}).url("room/page.css")
    assert Assets({"room": folder}).url("room/page.css") == before
    (folder / "page.css").write_text("b {}")
    assert Assets({"room": folder}).url("room/page.css") != before


def test_the_kind_and_the_folder_of_a_file_stay(folder: Path) -> None:
    address = Assets({"room": folder}).url("room/deep/font.woff2")
    assert address.startswith("/static/room/deep/font.")
    assert address.endswith(".woff2")


def test_a_name_that_is_mistyped_is_told_when_the_page_is_made(folder: Path) -> None:
    with pytest.raises(KeyError):
        Assets({"room": folder}).url("room/pag.css")


def test_a_room_without_files_is_fine(tmp_path: Path) -> None:
    Assets({"room": tmp_path / "none"})
