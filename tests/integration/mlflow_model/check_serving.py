"""check_serving.py FOLDER: starts `mlflow models serve` on each model of FOLDER, posts its serving example, and compares
the answer with what the host predicted. Prints a line per model; fails where one differs."""

import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

SECONDS_TO_START = 180


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def wait_until_up(url, server):
    for _ in range(SECONDS_TO_START * 4):
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with status {server.returncode}")
        try:
            return urllib.request.urlopen(f"{url}/ping", timeout=5).read()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.25)
    raise RuntimeError(f"the server was not up after {SECONDS_TO_START} s")


def post(url, body):
    request = urllib.request.Request(f"{url}/invocations", body, {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request, timeout=60))


def check_case(case):
    port = str(free_port())
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", case / "model", "--env-manager", "local"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it starts programs of its environment
    with open(case / "server.log", "w") as log:
        server = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", port],
            env={**os.environ, "PATH": path},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_up(url, server)
        found = post(url, (case / "model/serving_input_example.json").read_bytes())["predictions"]
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    expected = json.loads((case / "expected.json").read_text())
    equal = len(found) == len(expected) and all(math.isclose(a, b, rel_tol=1e-6) for a, b in zip(found, expected))
    return "equal" if equal else f"{found} instead of {expected}"


def main(folder):
    failed = False
    for case in sorted(path for path in folder.iterdir() if path.is_dir()):
        try:
            outcome = check_case(case)
        except Exception as error:
            outcome = f"{error}\n{(case / 'server.log').read_text()}"
        failed = failed or outcome != "equal"
        print(f"{case.name}: {outcome}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
