"""The vectors of checkpoints, exported audits and ledgers; they were made without the product's code."""

from __future__ import annotations

from typing import Any

import pytest

from mlid_desktop.domain.errors import Code, UsageError, VaultError
from mlid_desktop.vault.audit.checkpoints import checkpoint_bytes, is_authentic, read_checkpoint
from mlid_desktop.vault.audit.export import check_export
from mlid_desktop.vault.subjects.erasure_ledger import ledger_bytes, read_ledger
from tests.unit.vault.test_vectors import cases


@pytest.mark.parametrize("case", cases("checkpoint"))
def test_checkpoints(case: dict[str, str]) -> None:
    text = case["text"].encode()
    if case["expected"] == Code.USAGE_BAD_ARGUMENT.value:
        with pytest.raises(UsageError) as fault:
            read_checkpoint(text)
        assert fault.value.code is Code.USAGE_BAD_ARGUMENT
        return
    read = read_checkpoint(text)
    assert checkpoint_bytes(read) == text
    assert is_authentic(read) is (case["expected"] == "authentic")


@pytest.mark.parametrize("case", cases("audit_export"))
def test_exports(case: dict[str, Any]) -> None:
    report = check_export(case["lines"], case["against"].encode() or None)
    if case["expected"] == "whole":
        assert (report.finding, report.entries) == (None, case["entry"])
        return
    assert report.finding is not None
    assert (report.finding.fault.value, report.finding.entry) == (case["expected"], case["entry"])


@pytest.mark.parametrize("case", cases("ledger"))
def test_ledgers(case: dict[str, str]) -> None:
    text = case["text"].encode()
    if case["expected"] == "reads":
        assert ledger_bytes(read_ledger(text)) == text
        return
    with pytest.raises(VaultError) as fault:
        read_ledger(text)
    assert fault.value.code is Code(case["expected"])
