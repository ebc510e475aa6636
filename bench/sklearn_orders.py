"""Iterations of scikit-learn on the rows of test/fixtures/logistic.json with their samples in other orders: the same problems, rounded otherwise.

usage: python bench/sklearn_orders.py test/fixtures/logistic.json [ORDERS]
Prints one JSON object, of the order as it is and of ORDERS others: the least and the most iterations of each row, by "data, target, label".
"""

import json
import sys
import warnings

import numpy as np
from sklearn.datasets import load_digits, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
rows = [row for row in json.load(open(sys.argv[1]))["rows"] if "coef" in row]
orders = int(sys.argv[2]) if len(sys.argv) > 2 else 10
iris, digits = load_iris(return_X_y=True), load_digits(return_X_y=True)
SETS = {"iris": (StandardScaler().fit_transform(iris[0]), iris[1], 1), "digits": (*digits, 2)}


def iterations(row, order):
    x, y, positive = SETS[row["data"]]
    if row["target"] != "multiclass":
        y = (y == positive).astype(int)
    weights = 0.25 + (np.arange(len(y)) % 5) / 2 if row["weighted"] else None
    model = LogisticRegression(**row["params"])
    model.fit(x[order], y[order], sample_weight=None if weights is None else weights[order])
    return int(model.n_iter_[0])


found = {}
for row in rows:
    rng = np.random.RandomState(0)
    n = len(SETS[row["data"]][1])
    each = [iterations(row, order) for order in [np.arange(n), *(rng.permutation(n) for _ in range(orders))]]
    found[f"{row['data']}, {row['target']}, {row['label']}"] = [min(each), max(each)]
print(json.dumps(found))
