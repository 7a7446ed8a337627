"""Which actions a face is asked for: drawn afresh for every challenge, never shown in advance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from mlid_desktop.domain.observations import ActionKind, FaceAction

ACTIONS = 4
LEAST_KINDS = 2  # that are left after a swap; with fewer there is nothing to choose from
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 2.0  # at rest before the next action is asked: its moment is drawn as well
SPARES = 24
FACE_ACTIONS = tuple(FaceAction)


T = TypeVar("T")


class Chance(Protocol):
    """A generator of random choices, fit for secrets; handed in, so that a test can know what is drawn."""

    def choice(self, among: Sequence[T], /) -> T:
        """One of them, each as likely."""
        ...

    def uniform(self, least: float, most: float, /) -> float:
        """A number in between."""
        ...


@dataclass(frozen=True, slots=True)
class ChallengeDraw:
    """``actions`` in the order asked, ``pauses_s`` before each and after the last, ``spares`` to swap in, and the kinds
    that the person ``cannot`` do."""

    actions: tuple[FaceAction, ...]
    pauses_s: tuple[float, ...]
    spares: tuple[FaceAction, ...]
    cannot: frozenset[ActionKind] = frozenset()

    def swap(self, index: int) -> ChallengeDraw | None:
        """The draw without the kind of action at ``index``, from there on; None where fewer than two kinds are left.
        What was done before stays done. What comes in place of an action is of another kind than it."""
        cannot = self.cannot | {self.actions[index].kind}
        able = [action for action in FaceAction if action.kind not in cannot]
        if len({action.kind for action in able}) < LEAST_KINDS:
            return None
        spares = [action for action in self.spares if action in able]
        actions = list(self.actions)
        for later in range(index, len(actions)):
            if actions[later].kind in cannot:
                barred = {actions[later - 1]} if later and len(able) > LEAST_KINDS else set()
                chosen = next((action for action in spares if action not in barred), able[0])
                spares = spares[spares.index(chosen) + 1 :] if chosen in spares else spares
                actions[later] = chosen
        if len(set(actions)) < LEAST_KINDS:
            actions[-1] = next(action for action in able if action is not actions[-1])
        return replace(self, actions=tuple(actions), spares=tuple(spares), cannot=cannot)


def draw_challenge(chance: Chance, earlier: int = 0) -> ChallengeDraw:
    """Four actions, not all the same, at least one of them not rigid: a picture can be turned and brought nearer, but
    it opens no mouth. All such orders are equally likely; that an action may come twice in a row makes half as many
    again. One action more for each ``earlier`` challenge of the attempt that was not passed: another try at guessing is
    worth little."""
    asked = ACTIONS + earlier
    while True:
        actions = tuple(chance.choice(FACE_ACTIONS) for _ in range(asked))
        if any(action.kind is ActionKind.MOUTH for action in actions) and len(set(actions)) > 1:
            break
    pauses = tuple(chance.uniform(SHORTEST_PAUSE_S, LONGEST_PAUSE_S) for _ in range(asked + 1))
    return ChallengeDraw(actions, pauses, tuple(chance.choice(FACE_ACTIONS) for _ in range(SPARES)))
