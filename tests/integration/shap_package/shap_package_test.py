"""shap_package_test.py PROGRAM FOLDER: installs shap, XGBoost and LightGBM into an environment in FOLDER, unless
VELETA_SHAP_PYTHON names a Python that has them, and compares. Ends with 77, and says so, where they cannot be had."""

import os
import subprocess
import sys
from pathlib import Path

PACKAGES = ["shap", "xgboost", "lightgbm"]
SKIPPED = 77


def has_packages(python):
    imports = f"import {', '.join(PACKAGES)}"
    return python.exists() and subprocess.run([python, "-c", imports], capture_output=True).returncode == 0


def installed_python(folder):
    python = folder / "python" / "bin" / "python"
    if not has_packages(python):
        subprocess.run([sys.executable, "-m", "venv", folder / "python"], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def main(program, folder):
    python = os.environ.get("VELETA_SHAP_PYTHON")
    try:
        python = python or installed_python(Path(folder))
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"SKIPPED: NOTHING WAS COMPARED WITH THE SHAP PACKAGE, it could not be installed: {error}")
        return SKIPPED
    compare = Path(__file__).with_name("compare.py")
    return subprocess.run([python, compare, program]).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
