"""docs/recurrence.md says of other expanders what the tests find, no more and no less."""

import re
from pathlib import Path

from tests.support.expanders.deviations import DEVIATIONS
from tests.support.expanders.object_deviations import OBJECT_DEVIATIONS

PAGE = Path(__file__).parents[2] / "docs" / "recurrence.md"


def test_the_page_has_a_row_for_every_class_of_deviation():
    written = re.findall(
        r"^\| ([\w.-]+) \| (.+?) \| .+? \| (.+?) \|", PAGE.read_text().split("## What other")[1], re.M
    )
    known = [(row.library, row.name, row.says) for row in (*DEVIATIONS, *OBJECT_DEVIATIONS)]
    assert sorted(row for row in written if row[0] != "library") == sorted(known)
