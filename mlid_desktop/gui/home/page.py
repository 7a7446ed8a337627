"""The home page: what there is to do, what waits, and the numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.gui.home.presenter import HomeScreen, PendingRow, getting_ready_text, home_screen, set_up_words
from mlid_desktop.gui.home.setup_banner import SetupBanner
from mlid_desktop.gui.home.tiles import ActionTile, TileRow, share_height
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.navigation import ACTIONS, ASIDE, FURTHER, PAGES, PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.page.second_person import Confirm, ask_second_person, with_second
from mlid_desktop.gui.state.desk_readiness import DeskReadiness
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.tokens import TOKENS, Tone
from mlid_desktop.gui.widgets.controls import Button, ElidedLabel
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.widgets.elements import Icon, Notice, clear, column, frame, label, row, rule, tag
from mlid_desktop.station.administration.readiness import SetupStep

ACTION_WIDTH = 112
NEEDED_ACTS = {
    PageName.CHECK_IN: Act.COMPARE,
    PageName.FIGURES: Act.STATISTICS,
    PageName.SETUP: Act.GOVERN,
}
ROW_HEIGHT, MOST_ROWS = 44, 3  # of what waits; more is scrolled to
THICKEST = max(tokens.line_width for tokens in TOKENS.values())  # line of any theme
DEMO_BAR: Final = "demo"  # kind of the bar above the page that a line makes higher


class HomePage(Page):
    """The page where every session starts."""

    def __init__(
        self,
        workspace: Workspace,
        readiness: DeskReadiness,
        go: Callable[[PageName], None],
        take_up: Callable[[PendingRow], None],
    ) -> None:
        language, theme = workspace.language, workspace.theme
        super().__init__(theme, language, language.text("What would you like to do?"))
        self._workspace, self._readiness, self._open_pending = workspace, readiness, take_up
        self._shown: HomeScreen | None = None
        self._main, self._further = self._tile_row(ACTIONS, go, large=True), self._tile_row(FURTHER, go, large=False)
        self._tiles = [*self._main.tiles, *self._further.tiles]
        self.setup = SetupBanner(theme, partial(go, PageName.SETUP))
        self.notice, self.off = Notice(theme), Notice(theme)
        self._figures = QGridLayout()
        self._figures.setContentsMargins(
            theme.space("wide"), theme.space("base"), theme.space("wide"), theme.space("base")
        )
        self._figures.setHorizontalSpacing(theme.space("base"))
        self._figures.setVerticalSpacing(0)
        self._numbers = frame("card")
        self._numbers.setLayout(self._figures)
        self._asides = self._add_asides(go)
        self.body.addWidget(self.setup)
        self.body.addLayout(self._main.layout)
        self.body.addLayout(self._further.layout)
        self.body.addWidget(self.off)
        self.body.addWidget(self.notice)
        self.getting_ready = label("", "muted")
        self.body.addWidget(self.getting_ready)
        self.waiting = frame("card")
        self._waiting_rows = column(spacing=4)
        inside = QWidget()
        inside.setLayout(self._waiting_rows)
        self._waiting_scroll = QScrollArea()
        self._waiting_scroll.setWidgetResizable(True)
        self._waiting_scroll.setWidget(inside)
        self._waiting_scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._waiting_scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.waiting.setLayout(column(self._waiting_scroll, margins=(24, 8, 24, 8)))
        self.body.addWidget(self.waiting)
        self.body.addWidget(self._numbers)
        self.body.addStretch(1)
        workspace.people_changed.connect(self.refresh)
        workspace.engines_changed.connect(self.refresh)
        workspace.pending_changed.connect(self.refresh)
        workspace.warming.changed.connect(self._show_warming)
        self._show_warming()
        readiness.changed.connect(self.refresh)
        self.refresh()

    def _tile_row(self, wanted: Sequence[PageName], go: Callable[[PageName], None], *, large: bool) -> TileRow:
        """Cards for those of these pages that this operator has something to do on."""
        tiles = []
        for page_name in self._allowed(wanted):
            tile = ActionTile(self.theme, self.language, page_name, large=large)
            tile.on(partial(go, page_name))
            tiles.append(tile)
        return TileRow(tiles, large=large, spacing=self.theme.space("base"))

    def _add_asides(self, go: Callable[[PageName], None]) -> dict[PageName, Button]:
        """The pages beside the actions, at the end of the head."""
        made = {}
        for other in self._allowed(ASIDE):
            words = PAGES[other]
            button = Button(self.theme, self.language.text(words.name), "quiet", words.icon).on(partial(go, other))
            button.setToolTip(words.key)
            tag(button, edge="flush")  # ends where the cards below do
            self.header.addWidget(button)
            made[other] = button
        return made

    def _allowed(self, wanted: Sequence[PageName]) -> list[PageName]:
        """Those of these pages that this operator's role has something to do on."""
        if not self._workspace.is_open:
            return []
        operator = self._workspace.unlocked.operator
        return [other for other in wanted if other not in NEEDED_ACTS or may(operator, NEEDED_ACTS[other])]

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fits the page to its size: tiles give way, first their padding and last what they explain."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Gives the tiles the greatest height with which the whole page is seen."""
        base, room = self.theme.space("base"), self.width() - 2 * self.theme.space("wide")
        others = self.body.heightForWidth(room) - self._main.height - self._further.height
        left = self.height() - 3 * base - self.header.sizeHint().height() - others - self._thinner
        share_height(self._main, self._further, left, room)

    @property
    def _thinner(self) -> int:
        """By how much the lines above, between and below the tiles are thinner than in the theme with the thickest, of
        which the tiles make no use: they are as high in every theme."""
        framed = (self.setup, self.off, self.notice, self.waiting, self._numbers)
        bars = [part for part in self.window().findChildren(QFrame) if part.property("kind") == DEMO_BAR]
        lines = 2 * sum(not part.isHidden() for part in framed) + sum(not bar.isHidden() for bar in bars)
        return lines * (THICKEST - self.theme.tokens.line_width)

    def _show_warming(self) -> None:
        said = getting_ready_text(self._workspace.warming.progress, self._workspace.language)
        self.getting_ready.setText(said)
        self.getting_ready.setVisible(bool(said))

    def first(self) -> QWidget:
        """The widget that gets the focus: the first action."""
        return self._tiles[0]

    def enter(self) -> None:
        """Shows the page with the numbers of now."""
        self.refresh()
        self._workspace.refresh_pending()
        self._readiness.refresh()
        super().enter()

    def refresh(self) -> None:
        """Reads the numbers again."""
        if self._workspace.is_open:
            now, people_index = self._workspace.station.clock.now(), self._workspace.unlocked.people_index
            faults = self._workspace.engine_faults
            waiting, missing = self._workspace.pending, self._missing
            keeps = self._workspace.unlocked.session.policy.keeps_portraits
            if PageName.SETUP in self._asides:
                self._asides[PageName.SETUP].relabel(*set_up_words(self._missing, self.language))
            self.show_screen(
                home_screen(people_index, now, self.language, faults, waiting, missing, keeps_portraits=keeps)
            )

    @property
    def _missing(self) -> Sequence[SetupStep] | None:
        """The steps of the set-up that are missing; none are told of in a demo, which needs no setting up."""
        return None if self._workspace.unlocked.demo else self._readiness.missing

    def show_screen(self, screen: HomeScreen) -> None:
        """Shows the numbers, or the invitation to begin; what is shown already is not drawn anew."""
        if screen == self._shown:
            return
        self._shown = screen
        clear(self._figures)
        at = 0
        for title, figures in screen.groups:
            if at:  # the groups stand apart
                self._figures.addWidget(rule(upright=True), 0, at, 3, 1)
                at += 1
            self._figures.addWidget(label(title, "strong"), 0, at, 1, len(figures))
            for figure in figures:
                self._figures.addWidget(label(self.language.place_at_start(figure.value), "title"), 1, at)
                self._figures.addWidget(label(figure.name, "muted"), 2, at)
                self._figures.setColumnStretch(at, 1)
                at += 1
        if PageName.SETUP in self._asides:  # what is missing waits below, with a button of its own
            self._asides[PageName.SETUP].setVisible(not self._missing)
        self.setup.show_state(screen.setup)
        self._show_waiting(screen.waiting)
        self.off.say(screen.off, Tone.INCONCLUSIVE)
        invitation = self.language.text("Nobody is enrolled here yet. Begin with Enrol: it takes about a minute.")
        self.notice.say(invitation if screen.empty else "", Tone.INFORMATION)
        self._make_room()

    def _show_waiting(self, rows: tuple[PendingRow, ...]) -> None:
        clear(self._waiting_rows)
        self.waiting.setVisible(bool(rows))
        urgent = any(waiting.action for waiting in rows)
        self.body.removeWidget(self.waiting)
        self.body.insertWidget(1 if urgent else self.body.indexOf(self._numbers), self.waiting)
        self._waiting_scroll.setFixedHeight(ROW_HEIGHT * min(len(rows), MOST_ROWS))
        for waiting in rows:
            words = row(Icon(self.theme, waiting.icon, "accent", 20), label(waiting.text, "strong"), spacing=12)
            words.addWidget(ElidedLabel(waiting.note, "muted"), 1)
            if waiting.action:
                button = Button(self.theme, waiting.action, "plain").on(partial(self._take_up, waiting))
                button.setAccessibleName(f"{waiting.action}: {waiting.text}")
                button.setMinimumWidth(ACTION_WIDTH)
                words.addWidget(button)
            self._waiting_rows.addLayout(words)
        self._waiting_rows.addStretch(1)
        offered = [button for button in self.waiting.findChildren(Button) if not button.isHidden()]
        in_order = [self.setup.button, *offered, *self._tiles]  # keys go through the page as it is read
        for before, after in pairwise(in_order):
            QWidget.setTabOrder(before, after)

    def _take_up(self, waiting: PendingRow) -> None:
        if any(waiting.pair):
            self._tell_apart(waiting)
            return
        if not waiting.clock:
            self._open_pending(waiting)
            return
        text, workspace = self.language.text, self._workspace
        question = Question(
            self,
            self.theme,
            text("The clock of this machine is right"),
            text(
                "It says {time}. Compare it with another clock before you confirm: how long records are kept is "
                "counted by it. The audit names you.",
                time=self.language.moment(workspace.station.clock.now()),
            ),
            text("Cancel"),
            text("The clock is right"),
        )
        if question.asked():
            administration = workspace.unlocked.session.administration
            workspace.on_vault(administration.trust_clock, lambda _: workspace.refresh_pending())

    def ask_second(self, title: str, why: str) -> tuple[str, str] | None:
        """Name and passphrase of a second person; replaced in tests."""
        return ask_second_person(self, self._workspace, title, why)

    def _tell_apart(self, waiting: PendingRow) -> None:
        """Asks two people whether a pair are two people; where they are one, one of the records is erased instead."""
        text, workspace = self.language.text, self._workspace
        why = text(
            "{people}: look at both records and ask for a document. Where they are one person, go back and erase one "
            "of the records. Where they are two people, a second person looks too, and confirms it with a passphrase.",
            people=waiting.text,
        )

        def do(confirm: Confirm) -> None:
            newcomers = workspace.unlocked.session.newcomers
            workspace.on_vault(
                lambda: newcomers.tell_apart(waiting.pair, confirm()),
                lambda _: workspace.refresh_pending(),
                self._failed,
            )

        with_second(workspace, Act.DECIDE_SEARCH, lambda: self.ask_second(text("Two people?"), why), do, self._failed)

    def _failed(self, fault: MlidError) -> None:
        self.notice.say(fault_text(fault, self.language), Tone.REJECTED)
