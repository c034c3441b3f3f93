"""`advisor doctor`: what hardware is here, and which candidate can use it, and why not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from advisor.measure.devices import DeviceReport, Usable, diagnose
from advisor.measure.lab import Lab
from advisor.measure.protocol import DeviceInfo, WorkerFailure
from advisor.measure.record import Finding, NoiseRecord
from advisor.measure.run import Site
from advisor.model.candidate import Candidate

START_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Examination:
    """What the doctor found."""

    site: Site
    reports: tuple[DeviceReport, ...]
    noise: NoiseRecord | None
    started: bool
    """The frameworks were started and asked for their devices."""


async def examine(
    site: Site, lab: Lab, pythons: Mapping[Candidate, str | None], *, start: bool
) -> Examination:
    """Look at the machine; with `start`, also start each installed framework once."""
    reports = diagnose(site.machine, site.installations)
    if start:
        for installation in site.installations:
            if installation.installed:
                told = await _ask(installation.candidate, lab, pythons)
                if isinstance(told, WorkerFailure):
                    words, remedy = told.reason, told.remedy
                    reports = confirm(reports, installation.candidate, words, remedy)
                else:
                    reports = confirm(reports, installation.candidate, told)
    noise = lab.noise.load(site.fingerprint(), "cpu", site.machine.usable_cores)
    return Examination(site, reports, noise, start)


async def _ask(
    candidate: Candidate, lab: Lab, pythons: Mapping[Candidate, str | None]
) -> Sequence[DeviceInfo] | WorkerFailure:
    """The devices a framework reports, or why it does not start."""
    import sys

    worker = lab.new_worker()
    try:
        hello = await worker.start(
            candidate, python=pythons.get(candidate) or sys.executable, timeout=START_SECONDS
        )
    except WorkerFailure as failure:
        return failure
    finally:
        worker.kill()
        await worker.close(grace=0)
    return hello.devices


def confirm(
    reports: Sequence[DeviceReport],
    candidate: Candidate,
    told: Sequence[DeviceInfo] | str,
    remedy: str = "",
) -> tuple[DeviceReport, ...]:
    """What the framework says of itself outranks what is known about its build."""
    return tuple(
        _confirmed(report, told, remedy) if report.candidate is candidate else report
        for report in reports
    )


def _confirmed(report: DeviceReport, told: Sequence[DeviceInfo] | str, remedy: str) -> DeviceReport:
    if isinstance(told, str):
        return replace(report, usable=Usable.NO, reason=told, remedy=remedy, evidence="")
    found = next((one for one in told if one.kind == report.device), None)
    if found is not None and found.available:
        return replace(report, usable=Usable.YES, reason="it works", remedy="", evidence="")
    if report.usable is Usable.NO:
        return report
    reason = found.reason if found and found.reason else "the framework does not see it"
    return replace(report, usable=Usable.NO, reason=reason)


def as_text(found: Examination) -> str:
    """For people, plain lines of at most about 100 columns."""
    machine = found.site.machine
    quota = "" if machine.quota is None else f", container quota {machine.quota:g}"
    lines = [
        "Machine",
        (
            f"  {machine.system}{' (WSL)' if machine.wsl else ''} on {machine.architecture}, "
            f"{machine.cpu_model}"
        ),
        (
            f"  {machine.physical_cores} cores and {machine.logical_cpus} logical processors allowed"
            f"{quota}; {machine.usable_cores} threads are worth using"
        ),
        (
            f"  {machine.memory_bytes / 2**30:.1f} GiB of memory; instruction sets: "
            f"{', '.join(machine.instructions) or 'none of note'}"
        ),
    ]
    cards = [
        f"  accelerator: {one.vendor} {one.name} (driver {one.driver or 'none'})"
        for one in machine.accelerators
    ]
    lines += cards or ["  no accelerator found"]
    for candidate in Candidate:
        lines += ["", candidate.label]
        lines += [_report_line(one) for one in found.reports if one.candidate is candidate]
    lines += ["", "Measuring here"]
    lines += [_finding_line(one) for one in found.site.findings] or ["  nothing stands in the way"]
    lines.append(_noise_line(found.noise))
    return "\n".join(lines) + "\n"


def _report_line(report: DeviceReport) -> str:
    words = {Usable.YES: "usable", Usable.NO: "not usable", Usable.UNTRIED: "not tried"}
    line = f"  {report.device} ({report.name}): {words[report.usable]}: {report.reason}"
    if report.remedy:
        line += f". {report.remedy}"
    return line + (f" [{report.evidence}]" if report.evidence else "")


def _finding_line(finding: Finding) -> str:
    return f"  {finding.severity}: {finding.text} {finding.remedy}".rstrip()


def _noise_line(noise: NoiseRecord | None) -> str:
    if noise is None or noise.ratio is None:
        return "  noise floor: not measured in the last week; the next probe measures it"
    return (
        f"  noise floor of {noise.measured_at[:10]}: frameworks against themselves came "
        f"out at {noise.ratio.low:.2f} to {noise.ratio.high:.2f}"
    )


def as_json(found: Examination) -> str:
    """For programs."""
    data = {
        "machine": asdict(found.site.machine),
        "fingerprint": asdict(found.site.fingerprint()),
        "installations": [asdict(one) for one in found.site.installations],
        "devices": [asdict(one) for one in found.reports],
        "findings": [asdict(one) for one in found.site.findings],
        "noise": asdict(found.noise) if found.noise else None,
        "started": found.started,
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def examine_now(pythons: Mapping[Candidate, str | None], *, start: bool) -> Examination:
    """Examine this machine with the real workers."""
    from advisor.measure import real

    async def main() -> Examination:
        site = await real.look_at_site(pythons)
        return await examine(site, real.real_lab(), pythons, start=start)

    return asyncio.run(main())
