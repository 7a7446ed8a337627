"""The button that chooses the language of the window, each by its own name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from mlid_desktop.gui.theme.style import Theme
from mlid_desktop.gui.widgets.controls import Button
from mlid_desktop.station.text.language import NATIVE_NAMES, READ_BY_NATIVES, Language


class LanguageButton(Button):
    """Shows the language in use and offers the others, apart from them those that no native speaker has read yet, and
    the page of their wording, which ``review`` opens; hidden where there is none to choose."""

    def __init__(
        self,
        theme: Theme,
        language: Language,
        codes: Sequence[str],
        speak: Callable[[str], None],
        review: Callable[[], None],
        *,
        short: bool,
    ) -> None:
        native = NATIVE_NAMES.get(language.code, language.code)
        super().__init__(theme, language.code.upper() if short else native, "quiet", "language")
        self.setAccessibleName(language.text("Language: {name}", name=native))
        self.setToolTip(language.text("Language: {name}", name=native))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(self)
        read = [code for code in codes if code in READ_BY_NATIVES]
        unread = [code for code in codes if code not in READ_BY_NATIVES]
        for code in (*read, *unread):
            if unread and code == unread[0]:
                menu.addSeparator()
                menu.addAction(language.text("Not yet read by native speakers:")).setEnabled(False)
            action = menu.addAction(NATIVE_NAMES.get(code, code))
            action.setCheckable(True)
            action.setChecked(code == language.code)
            action.triggered.connect(partial(_later, speak, code))
        menu.addSeparator()
        menu.addAction(language.text("Check the wording …")).triggered.connect(lambda *_: review())
        self.setMenu(menu)
        if len(codes) < 2:
            self.hide()


def _later(speak: Callable[[str], None], code: str, _checked: bool = False) -> None:
    """Changes the language once the menu is closed: the button that holds it is about to be made anew."""
    from PySide6.QtCore import QTimer  # noqa: PLC0415 - with its one use

    QTimer.singleShot(0, partial(speak, code))
