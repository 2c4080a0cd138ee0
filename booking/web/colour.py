"""One accent colour per practice, corrected until it can be read on every ground the pages have.

Lightness is changed in OKLCH, so that a corrected colour keeps its hue. Contrast as in WCAG 2.2, 1.4.3.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

DEFAULT = "#2f6b5e"
READABLE = 4.5
"""The least contrast of text."""

_GROUNDS = {"light": ("#faf8f4", "#ffffff"), "dark": ("#1c1a18", "#272421")}
"""``--ground`` and ``--surface`` of tokens.css."""
_SOFT_LIGHTNESS = {"light": 0.948, "dark": 0.325}
_SOFT_CHROMA = 0.028
_INKS = ("#ffffff", "#1c1a18")
_STEP = 0.005

Rgb = tuple[float, float, float]
"""Linear light, each part 0 to 1 inside the gamut."""
Lch = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Shades:
    """Hex colours for one scheme: ``accent`` for text and fills, ``on_accent`` upon it, ``soft`` a ground under it."""

    accent: str
    on_accent: str
    soft: str


@dataclass(frozen=True, slots=True)
class Accent:
    light: Shades
    dark: Shades


def accent(stated: str) -> Accent:
    """The shades made from a colour as practices state it: ``#rgb`` or ``#rrggbb``; anything else is the default."""
    chosen = _lch(_rgb(stated if is_colour(stated) else DEFAULT))
    return Accent(light=_shades(chosen, "light"), dark=_shades(chosen, "dark"))


def is_colour(text: str) -> bool:
    return re.fullmatch(r"#(?:[0-9a-fA-F]{3}){1,2}", text) is not None


def contrast(one: str, other: str) -> float:
    """WCAG's ratio, 1 to 21."""
    bright, dim = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def stylesheet(colours: Accent) -> str:
    """The custom properties that the components use, for both schemes."""

    def declared(shades: Shades) -> str:
        return f"--accent:{shades.accent};--on-accent:{shades.on_accent};--accent-soft:{shades.soft}"

    return (
        f":root{{{declared(colours.light)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{declared(colours.dark)}}}}}\n"
    )


def _shades(chosen: Lch, scheme: str) -> Shades:
    lightness, chroma, hue = chosen
    soft = _hex((_SOFT_LIGHTNESS[scheme], min(chroma, _SOFT_CHROMA), hue))
    step = -_STEP if scheme == "light" else _STEP
    while True:
        found = _hex((lightness, chroma, hue))
        on_accent = max(_INKS, key=lambda ink: contrast(ink, found))
        readable = all(contrast(found, ground) >= READABLE for ground in (*_GROUNDS[scheme], soft))
        if (readable and contrast(on_accent, found) >= READABLE) or not -_STEP < lightness < 1 + _STEP:
            return Shades(found, on_accent, soft)
        lightness += step


def _rgb(colour: str) -> Rgb:
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (_linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return red, green, blue


def _luminance(rgb: Rgb) -> float:
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else math.pow((part + 0.055) / 1.055, 2.4)


def _gamma(part: float) -> float:
    return part * 12.92 if part <= 0.0031308 else 1.055 * math.pow(part, 1 / 2.4) - 0.055


def _lch(rgb: Rgb) -> Lch:
    """Björn Ottosson's OKLab, in polar form; the hue in radians."""
    red, green, blue = rgb
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def _from_lch(colour: Lch) -> Rgb:
    lightness, chroma, hue = colour
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _hex(colour: Lch) -> str:
    """The nearest colour a screen can show: chroma gives way, lightness and hue stay."""
    lightness, chroma, hue = colour
    rgb = _from_lch(colour)
    while chroma > 0 and not all(-0.0005 <= part <= 1.0005 for part in rgb):
        chroma = max(0.0, chroma - 0.004)
        rgb = _from_lch((lightness, chroma, hue))
    return "#" + "".join(f"{round(_gamma(min(1.0, max(0.0, part))) * 255):02x}" for part in rgb)
