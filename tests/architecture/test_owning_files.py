"""What is said in one file alone: where the program lies, what this process sets in its environment, and what decodes
pictures that somebody else made."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.sources import PACKAGE, name_of, parsed

LOCATES = "mlid_desktop/station/configuration/resources.py"
SETS_THE_ENVIRONMENT = "mlid_desktop/process/environment.py"
CHANGING = {"setdefault", "update", "pop", "popitem", "clear", "__setitem__", "__delitem__", "__ior__"}


def asks_where_it_lies(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "__file__" for node in ast.walk(tree))


def is_environment(node: ast.AST) -> bool:
    """``os.environ``, by whatever name the module goes."""
    return isinstance(node, ast.Attribute) and node.attr in {"environ", "environb"}


def changes_the_environment(node: ast.AST) -> bool:
    """Whether it changes ``os.environ``, or takes it under a name by which it could be changed."""
    match node:
        case ast.ImportFrom(module="os", names=names):
            return bool({alias.name for alias in names} & {"environ", "environb", "putenv", "unsetenv"})
        case ast.Attribute(attr="putenv" | "unsetenv"):
            return True
        case ast.Subscript(value=owner, ctx=ast.Store() | ast.Del()) | ast.AugAssign(target=owner):
            return is_environment(owner)
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
            return is_environment(value)
        case ast.Call(func=ast.Attribute(value=owner, attr=method)):
            return method in CHANGING and is_environment(owner)
        case _:
            return False


DECODES = {  # besides the formats themselves: the helper process, and drafts that this program sealed itself
    "mlid_desktop/devices/decoding/driver_main.py",
    "mlid_desktop/devices/formats/even_scale.py",
    "mlid_desktop/devices/formats/finger_picture.py",
    "mlid_desktop/devices/formats/image_decoding.py",
    "mlid_desktop/devices/formats/iso19794_4.py",
    "mlid_desktop/devices/formats/still_codec.py",
    "mlid_desktop/devices/formats/wsq.py",
}
DECODERS = {"decode_colour", "decode_grey", "decode_wsq", "decode_finger", "decode_finger_record", "read_finger_record"}
OPENCV_DECODERS = {"imdecode", "imread", "imreadmulti", "imdecodemulti", "imcount", "imreadanimation"}


def decodes_pictures(tree: ast.AST) -> bool:
    """Whether it imports a decoder of pictures, or calls OpenCV's."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(names=names) if {alias.name for alias in names} & (DECODERS | OPENCV_DECODERS):
                return True
            case ast.Attribute(attr=name) if name in OPENCV_DECODERS | DECODERS:
                return True
            case ast.Import(names=names) | ast.ImportFrom(names=names) if any(alias.name == "PIL" for alias in names):
                return True
    return False


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.AST]:
    """Every file of the package, taken apart."""
    return {name_of(path): parsed(path) for path in sorted(PACKAGE.rglob("*.py"))}


def test_one_file_asks_where_the_program_lies(trees: dict[str, ast.AST]) -> None:
    assert [name for name, tree in trees.items() if asks_where_it_lies(tree)] == [LOCATES]


def test_one_file_changes_the_environment(trees: dict[str, ast.AST]) -> None:
    changing = [name for name, tree in trees.items() if any(map(changes_the_environment, ast.walk(tree)))]
    assert changing == [SETS_THE_ENVIRONMENT]


MEDIA = {  # what takes videos and sound apart: the helper, local cameras, and what this program wrote itself
    "mlid_desktop/devices/camera/local.py",
    "mlid_desktop/devices/decoding/media_main.py",
    "mlid_desktop/devices/decoding/sound_reading.py",
    "mlid_desktop/evaluation/voice/attacks.py",
}


def takes_media_apart(tree: ast.AST) -> bool:
    """Whether it opens OpenCV's videos, or imports the library that reads sound."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="VideoCapture")):
                return True
            case ast.Import(names=names) if any(alias.name.split(".")[0] == "soundfile" for alias in names):
                return True
            case ast.ImportFrom(module="soundfile"):
                return True
    return False


def test_untrusted_videos_and_sound_are_taken_apart_in_the_helper_alone(trees: dict[str, ast.AST]) -> None:
    assert {name for name, tree in trees.items() if takes_media_apart(tree)} == MEDIA


def test_untrusted_pictures_are_decoded_in_the_helper_alone(trees: dict[str, ast.AST]) -> None:
    assert {name for name, tree in trees.items() if decodes_pictures(tree)} <= DECODES


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.environ['A'] = '1'",
        "import os as o\no.environ.setdefault('A', '1')",
        "import os\ndel os.environ['A']",
        "import os\nos.environ |= {'A': '1'}",
        "import os\nos.environ.update(A='1')",
        "import os\nos.putenv('A', '1')",
        "from os import environ",
        "import os\nvariables = os.environ",
    ],
)
def test_every_way_to_change_it_is_seen(source: str) -> None:
    assert any(map(changes_the_environment, ast.walk(ast.parse(source))))


@pytest.mark.parametrize(
    "source", ["import os\nos.environ.get('A')", "import os\nos.environ['A']", "import os\n{**os.environ, 'A': '1'}"]
)
def test_reading_it_is_no_change(source: str) -> None:
    assert not any(map(changes_the_environment, ast.walk(ast.parse(source))))
