"""What every test file may ask for: reference data, containers, the registry."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def reference() -> Path:
    """Return the folder with the reference ``data/`` and ``oracle/``, or skip."""
    folder = os.environ.get("SKML_AEMLO_REFERENCE")
    if not folder:
        pytest.skip("needs the reference data: set SKML_AEMLO_REFERENCE to their folder")
    return Path(folder)
