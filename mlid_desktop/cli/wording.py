"""``mlid wording``: every sentence of a language beside its English, for native speakers to read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.cli import options
from mlid_desktop.cli.output import Output
from mlid_desktop.domain.errors import Code, UsageError
from mlid_desktop.station.configuration.resources import resource_folder
from mlid_desktop.station.configuration.settings import read_settings
from mlid_desktop.station.documents.output_files import write_private
from mlid_desktop.station.documents.wording import read_wording, wording_csv
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import SOURCE_LANGUAGE, available_languages, open_language


def wording(
    code: Annotated[str, typer.Argument(metavar="LANGUAGE", help=_("The language, such as fr."))],
    search: Annotated[str, typer.Option("--search", help=_("Only the sentences with this in them."))] = "",
    out: Annotated[
        Path | None, typer.Option("--out", help=_("CSV to write, with a column for better ones, to send in."))
    ] = None,
    force: options.ForceOption = False,
    as_json: options.JsonOption = False,
) -> None:
    """Show every sentence of a language beside its English, with the page that it stands on."""
    if out is not None:
        options.require_output(out, replace=force)
    folder = resource_folder() / "translations"
    language = open_language(folder, read_settings().language)
    if code == SOURCE_LANGUAGE or code not in available_languages(folder):
        raise UsageError(Code.USAGE_BAD_ARGUMENT, what=code)
    found = [sentence for sentence in read_wording(folder, code) if sentence.matches(search)]
    rows = [
        (", ".join(language.text(page) for page in sentence.pages), sentence.english, sentence.translated)
        for sentence in found
    ]
    document = [
        {"pages": list(sentence.pages), "english": sentence.english, "translation": sentence.translated}
        for sentence in found
    ]
    if out is not None:
        write_private(out, wording_csv(code, found, {}, everything=True), replace=force)
    empty = language.text("No sentence has this in it.")
    heads = [language.text(_("Page")), "English", code]
    Output(language, as_json=as_json).table({"language": code, "sentences": document}, heads, rows, empty)
