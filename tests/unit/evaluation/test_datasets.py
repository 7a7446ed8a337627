"""What people hand over: folders of people and impressions, lists of pairs and groups, right and hostile."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.evaluation import datasets, pairs
from mlid_desktop.evaluation.datasets import ImageSet, read_image_set, read_impressions, read_presentations
from mlid_desktop.evaluation.pairs import all_pairs, read_groups, read_pairs


@pytest.fixture
def images(tmp_path: Path) -> ImageSet:
    """Two people with two and three images, named as LFW names them."""
    for person, count in (("Ada_Low", 2), ("Ben_Ho", 3)):
        folder = tmp_path / "set" / person
        folder.mkdir(parents=True)
        for number in range(1, count + 1):
            (folder / f"{person}_{number:04d}.jpg").write_bytes(b"picture")
        (folder / "notes.txt").write_text("not an image")
    (tmp_path / "set" / "readme.md").write_text("not a person")
    return read_image_set(tmp_path / "set")


def listed(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "list.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_folder_is_a_person_and_only_images_count(images: ImageSet) -> None:
    assert images.people == ("Ada_Low", "Ben_Ho")
    assert images.person_of == (0, 0, 1, 1, 1)


def test_every_pair_is_compared_once(images: ImageSet) -> None:
    found = all_pairs(images)
    assert len(found) == 10
    assert int(found.same.sum()) == 1 + 3
    assert {tuple(sorted(pair)) for pair in zip(found.first.tolist(), found.second.tolist(), strict=True)} == {
        (first, other) for first in range(5) for other in range(first + 1, 5)
    }


def test_people_can_be_left_out(images: ImageSet, tmp_path: Path) -> None:
    (tmp_path / "set" / "Cleo").mkdir()
    (tmp_path / "set" / "Cleo" / "1.png").write_bytes(b"picture")
    left = read_image_set(tmp_path / "set").without(datasets.read_names(listed(tmp_path, "Ada_Low\n\nNobody\n")))
    assert left.people == ("Ben_Ho", "Cleo")
    assert left.person_of == (0, 0, 0, 1)
    with pytest.raises(UsageError):
        images.without({"Ada_Low"})


def test_the_digest_tells_sets_apart_and_not_where_they_lie(images: ImageSet, tmp_path: Path) -> None:
    before = images.digest
    (tmp_path / "set").rename(tmp_path / "moved")
    moved = read_image_set(tmp_path / "moved")
    assert moved.digest == before
    (tmp_path / "moved" / "Ada_Low" / "Ada_Low_0001.jpg").write_bytes(b"another picture")
    assert moved.digest != before


def test_fingers_of_two_readers_are_different_people(tmp_path: Path) -> None:
    for reader in ("optical", "capacitive"):
        (tmp_path / reader).mkdir()
        for name in ("101_1.tif", "101_2.tif", "102_1.tif", "101_1.iso"):
            (tmp_path / reader / name).write_bytes(b"picture")
    found = read_impressions([tmp_path / "optical", tmp_path / "capacitive"])
    assert found.people == ("capacitive/101", "capacitive/102", "optical/101", "optical/102")
    assert len(found.images) == 6
    assert len(found.digest) == 64


def test_an_impression_without_a_finger_is_named(tmp_path: Path) -> None:
    (tmp_path / "thumb.png").write_bytes(b"picture")
    with pytest.raises(UsageError) as fault:
        read_impressions([tmp_path])
    assert "thumb.png" in str(fault.value)


def test_pairs_in_the_form_of_lfw(images: ImageSet, tmp_path: Path) -> None:
    """The first line counts; three words are one person, four are two; separated by tabs or spaces."""
    found = read_pairs(listed(tmp_path, "10\t300\nBen_Ho\t1\t3\nAda_Low 1 2\nAda_Low\t2\tBen_Ho\t1\n\n"), images)
    assert found.first.tolist() == [2, 0, 1]
    assert found.second.tolist() == [4, 1, 2]
    assert found.same.tolist() == [True, True, False]
    assert found.images == (0, 1, 2, 4)


def test_pairs_as_comma_separated_paths(images: ImageSet, tmp_path: Path) -> None:
    text = "\ufeffa,b,same\nAda_Low/Ada_Low_0001.jpg,Ada_Low/Ada_Low_0002.jpg,1\n"
    text += '"Ada_Low/Ada_Low_0001.jpg",Ben_Ho/Ben_Ho_0003.jpg,0\r\n'
    found = read_pairs(listed(tmp_path, text), images)
    assert found.first.tolist() == [0, 0]
    assert found.second.tolist() == [1, 4]
    assert found.same.tolist() == [True, False]


GOOD = "Ada_Low/Ada_Low_0001.jpg,Ada_Low/Ada_Low_0002.jpg,1\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b,same\n",
        GOOD,  # pairs of one kind alone
        GOOD + "Ada_Low/Ada_Low_0001.jpg,Ben_Ho/Ben_Ho_0009.jpg,0\n",
        GOOD + "Ada_Low/Ada_Low_0001.jpg,../../etc/passwd,0\n",
        GOOD + "Ada_Low/Ada_Low_0001.jpg,Ben_Ho/Ben_Ho_0001.jpg,maybe\n",
        GOOD + "Ada_Low/Ada_Low_0001.jpg,Ben_Ho/Ben_Ho_0001.jpg\n",
        "Ada_Low 1 2\nAda_Low 1 Ben_Ho\n",
        "Ada_Low 1 2\nAda_Low 1 Ben_Ho 1 extra\n",
        "Ada_Low 1 2\nAda_Low one Ben_Ho 1\n",
        "Ada_Low 1 2\nAda_Low ² Ben_Ho 1\n",
        f"Ada_Low 1 2\nAda_Low {'9' * 5000} Ben_Ho 1\n",
        "Ada_Low 1 2\nNobody 1 Ben_Ho 1\n",
        b"\xff\xfe\x00broken",
        "a,b,same\n" + "x" * 200_000 + ",y,1\n",
    ],
)
def test_a_list_that_cannot_be_used_is_a_usage_fault(images: ImageSet, tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(UsageError) as fault:
        read_pairs(listed(tmp_path, text), images)
    assert fault.value.code is Code.USAGE_BAD_DATASET


def test_the_fault_names_the_line(images: ImageSet, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 3"):
        read_pairs(listed(tmp_path, "a,b,same\n" + GOOD + "Ada_Low/x.jpg,Ben_Ho/y.jpg,0\n"), images)


def test_lists_and_sets_are_bounded(images: ImageSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "MAX_LIST_BYTES", 10)
    with pytest.raises(UsageError, match="too large"):
        read_pairs(listed(tmp_path, GOOD), images)
    monkeypatch.setattr(pairs, "MAX_PAIRS", 9)
    with pytest.raises(UsageError, match="--pairs"):
        all_pairs(images)
    monkeypatch.setattr(datasets, "MAX_IMAGES", 4)
    with pytest.raises(UsageError, match="more than 4 images"):
        read_image_set(images.root)


def test_paths_that_are_not_there(images: ImageSet, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    readers = (
        lambda: read_image_set(missing),
        lambda: read_pairs(missing, images),
        lambda: read_groups(missing, images),
        lambda: read_presentations(missing),
        lambda: read_impressions([missing]),
        lambda: datasets.read_names(missing),
    )
    for read in readers:
        with pytest.raises(UsageError) as fault:
            read()
        assert fault.value.code is Code.USAGE_PATH_MISSING


def test_one_person_is_no_data_set(tmp_path: Path) -> None:
    (tmp_path / "Ada").mkdir()
    (tmp_path / "Ada" / "1.jpg").write_bytes(b"picture")
    (tmp_path / "Empty").mkdir()
    with pytest.raises(UsageError, match="fewer than two"):
        read_image_set(tmp_path)


def test_groups_name_people_of_the_set(images: ImageSet, tmp_path: Path) -> None:
    found = read_groups(listed(tmp_path, "person,group\nAda_Low,women\nBen_Ho,men\nBen_Ho,over 60\n"), images)
    assert found == {"women": frozenset({0}), "men": frozenset({1}), "over 60": frozenset({1})}
    for text in ("person,group\n", "Nobody,men\n", "Ada_Low\n", "Ada_Low,\n", "a,b,c\n", b"\xff\xff\n"):
        with pytest.raises(UsageError) as fault:
            read_groups(listed(tmp_path, text), images)
        assert fault.value.code is Code.USAGE_BAD_DATASET


def test_presentations_are_folders_videos_and_single_images(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "1.jpg").write_bytes(b"picture")
    (tmp_path / "empty").mkdir()
    for name in ("clip.MP4", "one.png", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    found = read_presentations(tmp_path)
    assert [presentation.person for presentation in found] == ["ada", "clip", "one"]
    assert [presentation.address.partition(":")[0] for presentation in found] == ["dir", "file", "image"]
    assert read_presentations(tmp_path / "clip.MP4")[0].person == "clip"
    with pytest.raises(UsageError, match="neither"):
        read_presentations(tmp_path / "empty")
