"""The sounds that English digits are made of, and the digits as sequences of them.

Formants of vowels: means of men in G. E. Peterson and H. L. Barney, "Control methods used in a study of the vowels",
JASA 24(2), 1952. Consonants: D. H. Klatt, "Software for a cascade/parallel formant synthesizer", JASA 67(3), 1980,
table III, rounded.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phone:
    """A sound of speech: ``formants`` the first three resonances in Hz of a tract of 17 cm; amplitudes 0..1 of the
    ``voiced`` source, of ``breath`` through the whole tract and of ``hiss`` at a narrow place, which sounds around
    ``centre`` Hz, ``width`` wide; ``seconds`` it lasts."""

    formants: tuple[float, float, float]
    seconds: float
    voiced: float = 0.0
    breath: float = 0.0
    hiss: float = 0.0
    centre: float = 4500.0
    width: float = 2000.0


def _vowel(first: float, second: float, third: float, seconds: float = 0.11) -> Phone:
    return Phone((first, second, third), seconds, voiced=1.0)


PHONES: dict[str, Phone] = {
    "iy": _vowel(270, 2290, 3010, 0.16),
    "ih": _vowel(390, 1990, 2550),
    "eh": _vowel(530, 1840, 2480),
    "ah": _vowel(640, 1190, 2390, 0.13),
    "aa": _vowel(730, 1090, 2440, 0.12),
    "ao": _vowel(570, 840, 2410, 0.13),
    "uw": _vowel(300, 870, 2240, 0.19),
    "uh": _vowel(440, 1020, 2240, 0.1),
    "w": Phone((290, 610, 2150), 0.07, voiced=0.7),
    "r": Phone((310, 1060, 1380), 0.08, voiced=0.75),
    "n": Phone((270, 1340, 2470), 0.1, voiced=0.45),
    "v": Phone((220, 1100, 2080), 0.06, voiced=0.45, hiss=0.05, centre=4200, width=5000),
    "z": Phone((240, 1390, 2530), 0.09, voiced=0.35, hiss=0.2, centre=5500, width=2200),
    "s": Phone((320, 1390, 2530), 0.13, hiss=0.5, centre=5600, width=2200),
    "f": Phone((340, 1100, 2080), 0.11, hiss=0.14, centre=4500, width=6000),
    "th": Phone((320, 1290, 2540), 0.1, hiss=0.12, centre=5200, width=5000),
    "t": Phone((400, 1600, 2600), 0.03, breath=0.08, hiss=0.4, centre=4300, width=3000),
    "k": Phone((300, 1990, 2850), 0.03, breath=0.08, hiss=0.35, centre=1900, width=900),
    "h": Phone((400, 1500, 2500), 0.04, breath=0.2),
    "-": Phone((350, 1500, 2500), 0.05),
}

DIGITS: tuple[tuple[str, ...], ...] = (
    ("z", "ih", "r", "ao", "uh"),
    ("w", "ah", "n"),
    ("t", "h", "uw"),
    ("th", "r", "iy"),
    ("f", "ao", "r"),
    ("f", "aa", "ih", "v"),
    ("s", "ih", "-", "k", "s"),
    ("s", "eh", "v", "uh", "n"),
    ("eh", "iy", "-", "t"),
    ("n", "aa", "ih", "n"),
)
