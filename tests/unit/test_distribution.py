import importlib.metadata
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("package", ["service", "sync", "booking"])
def test_each_import_package_comes_from_freehold_alone(package):
    owners = importlib.metadata.packages_distributions()
    # An editable install names its path file only; then the package's place in the tree is the proof.
    assert set(owners.get(package, ["freehold"])) == {"freehold"}
    module = importlib.import_module(package)
    assert Path(module.__file__ or "").parent == ROOT / package


def test_the_installed_version_is_that_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert importlib.metadata.version("freehold") == project["version"]


@pytest.mark.parametrize("package", ["service", "sync", "booking"])
def test_each_import_package_says_that_it_is_typed(package):
    assert (ROOT / package / "py.typed").is_file()


@pytest.mark.parametrize("name", ["run", "dev", "bench", "uv"])
def test_locked_requirements_name_no_place_to_download_from(name):
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    assert "file:" not in text
    assert "--hash=sha256:" in text


@pytest.mark.parametrize("name", ["dev", "bench"])
def test_every_lock_has_the_running_program_at_the_same_versions(name):
    assert pins("run").items() <= pins(name).items()


def pins(name: str) -> dict[str, str]:
    """Requirement without its hashes -> pinned version, of one lock file."""
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    return dict(line.removesuffix(" \\").split("==", 1) for line in lines if line[:1].isalnum())
