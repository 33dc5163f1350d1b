"""
A creator's accent replaces the action colour only where people can still read it (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

import re
from colorsys import rgb_to_hsv
from dataclasses import dataclass

PAPER = {"light": "#f7f6f1", "dark": "#0c120f"}
LABELS = ("#f6fcf7", "#04160e")
ENOUGH = 4.5
# Safelight says "time is running" and nothing else, so no creator may paint their buttons with it.
SAFELIGHT_HUE, TOO_NEAR, VIVID = 10 / 360, 20 / 360, 0.45


@dataclass(frozen=True)
class Accent:
    """The action colour and the colour of words on it, for each scheme that it is legible in."""

    light: str = ""
    light_label: str = ""
    dark: str = ""
    dark_label: str = ""


def accent_of(colour: str) -> Accent:
    """Return an accent shifted towards ink or paper until it is legible; nothing if it could be taken for safelight."""
    if not re.fullmatch(r"#[0-9a-f]{6}", colour) or _is_like_safelight(colour):
        return Accent()
    light = _legible_on(colour, PAPER["light"], towards="#000000")
    dark = _legible_on(colour, PAPER["dark"], towards="#ffffff")
    return Accent(light=light, light_label=_label_on(light), dark=dark, dark_label=_label_on(dark))


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    bright, dim = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _is_like_safelight(colour: str) -> bool:
    hue, saturation, _ = rgb_to_hsv(*(channel / 255 for channel in _channels(colour)))
    distance = abs(hue - SAFELIGHT_HUE)
    return saturation >= VIVID and min(distance, 1 - distance) <= TOO_NEAR


def _legible_on(colour: str, ground: str, *, towards: str) -> str:
    for step in range(21):
        mixed = _mixed(colour, towards, step / 20)
        if contrast(mixed, ground) >= ENOUGH and max(contrast(mixed, label) for label in LABELS) >= ENOUGH:
            return mixed
    return towards


def _label_on(colour: str) -> str:
    return max(LABELS, key=lambda label: contrast(colour, label))


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mixed(colour: str, towards: str, part: float) -> str:
    pairs = zip(_channels(colour), _channels(towards), strict=True)
    return "#" + "".join(f"{round(own + (other - own) * part):02x}" for own, other in pairs)


def _luminance(colour: str) -> float:
    linear = []
    for channel in _channels(colour):
        value = channel / 255
        linear.append(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
