"""What of the libraries goes into the frozen program. Run by PyInstaller's recipe; pure, so that it can be tested."""

from __future__ import annotations

import fnmatch
import os
import sys
from collections.abc import Iterable
from pathlib import PurePath

Entry = tuple[str, str, str]  # name in the bundle, where it comes from, PyInstaller's kind

# Build and test tools of the environment, and toolkits that libraries import only where they are asked to.
EXCLUDED_MODULES = [
    "IPython", "PyInstaller", "_pytest", "babel", "coverage", "hatchling", "hypothesis", "importlinter", "ml_dtypes",
    "mypy", "onnx", "onnxruntime.quantization", "onnxruntime.tools", "onnxruntime.training", "onnxruntime.transformers",
    "pip", "pytest", "pytestqt", "ruff", "setuptools", "tkinter", "_tkinter", "uv", "wheel", "xdist",
    "matplotlib.tests", "matplotlib.backends.backend_qtagg", "matplotlib.backends.backend_tkagg", "mpl_toolkits",
    "numpy.tests", "numpy.f2py", "numpy.testing", "scipy.io.tests",
    "PIL.AvifImagePlugin", "PIL._avif",
    "PySide6.QtNetwork", "PySide6.QtOpenGL", "PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtSql", "PySide6.QtTest",
    "PySide6.QtDesigner", "PySide6.QtHelp", "PySide6.QtUiTools",
    "phonenumbers.geodata", "phonenumbers.geocoder", "phonenumbers.carrier", "phonenumbers.carrierdata",
    "phonenumbers.timezone", "phonenumbers.tzdata",
    "sqlalchemy.dialects.mssql", "sqlalchemy.dialects.mysql", "sqlalchemy.dialects.oracle",
    "sqlalchemy.testing", "lib2to3", "pydoc_data", "ensurepip", "idlelib", "turtledemo",
]  # fmt: skip

# Qt finds these by folder at run time. The window needs one platform, on Linux another one for sessions of Wayland that
# have no X beside; "offscreen" proves a start without a display.
KEPT_QT_PLUGINS = {
    "linux": ("platforms/libqxcb.so", "platforms/libqwayland.so", "platforms/libqoffscreen.so",
              "wayland-shell-integration/libxdg-shell.so", "wayland-decoration-client/*",
              "platforminputcontexts/libibus*", "platforminputcontexts/libcompose*", "printsupport/libcups*"),
    "win32": ("platforms/qwindows.dll", "platforms/qoffscreen.dll", "styles/qmodernwindowsstyle.dll"),
    "darwin": ("platforms/libqcocoa.dylib", "platforms/libqoffscreen.dylib", "styles/libqmacstyle.dylib"),
}  # fmt: skip
UNUSED_QT_LIBRARIES = (
    "*Qt6Qml*", "*Qt6Quick*", "*Qt6Network*", "*Qt6Pdf*", "*Qt6VirtualKeyboard*", "*Qt6Wayland*Compositor*", "*Qt6Sql*",
    "*Qt6EglF[sS]*", "*Qt6WlShell*", "*Qt6Labs*", "*Qt6Designer*", "*opengl32sw*", "*d3dcompiler*",
)  # fmt: skip
UNUSED_DATA = (
    "PySide6/Qt/translations/*", "PySide6/translations/*", "PySide6/Qt/qml/*", "matplotlib/mpl-data/sample_data/*",
    "matplotlib/mpl-data/images/*", "matplotlib/mpl-data/fonts/afm/*", "matplotlib/mpl-data/fonts/pdfcorefonts/*",
    "*/tests/*", "scipy/*/tests/*", "*.pyi", "*.pxd", "*.h", "*.po", "_soundfile_data/COPYING*",
    "cv2/data/*", "matplotlib/mpl-data/fonts/ttf/STIX*", "matplotlib/mpl-data/fonts/ttf/cm*",
    "matplotlib/mpl-data/fonts/ttf/DejaVuSerif*",
)  # fmt: skip

# Languages that no command colours, fonts that no page shapes: PyInstaller takes whole families of modules.
UNUSED_PURE = (
    "pygments.lexers.[!_]*", "pygments.styles.[!_d]*", "pygments.formatters.[!_]*", "fontTools.varLib*",
    "fontTools.voltLib*", "fontTools.ufoLib*", "fontTools.designspaceLib*", "fontTools.mtiLib*", "*.tests", "*.tests.*",
    "phonenumbers.geodata*", "phonenumbers.carrier*", "phonenumbers.tzdata*",
    "distutils*", "numpy.f2py*", "numpy.distutils*", "scipy.misc*", "multiprocessing.dummy*",
)  # fmt: skip

# What Python's own modules stand on. A package of the system brings them (Depends:); the kinds that have no packages
# beneath them carry them.
PYTHON_STANDS_ON = (
    "libssl.so*", "libcrypto.so*", "libffi.so*", "libbz2.so*", "liblzma.so*", "libuuid.so*", "libz.so*",
    "libexpat.so*", "libsqlite3.so*",
)  # fmt: skip
HOST_FOLDERS = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "/usr/local/lib/")
UNUSED_EXTENSIONS = ("_curses*", "readline*", "_tkinter*", "nis.*", "_crypt.*", "ossaudiodev.*", "_dbm*", "_gdbm*",
                     "spwd*", "_test*", "_xxtest*", "_sqlite3*")  # fmt: skip
WITH_PYTHON_LIBRARIES = "MLID_BUNDLE_PYTHON_LIBRARIES"


def is_host_library(source: str) -> bool:
    """Whether a library comes from the building system rather than from Python or a wheel."""
    return sys.platform == "linux" and os.path.realpath(source).startswith(HOST_FOLDERS)


def kept_binaries(entries: Iterable[Entry]) -> list[Entry]:
    """The libraries that are shipped."""
    return [entry for entry in entries if _kept_binary(entry[0].replace("\\", "/"), entry[1])]


def kept_pure(entries: Iterable[Entry]) -> list[Entry]:
    """The Python modules that are shipped."""
    return [entry for entry in entries if not _matches(entry[0], UNUSED_PURE)]


def kept_data(entries: Iterable[Entry]) -> list[Entry]:
    """The data files that are shipped."""
    return [entry for entry in entries if _kept_data(entry[0].replace("\\", "/"))]


def _kept_data(name: str) -> bool:
    """PyInstaller counts links to libraries as data: without its library a link leads nowhere."""
    return not _matches(name, UNUSED_DATA) and not _matches(PurePath(name).name, UNUSED_QT_LIBRARIES)


def _kept_binary(name: str, source: str) -> bool:
    last = PurePath(name).name
    if is_host_library(source):
        return bool(os.environ.get(WITH_PYTHON_LIBRARIES)) and _matches(last, PYTHON_STANDS_ON)
    if "/plugins/" in name and "PySide6" in name:
        return _matches(name.rpartition("/plugins/")[2], KEPT_QT_PLUGINS.get(sys.platform, ()))
    unused_extension = name.startswith("lib-dynload/") or "/lib-dynload/" in name
    return not _matches(last, UNUSED_QT_LIBRARIES) and not (unused_extension and _matches(last, UNUSED_EXTENSIONS))


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
