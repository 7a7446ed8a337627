"""The home page: what there is to do, what waits, and the numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QSizePolicy, QWidget

from mlid_desktop.domain.errors import MlidError
from mlid_desktop.domain.roles import Act, may
from mlid_desktop.gui.home.presenter import HomeScreen, PendingRow, getting_ready_text, home_screen, set_up_words
from mlid_desktop.gui.page.fault_presenter import fault_text
from mlid_desktop.gui.page.navigation import ACTIONS, ASIDE, PAGES, PageName
from mlid_desktop.gui.page.page import Page
from mlid_desktop.gui.page.second_person import Confirm, ask_second_person, with_second
from mlid_desktop.gui.state.desk_readiness import DeskReadiness
from mlid_desktop.gui.state.workspace import Workspace
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.theme.tokens import Tone
from mlid_desktop.gui.widgets.controls import Button, ElidedLabel
from mlid_desktop.gui.widgets.dialogs import Question
from mlid_desktop.gui.widgets.elements import Icon, Notice, clear, column, frame, label, row, rule, tag
from mlid_desktop.station.administration.readiness import SetupStep
from mlid_desktop.station.text.language import Language

TILE_HEIGHT, COMPACT_TILE_HEIGHT, LEAST_TILE_HEIGHT = 160, 84, 60
TILE_ICON = 36
LINES = 2  # of what is said under a name
TILES_A_ROW = 3
ACTION_WIDTH = 112
NEEDED_ACTS = {
    PageName.CHECK_IN: Act.COMPARE,
    PageName.FIGURES: Act.STATISTICS,
    PageName.SETUP: Act.GOVERN,
}
ROW_HEIGHT, MOST_ROWS = 44, 3  # of what waits; more is scrolled to


class ActionTile(Button):
    """One of the actions of the home page, as large as it is important."""

    def __init__(self, theme: Theme, language: Language, page_name: PageName) -> None:
        self._height = 0  # until it is fitted to its page
        super().__init__(theme, "", "tile")
        words = PAGES[page_name]
        name, purpose = language.text(words.name), language.text(words.purpose)
        self.setAccessibleName(f"{name}, {words.key}")
        self.setAccessibleDescription(purpose)
        self.setFixedHeight(TILE_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._explained = explained = label(purpose, "muted", wrap=True)
        explained.ensurePolished()
        explained.setAlignment(Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignTop)
        self._key = label(words.key, "muted")
        self._wide, snug, self._gap = theme.space("wide"), theme.space("snug"), theme.space("tight")
        self._around = 2 * snug + TILE_ICON + self._gap
        title = label(name, "head")
        title.ensurePolished()
        self._key.ensurePolished()
        taken = title.sizeHint().width() + self._key.sizeHint().width()
        self.least_width = taken + TILE_ICON + 3 * snug + 2 * self._wide  # of a tile with its key
        head = row(Icon(theme, words.icon, "accent", TILE_ICON), title, 1, self._key, spacing=snug)
        self.setToolTip(words.key)
        margins = (self._wide, snug, self._wide, snug)
        self.setLayout(column(1, head, explained, 1, spacing=self._gap, margins=margins))
        for part in self.findChildren(QLabel):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def least_height(self, width: int) -> int:
        """The height that a tile of this width takes with its explanation."""
        explained = self._explained
        lines = max(LINES * explained.fontMetrics().lineSpacing(), explained.heightForWidth(width - 2 * self._wide))
        return self._around + lines

    def fit(self, height: int, least: int, *, keyed: bool) -> None:
        """Gives the tile a height, with its explanation where ``least`` says what a tile with one takes, else without:
        names of a row stand in one line. Where it is ``keyed`` its key stands beside the name."""
        self._key.setVisible(keyed)
        self._explained.setVisible(bool(least))
        self._explained.setMinimumHeight(max(0, least - self._around))
        self._height = height
        self.setFixedHeight(height)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Keeps the height when the look changes, which sets the least height of every button."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange and self._height:
            self.setFixedHeight(self._height)


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
        grid = QGridLayout()
        grid.setSpacing(theme.space("base"))
        offered = self._allowed(ACTIONS)
        self._rows = -(-len(offered) // TILES_A_ROW)
        self._tiles = [ActionTile(theme, language, page_name) for page_name in offered]
        for index, tile in enumerate(self._tiles):
            tile.on(partial(go, offered[index]))
            grid.addWidget(tile, index // TILES_A_ROW, index % TILES_A_ROW)
        for column_number in range(TILES_A_ROW):
            grid.setColumnStretch(column_number, 1)
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
        self.body.addLayout(grid)
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
        between = base * (self._rows - 1)
        tiles = self._rows * self._tiles[0].minimumHeight() + between
        below = self.body.heightForWidth(room) - tiles
        left = self.height() - 3 * base - self.header.sizeHint().height() - below - between
        width = (room - base * (TILES_A_ROW - 1)) // TILES_A_ROW
        least = max(tile.least_height(width) for tile in self._tiles)
        explained = self._rows * least <= left
        lowest, highest = (least, TILE_HEIGHT) if explained else (LEAST_TILE_HEIGHT, COMPACT_TILE_HEIGHT)
        keyed = all(tile.least_width <= width for tile in self._tiles)
        for tile in self._tiles:
            tile.fit(max(lowest, min(highest, left // self._rows)), least if explained else 0, keyed=keyed)

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
                self._asides[PageName.SETUP].relabel(set_up_words(self._readiness.missing, self.language))
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
        self.body.insertWidget(0 if urgent else self.body.indexOf(self._numbers), self.waiting)
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
        for before, after in pairwise([*offered, *self._tiles]):  # keys go through the page as it is read
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
