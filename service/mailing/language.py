"""The reader's language outside a page: catalogues of the package, loaded once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from babel.support import Translations

import booking.web

_CATALOGUES = Path(booking.web.__file__).with_name("translations")


@lru_cache(maxsize=32)
def translator(locale: str) -> Callable[[str], str]:
    """Gives texts in ``locale``; English where a text has no translation."""
    return Translations.load(_CATALOGUES, [locale]).gettext
