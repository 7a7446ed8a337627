"""Synthetic speakers who say English digits: a voice source shaped by a vocal tract, one speaker a seed.

For demo vaults and tests. It is no model of speech good enough to fool anybody: the voices differ from one another and
stay themselves, which is what a workstation without a microphone needs to show its work.
"""

from mlid_desktop.synthetic.voice.speaker import Speaker, speaker_from_seed
from mlid_desktop.synthetic.voice.speech import speak

__all__ = ["Speaker", "speak", "speaker_from_seed"]
