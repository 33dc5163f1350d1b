"""
Every dialogue in transcripts/ goes as it is written: each word, each button, each revision.

`WRITE_TRANSCRIPTS=1` writes down how they go now, to be read before it is believed.
"""

import os
from pathlib import Path

import pytest

from tests.chat.script import play

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.md"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_a_dialogue_goes_as_it_is_written(path):
    written, played = play(path)
    if os.environ.get("WRITE_TRANSCRIPTS"):
        path.write_text(played + "\n")
        return

    assert played == written
