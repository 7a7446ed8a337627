"""How commands of a register say where its server is, and what that has to allow."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlid_desktop.station.administration.register.service import NewRegister
from mlid_desktop.station.text.language import N_ as _
from mlid_desktop.station.text.language import Language

ServerOption = Annotated[
    str, typer.Option("--server", help=_("The register's database, as psql takes it, such as “host=db dbname=mlid”."))
]
DeskNameOption = Annotated[
    str, typer.Option("--name", help=_("What people call this desk; otherwise the name of the machine."))
]
AuthorityOption = Annotated[
    Path, typer.Option("--authority-out", help=_("File for the authority of desks' certificates."))
]
AdministratorOption = Annotated[
    str, typer.Option("--administrator", help=_("What the server's administrator connects with besides."))
]


def access_lines(made: NewRegister, authority: Path, language: Language) -> list[str]:
    """What the server has to allow, and how desks ask to join."""
    text = language.text
    return [
        text("The server's administrator allows desks in pg_hba.conf, before its other lines:"),
        *(f"    {line}" for line in made.lines),
        text("Add {file} to the file that ssl_ca_file names; then have the server read both again.", file=authority),
        text("To join, desks ask as {role} with this passphrase: {secret}", role=made.join_role, secret=made.password),
    ]


def access_document(made: NewRegister, authority: Path) -> dict[str, object]:
    """The same as fields."""
    return {
        "access": list(made.lines),
        "authority": str(authority),
        "join_role": made.join_role,
        "join_passphrase": made.password,
    }
