"""`make audit` never says that all is well when nobody was asked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[1] / ".ci" / "audit"


@pytest.mark.parametrize(
    ("program", "code", "told"),
    [
        (None, 0, "NOT RUN, nothing was checked: pip-audit is not installed"),
        ("echo 'connection refused' >&2; exit 1", 0, "NOT RUN, nothing was checked: the vuln"),
        ("echo 'Found 1 known vulnerability' >&2; echo 'jinja2 CVE-1'; exit 1", 1, "CVE-1"),
        ("echo 'No known vulnerabilities found' >&2", 0, ""),
    ],
)
def test_what_is_known_or_that_nothing_is(
    tmp_path: Path, program: str | None, code: int, told: str
) -> None:
    python = tmp_path / "python"
    python.symlink_to(sys.executable)
    if program is not None:
        (tmp_path / "pip-audit").write_text(f"#!/bin/sh\n{program}\n")
        (tmp_path / "pip-audit").chmod(0o700)

    done = subprocess.run(
        [python, AUDIT],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == code
    assert told in done.stdout
