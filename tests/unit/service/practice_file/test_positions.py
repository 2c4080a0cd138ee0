"""Every key of a TOML text is found on the line where it stands."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.practice_file.positions import Path, line_index

TEXT = '''\
# a comment with [brackets] and "quotes"
plain = 1
dotted . "quoted.key" . 'literal' = 2  # trailing
"a#b" = "not # a comment"
many = [ # first
  1,

  [2, 3], { x = "}]" , y.z = [
    4 ] },
]
text = """
[not.a.table]
key = "no"
\\"""  ""
""\"""
literal = \'\'\'
it's 'here'
inside = 1\'\'\'\'
moment = 1979-05-27 07:32:00
empty = { }
none = []

[[p]]
name = ""
  [p.rules]
  x = 1
  [[p.accounts]]
  "name" = 'a'
    [p.accounts.deep.deeper]
    y = 2
[[p]]
  [[p.accounts]]
  name = 'b'
  [[p.accounts]]

[late.child]
[late]
z = 0
[ "p q" . r ]
'''

LINES: list[tuple[Path, int]] = [
    (("plain",), 2),
    (("dotted",), 3),
    (("dotted", "quoted.key", "literal"), 3),
    (("a#b",), 4),
    (("many",), 5),
    (("many", 0), 6),
    (("many", 1), 8),
    (("many", 1, 1), 8),
    (("many", 2, "x"), 8),
    (("many", 2, "y", "z"), 8),
    (("many", 2, "y", "z", 0), 9),
    (("text",), 11),
    (("literal",), 16),
    (("moment",), 19),
    (("empty",), 20),
    (("none",), 21),
    (("p",), 23),
    (("p", 0), 23),
    (("p", 0, "name"), 24),
    (("p", 0, "rules"), 25),
    (("p", 0, "rules", "x"), 26),
    (("p", 0, "accounts", 0), 27),
    (("p", 0, "accounts", 0, "name"), 28),
    (("p", 0, "accounts", 0, "deep", "deeper", "y"), 30),
    (("p", 1), 31),
    (("p", 1, "accounts", 0, "name"), 33),
    (("p", 1, "accounts", 1), 34),
    (("late", "child"), 36),
    (("late",), 37),
    (("late", "z"), 38),
    (("p q", "r"), 39),
]


@pytest.mark.parametrize("path,line", LINES)
def test_a_key_stands_on_its_line(path: Path, line: int) -> None:
    assert line_index(TEXT)[path] == line


def test_nothing_is_found_that_the_text_does_not_say() -> None:
    assert set(line_index(TEXT)) == set(_paths(tomllib.loads(TEXT)))


def test_lines_are_counted_with_windows_line_ends_too() -> None:
    assert line_index(TEXT.replace("\n", "\r\n")) == line_index(TEXT)


def test_a_long_text_is_read_in_one_go() -> None:
    text = "".join(f'[[clients]]\nid = "c-{number}"\ntags = ["a", "b"]\n' for number in range(5000))
    assert line_index(text)["clients", 4999, "tags", 1] == 15_000


def _paths(value: Any, path: Path = ()) -> list[Path]:
    found = [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        found += _paths(item, (*path, key))
    return found


KEYS = st.text(st.sampled_from("ab.#[]{}=\"' \\"), max_size=4)
SCALARS = (
    st.integers(-9, 9).map(str)
    | st.sampled_from(["true", "1.5", "1979-05-27 07:32:00", "1979-05-27", "07:32:00", "inf"])
    | st.text(st.sampled_from("a[]{}#=,.\"' ")).map(lambda text: '"' + text.replace('"', '\\"') + '"')
    | st.text(st.sampled_from('a[]{}#=,." ')).map(lambda text: f"'{text}'")
    | st.text(st.sampled_from("a[]{}#=,.' \n")).map(lambda text: f'"""{text}"""')
    | st.text(st.sampled_from('a[]{}#=,." \n')).map(lambda text: f"'''{text}'''")
)
GAPS = st.sampled_from([" ", "", "\n", " # note ] } \n", "\n\n  "])


def _quoted(key: str) -> str:
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    items = st.lists(st.builds(lambda gap, value, after: gap + value + after, GAPS, values, GAPS), max_size=3)
    return st.builds(lambda parts, gap: "[" + ",".join(parts) + gap + "]", items, GAPS)


def _inline_tables(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.dictionaries(KEYS, values, max_size=3)
    return pairs.map(lambda each: "{ " + ", ".join(f"{_quoted(k)} = {v}" for k, v in each.items()) + " }")


VALUES = st.recursive(SCALARS, lambda values: _lists(values) | _inline_tables(values), max_leaves=8)


@given(
    st.dictionaries(KEYS, VALUES, max_size=4), st.lists(st.dictionaries(KEYS, VALUES, max_size=3), max_size=3)
)
def test_whatever_toml_accepts_is_found_whole(top: dict[str, str], tables: list[dict[str, str]]) -> None:
    lines = [f"{_quoted(key)} = {value}" for key, value in top.items()]
    for table in tables:
        lines += ["[[list]]", *(f"{_quoted(key)} = {value}" for key, value in table.items())]
    text = "\n".join(lines)
    found = line_index(text)
    assert set(found) == set(_paths(tomllib.loads(text)))
    for number, line in enumerate(text.split("\n"), 1):
        for path, at in found.items():
            if at == number and path and isinstance(path[-1], str) and path != ("list",):
                assert _quoted(path[-1]) in line
