"""However the project is installed, ``twistd awt`` is there once, beside Twisted's commands."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

PLUGINS = """
from twisted.application.service import IServiceMaker
from twisted.plugin import getPlugins
print(*sorted(plugin.tapname for plugin in getPlugins(IServiceMaker)))
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command without what the environment adds and return what it says."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "AWT_"))}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A copy of the sources, as a fresh clone has them."""
    root = request.config.rootpath
    copy = tmp_path_factory.mktemp("source")
    for name in ("awt", "twisted"):
        ignored = shutil.ignore_patterns("__pycache__", "*dropin.cache*")
        shutil.copytree(root / name, copy / name, ignore=ignored, copy_function=_copy)
    for name in ("pyproject.toml", "setup.py", "README.md"):
        if (root / name).exists():
            shutil.copy(root / name, copy)
    return copy


PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the project."""
    folder = tmp_path_factory.mktemp("wheel")
    run(*PIP, "wheel", "--no-build-isolation", "--no-deps", "-w", folder, source, cwd=folder)
    (built,) = folder.iterdir()
    return built


@pytest.fixture
def install(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that installs into a new environment and returns its bin folder."""

    def install(*arguments: str | Path) -> Path:
        venv = tmp_path / "venv"
        run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=tmp_path)
        python = venv / "bin" / "python"
        _borrow(venv, tmp_path / "borrowed")
        run(*PIP, "--python", python, "install", "--no-deps", *arguments, cwd=tmp_path)
        return python.parent

    return install


def _borrow(venv: Path, folder: Path) -> None:
    """Let an environment import all that this one has, but for awt itself.

    A .pth file with our site-packages would bring an editable install of awt with it, so its
    entries are linked one by one.
    """
    folder.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if not entry.name.startswith(("awt", "__editable__", "_virtualenv")):
            (folder / entry.name).symlink_to(entry)
    (site,) = venv.glob("lib/python3*/site-packages")
    (site / "borrowed.pth").write_text(f"{folder}\n")
    # a copy, for twistd writes its list of plugins beside them
    (folder / "twisted").unlink()
    twisted = Path(sysconfig.get_path("purelib")) / "twisted"
    shutil.copytree(twisted, folder / "twisted", copy_function=_copy)


def _copy(source: str, target: str) -> None:
    """Copy a file, unless it is gone: other processes put caches beside the sources meanwhile."""
    with suppress(FileNotFoundError):
        shutil.copy2(source, target)


def commands(bin_: Path, cwd: Path) -> list[str]:
    """Return the commands that twistd of an environment knows."""
    return run(bin_ / "python", "-c", PLUGINS, cwd=cwd).split()


def test_a_wheel_brings_one_twistd_command(
    wheel: Path, install: Callable[..., Path], tmp_path: Path
) -> None:
    bin_ = install(wheel)
    for _ in ("without a cache of plugins", "with one"):
        found = commands(bin_, tmp_path)
        assert found.count("awt") == 1
        assert {"web", "ftp", "dns"} <= set(found)
    assert " awt " in run(bin_ / "python", "-m", "twisted", "--help", cwd=tmp_path)
    assert (bin_ / "awt").exists()


def test_an_editable_install_brings_one_twistd_command(
    source: Path, install: Callable[..., Path], tmp_path: Path
) -> None:
    bin_ = install("--no-build-isolation", "--editable", source)
    for cwd in (tmp_path, source):
        found = commands(bin_, cwd)
        assert found.count("awt") == 1
        assert {"web", "ftp", "dns"} <= set(found)
    where = run(bin_ / "python", "-c", "import awt; print(awt.__file__)", cwd=tmp_path)
    assert Path(where).is_relative_to(source)


def test_a_wheel_in_the_checkout_brings_one_twistd_command(
    wheel: Path, source: Path, install: Callable[..., Path]
) -> None:
    assert commands(install(wheel), source).count("awt") == 1


def test_the_command_stays_when_the_program_is_broken(
    wheel: Path, install: Callable[..., Path], tmp_path: Path
) -> None:
    bin_ = install(wheel)
    (package,) = tmp_path.glob("venv/lib/*/site-packages/awt")
    shutil.rmtree(package)
    assert "awt" in commands(bin_, tmp_path)


def test_a_wheel_holds_all_that_the_packages_hold_and_nothing_else(
    wheel: Path, source: Path
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    kept = {
        str(path.relative_to(source))
        for path in source.glob("awt/**/*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == kept | {"twisted/plugins/awt_plugin.py"}
