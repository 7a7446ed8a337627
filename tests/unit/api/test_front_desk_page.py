"""The example web page in a real browser, against a real server: what it says of every answer, and what the browser
lets it reach."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from mlid_desktop.api.messages import Refusal
from mlid_desktop.station.external_requests.request_book import RequestState
from tests.architecture.sources import ROOT
from tests.browser import Browser, served_folder
from tests.unit.api.conftest import PAGE, TOKEN, Served

WORDS = (ROOT / "docs" / "examples" / "front-desk" / "words.mjs").read_text(encoding="utf-8")
VERDICTS = {
    "accepted", "rejected", "inconclusive", "enrolled", "found", "withdrawn", "not_withdrawn", "no_answer", "too_many",
}  # fmt: skip


def named(table: str) -> set[str]:
    """The names that a table of the page has words for."""
    found = re.search(rf"export const {table} = {{(.*?)\n}};", WORDS, re.DOTALL)
    assert found is not None
    return set(re.findall(r"^  (\w+):", found[1], re.MULTILINE))


def test_the_page_has_plain_words_for_every_named_answer() -> None:
    told = {state.value for state in RequestState} - {RequestState.DECIDED.value, RequestState.BUSY.value}
    assert named("STATES") == told
    assert named("VERDICTS") == VERDICTS
    own = {"unreachable", "not_allowed", "not_believed"}
    assert named("ERRORS") == {refusal.value for refusal in Refusal} | own


@pytest.mark.parametrize("allowed", [True, False])
def test_a_page_that_is_public_reaches_the_desk_where_the_person_allows_it(
    served: Served, tmp_path: Path, *, allowed: bool
) -> None:
    """Local Network Access, as Chromium enforces it: the page is held to be public."""
    with served_folder(ROOT / "docs") as origin:
        public = f"--ip-address-space-overrides=127.0.0.1:{origin.rpartition(':')[2]}=public"
        browser = Browser(tmp_path, [public])
        try:
            port = served.program.port
            served.desk.open(replace(served.access, callers=(replace(PAGE, origin=origin),)))
            browser.go(f"{origin}/examples/front-desk/index.html?port={port}")
            for name in ("loopback-network", "local-network-access"):
                browser.allow(name, allowed=allowed)
            pairing = {"caller": PAGE.caller_id, "trusted": "key", "vault": "f" * 32, "token": TOKEN, "port": port}
            browser.run("localStorage.setItem(arguments[0], arguments[1])", f"desk-{port}", json.dumps(pairing))
            browser.go(f"{origin}/examples/front-desk/index.html?port={port}&again")
            wanted = "Desk ready (demo)" if allowed else "The browser keeps this page from the desk"
            until = time.monotonic() + 30
            while browser.text("#desk") != wanted and time.monotonic() < until:
                time.sleep(0.1)
            assert browser.text("#desk") == wanted
        finally:
            browser.close()
