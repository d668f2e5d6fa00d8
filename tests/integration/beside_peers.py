"""beside_peers.py FOLDER COMPARE PROGRAM PACKAGE…: installs Python packages into an environment in FOLDER, unless
VELETA_PEERS_PYTHON names a Python that has them, and runs COMPARE, a script, with PROGRAM as its argument. Ends with 77,
and says so, where the packages cannot be had."""

import os
import subprocess
import sys
from pathlib import Path

SKIPPED = 77


def has_packages(python, packages):
    imports = f"import {', '.join(packages)}"
    return Path(python).exists() and subprocess.run([python, "-c", imports], capture_output=True).returncode == 0


def installed_python(folder, packages):
    python = folder / "python" / "bin" / "python"
    if not has_packages(python, packages):
        subprocess.run([sys.executable, "-m", "venv", folder / "python"], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def main(folder, compare, program, *packages):
    python = os.environ.get("VELETA_PEERS_PYTHON")
    try:
        if not python or not has_packages(python, packages):
            python = installed_python(Path(folder), packages)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"SKIPPED: NOTHING WAS COMPARED WITH {', '.join(packages)}, which could not be installed: {error}")
        return SKIPPED
    return subprocess.run([python, compare, program]).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
