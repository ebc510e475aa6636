"""The same work in numpy and scikit-learn, one task a line on stdin, its times as one JSON object a line on stdout.

bench/sklearn.ts starts this and asks in turns with the other tasks, so that both engines see the same machine. scikit-learn
before 1.4 minimises the sum of the losses and not their mean: its gradient is n times as large, so tol is n times as
large here. Its first step differs too, so iterations are counted and time is compared by iteration.
"""
import json
import os
import sys
import time
import warnings

import numpy as np
import scipy
import scipy.sparse
import sklearn
from scipy.special import expit
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

FOLDER = sys.argv[1]
TOL = 0.1
DTYPES = {"f32": np.float32, "f64": np.float64}
warnings.filterwarnings("ignore")


def read(name, header):
    return np.fromfile(os.path.join(FOLDER, name), dtype=np.uint8)[header:]


SUMS_LOSSES = tuple(int(part) for part in sklearn.__version__.split(".")[:2]) < (1, 4)
ORDER = np.random.RandomState(42).permutation(int(os.environ.get("BENCH_ROWS", 60_000)))
PIXELS = read("train-images-idx3-ubyte", 16).reshape(60_000, 784)[ORDER]
Y = (read("train-labels-idx1-ubyte", 8)[ORDER] == 2).astype(np.int64)
rows = {}


def x_of(dtype):
    if dtype not in rows:
        rows[dtype] = PIXELS.astype(DTYPES[dtype])
    return rows[dtype]


def evaluation(dtype, models):
    x = x_of(dtype)
    shape = (784,) if models == 1 else (784, models)
    w = np.full(shape, 1e-5, dtype=x.dtype)
    y = Y.astype(x.dtype) if models == 1 else Y.astype(x.dtype)[:, None]
    started = time.perf_counter()
    z = x @ w
    loss = (np.logaddexp(0, z) - y * z).sum(axis=0)
    residual = expit(z) - y
    gradient = x.T @ residual
    ms = (time.perf_counter() - started) * 1e3
    assert np.isfinite(loss).all() and np.isfinite(gradient).all()
    return {"ms": ms}


def one_fit(x, y):
    started = time.perf_counter()
    model = LogisticRegression(tol=TOL * (len(y) if SUMS_LOSSES else 1), max_iter=100).fit(x, y)
    return model, (time.perf_counter() - started) * 1e3


def fit(dtype):
    model, ms = one_fit(x_of(dtype), Y)
    return {"ms": ms, "fitMs": [ms], "otherMs": 0, "nIter": [int(model.n_iter_[0])]}


def fit_cv(dtype):
    """What fit and cross_val_score do: train on all rows, then copy, train and score each fold."""
    x = x_of(dtype)
    started = time.perf_counter()
    model, ms = one_fit(x, Y)
    times, counts, scores = [ms], [int(model.n_iter_[0])], []
    for train, test in StratifiedKFold(3).split(x, Y):
        model, ms = one_fit(x[train], Y[train])
        scores.append(model.score(x[test], Y[test]))
        times.append(ms)
        counts.append(int(model.n_iter_[0]))
    whole = (time.perf_counter() - started) * 1e3
    return {"ms": whole, "fitMs": times, "otherMs": whole - sum(times), "nIter": counts, "meanScore": float(np.mean(scores))}


def softmax(iterations):
    model = LogisticRegression(tol=1e-9, max_iter=iterations)
    x = x_of("f32") / np.float32(255)
    y = digits_of()
    return {"ms": timed(model, x, y), "nIter": int(model.n_iter_[0]), "accuracy": float(model.score(x, y))}


def grid(C, times):
    """Some values of C, three folds each, without scores and copies: a whole grid takes `times` as long."""
    tol = TOL * (len(Y) if SUMS_LOSSES else 1)
    search = GridSearchCV(LogisticRegression(tol=tol), {"C": C}, cv=3, refit=False).fit(x_of("f32"), Y)
    measured = float(search.cv_results_["mean_fit_time"].sum()) * 3e3
    return {"ms": measured * times, "measuredMs": measured, "scaledBy": times}


def neighbors(count):
    x = x_of("f32")
    digits = read("train-labels-idx1-ubyte", 8)[ORDER]
    asked = read("t10k-images-idx3-ubyte", 16).reshape(10_000, 784)[:count].astype(np.float32)
    model = KNeighborsClassifier().fit(x, digits)
    started = time.perf_counter()
    right = model.predict(asked) == read("t10k-labels-idx1-ubyte", 8)[:count]
    ms = (time.perf_counter() - started) * 1e3
    return {"ms": ms, "accuracy": float(right.mean())}


def digits_of():
    return read("train-labels-idx1-ubyte", 8)[ORDER]


def timed(model, x, y=None):
    started = time.perf_counter()
    model.fit(x, y)
    return (time.perf_counter() - started) * 1e3


def clusters(count, iterations):
    x = x_of("f32")
    model = KMeans(count, init=x[:count], n_init=1, max_iter=iterations, tol=0)
    ms = timed(model, x)
    return {"ms": ms, "nIter": int(model.n_iter_), "inertia": float(model.inertia_)}


def components(count):
    model = PCA(count)
    ms = timed(model, x_of("f32"))
    return {"ms": ms, "explained": float(model.explained_variance_ratio_.sum())}


def forest(trees):
    model = RandomForestClassifier(trees, n_jobs=-1, random_state=42)
    ms = timed(model, x_of("f32"), digits_of())
    return {"ms": ms, "nodes": sum(int(tree.tree_.node_count) for tree in model.estimators_)}


def boosting(rounds):
    model = HistGradientBoostingClassifier(max_iter=rounds, early_stopping=False)
    return {"ms": timed(model, x_of("f32"), digits_of())}


def descent(passes):
    model = SGDClassifier(max_iter=passes, tol=None, random_state=42)
    return {"ms": timed(model, x_of("f64"), digits_of())}


def descent_folds(passes, scale):
    x = x_of("f64")
    if scale == "scaled":
        spread = x.std(axis=0)
        x = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)
    # Classes on both cores: faster than folds on both, of which there are three.
    model = SGDClassifier(max_iter=passes, tol=None, random_state=42, n_jobs=2)
    y = digits_of()
    started = time.perf_counter()
    scores = cross_val_score(model, x, y, cv=3)
    ms = (time.perf_counter() - started) * 1e3
    return {"ms": ms, "accuracy": [float(score) for score in scores]}


def between(count):
    return x_of("f64")[:count] / 255, digits_of()[:count]


def svc(count):
    model = SVC()
    ms = timed(model, *between(count))
    return {"ms": ms, "vectors": int(model.n_support_.sum()), "nIter": int(model.n_iter_.sum())}


def svc_grid(count, C, gamma):
    """One point of each C, and of each gamma: a whole grid takes as many times as long."""
    points = [{"C": [one], "gamma": [other]} for one, other in zip(C, gamma)]
    search = GridSearchCV(SVC(), points, cv=3, n_jobs=2, refit=False)
    measured = timed(search, *between(count))
    accuracy = float(search.cv_results_["mean_test_score"].mean())
    return {"ms": measured * len(gamma), "measuredMs": measured, "scaledBy": len(gamma), "accuracy": accuracy}


def perceptron(passes):
    model = MLPClassifier(max_iter=passes, random_state=42)
    return {"ms": timed(model, x_of("f32") / np.float32(255), digits_of()), "loss": float(model.loss_)}


sparse_rows = {}


def sparse(dtype, rows, cols, each):
    if (dtype, rows) not in sparse_rows:
        rng = np.random.default_rng(0)
        indices = np.sort(rng.integers(0, cols, size=(rows, each)).astype(np.int32), axis=1).ravel()
        x = scipy.sparse.csr_matrix((rng.random(rows * each).astype(DTYPES[dtype]), indices, np.arange(0, rows * each + 1, each)), (rows, cols))
        x.sum_duplicates()
        sparse_rows[dtype, rows] = x
    x = sparse_rows[dtype, rows]
    w = np.sin(np.arange(cols)).astype(x.dtype) * 0.1
    y = (np.arange(rows) % 2).astype(x.dtype)
    started = time.perf_counter()
    z = x @ w
    loss = (np.logaddexp(0, z) - y * z).sum()
    gradient = x.T @ (expit(z) - y)
    ms = (time.perf_counter() - started) * 1e3
    assert np.isfinite(loss) and np.isfinite(gradient).all()
    return {"ms": ms}


def say(answer):
    print(json.dumps(answer), flush=True)


try:
    from threadpoolctl import threadpool_info

    blas = [f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')} {pool['num_threads']} threads" for pool in threadpool_info() if pool["user_api"] == "blas"]
except ImportError:
    blas = ["unknown BLAS"]
say({"sklearn": sklearn.__version__, "numpy": np.__version__, "scipy": scipy.__version__, "python": sys.version.split()[0], "blas": blas})
TASKS = {"evaluation": evaluation, "fit": fit, "fit-cv": fit_cv, "softmax": softmax, "grid": grid, "neighbors": neighbors, "clusters": clusters, "components": components, "forest": forest, "boosting": boosting, "descent": descent, "descent-folds": descent_folds, "svc": svc, "svc-grid": svc_grid, "perceptron": perceptron, "sparse": sparse}
for line in sys.stdin:
    ask = json.loads(line)
    say(TASKS[ask.pop("task")](**ask))
