"""How a candidate is installed under an interpreter, found without importing it.

A short child of that interpreter looks up metadata and reads the build facts that both frameworks
write as plain text (torch/version.py, tensorflow's build_info.py).
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass

from advisor.measure.process import child_environment
from advisor.model.candidate import Candidate

MODULES = {Candidate.PYTORCH: "torch", Candidate.TENSORFLOW: "tensorflow"}
_BUILD_FILES = {
    Candidate.PYTORCH: "version.py",
    Candidate.TENSORFLOW: "python/platform/build_info.py",
}

# Runs in the other interpreter: standard library only, syntax of old Pythons.
_LOOK = r"""
import importlib.util, json, os, sys, sysconfig
from importlib import metadata
module, build_file, names = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
found = {"python": ".".join(str(part) for part in sys.version_info[:3]),
         "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
         "distribution": "", "version": "", "build": "", "installed": False, "cuda_packages": []}
try:
    spec = importlib.util.find_spec(module)
except Exception:
    spec = None
if spec is not None and spec.submodule_search_locations:
    found["installed"] = True
    for folder in spec.submodule_search_locations:
        path = os.path.join(folder, build_file)
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                found["build"] = file.read()[:20000]
            break
for name in names:
    try:
        found["version"] = metadata.version(name)
        found["distribution"] = name
        break
    except Exception:
        pass
for distribution in metadata.distributions():
    name = (distribution.metadata["Name"] or "").lower()
    if name.startswith("nvidia-") or name in ("tensorflow-metal", "torch-tpu"):
        found["cuda_packages"].append(name)
sys.stdout.write(json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Installation:
    """One candidate under one interpreter."""

    candidate: Candidate
    installed: bool
    python: str = ""
    """Version of the interpreter, for instance 3.11.7; empty: it could not be asked."""
    free_threaded: bool = False
    distribution: str = ""
    version: str = ""
    cuda: str = ""
    """CUDA version the build is for; empty: none."""
    rocm: str = ""
    xpu: bool = False
    architectures: tuple[str, ...] = ()
    """GPU code inside the build, where it says so: for instance `sm_90`."""
    companions: tuple[str, ...] = ()
    """Installed packages that a device may need: NVIDIA libraries, tensorflow-metal."""
    problem: str = ""
    """Why the interpreter could not be asked."""


def _setting(build: str, name: str) -> str:
    """The value of `name: ... = 'value'` in torch/version.py; empty for None."""
    match = re.search(rf"^{name}(?:: [^=]+)? = ['\"]([^'\"]+)['\"]", build, re.MULTILINE)
    return match.group(1) if match else ""


def _pytorch_build(build: str) -> dict[str, object]:
    return {
        "cuda": _setting(build, "cuda"),
        "rocm": _setting(build, "hip") or _setting(build, "rocm"),
        "xpu": bool(_setting(build, "xpu")),
    }


def _tensorflow_build(build: str) -> dict[str, object]:
    cuda = re.search(r"'cuda_version', '([^']+)'", build)
    capabilities = re.search(r"'cuda_compute_capabilities', \[([^\]]*)\]", build)
    return {
        "cuda": cuda.group(1) if cuda and "('is_cuda_build', True)" in build else "",
        "rocm": "yes" if "('is_rocm_build', True)" in build else "",
        "architectures": tuple(re.findall(r"'([^']+)'", capabilities.group(1)))
        if capabilities
        else (),
    }


def read_installation(candidate: Candidate, python: str, seconds: float = 20.0) -> Installation:
    """Ask the interpreter at `python`; a failure is an installation with its `problem`."""
    names = ",".join(candidate.distributions)
    command = [python, "-c", _LOOK, MODULES[candidate], _BUILD_FILES[candidate], names]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, check=False,
            env=child_environment(), errors="replace",
        )  # fmt: skip
        found = json.loads(done.stdout.rstrip().rpartition("\n")[2])
        build = str(found["build"])
        companions = tuple(sorted(str(one) for one in found["cuda_packages"]))
    except subprocess.TimeoutExpired:
        return Installation(candidate, False, problem="the interpreter did not answer in time")
    except OSError as error:
        return Installation(
            candidate, False, problem=f"the interpreter does not start: {error.strerror}"
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Installation(candidate, False, problem="the interpreter gave no usable answer")
    parse = _pytorch_build if candidate is Candidate.PYTORCH else _tensorflow_build
    facts = parse(build)
    return Installation(
        candidate=candidate,
        installed=bool(found.get("installed")),
        python=str(found.get("python", "")),
        free_threaded=bool(found.get("free_threaded")),
        distribution=str(found.get("distribution", "")),
        version=str(found.get("version", "")),
        cuda=str(facts.get("cuda", "")),
        rocm=str(facts.get("rocm", "")),
        xpu=bool(facts.get("xpu", False)),
        architectures=tuple(str(one) for one in _sequence(facts.get("architectures"))),
        companions=companions,
    )


def _sequence(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()
