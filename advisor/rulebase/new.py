"""`advisor rules new`: a skeleton of a team's own rules that loads and passes the check."""

from __future__ import annotations

import os
from datetime import MAXYEAR, date
from pathlib import Path

from advisor.errors import Place, StorageError
from advisor.text import one_line

SCHEMA = "rule-file.schema.json"
_TEMPLATE = """\
# yaml-language-server: $schema={schema}
# A team's own rules, laid over the shipped ones: advisor --rules {name}
# Every field is explained in the rule base's README; `advisor rules check --rules {name}` checks.
# An entry with an id that exists replaces it; `disable: [ids]` takes entries out.

questions:
  - id: {prefix}_platform
    section: deployment
    kind: single
    text: Which model server does our platform team run?
    why: A server nobody here operates is a cost of its own.
    options:
      - {{id: other-server, label: Another one}}
      - {{id: tf-serving-only, label: TensorFlow Serving only}}
      - {{id: undecided, label: Not decided}}

evidence:
  - id: {prefix}-platform-policy
    claim: Our platform team operates TensorFlow Serving and no other model server.
    sources: [{{title: Platform handbook, url: "https://handbook.example/model-serving"}}]
    as_of: {as_of}
    expires: {expires}
    confidence: high

rules:
  - id: {prefix}-platform-runs-tf-serving
    criterion: deployment
    topic: {prefix}-platform
    when: {{{prefix}_platform: tf-serving-only}}
    favours: tensorflow
    strength: strong
    text: Our platform team runs TensorFlow Serving only, so another server would be ours to operate.
    evidence: [{prefix}-platform-policy]
  - id: {prefix}-platform-open
    criterion: deployment
    topic: {prefix}-platform
    when: {{{prefix}_platform: other-server}}
    favours: pytorch
    strength: weak
    text: Our platform team runs a server that takes exported PyTorch programs.
    evidence: [{prefix}-platform-policy]
"""


def write_skeleton(folder: Path, *, as_of: date, schema: str) -> list[Path]:
    """Write the skeleton into `folder`, which is made if need be.

    Args:
        folder: where the team's rules are to lie; its name goes before their ids.
        as_of: the day from which the example's evidence holds, for a year.
        schema: JSON Schema of a rule file, for editors that complete and check.

    Raises:
        StorageError: a file is in the way, or the folder cannot be written.
    """
    prefix = "".join(c if c.isalnum() and c.isascii() else "-" for c in folder.name.lower())
    prefix = "-".join(part for part in prefix.split("-") if part) or "team"
    rules, scenarios = folder / "rules.yaml", folder / "scenarios.yaml"
    text = _TEMPLATE.format(
        name=one_line(folder.name),
        schema=SCHEMA,
        prefix=prefix,
        as_of=f"{as_of:%Y-%m}",
        expires=f"{as_of.replace(year=min(as_of.year + 1, MAXYEAR), day=1):%Y-%m}",
    )
    expected = f"""\
# yaml-language-server: $schema={SCHEMA}
scenarios:
  - id: {prefix}-served-by-the-platform
    about: A model served by our platform team
    answers: {{targets: server, {prefix}_platform: tf-serving-only}}
    expect: {{verdict: either, fires: [{prefix}-platform-runs-tf-serving]}}
"""
    content = {rules: text, scenarios: expected, folder / SCHEMA: schema}
    for path in content:
        if os.path.lexists(path):  # a link to nothing as well: it would be followed elsewhere
            raise StorageError(
                "This file is in the way.", place=Place(str(path)), remedy="Choose another folder."
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, words in content.items():
            with path.open("x", encoding="utf-8") as file:
                file.write(words)
    except OSError as error:
        raise StorageError(
            f"Cannot be written: {error.strerror}.", place=Place(str(folder))
        ) from error
    return list(content)
