from __future__ import annotations

import gc
import sys
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from mlid_desktop.domain.characteristics import FingerPosition
from mlid_desktop.gui.capture.gauges import AttemptStrip, HintBanner, QualityBars
from mlid_desktop.gui.capture.presenter import AttemptChip, CaptureScreen, QualityBar
from mlid_desktop.gui.capture.preview import Guide, Preview, as_image
from mlid_desktop.gui.capture.voice_presenter import prompt_screen
from mlid_desktop.gui.capture.voice_widgets import WAVE_PEAKS, PromptCard, Waveform
from mlid_desktop.gui.enrol.hands_diagram import HandsDiagram, _cap
from mlid_desktop.gui.enrol.presenter import HANDS, FingerMark, FingerState
from mlid_desktop.gui.theme.style import Theme, style_sheet
from mlid_desktop.gui.theme.tokens import TOKENS, ThemeName, Tone
from mlid_desktop.gui.widgets.controls import Button, ElidedLabel
from mlid_desktop.gui.widgets.elements import Notice, label
from mlid_desktop.gui.widgets.focus import FocusRing
from mlid_desktop.gui.widgets.wrapping_row import WrappingRow
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.text.language import Language, open_language
from mlid_desktop.workflow.challenge import PromptedTake, PromptPhase

LIMIT = 500


@pytest.fixture
def english() -> Language:
    return open_language(resource_folder() / "translations", "en")


def test_a_fault_shows_its_code_in_small_print_and_can_be_copied(theme: Theme, qtbot: QtBot) -> None:
    notice = Notice(theme)
    qtbot.addWidget(notice)
    notice.say("Another program is using the device. Close it.\ndevice.busy")
    assert (notice.text, notice.code) == ("Another program is using the device. Close it.", "device.busy")
    assert notice.accessibleName() == notice.text
    selectable = Qt.TextInteractionFlag.TextSelectableByMouse
    assert all(part.textInteractionFlags() & selectable for part in notice.findChildren(QLabel) if part.text())
    notice.say("Written to /srv/a.b")
    assert (notice.text, notice.code) == ("Written to /srv/a.b", "")


def painted(widget: QWidget) -> QImage:
    return widget.grab().toImage()


def test_a_wave_is_a_line_where_it_is_quiet_and_as_high_as_the_widget_where_it_is_loud(
    theme: Theme, qtbot: QtBot
) -> None:
    wave = Waveform(theme)
    qtbot.addWidget(wave)
    wave.resize(600, wave.height())
    wave.feed([0.0] * (WAVE_PEAKS // 2) + [1.0] * (WAVE_PEAKS // 2), 0.0)
    shown, accent = painted(wave), theme.colour("accent").rgb()
    columns = [sum(shown.pixel(x, y) == accent for y in range(shown.height())) for x in (150, 450)]
    assert (columns[0], columns[1] >= wave.height() - 4) == (0, True)
    middle, ground = shown.pixelColor(150, wave.height() // 2), shown.pixelColor(150, 4)
    assert ground.lightness() - middle.lightness() > 40


def test_a_picture_that_was_looked_at_gives_way_only_to_another_such_one(theme: Theme, qtbot: QtBot) -> None:
    preview = Preview(theme, Guide.OVAL)
    qtbot.addWidget(preview)
    live, judged = (np.full((8, 8, 3), value, np.uint8) for value in (40, 200))
    screen = CaptureScreen("Face", "Hold still", "", Tone.ACCEPTED, None, (), (), None, 0.5, following=True,
                           finished=False, usable=False, picture=judged)  # fmt: skip
    preview.show_live(live)
    preview.show_screen(Guide.OVAL, screen)
    shown = painted(preview)
    preview.show_live(live)
    assert painted(preview) == shown
    preview.show_screen(Guide.OVAL, replace(screen, picture=live))
    assert painted(preview) != shown
    preview.show_screen(Guide.OVAL, screen)
    assert painted(preview) == shown
    preview.show_frame(None)
    preview.show_live(live)
    assert preview.has_picture
    assert painted(preview) != shown


def test_the_installed_qt_keeps_count_of_what_it_returns(qapp: QApplication) -> None:
    """PySide6 6.12.0 on Python 3.11 gives True and None away with every signal, until the interpreter dies."""

    class Bell(QObject):
        rung = Signal()

    bell = Bell()
    bell.rung.connect(lambda: None)
    bell.rung.emit()
    gc.collect()
    before = sys.getrefcount(True)
    for _ in range(LIMIT):
        bell.rung.emit()
    assert sys.getrefcount(True) > before - LIMIT // 2


def test_the_style_sheet_has_no_blank_left(theme: Theme) -> None:
    assert "%(" not in style_sheet(theme.tokens)


def test_a_frame_is_shown_without_being_copied_and_in_its_own_colours(qtbot: QtBot, theme: Theme) -> None:
    blue = np.zeros((720, 1280, 3), np.uint8)
    blue[:, :, 0] = 255
    image = as_image(blue)
    assert image.pixelColor(5, 5).blue() == 255
    preview = Preview(theme, Guide.NONE)
    qtbot.addWidget(preview)
    preview.resize(800, 450)
    preview.show_frame(blue)
    assert painted(preview).pixelColor(400, 225).blue() == 255
    blue[:] = 0
    assert painted(preview).pixelColor(400, 225).blue() == 0


@pytest.mark.parametrize("mirror", [False, True])
def test_people_see_themselves_as_in_a_mirror_with_the_oval_around_the_face(
    qtbot: QtBot, theme: Theme, mirror: bool
) -> None:
    """The left of the picture is bright, and there the face is."""
    preview = Preview(theme, Guide.OVAL, mirror=mirror)
    qtbot.addWidget(preview)
    preview.resize(800, 450)
    shown = np.zeros((720, 1280, 3), np.uint8)
    shown[:, :640] = 255
    preview.show_frame(shown)
    for _ in range(20):  # the oval has come to the face
        preview.show_guide(Guide.OVAL, 0.0, Tone.ACCENT, following=True, region=(0.2, 0.35, 0.1, 0.3))
    picture = painted(preview)
    face = 600 if mirror else 200
    assert picture.pixelColor(face, 225).red() == 255
    assert picture.pixelColor(800 - face, 225).red() < 50
    assert picture.pixelColor(face + 180, 20).red() < picture.pixelColor(face, 225).red()


def test_the_oval_is_at_the_face_in_every_picture_of_somebody_who_moves(qtbot: QtBot, theme: Theme) -> None:
    preview = Preview(theme, Guide.OVAL)
    qtbot.addWidget(preview)
    for step in range(30):
        left = 0.2 + 0.012 * step
        preview.show_guide(Guide.OVAL, 0.0, Tone.ACCEPTED, following=True, region=(left, 0.3, 0.2, 0.4))
        across, _down, height = preview.oval
        assert abs(across - left - 0.1) <= 0.05 * height


def test_the_ring_fills_and_the_oval_is_tinted_only_when_somebody_is_followed(qtbot: QtBot, theme: Theme) -> None:
    preview = Preview(theme, Guide.OVAL)
    qtbot.addWidget(preview)
    preview.resize(800, 450)
    preview.show_frame(np.full((720, 1280, 3), 120, np.uint8))
    pictures = []
    for progress, following in ((0.0, False), (0.0, True), (0.5, True), (1.0, True)):
        preview.show_guide(Guide.OVAL, progress, Tone.ACCENT, following=following)
        pictures.append(painted(preview))
    assert all(picture != other for picture, other in pairwise(pictures))
    asked = []
    for progress in (0.0, 0.5):
        preview.show_guide(Guide.OVAL, progress, Tone.INCONCLUSIVE, following=True)
        asked.append(painted(preview))
    assert asked[0] == asked[1], "nothing seems to count while something is asked of the person"


def test_a_grey_print_stands_on_its_readers_ground(qtbot: QtBot, theme: Theme) -> None:
    preview = Preview(theme, Guide.FINGER)
    qtbot.addWidget(preview)
    preview.resize(600, 400)
    preview.show_frame(np.full((300, 260), 231, np.uint8))
    assert painted(preview).pixelColor(20, 200).red() == 231


def test_a_hint_is_heard_as_well_as_seen(qtbot: QtBot, theme: Theme) -> None:
    banner = HintBanner(theme)
    qtbot.addWidget(banner)
    banner.say("Come closer", "The face is too small.", Tone.ACCENT)
    assert (banner.prompt, banner.accessibleName()) == ("Come closer", "Come closer")
    assert banner.accessibleDescription() == "The face is too small."


def test_the_worst_bars_are_shown_each_in_its_place(qtbot: QtBot, theme: Theme) -> None:
    bars = QualityBars(theme, most=2)
    qtbot.addWidget(bars)
    bars.show_bars(
        [
            QualityBar("Sharpness", 20, "20", passed=False, order=2),
            QualityBar("Even light", 60, "60", passed=True, order=1),
            QualityBar("Head level", 90, "90", passed=True, order=0),
        ]
    )
    assert bars.accessibleName() == "Even light 60, Sharpness 20"
    assert not painted(bars).isNull()


def test_bars_are_mirrored_for_languages_that_read_from_the_right(qtbot: QtBot, theme: Theme) -> None:
    bars = QualityBars(theme, most=1)
    qtbot.addWidget(bars)
    bars.show_bars([QualityBar("Sharpness", 20, "20", passed=False)])
    before = painted(bars)
    bars.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert painted(bars) != before


def test_every_attempt_can_be_chosen_and_says_whether_it_is_the_best(
    qtbot: QtBot, theme: Theme, english: Language
) -> None:
    chosen: list[int] = []
    strip = AttemptStrip(theme, english, chosen.append)
    qtbot.addWidget(strip)
    strip.show_chips(
        [AttemptChip("1: 80", "Attempt 1", best=False), AttemptChip("2: 90", "Attempt 2, best", best=True)]
    )
    buttons = [button for button in strip.findChildren(Button) if button.text()]
    buttons[1].click()
    assert chosen == [1]
    assert [button.accessibleName() for button in buttons] == ["Attempt 1", "Attempt 2, best"]
    assert [button.icon().isNull() for button in buttons] == [True, False]


def test_fingers_are_chosen_by_keys_and_hands_are_never_mirrored(qtbot: QtBot, theme: Theme) -> None:
    chosen: list[FingerPosition] = []
    hands = HandsDiagram(theme, chosen.append)
    qtbot.addWidget(hands)
    hands.resize(420, 240)
    marks = [
        FingerMark(finger, str((index + 1) % 10), finger.value, FingerState.EMPTY, "")
        for index, finger in enumerate(HANDS)
    ]
    hands.show_marks(marks, FingerPosition.RIGHT_INDEX)
    QTest.keyClick(hands, Qt.Key.Key_1)
    QTest.keyClick(hands, Qt.Key.Key_0)
    QTest.keyClick(hands, Qt.Key.Key_Left)
    QTest.keyClick(hands, Qt.Key.Key_Right)
    assert chosen == [
        FingerPosition.LEFT_LITTLE,
        FingerPosition.RIGHT_LITTLE,
        FingerPosition.RIGHT_THUMB,
        FingerPosition.RIGHT_MIDDLE,
    ]
    before = painted(hands)
    hands.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    assert painted(hands) == before
    keys = [_cap(hands._to_widget(), number) for number in range(len(HANDS))]  # above the fingers: they choose too
    assert all(hands.rect().contains(key.toAlignedRect()) for key in keys)
    assert [hands._at(key.center()) for key in keys] == list(HANDS)


def test_a_finger_says_its_name_and_state(qtbot: QtBot, theme: Theme) -> None:
    hands = HandsDiagram(theme, lambda _: None)
    qtbot.addWidget(hands)
    mark = FingerMark(FingerPosition.LEFT_THUMB, "5", "left thumb", FingerState.EXCEPTION, "bandaged")
    hands.show_marks([mark], FingerPosition.LEFT_THUMB)
    assert hands.accessibleName() == "left thumb: bandaged"


def test_the_focus_ring_stands_off_the_control_and_follows_it(qtbot: QtBot, theme: Theme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    fields = [QLineEdit(), QLineEdit()]
    for field in fields:
        layout.addWidget(field)
    ring = FocusRing(window, theme)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    for field in fields:
        field.setFocus()
        assert ring.isVisible()
        assert ring.geometry() == field.geometry().adjusted(-4, -4, 4, 4)
    fields[1].hide()
    assert not ring.geometry().contains(fields[1].geometry()) or not ring.isVisible()


def test_a_long_name_is_cut_with_an_ellipsis_and_can_be_read_whole(qtbot: QtBot) -> None:
    shown = ElidedLabel("A name that is much longer than the place it has")
    qtbot.addWidget(shown)
    shown.resize(80, 24)
    shown.show()
    assert shown.text().endswith("…")
    assert shown.toolTip() == shown.accessibleName() == "A name that is much longer than the place it has"


def test_a_notice_without_words_takes_no_place(qtbot: QtBot, theme: Theme) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    notice = Notice(theme)
    QVBoxLayout(holder).addWidget(notice)
    holder.show()
    notice.say("The disk is full.")
    assert notice.isVisible()
    notice.say("")
    assert not notice.isVisible()


def test_icons_change_their_colour_with_the_look(qtbot: QtBot, qapp: QApplication, theme: Theme) -> None:
    button = Button(theme, "Lock", "plain", "lock")
    qtbot.addWidget(button)
    before = button.icon().pixmap(20, 20).toImage()
    theme.apply(qapp, ThemeName.DARK)
    assert button.icon().pixmap(20, 20).toImage() != before


def test_what_a_person_typed_is_shown_as_typed(qtbot: QtBot) -> None:
    from mlid_desktop.gui.widgets.elements import label

    shown = label("<b>Ana</b>")
    qtbot.addWidget(shown)
    assert isinstance(shown, QLabel)
    assert shown.textFormat() is Qt.TextFormat.PlainText


def test_a_line_moves_while_something_is_opened_and_rests_with_the_first_picture(
    qapp: QApplication, theme: Theme
) -> None:
    preview = Preview(theme)
    preview.resize(640, 480)
    preview.show()
    seen = [preview.opening.isVisible() or preview.opening.moves]
    preview.show_waiting("Opening a camera …", opening=True)
    seen.append(preview.opening.isVisible() and preview.opening.moves)
    assert preview.rect().contains(preview.opening.geometry())
    preview.show_frame(np.zeros((240, 320, 3), np.uint8))
    seen.append(preview.opening.isVisible() or preview.opening.moves)
    preview.show_frame(None)
    preview.show_waiting("Place the finger")
    seen.append(preview.opening.isVisible() or preview.opening.moves)
    assert seen == [False, True, False, False]
    preview.deleteLater()


def test_no_letter_of_wrapped_arabic_is_cut_at_the_left(qtbot: QtBot) -> None:
    shown = label("لا تُعرض صور شخصية على هذا المكتب. قارن بجواز سفر أو بطاقة هوية أو تصريح إقامة.", wrap=True)
    qtbot.addWidget(shown)
    shown.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    shown.setStyleSheet("background: white; color: black")
    cut = []
    for width in range(90, 400, 7):
        shown.resize(width, shown.heightForWidth(width))
        edge = painted(shown).copy(0, 0, 1, shown.height())
        if any(edge.pixelColor(0, line).lightness() < 160 for line in range(edge.height())):
            cut.append(width)
    assert not cut


def test_what_is_lower_than_its_neighbours_stands_in_the_middle_of_the_line(qtbot: QtBot) -> None:
    holder, line = QWidget(), WrappingRow(8)
    qtbot.addWidget(holder)
    parts = [QWidget() for _ in range(3)]
    for part, size in zip(parts, ((80, 40), (60, 24), (70, 30)), strict=True):
        part.setFixedSize(*size)
        line.addWidget(part)
    holder.setLayout(line)
    holder.resize(160, 200)
    holder.show()
    assert [part.geometry().center().y() for part in parts] == [19, 19, 48 + 14]
    assert line.heightForWidth(160) == 40 + 8 + 30
    parts[1].hide()
    assert line.heightForWidth(160) == 40


def test_on_a_low_card_the_digit_gets_smaller_and_nothing_stands_on_the_ticks(
    theme: Theme, qtbot: QtBot, english: Language
) -> None:
    card = PromptCard(theme)
    qtbot.addWidget(card)
    take = PromptedTake((1, 2, 3, 4, 5, 6, 7, 8, 9, 0), phase=PromptPhase.SPEAK, shown=(1.0, 2.0))
    screen = prompt_screen(take, 0, 2, english)
    digits = []
    for height in range(card.minimumHeight(), 700, 10):
        box = QRectF(0, 0, 520, height)
        digit, line = card.prompt_boxes(box, screen)
        ticks = card._first_tick(box, screen)
        assert 0 < digit.top() < digit.bottom() <= line.top()
        assert line.bottom() <= ticks.top()
        digits.append(digit.height())
    assert digits == sorted(digits)
    assert digits[0] > 60, "it is still read across a desk"


@pytest.mark.parametrize("name", list(ThemeName))
@pytest.mark.parametrize("kind", ["row", "chip"])
def test_what_is_chosen_is_told_from_its_neighbours_by_more_than_a_tint(name: ThemeName, kind: str) -> None:
    tokens = TOKENS[name]
    sheet = style_sheet(tokens)
    assert f'[kind="{kind}"]:checked {{ border: {2 * tokens.line_width}px solid {tokens.colour("accent")}' in sheet
