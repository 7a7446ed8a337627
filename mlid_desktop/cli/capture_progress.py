"""Follows a capture on the terminal: its progress, the hint of the moment, and what a challenge asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import Progress

from mlid_desktop.cli.output import Output
from mlid_desktop.station.text.challenge_terms import challenge_sentence
from mlid_desktop.station.text.language import Language
from mlid_desktop.station.text.measure_terms import HINTS
from mlid_desktop.station.text.results import prompt_text
from mlid_desktop.workflow.capture import CaptureState
from mlid_desktop.workflow.challenge import PromptedTake


@contextmanager
def capture_progress(output: Output, title: str) -> Iterator[CaptureLine]:
    """Shows a progress bar that follows a capture and its hint, during a ``with`` block."""
    with output.progress(title) as bar:
        yield CaptureLine(bar, output.language)


class CaptureLine:
    """Updates the progress bar from each published state of a capture."""

    def __init__(self, bar: Progress, language: Language) -> None:
        self._bar = bar
        self._language = language
        self._step = ""

    def __call__(self, published: object) -> None:
        """Shows what was published: a state of a capture, or what to say next."""
        if isinstance(published, PromptedTake):
            self._bar.update(self._bar.task_ids[0], note=prompt_text(published, self._language))
            return
        capture = getattr(published, "capture", None)
        if isinstance(capture, CaptureState) and capture.challenge is not None and not capture.finished:
            self._say_step(challenge_sentence(capture.challenge, self._language))
        elif isinstance(capture, CaptureState):
            hint = "" if capture.hint is None else self._language.text(HINTS[capture.hint])
            self._bar.update(self._bar.task_ids[0], completed=capture.progress, note=hint)

    def show_gallery(self, done: int, total: int) -> None:
        """Shows how far the references are made ready that are searched next."""
        language = self._language
        note = language.text(
            "Getting ready for searches: {done} of {total}", done=language.number(done), total=language.number(total)
        )
        self._bar.update(self._bar.task_ids[0], completed=done / max(total, 1), note=note)

    def _say_step(self, sentence: str) -> None:
        """Says each step of an active challenge once, as a line that stays: also where no bar is drawn."""
        if sentence != self._step:
            self._step = sentence
            self._bar.console.print(sentence)
