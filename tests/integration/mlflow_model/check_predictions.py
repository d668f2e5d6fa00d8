"""check_predictions.py FOLDER: opens each model of FOLDER as MLflow's users do, and compares what it predicts for the
requests beside it with what the host predicted. Prints a line per model; fails where one differs."""

import json
import logging
import sys
import warnings
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd

TOLERANCE = 1e-6

warnings.simplefilter("error", RuntimeWarning)
logging.getLogger("mlflow").setLevel(logging.ERROR)


def types_of(model):
    return {spec["name"]: spec["type"] for spec in model.metadata.get_input_schema().to_dict()}


def read_requests(case):
    if (case / "requests.csv").exists():
        return pd.read_csv(case / "requests.csv")
    return pd.DataFrame(json.loads((case / "requests.json").read_text(encoding="utf-8")))


def as_declared(frame, types):
    """What MLflow takes: numbers as float64, and whatever is to be a string in columns of objects."""
    dtypes = {"double": "float64", "string": object}
    return frame.astype({name: dtypes[types[name]] for name in frame if name in types})


def as_timestamps(column):
    """Texts as pandas' timestamps, where it can hold them."""

    def converted(cell):
        try:
            return pd.Timestamp(cell) if isinstance(cell, str) and cell[4:5] == "-" and ":60" not in cell else cell
        except ValueError:
            return cell

    return column.map(converted)


def in_other_types(frame):
    """The same cells in types that tables have in practice: timestamps, nullable numbers, pandas' categories."""
    others = {}
    for name, cells in frame.items():
        if cells.map(lambda cell: isinstance(cell, str) and cell[4:5] == "-").any():
            others[name] = as_timestamps(cells)
        elif pd.api.types.is_numeric_dtype(cells):
            others[name] = cells.astype("Int64" if (cells.dropna() % 1 == 0).all() else "Float64")
        else:
            others[name] = cells.astype("category")
    return pd.DataFrame(others)


def through_csv(frame, types, folder):
    frame.to_csv(folder / "written.csv", index=False)
    dtypes = {name: "float64" if kind == "double" else object for name, kind in types.items()}
    return pd.read_csv(folder / "written.csv", dtype=dtypes)


def ways_to_ask(case, model):
    types = types_of(model)
    frame = read_requests(case)
    declared = as_declared(frame, types)
    yield "as read", model._model_impl.predict(frame)
    yield "in other types", model._model_impl.predict(in_other_types(frame))
    yield "through MLflow", model.predict(declared)
    yield "through MLflow in other types", model.predict(as_declared(in_other_types(frame), types))
    yield "through CSV", model.predict(through_csv(frame, types, case))
    yield "backwards", model.predict(declared[::-1][declared.columns[::-1]])[::-1]
    yield "row by row", np.concatenate([model.predict(declared[i : i + 1]) for i in range(20)])


def largest_difference(found, expected):
    expected = expected[: len(found)]
    return np.max(np.abs(found - expected) / np.maximum(np.abs(expected), 1e-12))


def check_refused(case):
    words = (case / "refused.txt").read_text(encoding="utf-8")
    try:
        mlflow.pyfunc.load_model(str(case / "model"))
    except NotImplementedError as error:
        return [] if words in str(error) else [f"it was refused with: {error}"]
    return ["it was not refused"]


def check_case(case):
    if (case / "refused.txt").exists():
        return check_refused(case)
    model = mlflow.pyfunc.load_model(str(case / "model"))
    expected = np.array(json.loads((case / "expected.json").read_text(encoding="utf-8")))
    problems = []
    for way, found in ways_to_ask(case, model):
        if len(found) not in (len(expected), 20) or found.dtype != np.float64:
            problems.append(f"{way}: {len(found)} predictions of {found.dtype}")
        elif not largest_difference(found, expected) <= TOLERANCE:
            problems.append(f"{way}: differs by {largest_difference(found, expected):.3g}")
    if len(model._model_impl.predict(pd.DataFrame())) != 0:
        problems.append("no rows give predictions")
    example = model.predict(model.input_example)
    if example.shape != (1,) or not np.isfinite(example[0]):
        problems.append(f"its example gives {example}")
    if len(expected) < 1000 or len(np.unique(expected)) < 100:
        problems.append(f"{len(expected)} rows with {len(np.unique(expected))} predictions are too few to tell")
    return problems


def main(folder):
    failed = False
    for case in sorted(path for path in folder.iterdir() if path.is_dir()):
        problems = check_case(case)
        failed = failed or problems
        print(f"{case.name}: {'; '.join(problems) or 'equal'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
