"""Many people enrolled at once from a folder of images and a list, on made-up fingers."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from mlid_desktop.domain.errors import Code
from tests.command_line import SECOND, new_vault
from tests.consent import first_text
from tests.worked_out_once import touch_image


@pytest.fixture(scope="module")
def folder_of_images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three people with three impressions each, and a list with every kind of mistake."""
    folder = tmp_path_factory.mktemp("images")
    for seed in (21, 22, 23):
        person = folder / str(seed)
        person.mkdir()
        for impression in (1, 2, 3):
            touched = touch_image(seed, impression)
            cv2.imwrite(str(person / f"{impression}.png"), touched)
    cv2.imwrite(str(folder / "blank.png"), np.full((300, 300), 255, np.uint8))
    return folder


def listed(folder: Path, *rows: tuple[str, str, str]) -> Path:
    """A list of number, name and image; consent is the shipped text's."""
    text = first_text()
    given = datetime(2026, 1, 5, tzinfo=UTC).isoformat()
    path = folder / f"list-{len(rows)}-{rows[0][0]}.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["number", "name", "consent_text", "consent_language", "consent_given_at", "right-index"])
        table.writerows([number, name, text.version, "en", given, image] for number, name, image in rows)
    return path


def test_an_import_tells_of_every_row_and_can_be_taken_up_again(folder_of_images: Path, tmp_path: Path) -> None:
    desk = new_vault(tmp_path / "import", demo=True)
    rows = (
        ("21", "Uma", "21"),
        ("22", "Vic", "22"),
        ("22", "Vic Again", "22"),
        ("24", "", "23"),
        ("25", "Wim", "../secret.png"),
        ("26", "Xia", "none.png"),
        ("27", "Yan", "blank.png"),
        ("28", "Uma Again", "21"),
    )
    csv_file = listed(folder_of_images, *rows)
    asked = ("import", folder_of_images, "--csv", csv_file, "--json")
    rehearsed = desk.mlid(*asked, "--dry-run")
    assert rehearsed.code == 3
    assert [row["outcome"] for row in rehearsed.json["rows"][:2]] == ["would_be_saved"] * 2
    assert desk.mlid("records", "--json").json == {"subjects": []}
    done = desk.mlid(*asked, "--report", tmp_path / "report.csv")
    assert [(row["line"], row["outcome"], row["why"]) for row in done.json["rows"]] == [
        (2, "saved", ""),
        (3, "saved", ""),
        (4, "faulty", "number_twice"),
        (5, "faulty", "number_or_name"),
        (6, "faulty", "outside_the_folder"),
        (7, "faulty", "image_missing"),
        (8, "refused", "no_usable_capture"),
        (9, "refused", "duplicate_to_review"),
    ]
    assert len((tmp_path / "report.csv").read_text().splitlines()) == 9
    assert {subject["number"] for subject in desk.mlid("records", "--json").json["subjects"]} == {"21", "22"}
    more = listed(folder_of_images, *rows[:2], ("23", "Zoe", "23"))
    again = desk.mlid("import", folder_of_images, "--csv", more, "--resume", "--json")
    assert again.code == 0
    assert [row["outcome"] for row in again.json["rows"]] == ["there_already", "there_already", "saved"]
    shown = desk.mlid("records", "show", "23", "--json").json
    assert shown["consent"]["given_at"] == "2026-01-05T00:00:00+00:00"
    assert shown["references"][0]["source"] == "recorded"


def test_an_import_counts_in_demo_vaults_only_and_takes_a_supervisor(folder_of_images: Path, tmp_path: Path) -> None:
    csv_file = listed(folder_of_images, ("31", "Uma", "21"))
    demo = new_vault(tmp_path / "demo", demo=True)
    olga = demo.by(SECOND)
    clerk = olga.mlid("import", folder_of_images, "--csv", csv_file)
    assert (clerk.code, clerk.err.partition(":")[0]) == (4, Code.VAULT_NOT_PERMITTED.value)
    real = new_vault(tmp_path / "real", demo=False)
    done = real.mlid("import", folder_of_images, "--csv", csv_file, "--json")
    assert [(row["outcome"], row["why"]) for row in done.json["rows"]] == [("refused", "source_not_live")]


def test_a_list_without_its_heads_is_refused_whole(tmp_path: Path) -> None:
    vault = new_vault(tmp_path / "desk", demo=True)
    (tmp_path / "list.csv").write_text("number,name\n1,A\n")
    refused = vault.mlid("import", tmp_path, "--csv", tmp_path / "list.csv")
    assert (refused.code, refused.err.partition(":")[0]) == (2, Code.USAGE_LIST_UNREADABLE.value)
    assert "consent_text" in refused.err


def test_how_a_list_was_read_is_said(tmp_path: Path) -> None:
    vault = new_vault(tmp_path / "desk", demo=True)
    heads = "Number;Name;Consent_Text;consent language;consent_given_at;Remark"
    (tmp_path / "list.csv").write_bytes(f"{heads}\n1;Zoé;x;en;2026-01-05;y\n".encode("cp1252"))
    done = vault.mlid("import", tmp_path, "--csv", tmp_path / "list.csv", "--dry-run", "--json")
    assert done.code == 3
    assert done.json["list"] == {"encoding": "windows-1252", "separator": ";", "passed_by": ["Remark"]}
    assert {"WINDOWS-1252", "semicolon", "Remark"} <= set(done.err.replace(".", " ").split())
