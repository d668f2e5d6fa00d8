"""Predictions of a Veleta model, with numpy and pandas alone.

MLflow imports this module under its file's name and gives _load_pyfunc the model's data folder. That name is a version:
Python keeps what it has imported, so all models of a process share one module of a name. A change to what it computes
needs a new name; what differs from model to model stands in python_model.json.
"""

import datetime
import json
import numbers
import os
import re

import numpy as np
import pandas as pd

_FORMAT = 1


# ---- Cells, read as Veleta's own server reads them


_BLANKS = " \t\r\n"
_MISSING_TEXTS = frozenset(("", "NA", "N/A", "NaN", "null", "NULL", "None"))
_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WHOLE_NUMBER = re.compile(r"(-?)0*([0-9]{1,15})(?:\.0+)?")
_UPPER_TO_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_DATE_AND_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]+)?)?(?:Z|([+-])([0-9]{2}):?([0-9]{2})?)?)?"
)


def _number_of_text(text):
    """The finite number that the whole text is, or NaN."""
    if not _NUMBER.fullmatch(text):
        return np.nan
    number = float(text)
    underflowed = number == 0 and re.search("[1-9]", re.split("[eE]", text)[0])
    return np.nan if np.isinf(number) or underflowed else number


def _number(cell):
    if isinstance(cell, str):
        return _number_of_text(cell.strip(_BLANKS))
    return np.nan if isinstance(cell, (bool, np.bool_)) else float(cell)


def _text_of_number(number):
    """In the shortest form that reads back equal; with an exponent only below 0.00001 and from 1e16 on."""
    is_readable = 1e-5 <= abs(number) < 1e16
    return np.format_float_positional(number, trim="-") if is_readable else repr(number)


def _text(cell):
    if isinstance(cell, str):
        return cell.strip(_BLANKS)
    if isinstance(cell, (bool, np.bool_)):
        return "true" if cell else "false"
    if isinstance(cell, numbers.Integral) and -(2**63) <= cell < 2**64:
        return str(int(cell))
    if isinstance(cell, numbers.Real):
        return _text_of_number(float(cell))
    return str(cell)


def _label(cell, fold_case):
    """A category's label, in which a whole number has one spelling; None where the cell means missing."""
    text = _text(cell)
    if text in _MISSING_TEXTS:
        return None
    whole = _WHOLE_NUMBER.fullmatch(text)
    if whole:
        sign, digits = whole.groups()
        return digits if digits == "0" else sign + digits
    return text.translate(_UPPER_TO_LOWER) if fold_case else text


def _seconds_of_text(text):
    """Seconds since 1970-01-01 UTC of an ISO 8601 date, or date and time; NaN if the text is none."""
    match = _DATE_AND_TIME.fullmatch(text)
    if not match:
        return np.nan
    day, hour, minute, second, fraction, sign, offset_hours, offset_minutes = match.groups(default="0")
    hour, minute, second = int(hour), int(minute), int(second)
    offset_hours, offset_minutes = int(offset_hours), int(offset_minutes)
    if hour > 23 or minute > 59 or second > 60 or offset_hours > 23 or offset_minutes > 59:
        return np.nan
    try:
        days = int(np.datetime64(day, "D").astype(np.int64))
    except ValueError:  # a day that the calendar lacks
        return np.nan
    offset = (offset_hours * 60 + offset_minutes) * (-60 if sign == "-" else 60)
    return days * 86400.0 + hour * 3600 + minute * 60 + second + float(fraction) - offset


def _seconds(cell):
    if isinstance(cell, str):
        return _seconds_of_text(cell.strip(_BLANKS))
    if isinstance(cell, (datetime.date, np.datetime64)):  # pandas.Timestamp is one
        return pd.Timestamp(cell).timestamp()
    return np.nan


# ---- Columns


def _distinct(series):
    """The present cells, each once, and for each row the place of its own among them; -1 where it is missing."""
    cells = series.to_numpy(dtype=object)
    if pd.api.types.infer_dtype(cells, skipna=True).startswith("mixed"):  # pandas takes 1, 1.0 and True for one
        present = ~pd.isna(cells)
        return cells[present], np.where(present, np.cumsum(present) - 1, -1)
    places, cells = pd.factorize(cells)
    return cells, places


def _by_cell(series, convert):
    """What `convert` makes of each cell: a number, or NaN. Missing cells are NaN."""
    cells, places = _distinct(series)
    return np.array([convert(cell) for cell in cells] + [np.nan], np.float64)[places]


def _numbers(series):
    if series.dtype.kind in "fiu":
        return series.to_numpy(np.float64, na_value=np.nan)
    return _by_cell(series, _number)


def _finite_float(values):
    """In single precision; what would be infinite there, as Veleta's learners take it."""
    return np.clip(values, -1e38, 1e38).astype(np.float32)


def _floats(values):
    """JSON has null for NaN."""
    return np.array([np.nan if value is None else value for value in values], np.float32)


def _filled(values, fill):
    return np.where(np.isnan(values), fill, values)


# ---- Encoders: how one column becomes features. encode gives one array of single precision per feature.


class _NumberEncoder:
    def __init__(self, learned, fold_case):
        self.fill = _floats([learned["fill"]])[0]

    def encode(self, series):
        return [_filled(_finite_float(_numbers(series)), self.fill)]


class _TimeEncoder:
    """Days since 1970-01-01, year, month, and day of week from Monday = 1."""

    def __init__(self, learned, fold_case):
        self.fill = _floats(learned["fill"])

    def encode(self, series):
        days = _by_cell(series, _seconds) / 86400
        days[~(np.abs(days) < 1e7)] = np.nan
        date = np.floor(_filled(days, 0)).astype(np.int64).astype("datetime64[D]")
        year = date.astype("datetime64[Y]").astype(np.int64) + 1970
        month = date.astype("datetime64[M]").astype(np.int64) % 12 + 1
        weekday = (date.astype(np.int64) + 3) % 7 + 1  # the first day was a Thursday
        parts = (days, year, month, weekday)
        return [np.where(np.isnan(days), fill, part).astype(np.float32) for part, fill in zip(parts, self.fill)]


_BOOLEANS = (("true", "True", "TRUE"), ("false", "False", "FALSE"))


class _Levels:
    """The categories that are told apart: labels, and missing after them if it counts as one."""

    def __init__(self, learned, fold_case):
        self.fold_case = fold_case
        self.place = {label: place for place, label in enumerate(learned["levels"])}
        self.missing = len(self.place) if learned["missing"] else -1
        self.count = len(self.place) + bool(learned["missing"])

    def _place_of(self, label):
        """The label's level, or -1. A boolean has three spellings, which stand for each other."""
        spellings = next((each for each in _BOOLEANS if label in each), ())
        return next((self.place[spelling] for spelling in (label, *spellings) if spelling in self.place), -1)

    def of_rows(self, series):
        """For each row the place of its level, -1 for no level; the column's labels, and of each row which is its."""
        cells, rows = _distinct(series)
        labels = [_label(cell, self.fold_case) for cell in cells] + [None]
        places = [self.missing if label is None else self._place_of(label) for label in labels]
        return np.array(places, np.int64)[rows], labels, rows


class _OneHotEncoder:
    def __init__(self, learned, fold_case):
        self.levels = _Levels(learned, fold_case)

    def encode(self, series):
        place, _, _ = self.levels.of_rows(series)
        return [(place == level).astype(np.float32) for level in range(self.levels.count)]


class _TargetMeanEncoder:
    """A level's mean of the target and logarithm of its rows, with those of all other levels in the last place."""

    def __init__(self, learned, fold_case):
        self.levels = _Levels(learned, fold_case)
        self.means = _floats(learned["means"])
        self.log_counts = _floats(learned["log_counts"])
        self.has_number = learned["has_number"]
        self.fill = _floats([learned["fill"]])[0]

    def encode(self, series):
        place, labels, rows = self.levels.of_rows(series)
        features = [self.means[place], self.log_counts[place]]
        if self.has_number:
            spelt = [np.nan if label is None else _number_of_text(label) for label in labels]
            features.append(_filled(_finite_float(np.array(spelt, np.float64)), self.fill)[rows])
        return features


_ENCODERS = {
    "number": _NumberEncoder,
    "time": _TimeEncoder,
    "one_hot": _OneHotEncoder,
    "target_mean": _TargetMeanEncoder,
}


class _Features:
    """Turns a table into rows of features. A column that is absent is missing in every row."""

    def __init__(self, learned, fold_case):
        self.columns = [(c["column"], _ENCODERS[c["kind"]](c, fold_case)) for c in learned["columns"]]
        self.lowest, self.highest = _floats(learned["lowest"]), _floats(learned["highest"])

    def encode(self, frame):
        absent = pd.Series(np.full(len(frame), None, object))
        features = []
        for name, encoder in self.columns:
            features += encoder.encode(frame[name] if name in frame else absent)
        matrix = np.column_stack(features)
        return np.clip(matrix, self.lowest, self.highest) if len(self.lowest) else matrix


# ---- Models: margins of rows of features


class _Trees:
    """Decision trees. nodes.npy holds the nodes of all of them; children stand behind their parents."""

    _CELLS_AT_ONCE = 1 << 20

    def __init__(self, model, path):
        nodes = np.load(os.path.join(path, "nodes.npy"))
        self.feature, self.threshold, self.default_left, self.value = (
            np.ascontiguousarray(nodes[name]) for name in ("feature", "threshold", "default_left", "value")
        )
        self.left, self.right = nodes["left"].astype(np.int64), nodes["right"].astype(np.int64)
        self.roots = np.array(model["roots"], np.int64)
        self.base_margin = model["base_margin"]
        # Sums are kept as the model's own library keeps them: in another precision they would round otherwise.
        self.sum_type = np.float32 if model["single_precision"] else np.float64

    def margins(self, matrix):
        step = max(1, self._CELLS_AT_ONCE // max(1, len(self.roots)))
        blocks = [self._block(matrix[first : first + step]) for first in range(0, len(matrix), step)]
        return np.concatenate(blocks) if blocks else np.empty(0)

    def _block(self, matrix):
        sums = np.full(len(matrix), self.base_margin, self.sum_type)
        for leaves in self._leaves(matrix):
            sums += self.value[leaves].astype(self.sum_type)
        return sums.astype(np.float64)

    def _leaves(self, matrix):
        """The leaf that each row reaches, per tree. All rows go down all trees at once, one level a turn."""
        node = np.repeat(self.roots, len(matrix))
        row = np.tile(np.arange(len(matrix)), len(self.roots))
        walking = np.arange(len(node))
        while True:
            walking = walking[self.feature[node[walking]] >= 0]
            if len(walking) == 0:
                return node.reshape(len(self.roots), len(matrix))
            at = node[walking]
            value = matrix[row[walking], self.feature[at]]
            goes_left = np.where(np.isnan(value), self.default_left[at] != 0, value < self.threshold[at])
            node[walking] = np.where(goes_left, self.left[at], self.right[at])


class _Linear:
    def __init__(self, model, path):
        self.coefficients, self.means = np.array(model["coefficients"]), np.array(model["means"])
        self.intercept = model["intercept"]

    def margins(self, matrix):
        return _filled(matrix.astype(np.float64), self.means) @ self.coefficients + self.intercept


_MODELS = {"trees": _Trees, "linear": _Linear}


class _Model:
    """What MLflow calls: predictions in the target's unit, or the probability of the positive class."""

    def __init__(self, bundle, path):
        model = bundle["model"]
        if model["kind"] not in _MODELS:
            raise NotImplementedError(
                f"the model of learner '{bundle['learner']}' can be used by Veleta alone: {model['reason']}, which this "
                "module does not compute. `veleta serve` gives its predictions."
            )
        self._features = _Features(bundle["features"], bundle["fold_case"])
        self._model = _MODELS[model["kind"]](model, path)
        self._is_logistic = model["link"] == "logistic"
        self._target = bundle["target"]

    def predict(self, model_input, params=None):
        frame = model_input if isinstance(model_input, pd.DataFrame) else pd.DataFrame(model_input)
        margins = self._model.margins(self._features.encode(frame))
        if self._is_logistic:
            with np.errstate(over="ignore"):
                margins = 1 / (1 + np.exp(-margins))
        if self._target["task"] == "binary":
            return np.clip(margins, 0, 1)
        return np.expm1(np.minimum(margins, 700)) if self._target["transform"] == "log" else margins


def _load_pyfunc(path):
    with open(os.path.join(path, "python_model.json"), encoding="utf-8") as file:
        bundle = json.load(file)
    if bundle["format"] != _FORMAT:
        raise ValueError(f"python_model.json is of format {bundle['format']}; this module reads format {_FORMAT}")
    return _Model(bundle, path)
