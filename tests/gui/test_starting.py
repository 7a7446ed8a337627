"""The first picture of the window: what it is painted with, and what is read before it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mlid_desktop.gui.theme.style import FIRST_SHEET, SHEET
from mlid_desktop.gui.window import app

OPENED = "from mlid_desktop.gui.window import app\nprint(app._open_application().style().objectName())"
SHOWN = """
import sys
from mlid_desktop.gui.theme.style import FIRST_SHEET, SHEET, Theme, style_sheet
from mlid_desktop.gui.theme.tokens import TOKENS, ThemeName
from mlid_desktop.gui.window import app
application = app._open_application()
options = app.Options(True, None, ThemeName.DARK, kiosk=False, first_start=False)
theme, window = app._show_window(application, options)
first = application.styleSheet()
read = sorted({"tomllib", "json"} & set(sys.modules))
app.threading.Thread = lambda **_: type("Nothing", (), {"start": lambda self: None})()
app.assemble_behind(application, theme, window, options)
print(first != application.styleSheet() == style_sheet(TOKENS[ThemeName.DARK]), read)
"""


def said(code: str, **more: str) -> str:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"} | more
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return found.stdout.strip()


def test_the_style_is_the_one_that_the_sheet_is_made_for_whatever_the_system_prefers() -> None:
    assert said(OPENED, QT_STYLE_OVERRIDE="windows") == "fusion"


def test_the_first_picture_takes_few_rules_and_the_window_has_all_of_them_before_there_is_a_page() -> None:
    assert SHEET.startswith(FIRST_SHEET)
    assert said(SHOWN) == "True []"


@pytest.mark.parametrize("given", [[], ["--demo"]])
def test_usual_starts_are_understood_as_a_parser_would(given: list[str]) -> None:
    spelled_out = [*given, "--theme", "dark"]
    assert app._options(given) == app._options(spelled_out)._replace(theme=None)
