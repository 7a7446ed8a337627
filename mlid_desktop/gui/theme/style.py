"""The look of the window, made of the tokens: palette, style sheet, icons, and the theme that changes at run time.

The window is painted before anything names the ``Qt`` namespace or holds a ``QStyle``, whose enums take a tenth of the
whole start to be made, and with the few rules that its first picture needs.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QObject, QRectF, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from mlid_desktop.gui.theme.tokens import TOKENS, ThemeName, Tokens

FUSION = ("-style", "fusion")  # of the arguments of every application: no other style is what the sheet is made for
ICON_SCALES = (1, 2, 3)
MIDDLE = 128  # of 255: lighter windows are light


class Theme(QObject):
    """The theme of the application, with the tokens in use; ``changed`` is emitted after a new style sheet is in
    place."""

    changed = Signal()

    def __init__(self, resources: Path, name: ThemeName = ThemeName.LIGHT) -> None:
        super().__init__()
        self._icons = resources / "icons"
        self._strokes: dict[str, str] = {}
        self._drawings: dict[tuple[str, str], QSvgRenderer] = {}  # by icon and colour, whatever the tokens
        self._made: dict[tuple[str, str, int, str, int, bool], QIcon] = {}  # of the tokens in use
        self.tokens = TOKENS[name]

    def apply(self, application: QApplication, name: ThemeName, rules: str = "") -> None:
        """Gives the application the look of this theme; where it has it, no widget is dressed anew. ``rules`` are those
        of a window that shows little yet."""
        self.tokens = TOKENS[name]
        self._made.clear()
        sheet = style_sheet(self.tokens, rules)
        if sheet != application.styleSheet():
            application.setFont(interface_font(self.tokens))
            application.setPalette(palette(self.tokens))
            application.setStyleSheet(sheet)
        self.changed.emit()

    def colour(self, name: str) -> QColor:
        """A colour by its token."""
        return QColor(self.tokens.colour(name))

    def space(self, name: str) -> int:
        """A distance or size in device-independent pixels."""
        return self.tokens.pixels[name]

    def font(self, size: str, *, strong: bool = False) -> QFont:
        """The interface font at a size of the scale; digits are tabular where the font has them."""
        font = interface_font(self.tokens)
        font.setPointSize(self.tokens.points[size])
        font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
        return font

    def drawing(self, icon: str, colour: str) -> QSvgRenderer:
        """An icon as strokes in a token's colour, to be painted at any size."""
        wanted = (icon, self.tokens.colour(colour))
        if wanted not in self._drawings:
            if icon not in self._strokes:
                self._strokes[icon] = (self._icons / f"{icon}.svg").read_text(encoding="utf-8")
            drawn = self._strokes[icon].replace("currentColor", wanted[1])
            self._drawings[wanted] = QSvgRenderer(QByteArray(drawn.encode()))
        return self._drawings[wanted]

    def icon(
        self,
        icon: str,
        colour: str = "text",
        size: int = 20,
        disabled: str = "edge",
        gap: int = 0,
        *,
        turned: bool = False,
    ) -> QIcon:
        """An icon for a button; ``size`` and ``gap``, empty at its right, at its left where it is negative, in
        device-independent pixels; ``turned`` the other way, as an arrow is where reading goes from the right."""
        wanted = (icon, colour, size, disabled, gap, turned)
        if wanted not in self._made:
            self._made[wanted] = self._icon(icon, colour, size, disabled, gap, turned=turned)
        return self._made[wanted]

    def _icon(self, icon: str, colour: str, size: int, disabled: str, gap: int, *, turned: bool) -> QIcon:
        made = QIcon()
        for mode, name in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, disabled)):
            for scale in ICON_SCALES:
                made.addPixmap(self._pixmap(icon, name, size, gap, scale, turned=turned), mode)
        return made

    def _pixmap(self, icon: str, colour: str, size: int, gap: int, scale: int, *, turned: bool) -> QPixmap:
        pixmap = QPixmap((size + abs(gap)) * scale, size * scale)
        pixmap.fill(QColor(0, 0, 0, 0))
        painter = QPainter(pixmap)
        box = QRectF(max(0, -gap) * scale, 0, size * scale, size * scale)
        if turned:
            painter.translate(2 * box.center().x(), 0)
            painter.scale(-1, 1)
        self.drawing(icon, colour).render(painter, box)
        painter.end()
        pixmap.setDevicePixelRatio(scale)
        return pixmap


def initial_theme() -> ThemeName:
    """The theme that the system's own colours suggest: enough for the first picture of the window."""
    return ThemeName.DARK if QGuiApplication.palette().window().color().lightness() < MIDDLE else ThemeName.LIGHT


def system_theme() -> ThemeName:
    """The theme that the system asks for."""
    hints = QGuiApplication.styleHints()
    accessibility = getattr(hints, "accessibility", None)  # Qt 6.10 and later
    if accessibility is not None and accessibility().contrastPreference().name == "HighContrast":
        return ThemeName.CONTRAST
    return ThemeName.DARK if hints.colorScheme().name == "Dark" else ThemeName.LIGHT


def interface_font(tokens: Tokens) -> QFont:
    """The platform's own interface font in the body size."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPointSize(tokens.points["body"])
    font.setFeature(QFont.Tag("tnum"), 1)  # figures under one another line up
    return font


def palette(tokens: Tokens) -> QPalette:
    """The palette with which Qt's Fusion style paints where the style sheet says nothing."""
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: "canvas",
        QPalette.ColorRole.WindowText: "text",
        QPalette.ColorRole.Base: "surface",
        QPalette.ColorRole.AlternateBase: "canvas",
        QPalette.ColorRole.Text: "text",
        QPalette.ColorRole.Button: "surface",
        QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.PlaceholderText: "muted",
        QPalette.ColorRole.Highlight: "accent",
        QPalette.ColorRole.HighlightedText: "on_accent",
        QPalette.ColorRole.ToolTipBase: "raised",
        QPalette.ColorRole.ToolTipText: "text",
        QPalette.ColorRole.Link: "accent",
        QPalette.ColorRole.Mid: "line",
        QPalette.ColorRole.Accent: "accent",
    }
    for role, name in roles.items():
        made.setColor(role, QColor(tokens.colour(name)))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.colour("edge")))
    return made


def style_sheet(tokens: Tokens, rules: str = "") -> str:
    """The application's style sheet for a theme, or one of a few ``rules``. Widgets say what they are through the
    property ``kind``, never how they look."""
    blanks: dict[str, object] = {
        **tokens.colours,
        **{f"pt_{name}": f"{size}pt" for name, size in tokens.points.items()},
        **{f"px_{name}": f"{size}px" for name, size in tokens.pixels.items()},
        "line_px": f"{tokens.line_width}px",
        "chosen_px": f"{2 * tokens.line_width}px",  # told from its neighbours where no tint tells it
        "inner": f"{tokens.pixels['control'] - 2 * tokens.line_width}px",
        "inner_chosen": f"{tokens.pixels['control'] - 4 * tokens.line_width}px",  # as high as its neighbours
        "inner_primary": f"{tokens.pixels['primary'] - 2 * tokens.line_width}px",
    }
    return (rules or SHEET) % blanks


FIRST_SHEET = """
QWidget { color: %(text)s; font-size: %(pt_body)s; }
QMainWindow, QWidget[kind="canvas"] { background: %(canvas)s; }
QDialog { background: %(raised)s; }
QLabel { background: transparent; }
QLabel[kind="wordmark-alone"] { qproperty-alignment: AlignCenter; }
QLabel[kind="wordmark"], QLabel[kind="wordmark-alone"] {
    font-size: %(pt_head)s; font-weight: 700; letter-spacing: 2px; }
"""
SHEET = (
    FIRST_SHEET
    + """
QLabel[kind="display"] { font-size: %(pt_display)s; font-weight: 600; }
QLabel[kind="verdict"] { font-size: %(pt_verdict)s; font-weight: 700; }
QLabel[kind="title"] { font-size: %(pt_title)s; font-weight: 600; }
QLabel[kind="head"] { font-size: %(pt_head)s; font-weight: 600; }
QLabel[kind="code"] { font-family: monospace; font-size: %(pt_lead)s; font-weight: 600; }
QLabel[kind="keycap"] {
    background: %(sunken)s; border: %(line_px)s solid %(edge)s; border-radius: 4px; padding: 1px %(px_tight)s; }
QLabel[kind="lead"] { font-size: %(pt_lead)s; }
QLabel[kind="lead-strong"] { font-size: %(pt_lead)s; font-weight: 600; }
QLabel[kind="lead-muted"] { font-size: %(pt_lead)s; color: %(muted)s; }
QLabel[kind="strong"] { font-weight: 600; }
QLabel[kind="group"] {
    color: %(muted)s; font-size: %(pt_small)s; font-weight: 600; padding: 6px 0 3px 0; }
QLabel[kind="muted"] { color: %(muted)s; }
QLabel[kind="fault"] { color: %(rejected)s; }
QLabel[tone="accepted"] { color: %(accepted)s; }
QLabel[tone="rejected"] { color: %(rejected)s; }
QLabel[tone="inconclusive"] { color: %(inconclusive)s; }
QLabel[tone="information"] { color: %(information)s; }

QLabel[kind="place"] {
    color: %(muted)s; border: %(line_px)s dashed %(edge)s; border-radius: %(px_radius)s; background: %(canvas)s; }

QFrame[kind="card"] { background: %(surface)s; border: %(line_px)s solid %(line)s; border-radius: %(px_card_radius)s; }
QFrame[kind="bar"] { background: %(surface)s; border: none; border-bottom: %(line_px)s solid %(line)s; }
QFrame[kind="footer"] { background: %(surface)s; border: none; border-top: %(line_px)s solid %(line)s; }
QFrame[kind="rule"] { background: %(line)s; border: none; max-height: %(line_px)s; min-height: %(line_px)s; }
QFrame[kind="rule-upright"] { background: %(line)s; border: none; max-width: %(line_px)s; min-width: %(line_px)s; }
QFrame[kind="notice"] { border-radius: %(px_radius)s; border: %(line_px)s solid transparent; }
QFrame[kind="notice"][tone="accepted"] { background: %(accepted_tint)s; border-color: %(accepted)s; }
QFrame[kind="notice"][tone="rejected"] { background: %(rejected_tint)s; border-color: %(rejected)s; }
QFrame[kind="notice"][tone="inconclusive"] { background: %(inconclusive_tint)s; border-color: %(inconclusive)s; }
QFrame[kind="notice"][tone="information"] { background: %(information_tint)s; border-color: %(information)s; }
QFrame[kind="notice"][tone="muted"] { background: %(sunken)s; border-color: %(line)s; }
QFrame[kind="condition"] { border-radius: %(px_card_radius)s; border: %(line_px)s solid %(line)s; }
QFrame[kind="condition"][tone="accepted"] { background: %(accepted_tint)s; }
QFrame[kind="condition"][tone="rejected"] { background: %(rejected_tint)s; border-color: %(rejected)s; }
QFrame[kind="condition"][tone="inconclusive"] { background: %(inconclusive_tint)s; border-color: %(inconclusive)s; }
QFrame[kind="condition"][tone="information"] { background: %(information_tint)s; }
QFrame[kind="condition"][tone="muted"] { background: %(sunken)s; }
QFrame[kind="disc"] { background: %(sunken)s; border: none; border-radius: 40px; }
QFrame[kind="demo"] { background: %(sunken)s; border: none; border-bottom: %(line_px)s solid %(line)s; }
QFrame[kind="verdict"] {
    border: none; border-top-left-radius: %(px_card_radius)s; border-top-right-radius: %(px_card_radius)s;
}
QFrame[kind="verdict"][tone="accepted"] { background: %(accepted_tint)s; }
QFrame[kind="verdict"][tone="rejected"] { background: %(rejected_tint)s; }
QFrame[kind="verdict"][tone="inconclusive"] { background: %(inconclusive_tint)s; }
QFrame[kind="caution"] {
    background: %(inconclusive_tint)s; border: none; border-bottom: %(line_px)s solid %(inconclusive)s;
    border-top: %(line_px)s solid %(inconclusive)s;
}
QFrame[kind="queue"] {
    background: %(surface)s; border: %(line_px)s solid %(line)s; border-radius: %(px_card_radius)s;
}
QFrame[kind="queue"][tone="accepted"] { background: %(accepted_tint)s; border-color: %(accepted)s; }
QFrame[kind="queue"][tone="rejected"] { background: %(rejected_tint)s; border-color: %(rejected)s; }
QFrame[kind="queue"][tone="inconclusive"] { background: %(inconclusive_tint)s; border-color: %(inconclusive)s; }
QFrame[kind="chip"] { background: %(sunken)s; border: %(line_px)s solid %(line)s; border-radius: %(px_radius)s; }

QPushButton {
    background: %(surface)s; border: %(line_px)s solid %(edge)s; border-radius: %(px_radius)s;
    min-height: %(inner)s; padding: 0 %(px_base)s; outline: none;
}
QPushButton:hover { background: %(sunken)s; }
QPushButton:pressed { background: %(line)s; }
QPushButton:disabled { color: %(muted)s; border-color: %(line)s; background: %(sunken)s; }
QPushButton[kind="primary"] {
    background: %(accent)s; color: %(on_accent)s; border-color: %(accent)s; font-weight: 600;
    min-height: %(inner_primary)s; padding: 0 %(px_wide)s;
}
QPushButton[kind="primary"]:hover { background: %(accent_hover)s; border-color: %(accent_hover)s; }
QPushButton[kind="primary"]:disabled { background: %(sunken)s; color: %(muted)s; border-color: %(line)s; }
QPushButton[kind="quiet"] { border-color: transparent; background: transparent; }
QFrame[kind="bar"] QPushButton[kind="quiet"] { padding: 0 %(px_tight)s; }
QPushButton[kind="quiet"][edge="flush"] { padding: 0; }
QPushButton[kind="quiet"][edge="flush"]:hover { background: transparent; color: %(accent)s; }
QPushButton[kind="quiet"][tone="muted"] { color: %(muted)s; }
QPushButton[kind="quiet"][tone="rejected"] { color: %(rejected)s; }
QPushButton[kind="quiet"][tone="inconclusive"] { color: %(inconclusive)s; }
QPushButton[kind="icon"] { border-color: transparent; background: transparent; padding: 0; min-width: %(inner)s; }
QPushButton[kind="quiet"]:hover, QPushButton[kind="icon"]:hover { background: %(sunken)s; }
QPushButton[kind="quiet"]:disabled { color: %(edge)s; }
QPushButton[kind="footer"] { min-height: %(inner_primary)s; }
QPushButton[kind="danger"] { color: %(rejected)s; border-color: %(rejected)s; }
QDialog QPushButton[kind="danger"] { min-height: %(inner_primary)s; }
QPushButton[kind="danger"]:disabled { color: %(muted)s; border-color: %(line)s; }
QPushButton[kind="nav"] {
    border: none; border-bottom: 3px solid transparent; border-radius: 0; background: transparent;
    min-height: 58px; padding: 3px %(px_snug)s 0 %(px_snug)s; color: %(muted)s;
}
QPushButton[kind="section"] {
    border: %(line_px)s solid transparent; border-radius: %(px_radius)s; background: transparent;
    min-height: 34px; padding: 0 %(px_snug)s; color: %(muted)s; text-align: left;
}
QPushButton[kind="section"][dense="true"] { min-height: 27px; }
QPushButton[kind="tab"] {
    border: none; border-bottom: 3px solid transparent; border-radius: 0; background: transparent;
    padding: 3px %(px_tight)s 0 %(px_tight)s; color: %(muted)s;
}
QPushButton[kind="tab"]:hover { color: %(text)s; background: %(sunken)s; }
QPushButton[kind="tab"]:checked { color: %(text)s; border-bottom-color: %(accent)s; font-weight: 600; }
QPushButton[kind="nav"]:hover, QPushButton[kind="section"]:hover { color: %(text)s; background: %(sunken)s; }
QPushButton[kind="nav"]:checked { color: %(text)s; border-bottom-color: %(accent)s; }
QPushButton[kind="section"]:checked {
    color: %(text)s; background: %(accent_tint)s; border-color: %(accent)s;
}
QPushButton[kind="nav"]:disabled { color: %(edge)s; }
QPushButton[kind="tile"] {
    background: %(surface)s; border: %(line_px)s solid %(line)s; border-radius: %(px_card_radius)s; padding: 0;
}
QPushButton[kind="tile"]:hover { border-color: %(accent)s; background: %(surface)s; }
QPushButton[kind="tile"]:pressed { background: %(accent_tint)s; }
QPushButton[kind="row"] {
    background: %(surface)s; border: %(line_px)s solid %(line)s; border-radius: %(px_radius)s; padding: 0;
    text-align: left;
    min-height: 62px;
}
QPushButton[kind="row"][compact="true"] { min-height: 38px; }
QPushButton[kind="row"]:hover { border-color: %(accent)s; background: %(surface)s; }
QPushButton[kind="row"]:checked { border: %(chosen_px)s solid %(accent)s; background: %(accent_tint)s; }
QPushButton[kind="chip"] {
    background: %(surface)s; border: %(line_px)s solid %(edge)s; border-radius: %(px_radius)s; padding: 0 %(px_snug)s;
}
QPushButton[kind="chip"]:checked { border: %(chosen_px)s solid %(accent)s; background: %(accent_tint)s; }
QPushButton[kind="chip"]:checked { min-height: %(inner_chosen)s; }
QPushButton[kind="chip"][pictured="true"] { padding: 0 %(px_tight)s; min-height: 70px; }
QPushButton[kind="chip"][pictured="true"]:checked { min-height: 68px; }

QLineEdit, QComboBox {
    background: %(surface)s; border: %(line_px)s solid %(edge)s; border-radius: %(px_radius)s;
    min-height: %(inner)s; padding: 0 %(px_snug)s;
    selection-background-color: %(accent)s; selection-color: %(on_accent)s;
}
QLineEdit[wanted="true"][left="true"], QComboBox[wanted="true"][left="true"] { border-color: %(inconclusive)s; }
QLineEdit[wrong="true"] { border: 2px solid %(rejected)s; }
QLineEdit:disabled { color: %(muted)s; background: %(canvas)s; border-color: %(line)s; }
QComboBox::drop-down { border: none; width: 28px; }
QComboBox::down-arrow { image: none; width: 0; }
QComboBox QAbstractItemView {
    background: %(raised)s; border: %(line_px)s solid %(edge)s; outline: none; padding: %(px_hair)s;
    selection-background-color: %(accent_tint)s; selection-color: %(text)s;
}
QComboBox QAbstractItemView::item { min-height: %(px_target)s; padding: 0 %(px_tight)s; }
QCheckBox, QRadioButton { spacing: %(px_tight)s; min-height: %(px_target)s; background: transparent; outline: none; }
QRadioButton[kind="strong"] { font-weight: 600; }
QCheckBox:disabled, QRadioButton:disabled { color: %(edge)s; }
QCheckBox::indicator:disabled { border-color: %(line)s; background: %(canvas)s; }
QCheckBox::indicator {
    width: 20px; height: 20px; border: 2px solid %(edge)s; border-radius: 4px; background: %(surface)s;
}
QCheckBox::indicator:checked { border-color: %(accent)s; background: %(accent)s; }
QRadioButton::indicator {
    width: 20px; height: 20px; border: 2px solid %(edge)s; border-radius: 12px; background: %(surface)s;
}
QRadioButton::indicator:checked { border: 7px solid %(accent)s; width: 10px; height: 10px; }

QTableView, QListView {
    background: %(surface)s; border: none; outline: none; gridline-color: %(line)s;
    selection-background-color: %(accent_tint)s; selection-color: %(text)s;
}
QListView::item { min-height: %(px_target)s; padding: 0 %(px_tight)s; }
QTableView::item { border-bottom: %(line_px)s solid %(line)s; padding: 0 %(px_snug)s; }
QTableView::item:selected { background: %(accent_tint)s; color: %(text)s; }
QHeaderView { background: %(surface)s; border: none; }
QHeaderView::section {
    background: %(surface)s; color: %(muted)s; border: none; border-bottom: %(line_px)s solid %(line)s;
    padding: 0 15px; min-height: %(px_control)s; font-weight: 400;
}
QMenu { background: %(raised)s; border: %(line_px)s solid %(edge)s; padding: %(px_hair)s; }
QMenu::item { padding: %(px_tight)s %(px_wide)s; min-height: 20px; border-radius: 4px; }
QMenu::item:default { color: %(rejected)s; font-weight: 400; }
QMenu::item:disabled { color: %(muted)s; }
QMenu::item:selected { background: %(accent_tint)s; color: %(text)s; }
QPushButton::menu-indicator { image: none; width: 0; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar::handle:vertical { background: %(edge)s; border-radius: 4px; min-height: 32px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle:horizontal { background: %(edge)s; border-radius: 4px; min-width: 32px; margin: 2px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: %(sunken)s; border: none; border-radius: 3px; max-height: 6px; }
QFrame[kind="notice"] QProgressBar { background: %(line)s; }
QProgressBar::chunk { background: %(accent)s; border-radius: 3px; }
QToolTip { background: %(raised)s; color: %(text)s; border: %(line_px)s solid %(line)s; padding: %(px_tight)s; }
QTextBrowser, QPlainTextEdit {
    background: %(surface)s; border: %(line_px)s solid %(line)s; border-radius: %(px_radius)s; padding: %(px_tight)s;
}
"""
)
