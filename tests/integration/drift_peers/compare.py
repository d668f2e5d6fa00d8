"""compare.py PROGRAM: drift detectors by the program judge_windows, and by scipy and river themselves, on random windows
and series. Prints the largest difference of each comparison; fails where one is larger than it may be."""

import json
import subprocess
import sys

import numpy as np
import river.drift
import river.drift.binary
import scipy.spatial.distance
import scipy.stats

WINDOWS = 40
STATISTIC, P_VALUE = 1e-9, 1e-8  # relative


class Ours:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, detector, params, **data):
        data = {key: list(map(float, value)) if hasattr(value, "__len__") else value for key, value in data.items()}
        print(json.dumps({"detector": detector, "params": params, **data}), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(f"{detector}: {answer['error']}")
        return answer


def windows(random, shape):
    """Two windows of a shape; the second is sometimes shifted or stretched."""
    draw = {
        "normal": lambda n: random.normal(size=n),
        "lognormal": lambda n: random.lognormal(size=n),
        "t(2)": lambda n: random.standard_t(2, size=n),
        "ties": lambda n: np.round(2 * random.normal(size=n)),
    }[shape]
    sizes = random.integers(20, 400, size=2)
    return draw(sizes[0]), random.choice([0, 0.2, 1, 5]) + random.choice([1, 1.5]) * draw(sizes[1])


def numeric_peers():
    """Name, detector, its parameters, scipy's statistic and p-value, whether ties are compared. What is left out (None)
    scipy has by choice otherwise, as the detector's README says, or not at all."""
    stats = scipy.stats

    def ks(method):
        return lambda a, b: tuple(stats.ks_2samp(a, b, method=method))[:2]

    def anderson(a, b):
        with np.errstate(all="ignore"):
            return stats.anderson_ksamp([a, b], variant="midrank").statistic, None

    return [
        ("ks, asymptotic", "ks", {"exact_max_rows": 0}, ks("asymp"), True),
        ("ks, exact", "ks", {}, ks("exact"), True),
        ("mann_whitney", "mann_whitney", {},
         lambda a, b: (None, stats.mannwhitneyu(a, b, method="asymptotic").pvalue), True),
        ("cramer_von_mises", "cramer_von_mises", {},
         lambda a, b: (stats.cramervonmises_2samp(a, b, method="asymptotic").statistic, None), False),
        ("anderson_darling", "anderson_darling", {}, anderson, True),
        ("wasserstein", "wasserstein", {}, lambda a, b: (stats.wasserstein_distance(a, b), None), True),
        ("energy", "energy", {}, lambda a, b: (stats.energy_distance(a, b), None), True),
        ("welch_t", "welch_t", {"trim": 0},
         lambda a, b: (None, stats.ttest_ind(a, b, equal_var=False).pvalue), True),
        ("welch_t, trimmed", "welch_t", {"trim": 0.1},
         lambda a, b: (None, stats.ttest_ind(a, b, equal_var=False, trim=0.1).pvalue), True),
        ("epps_singleton", "epps_singleton", {}, lambda a, b: (stats.epps_singleton_2samp(a, b).statistic, None), True),
    ]


def categorical_peers():
    def chi_square(table, power):
        found = scipy.stats.chi2_contingency(table, correction=False, lambda_=power)
        return found.statistic, found.pvalue

    def shannon(table):
        return scipy.spatial.distance.jensenshannon(table[0], table[1], base=2), None

    return [
        ("chi_square", "chi_square", {"min_expected": 1}, lambda table: chi_square(table, "pearson"), range(2, 12)),
        ("g_test", "g_test", {"williams": False, "min_expected": 1}, lambda table: chi_square(table, "log-likelihood"), range(2, 12)),
        ("fisher_exact", "fisher_exact", {}, lambda table: (None, scipy.stats.fisher_exact(table)[1]), [2]),
        ("jensen_shannon", "jensen_shannon", {"base": 2}, shannon, range(2, 12)),
    ]


def relative(ours, theirs):
    if ours == theirs:
        return 0.0
    return abs(ours - theirs) / max(abs(theirs), 1e-300)


def alarms_of(detector, series):
    alarms = []
    for at, value in enumerate(series):
        detector.update(value)
        if detector.drift_detected:
            alarms.append(at)
    return alarms


class RightOnes:
    """A detector that is told which predictions were right."""

    def __init__(self, detector):
        self.detector = detector

    def update(self, is_wrong):
        self.detector.update(1 - is_wrong)

    @property
    def drift_detected(self):
        return self.detector.drift_detected


def streams(random):
    """Series whose level moves once or twice."""
    for _ in range(12):
        levels = random.choice([0.05, 0.2, 0.35, 0.6], size=3)
        yield np.concatenate([random.random(size) < level
                              for size, level in zip(random.integers(300, 1500, 3), levels)]).astype(float)


def stream_peers():
    drift, binary = river.drift, river.drift.binary
    return [
        ("adwin", {}, lambda: drift.ADWIN()),
        ("page_hinkley", {"variant": "minmax"}, lambda: drift.PageHinkley()),
        ("ddm", {}, lambda: binary.DDM()),
        ("eddm", {"warm_up": 31}, lambda: binary.EDDM()),  # river: more than 30 errors; the others: 30 or more
        ("fhddm", {}, lambda: RightOnes(binary.FHDDM())),
        ("hddm_a", {}, lambda: binary.HDDMA()),
        ("hddm_w", {}, lambda: binary.HDDMW()),
    ]


class Report:
    def __init__(self):
        self.failed = 0

    def line(self, name, what, worst, allowed):
        self.failed += worst > allowed
        print(f"{name:28} {what:10} {worst:9.1e} {'' if worst <= allowed else f'IS MORE THAN {allowed:.0e}'}")

    def compare(self, name, pairs):
        """Pairs of answers, ours and theirs."""
        worst = {"statistic": 0.0, "p_value": 0.0}
        for answer, theirs in pairs:
            for key, value in zip(worst, theirs):
                if value is not None:
                    worst[key] = max(worst[key], relative(answer[key], float(value)))
        self.line(name, "statistic", worst["statistic"], STATISTIC)
        self.line(name, "p-value", worst["p_value"], P_VALUE)


def main(program):
    ours, report = Ours(program), Report()
    for name, detector, params, peer, with_ties in numeric_peers():
        random = np.random.default_rng(1)
        pairs = []
        for shape in ["normal", "lognormal", "t(2)"] + (["ties"] if with_ties else []):
            for _ in range(WINDOWS):
                reference, current = windows(random, shape)
                pairs.append((ours(detector, params, reference=reference, current=current), peer(reference, current)))
        report.compare(name, pairs)
    for name, detector, params, peer, sizes in categorical_peers():
        random = np.random.default_rng(2)
        pairs = []
        for _ in range(WINDOWS):
            shares = random.dirichlet(np.full(random.choice(list(sizes)), 10.0), size=2)
            table = [random.multinomial(random.integers(3000, 6000), row) + 1 for row in shares]
            answer = ours(detector, params, reference_counts=table[0], current_counts=table[1])
            pairs.append((answer, peer(np.array(table))))
        report.compare(name, pairs)
    for detector, params, peer in stream_peers():
        random = np.random.default_rng(3)
        differ = sum(ours(detector, params, series=series)["alarms"] != alarms_of(peer(), series)
                     for series in streams(random))
        report.line(detector, "alarms", differ, 0)
    return report.failed > 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
