"""Small rule bases on disk."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

VOCABULARY = """\
version: "1"
criteria:
  - {id: speed, label: Speed, description: How fast}
  - {id: reach, label: Reach, description: How far}
sections:
  - {id: team, label: Team}
"""
QUESTIONS = """\
section: team
questions:
  - id: skills
    kind: single
    text: Which?
    why: Because.
    options:
      - {id: pytorch, label: PyTorch}
      - {id: tensorflow, label: TensorFlow}
  - id: size
    kind: scale
    text: How large?
    why: Because.
    options:
      - {id: small, label: Small}
      - {id: medium, label: Medium}
      - {id: large, label: Large}
  - id: targets
    kind: multi
    text: Where?
    why: Because.
    options:
      - {id: nowhere, label: Nowhere, exclusive: true}
      - {id: phone, label: Phone}
      - {id: server, label: Server}
  - id: phone_kind
    kind: single
    text: Which phone?
    why: Because.
    ask_when: {targets: phone}
    options:
      - {id: android, label: Android}
      - {id: ios, label: iOS}
"""
EVIDENCE = """\
evidence:
  - id: fact
    claim: Something is so.
    sources: [{title: A page, url: "https://example.org/"}]
    as_of: 2026-10
    expires: 2028-01
    confidence: high
"""
RULES = """\
rules:
  - id: pt
    criterion: speed
    topic: knowing
    when: {skills: pytorch}
    favours: pytorch
    strength: moderate
    text: You know it.
    evidence: [fact]
  - id: tf
    criterion: speed
    topic: knowing
    when: {skills: tensorflow}
    favours: tensorflow
    strength: moderate
    text: You know it.
    evidence: [fact]
  - id: reach-pt
    criterion: reach
    topic: phones
    when: {phone_kind: ios, size: {at-most: medium}}
    favours: pytorch
    strength: strong
    text: It goes there.
    evidence: [fact]
  - id: reach-tf
    criterion: reach
    topic: phones
    when: {phone_kind: android}
    favours: tensorflow
    strength: strong
    text: It goes there.
    evidence: [fact]
  - id: reach-large
    criterion: reach
    topic: size
    when: {size: large, targets: [nowhere, server]}
    favours: pytorch
    strength: weak
    text: It fits.
    evidence: [fact]
"""


def make(folder: Path, *, more: str = "", **changed: str) -> Path:
    """A rule base in `folder`; `vocabulary`, `questions`, `evidence`, `rules` replace a file, `more`
    is one file further."""
    files = {
        "vocabulary": VOCABULARY,
        "questions": QUESTIONS,
        "evidence": EVIDENCE,
        "rules": RULES,
    } | changed
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    if more:
        (folder / "more.yaml").write_text(dedent(more), encoding="utf-8")
    return folder
