"""compare.py PROGRAM: attributions of models of XGBoost and LightGBM by the program explain_model, and by shap and
XGBoost themselves. Prints the largest difference of each comparison; fails where one is larger than it may be."""

import subprocess
import sys
import tempfile
from pathlib import Path

import lightgbm
import numpy as np
import shap
import xgboost

COLUMNS = 20
ROWS = 12
BACKGROUND_ROWS = 60
TREES = 40
# Both peers keep leaves as 32-bit floats, and XGBoost adds them up so: differences grow with the root of the trees.
ATTRIBUTIONS = 1e-6 * TREES**0.5
INTERACTIONS = 1e-5


def made_rows(count, seed):
    """Numbers that lie on thresholds too; 5 % are missing."""
    random = np.random.default_rng(seed)
    rows = np.round(random.normal(size=(count, COLUMNS)), 2).astype(np.float32)
    rows[random.random(rows.shape) < 0.05] = np.nan
    return rows


def target_of(rows, classes):
    x = np.nan_to_num(rows.astype(float))
    rule = 3 * x[:, 0] - 2 * x[:, 1] * x[:, 2] + x[:, 3:].sum(axis=1) / 2 + np.sin(3 * x[:, 4])
    if not classes:
        return rule
    return np.digitize(rule, np.quantile(rule, np.arange(1, classes) / classes)).astype(float)


class Comparison:
    def __init__(self, program, folder):
        self.program, self.folder, self.failures = program, Path(folder), 0

    def file_of(self, name, numbers):
        path = self.folder / name
        np.ascontiguousarray(numbers, np.float32).tofile(path)
        return path

    def ours(self, model, what, rows, outputs, **settings):
        """Base values and attributions, as explain_model writes them."""
        arguments = [f"{key}={value}" for key, value in settings.items()]
        rows_file = self.file_of("rows", rows)
        run = subprocess.run([self.program, model, what, rows_file, *arguments], stdout=subprocess.PIPE, check=True)
        numbers = np.frombuffer(run.stdout)
        bases = len(rows) if what == "losses" else outputs
        shape = {"values": (len(rows), outputs, COLUMNS), "interactions": (len(rows), outputs, COLUMNS, COLUMNS),
                 "losses": (len(rows), COLUMNS)}[what]
        return numbers[:bases], numbers[bases:].reshape(shape)

    def check(self, name, found, expected, tolerance):
        found, expected = np.asarray(found, float), np.asarray(expected, float)
        if found.shape != expected.shape:
            self.failures += 1
            print(f"FAILED {name}: {found.shape} numbers, expected {expected.shape}")
            return
        worst = np.max(np.abs(found - expected) / (1 + np.abs(expected)))
        passed = worst <= tolerance  # false for NaN
        self.failures += not passed
        print(f"{'passed' if passed else 'FAILED'} {name}: differs by {worst:.1e}, {tolerance:.1e} is allowed")


def outputs_second(values, outputs):
    """shap's rows * columns [* outputs] as rows * outputs * columns."""
    values = np.asarray(values)
    return values[:, None] if outputs == 1 and values.ndim == 2 else np.moveaxis(values, -1, 1)


def xgboost_model(folder, classes):
    rows = made_rows(3000, 1)
    objective = {0: "reg:squarederror", 2: "binary:logistic"}.get(classes, "multi:softprob")
    params = {"objective": objective, "max_depth": 5, "eta": 0.3, "nthread": 2, "seed": 1}
    if classes > 2:
        params["num_class"] = classes
    outputs = max(1, classes) if classes > 2 else 1
    booster = xgboost.train(params, xgboost.DMatrix(rows, target_of(rows, classes)), TREES // outputs)
    path = folder / f"xgboost_{classes}.json"
    booster.save_model(path)
    return booster, path, outputs


def lightgbm_model(folder, classes):
    rows = made_rows(3000, 2)
    objective = {0: "regression", 2: "binary"}.get(classes, "multiclass")
    params = {"objective": objective, "num_leaves": 24, "num_threads": 2, "seed": 1, "verbose": -1}
    if classes > 2:
        params["num_class"] = classes
    outputs = max(1, classes) if classes > 2 else 1
    booster = lightgbm.train(params, lightgbm.Dataset(rows, target_of(rows, classes)), TREES // outputs)
    path = folder / f"lightgbm_{classes}.txt"
    booster.save_model(path)
    return booster, path, outputs


def compare_path_dependent(comparison, name, booster, path, outputs, rows):
    explainer = shap.TreeExplainer(booster)
    expected = outputs_second(explainer.shap_values(rows), outputs)
    for method in ["auto", "table"]:
        base, found = comparison.ours(path, "values", rows, outputs, method=method)
        comparison.check(f"{name}, path-dependent, {method}", found, expected, ATTRIBUTIONS)
        comparison.check(f"{name}, its base values", base, np.ravel(explainer.expected_value), ATTRIBUTIONS)


def compare_interactions(comparison, name, booster, path, outputs, rows):
    expected = booster.predict(xgboost.DMatrix(rows), pred_interactions=True, strict_shape=True)[:, :, :-1, :-1]
    for method in ["auto", "table"]:
        found = comparison.ours(path, "interactions", rows, outputs, method=method)[1]
        comparison.check(f"{name}, interactions, {method}", found, expected, INTERACTIONS)


def compare_interventional(comparison, name, booster, path, outputs, rows, background):
    explainer = shap.TreeExplainer(booster, data=background, feature_perturbation="interventional")
    expected = outputs_second(explainer.shap_values(rows, check_additivity=False), outputs)
    background_file = comparison.file_of("background", background)
    for method in ["auto", "rows", "pairwise"]:
        base, found = comparison.ours(path, "values", rows, outputs, perturbation="interventional", method=method,
                                      background=background_file)
        comparison.check(f"{name}, interventional, {method}", found, expected, ATTRIBUTIONS)
        comparison.check(f"{name}, its base values", base, np.ravel(explainer.expected_value), ATTRIBUTIONS)


def compare_responses(comparison, name, booster, path, rows, background):
    background_file = comparison.file_of("background", background)
    settings = {"perturbation": "interventional", "background": background_file}
    explainer = shap.TreeExplainer(booster, data=background, model_output="probability")
    base, found = comparison.ours(path, "values", rows, 1, output="rescaled_probability", **settings)
    expected = explainer.shap_values(rows, check_additivity=False)
    comparison.check(f"{name}, rescaled probability", found[:, 0], expected, ATTRIBUTIONS)
    comparison.check(f"{name}, its base value", base, np.ravel(explainer.expected_value), ATTRIBUTIONS)
    targets = np.arange(len(rows)) % 2
    explainer = shap.TreeExplainer(booster, data=background, model_output="log_loss")
    found = comparison.ours(path, "losses", rows, 1, targets=comparison.file_of("targets", targets), **settings)[1]
    expected = explainer.shap_values(rows, targets, check_additivity=False)
    comparison.check(f"{name}, rescaled log loss", found, expected, ATTRIBUTIONS)


def main(program):
    print(f"shap {shap.__version__}, XGBoost {xgboost.__version__}, LightGBM {lightgbm.__version__}")
    rows, background = made_rows(ROWS, 3), made_rows(BACKGROUND_ROWS, 4)
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(program, folder)
        for maker, train in [("XGBoost", xgboost_model), ("LightGBM", lightgbm_model)]:
            for classes in [0, 2, 3]:
                name = f"{maker}, {classes or 'no'} classes"
                booster, path, outputs = train(Path(folder), classes)
                compare_path_dependent(comparison, name, booster, path, outputs, rows)
                if maker == "XGBoost" or outputs == 1:  # shap adds LightGBM's classes up to one output
                    compare_interventional(comparison, name, booster, path, outputs, rows, background)
                if maker == "XGBoost":
                    compare_interactions(comparison, name, booster, path, outputs, rows)
                if classes == 2:
                    compare_responses(comparison, name, booster, path, rows, background)
        return 1 if comparison.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
