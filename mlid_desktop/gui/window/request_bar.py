"""The bar above the pages that says, quietly, what another program asks: it never takes the focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame

from mlid_desktop.gui.state.interface import ExternalInterface
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.announcing import announce
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Icon, label, row, tag
from mlid_desktop.gui.window.request_presenter import request_text
from mlid_desktop.station.external_requests.request_book import ExternalRequest, RequestState
from mlid_desktop.station.text.language import Language


class RequestBar(QFrame):
    """Shows the request that is worked on, else the oldest that waits; hidden where there is none."""

    def __init__(
        self,
        theme: Theme,
        language: Language,
        interface: ExternalInterface,
        open_request: Callable[[ExternalRequest], None],
        decline: Callable[[ExternalRequest], None],
    ) -> None:
        super().__init__()
        self._language, self._interface = language, interface
        self.request: ExternalRequest | None = None
        tag(self, kind="notice", tone="information")
        self.text = label("", "body", wrap=True)
        self.open = Button(theme, language.text("Open the request"), "plain").on(lambda: self._do(open_request))
        self.decline = Button(theme, language.text("Decline the request"), "quiet").on(lambda: self._do(decline))
        layout = row(Icon(theme, "info", "information", 20), spacing=12, margins=(24, 8, 24, 8))
        layout.addWidget(self.text, 1)
        layout.addWidget(self.decline)
        layout.addWidget(self.open)
        self.setLayout(layout)
        interface.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows what stands now."""
        book = self._interface.requests.current()
        waiting = book.waiting
        self.request = book.shown or next(iter(waiting), None)
        if self.request is None:
            self.hide()
            return
        behind = len(waiting) - (self.request.state is RequestState.WAITING)
        said = request_text(self.request, behind, self._language)
        if said != self.text.text():
            self.text.setText(said)
            self.setAccessibleName(said)
            announce(self, said)
        self.open.setVisible(self.request.state is RequestState.WAITING)
        self.show()

    def _do(self, act: Callable[[ExternalRequest], None]) -> None:
        if self.request is not None:
            act(self.request)
