"""``mlid open``: hands a link of the scheme ``mlid`` to the window of this user."""

from __future__ import annotations

from typing import Annotated

import typer

from mlid_desktop.api.link_socket import hand_over
from mlid_desktop.cli import json_documents, options
from mlid_desktop.cli.context import Program, leave
from mlid_desktop.domain.decisions import Verdict
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.external_requests.links import NOTICES, OUTCOME_TEXTS, LinkMalformedError, LinkOutcome
from mlid_desktop.station.text.language import N_ as _


def open_link(
    link: Annotated[str, typer.Argument(help=_("The link: mlid:request/IDENTIFIER or mlid:person/NUMBER."))],
    as_json: options.JsonOption = False,
) -> None:
    """Hand a link to the window of this user, which shows it to the operator."""
    program = Program.start(as_json=as_json)
    try:
        outcome = hand_over(link, program.station.settings.state)
    except LinkMalformedError:
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what="LINK") from None  # and never what stood in it
    said = program.language.text(OUTCOME_TEXTS[outcome], most=NOTICES)
    program.output.result({"outcome": outcome.value}, [said])
    if outcome is not LinkOutcome.SHOWN:
        leave(json_documents.EXIT_CODES[Verdict.INCONCLUSIVE])
