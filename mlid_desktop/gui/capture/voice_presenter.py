"""What the voice page shows: the digit, what is said and still to say, how loud the room and the voice are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, inf

from mlid_desktop.domain.reasons import Hint
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.measure_terms import HINTS
from mlid_desktop.workflow.challenge import PromptedTake, PromptPhase

QUIETEST, LOUDEST = -70.0, 0.0  # dB below full scale: the ends of the meter
TOO_LOUD = -6.0  # from here on speech is cut off at its peaks
QUIETEST_VOICE, ABOVE_ROOM = -45.0, 10.0  # dB: a voice that is heard, and how far it stands above the room
NOISY_ROOM = -38.0  # the gate of the voice pipeline's room noise
GROUP = 4  # digits of a verification are read in groups of so many
QUIET_ZONE, LOUD_ZONE = 0, 2
ADVICE = {QUIET_ZONE: Hint.SPEAK_LOUDER, LOUD_ZONE: Hint.SPEAK_SOFTER}
QUIET_S = 2.5  # a digit is said within so long by most people, one after another
ADVISED_S = 1.5  # that advice stands at the least: long enough to be read


@dataclass(frozen=True, slots=True)
class DigitTick:
    """One digit of the prompt: its ``digit`` is hidden until it was shown, so that nobody reads ahead."""

    digit: str
    is_spoken: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class PromptScreen:
    """What the prompt card shows: ``large`` is the digit, or the seconds until the first one; ``line`` says what to do;
    ``round_text`` which of the takes this is; ``group`` how many ticks stand together. ``rounds`` names each of several
    takes, for a row of their own, of which this is the one with the index ``at``."""

    large: str
    line: str
    tone: Tone
    ticks: tuple[DigitTick, ...]
    group: int
    round_text: str
    spoken: str
    rounds: tuple[str, ...] = ()
    at: int = 0


@dataclass(frozen=True, slots=True)
class LevelScreen:
    """What the level meter shows, in shares 0..1: the ``level`` now, where it is loud enough and where ``too_loud``
    begins; ``word`` names the level for those who do not see the colour, ``zones`` the three parts of the scale, of
    which the level is in that of the index ``zone``, in none where that is -1. ``advice`` says what to do about the
    part of the index ``advised``."""

    level: float
    enough: float
    too_loud: float
    tone: Tone
    word: str
    zones: tuple[str, str, str] = ("", "", "")
    zone: int = -1
    advice: str = ""
    advised: int = -1


class LevelWatch:
    """Notices in which part of the scale somebody speaks who is asked to: too loudly at once, too quietly once nothing
    good was heard for a while. A single block tells neither: in every word some are low."""

    def __init__(self) -> None:
        self._good_at, self._loud_until = inf, -inf

    def heard(self, zone: int, now: float, *, asks: bool) -> int:
        """The part of the scale that advice is about, after a block in this ``zone`` at a time in seconds; -1 for none,
        also while nobody is asked to speak (``asks``)."""
        if not asks:
            self._good_at, self._loud_until = inf, -inf
            return -1
        if zone > 0 or self._good_at == inf:
            self._good_at = now
        if zone == LOUD_ZONE:
            self._loud_until = now + ADVISED_S
        if now < self._loud_until:
            return LOUD_ZONE
        return QUIET_ZONE if now - self._good_at >= QUIET_S else -1


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
        group=_group(ticks, wanted),
        round_text="" if wanted == 1 else language.text("Round {number} of {count}", number=number, count=wanted),
        spoken=line if take.digit is None else language.text("Say {digit}", digit=take.digit),
        rounds=_round_names(wanted, language),
        at=number - 1,
    )


def said_screen(take: PromptedTake, wanted: int, language: Language) -> PromptScreen:
    """The prompt card once everything was said in as many takes as were ``wanted``: every digit ticked."""
    ticks = tuple(DigitTick(str(digit), is_spoken=True, shown=False) for digit in take.prompt)
    thanks, rounds = language.text("Thank you"), _round_names(wanted, language)
    return PromptScreen("", thanks, Tone.ACCEPTED, ticks, _group(ticks, wanted), "", thanks, rounds, wanted)


def _group(ticks: Sequence[DigitTick], wanted: int) -> int:
    """How many ticks stand together: all of a take that has a row of its own."""
    if wanted > 1:
        return len(ticks)
    return GROUP if len(ticks) == 2 * GROUP else (len(ticks) + 1) // 2


def _round_names(wanted: int, language: Language) -> tuple[str, ...]:
    """The names of several takes; one alone needs none."""
    if wanted <= 1:
        return ()
    return tuple(language.text("Round {number}", number=number) for number in range(1, wanted + 1))


def _say(take: PromptedTake, language: Language) -> tuple[str, str, Tone]:
    if take.phase is PromptPhase.QUIET:
        return str(ceil(take.quiet_left_s)), language.text("Quiet, please: the room is being heard"), Tone.NEUTRAL
    if take.digit is None:
        return "", language.text("Thank you"), Tone.ACCEPTED
    return str(take.digit), language.text("Say this digit"), Tone.ACCENT


def zone_of(level: float, room: float) -> int:
    """The part of the scale that a level is in over a room, both in dB below full scale. What is hardly above the room
    is in none, -1: nobody speaks, as between two digits."""
    if level >= TOO_LOUD:
        return LOUD_ZONE
    if level >= max(room + ABOVE_ROOM, QUIETEST_VOICE):
        return 1
    return QUIET_ZONE if level > max(room + ABOVE_ROOM / 2, QUIETEST) else -1


def level_screen(level: float, room: float, language: Language, advised: int = -1) -> LevelScreen:
    """The level meter at a level and over a room, both in dB below full scale, with advice about one of its parts where
    that is ``advised``."""
    enough = max(room + ABOVE_ROOM, QUIETEST_VOICE)
    if level >= TOO_LOUD:
        tone, word = Tone.REJECTED, language.text("too loud")
    elif room >= NOISY_ROOM:
        tone, word = Tone.INCONCLUSIVE, language.text("noisy room")
    elif level >= enough:
        tone, word = Tone.ACCEPTED, language.text("voice heard")
    else:
        tone, word = Tone.NEUTRAL, language.text("quiet")
    zones = (language.text("too quiet"), language.text("good"), language.text("too loud"))
    advice = language.text(HINTS[ADVICE[advised]]) if advised in ADVICE else ""
    zone = zone_of(level, room)
    return LevelScreen(share(level), share(enough), share(TOO_LOUD), tone, word, zones, zone, advice, advised)


def share(level: float) -> float:
    """The position of a level on the meter, 0..1."""
    return min(1.0, max(0.0, (level - QUIETEST) / (LOUDEST - QUIETEST)))


def peaks_of(block: Sequence[float], parts: int = 2) -> tuple[float, ...]:
    """The largest magnitude of each part of a block of sound, 0..1, for the waveform."""
    size = max(1, len(block) // parts)
    pieces = [block[start : start + size] for start in range(0, len(block), size)]
    return tuple(min(1.0, max(abs(float(min(piece))), abs(float(max(piece))))) for piece in pieces[:parts])
