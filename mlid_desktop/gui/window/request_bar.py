"""The bar above the pages that says, quietly, what another program asks: it never takes the focus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QFrame

from mlid_desktop.gui.state.interface import ExternalInterface
from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.announcing import announce
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.gui.widgets.elements import Icon, label, row, tag
from mlid_desktop.gui.window.request_presenter import RequestNotice, notice_of
from mlid_desktop.station.external_requests.request_book import ExternalRequest
from mlid_desktop.station.text.language import Language


@dataclass(frozen=True, slots=True)
class BarActs:
    """What the buttons of the bar do: with a request that waits, with the page of one that was answered, and with a
    number that a link brought."""

    open_request: Callable[[ExternalRequest], None]
    decline: Callable[[ExternalRequest], None]
    go_back: Callable[[ExternalRequest], None]
    stay: Callable[[ExternalRequest], None]
    look_for: Callable[[str], None]
    dismiss: Callable[[], None]


class RequestBar(QFrame):
    """Shows the request that is worked on, else the oldest that waits, else the page that an answer leads back to, else
    the number that a link brought; hidden where there is none."""

    def __init__(self, theme: Theme, language: Language, interface: ExternalInterface, acts: BarActs) -> None:
        super().__init__()
        self._language, self._interface, self._acts = language, interface, acts
        self.notice: RequestNotice | None = None
        tag(self, kind="notice", tone="information")
        self.text = label("", "body", wrap=True)
        self.open = Button(theme, "", "plain").on(self._open)
        self.decline = Button(theme, "", "quiet").on(self._decline)
        layout = row(Icon(theme, "info", "information", 20), spacing=12, margins=(24, 8, 24, 8))
        layout.addWidget(self.text, 1)
        layout.addWidget(self.decline)
        layout.addWidget(self.open)
        self.setLayout(layout)
        interface.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Shows what stands now."""
        requests = self._interface.requests
        self.notice = notice_of(requests.current(), requests.links(), self._language)
        if self.notice is None:
            self.hide()
            return
        if self.notice.text != self.text.text():
            self.text.setText(self.notice.text)
            self.setAccessibleName(self.notice.text)
            announce(self, self.notice.text)
        self.open.setText(self.notice.open)
        self.decline.setText(self.notice.decline)
        self.open.setVisible(bool(self.notice.open))
        self.show()

    def _open(self) -> None:
        notice = self.notice
        if notice is None:
            return
        if notice.request is None:
            self._acts.look_for(notice.number)
        elif notice.request.is_open:
            self._acts.open_request(notice.request)
        else:
            self._acts.go_back(notice.request)

    def _decline(self) -> None:
        notice = self.notice
        if notice is None:
            return
        if notice.request is None:
            self._acts.dismiss()
        elif notice.request.is_open:
            self._acts.decline(notice.request)
        else:
            self._acts.stay(notice.request)
