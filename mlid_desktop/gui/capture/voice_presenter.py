"""What the voice page shows: the digit, what is said and still to say, how loud the room and the voice are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.text.language import Language
from mlid_desktop.workflow.challenge import PromptedTake, PromptPhase

QUIETEST, LOUDEST = -70.0, 0.0  # dB below full scale: the ends of the meter
TOO_LOUD = -6.0  # from here on speech is cut off at its peaks
QUIETEST_VOICE, ABOVE_ROOM = -45.0, 10.0  # dB: a voice that is heard, and how far it stands above the room
NOISY_ROOM = -38.0  # the gate of the voice pipeline's room noise
GROUP = 4  # digits of a verification are read in groups of so many


@dataclass(frozen=True, slots=True)
class DigitTick:
    """One digit of the prompt: its ``digit`` is hidden until it was shown, so that nobody reads ahead."""

    digit: str
    is_spoken: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class PromptScreen:
    """What the prompt card shows: ``large`` is the digit, or the seconds until the first one; ``line`` says what to do;
    ``round_text`` which of the takes this is; ``groups`` how the ticks stand together."""

    large: str
    line: str
    tone: Tone
    ticks: tuple[DigitTick, ...]
    group: int
    round_text: str
    spoken: str


@dataclass(frozen=True, slots=True)
class LevelScreen:
    """What the level meter shows, in shares 0..1: the ``level`` now, where it is loud enough and where ``too_loud``
    begins; ``word`` names the level for those who do not see the colour, ``zones`` the three parts of the scale, of
    which the level is in that of the index ``zone``, in none where that is -1."""

    level: float
    enough: float
    too_loud: float
    tone: Tone
    word: str
    zones: tuple[str, str, str] = ("", "", "")
    zone: int = -1


def prompt_screen(take: PromptedTake, done: int, wanted: int, language: Language) -> PromptScreen:
    """The prompt card while ``done`` of ``wanted`` takes are whole."""
    ticks = tuple(
        DigitTick(str(digit) if index < len(take.shown) else "", index < take.said, index == take.position)
        for index, digit in enumerate(take.prompt)
    )
    large, line, tone = _say(take, language)
    number = min(done + 1, wanted)
    return PromptScreen(
        large=large,
        line=line,
        tone=tone,
        ticks=ticks,
        group=GROUP if len(ticks) == 2 * GROUP else (len(ticks) + 1) // 2,
        round_text="" if wanted == 1 else language.text("Round {number} of {count}", number=number, count=wanted),
        spoken=line if take.digit is None else language.text("Say {digit}", digit=take.digit),
    )


def said_screen(take: PromptedTake, language: Language) -> PromptScreen:
    """The prompt card once everything was said: every digit ticked."""
    ticks = tuple(DigitTick(str(digit), is_spoken=True, shown=False) for digit in take.prompt)
    thanks = language.text("Thank you")
    group = GROUP if len(ticks) == 2 * GROUP else (len(ticks) + 1) // 2
    return PromptScreen("", thanks, Tone.ACCEPTED, ticks, group, "", thanks)


def _say(take: PromptedTake, language: Language) -> tuple[str, str, Tone]:
    if take.phase is PromptPhase.QUIET:
        return str(ceil(take.quiet_left_s)), language.text("Quiet, please: the room is being heard"), Tone.NEUTRAL
    if take.digit is None:
        return "", language.text("Thank you"), Tone.ACCEPTED
    return str(take.digit), language.text("Say this digit"), Tone.ACCENT


def level_screen(level: float, room: float, language: Language) -> LevelScreen:
    """The level meter at a level and over a room, both in dB below full scale. What is hardly above the room is in
    no zone: nobody speaks, as between two digits."""
    enough = max(room + ABOVE_ROOM, QUIETEST_VOICE)
    speaks = max(room + ABOVE_ROOM / 2, QUIETEST)
    zone = 2 if level >= TOO_LOUD else 1 if level >= enough else 0 if level > speaks else -1
    if level >= TOO_LOUD:
        tone, word = Tone.REJECTED, language.text("too loud")
    elif room >= NOISY_ROOM:
        tone, word = Tone.INCONCLUSIVE, language.text("noisy room")
    elif level >= enough:
        tone, word = Tone.ACCEPTED, language.text("voice heard")
    else:
        tone, word = Tone.NEUTRAL, language.text("quiet")
    zones = (language.text("too quiet"), language.text("good"), language.text("too loud"))
    return LevelScreen(share(level), share(enough), share(TOO_LOUD), tone, word, zones, zone)


def share(level: float) -> float:
    """The position of a level on the meter, 0..1."""
    return min(1.0, max(0.0, (level - QUIETEST) / (LOUDEST - QUIETEST)))


def peaks_of(block: Sequence[float], parts: int = 2) -> tuple[float, ...]:
    """The largest magnitude of each part of a block of sound, 0..1, for the waveform."""
    size = max(1, len(block) // parts)
    pieces = [block[start : start + size] for start in range(0, len(block), size)]
    return tuple(min(1.0, max(abs(float(min(piece))), abs(float(max(piece))))) for piece in pieces[:parts])
