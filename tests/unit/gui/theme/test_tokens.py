from __future__ import annotations

from pathlib import Path

import pytest

from mlid_desktop.gui.theme.tokens import TOKENS, ThemeName, Tokens, Tone, contrast

RESOURCES = Path(__file__).resolve().parents[4] / "resources"
THEMES = TOKENS
GROUNDS = ("canvas", "surface", "raised", "sunken")
TONES = [tone.value for tone in Tone if tone not in (Tone.NEUTRAL, Tone.ACCENT)]


@pytest.fixture(params=list(ThemeName))
def tokens(request: pytest.FixtureRequest) -> Tokens:
    return THEMES[request.param]


def test_text_is_read_with_ease_on_every_ground(tokens: Tokens) -> None:
    assert min(contrast(tokens.colour("text"), tokens.colour(ground)) for ground in GROUNDS) >= 7.0


def test_muted_text_meets_aa_on_every_ground(tokens: Tokens) -> None:
    assert min(contrast(tokens.colour("muted"), tokens.colour(ground)) for ground in GROUNDS) >= 4.5


def test_words_in_a_tone_meet_aa_on_their_tint_and_on_every_ground(tokens: Tokens) -> None:
    for tone in TONES:
        for ground in (f"{tone}_tint", "canvas", "surface", "raised"):
            assert contrast(tokens.colour(tone), tokens.colour(ground)) >= 4.5, (tone, ground)


def test_text_on_a_tint_is_read_with_ease(tokens: Tokens) -> None:
    for tint in (*(f"{tone}_tint" for tone in TONES), "accent_tint"):
        assert contrast(tokens.colour("text"), tokens.colour(tint)) >= 7.0, tint


def test_the_primary_action_meets_aa(tokens: Tokens) -> None:
    assert contrast(tokens.colour("on_accent"), tokens.colour("accent")) >= 4.5
    assert contrast(tokens.colour("on_accent"), tokens.colour("accent_hover")) >= 4.5


def test_edges_of_controls_and_the_focus_ring_are_seen(tokens: Tokens) -> None:
    for ground in ("canvas", "surface"):
        assert contrast(tokens.colour("edge"), tokens.colour(ground)) >= 3.0
        assert contrast(tokens.colour("accent"), tokens.colour(ground)) >= 3.0


def test_no_text_is_smaller_than_twelve_points_and_no_target_smaller_than_32_pixels(tokens: Tokens) -> None:
    assert min(tokens.points.values()) >= 12
    assert min(tokens.pixels[name] for name in ("control", "primary", "target")) >= 32


def test_high_contrast_is_black_on_white_with_thick_lines() -> None:
    tokens = THEMES[ThemeName.CONTRAST]
    assert set(tokens.colours.values()) == {"#000000", "#FFFFFF"}
    assert tokens.line_width == 2


def test_contrast_runs_from_one_to_twenty_one() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#123456", "#123456") == pytest.approx(1.0)


def test_every_icon_takes_its_colour_from_the_tokens() -> None:
    drawn = sorted((RESOURCES / "icons").glob("*.svg"))
    assert len(drawn) > 20
    assert all("currentColor" in path.read_text() and "#" not in path.read_text() for path in drawn)
    assert all((RESOURCES / "icons" / f"{tone.icon}.svg").is_file() for tone in Tone)
