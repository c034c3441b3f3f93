"""Real converters and run times, on the proven-equal models."""

from __future__ import annotations

import asyncio
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from advisor.deploy.attempt import Source, Tools, attempt
from advisor.deploy.declarations import declarations
from advisor.deploy.requirements import installed, missing
from advisor.measure import datasets
from advisor.measure.record import AttemptOutcome
from advisor.resources import probes_folder

pytestmark = [pytest.mark.deploy, pytest.mark.slow]
BY_ID = {one.id: one for one in declarations()}


@pytest.fixture(scope="module")
def versions() -> dict[str, str]:
    """Distributions of this interpreter."""
    return asyncio.run(installed(sys.executable))


@pytest.fixture(scope="module")
def source() -> Source:
    """The table network on the digits."""
    if find_spec("sklearn") is None:
        pytest.skip("scikit-learn is not installed here")
    return Source("tabular-mlp", "small", asyncio.run(datasets.digits()))


@pytest.mark.parametrize("path", ["pytorch-onnx", "pytorch-executorch", "tensorflow-litert-int8"])
def test_path_works_here(path: str, source: Source, versions: dict[str, str]) -> None:
    """Converted, loaded by the target's run time in a fresh process, and equal to the source."""
    declaration = BY_ID[path]
    lacking = missing(declaration, versions, own_python=False, own_node=False)
    if lacking:
        pytest.skip(f"missing: {lacking.what}")
    found = asyncio.run(attempt(declaration, source, Tools()))
    assert found.outcome is AttemptOutcome.WORKS, (found.reason, found.log_tail)
    assert found.artefact_bytes
    assert found.latency is not None
    if "microcontroller" in declaration.targets:
        facts = dict(found.facts)
        assert facts["operators"] == "FULLY_CONNECTED"
        assert facts["operators without kernel"] == ""
        assert facts["whole numbers only"] == "True"
        # Two layers of 128 activations of one byte are alive at once.
        assert int(facts["least arena bytes"]) == 256


def test_an_unsupported_operator_is_a_failure_in_words(
    tmp_path: Path, source: Source, versions: dict[str, str]
) -> None:
    """A path whose model holds an operator that the target lacks names the operator."""
    if missing(BY_ID["tensorflow-litert-int8"], versions, own_python=False, own_node=False):
        pytest.skip("the converter is not installed here")
    probes = probes_folder()
    exports = tmp_path / "exports"
    exports.mkdir()
    for name in ("__init__", "kit"):
        (exports / f"{name}.py").write_text((probes / "exports" / f"{name}.py").read_text())
    (exports / "unsupported.py").write_text(
        """
from exports.kit import Artefact
DECLARATION = {"candidate": "tensorflow"}
def convert(work, folder):
    import tensorflow as tf
    @tf.function(input_signature=[tf.TensorSpec((1, 64), tf.float32)])
    def serve(x):
        return tf.raw_ops.Betainc(a=x + 1.0, b=x + 1.0, x=tf.sigmoid(x))
    tf.lite.TFLiteConverter.from_concrete_functions([serve.get_concrete_function()]).convert()
    return Artefact("none", [])
"""
    )
    program = tmp_path / "export.py"
    program.write_text(
        f"import sys\nsys.path.append({str(probes)!r})\n"
        + (probes / "export.py")
        .read_text()
        .replace('"""Tries one', 'u"""Tries one', 1)
        .replace("from __future__ import annotations\n", "", 1)
    )
    from dataclasses import replace

    declaration = replace(BY_ID["tensorflow-litert-int8"], id="unsupported")
    found = asyncio.run(attempt(declaration, source, Tools(program=program)))
    assert found.outcome is AttemptOutcome.FAILS
    assert "Betainc" in found.reason + found.log_tail
