from collections.abc import Iterator

import pytest

from tests.support.expanders.comparing import close


@pytest.fixture(autouse=True, scope="session")
def _children() -> Iterator[None]:
    yield
    close()
