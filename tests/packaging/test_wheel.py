"""The built wheel: what it puts where, and that it works outside the checkout."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command; its output, or a failure that shows it."""
    result = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by way of the source distribution, as an index would serve it."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the wheel and the newest allowed dependencies; its `bin` folder."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=True)
    run(folder / "bin" / "python", "-m", "pip", "install", "-q", wheel, cwd=folder)
    return folder / "bin"


def test_the_locked_install_works_with_every_hash_checked(wheel: Path, tmp_path: Path) -> None:
    """An empty environment filled from the lock file alone runs the wheel."""
    venv.create(tmp_path / "locked", with_pip=True)
    python = tmp_path / "locked" / "bin" / "python"
    pip = (python, "-m", "pip", "install", "-q", "--only-binary", ":all:")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements-hashed.txt", cwd=tmp_path)
    run(*pip, "--no-deps", "--no-index", wheel, cwd=tmp_path)
    run(python, "-m", "pip", "check", cwd=tmp_path)
    said = run(python.with_name("advisor"), "--version", cwd=tmp_path)
    assert wheel.name.split("-")[1] in said


def shipped_files(folder: str) -> set[str]:
    """Every data or program file of a folder of the checkout."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_wheel_has_one_top_level_package(wheel: Path) -> None:
    """Names such as `rules` and `probes` belong to other distributions."""
    top = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"advisor"}


def test_wheel_holds_every_rule_and_probe(wheel: Path) -> None:
    """No file of the rule base or of the probes is lost on the way."""
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {
        f"advisor/_bundled/{path}" for path in shipped_files("rules") | shipped_files("probes")
    }
    assert expected - names == set()


def test_installed_command_advises_without_a_framework(installed: Path, tmp_path: Path) -> None:
    """The plain install has no framework, lies outside the checkout, and still advises."""
    blank = run(installed / "advisor", "questions", cwd=tmp_path)
    (tmp_path / "answers.yaml").write_text(blank, encoding="utf-8")
    report = run(installed / "advisor", "recommend", "--answers", "answers.yaml", cwd=tmp_path)
    assert "PyTorch" in report
    assert "TensorFlow" in report
    listed = run(installed / "python", "-m", "pip", "list", cwd=tmp_path)
    assert "torch " not in listed
    assert "tensorflow" not in listed


def test_installed_rule_base_passes_its_own_check(installed: Path, tmp_path: Path) -> None:
    """`advisor rules check` finds the bundled rule base and nothing wrong in it."""
    run(installed / "advisor", "rules", "check", cwd=tmp_path)


def test_neighbouring_rules_distribution_is_not_mistaken_for_ours(
    installed: Path, tmp_path: Path
) -> None:
    """A package called `rules` in site-packages is somebody else's."""
    site = Path(
        run(
            installed / "python",
            "-c",
            "import advisor, pathlib; print(pathlib.Path(advisor.__file__).parents[1])",
            cwd=tmp_path,
        ).strip()
    )
    stranger = site / "rules"
    stranger.mkdir()
    (stranger / "__init__.py").touch()
    try:
        run(installed / "advisor", "rules", "check", cwd=tmp_path)
    finally:
        (stranger / "__init__.py").unlink()
        stranger.rmdir()
