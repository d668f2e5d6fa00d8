"""predict.py NAME ROWS: what models:/NAME@production predicts for the rows of a JSON file, as a JSON list."""

import json
import sys
from pathlib import Path

import mlflow
import pandas as pd

model = mlflow.pyfunc.load_model(f"models:/{sys.argv[1]}@production")
rows = pd.DataFrame(json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
types = {spec["name"]: spec["type"] for spec in model.metadata.get_input_schema().to_dict()}
rows = rows.astype({name: {"double": "float64", "string": object}[types[name]] for name in rows})
print(json.dumps([float(value) for value in model.predict(rows)]))
