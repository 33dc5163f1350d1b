"""The demo: three invented creators, with words, photographs and a past."""

from creatorshop.demo.kiln_and_tide import KILN_AND_TIDE
from creatorshop.demo.night_signal import NIGHT_SIGNAL
from creatorshop.demo.wick_and_fern import WICK_AND_FERN

SHOPS = (KILN_AND_TIDE, NIGHT_SIGNAL, WICK_AND_FERN)

__all__ = ["KILN_AND_TIDE", "NIGHT_SIGNAL", "SHOPS", "WICK_AND_FERN"]
