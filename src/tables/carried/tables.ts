// Small data sets that come with the package, whole, for first steps and for tests: as tables, so that the type knows their columns.
// They are loaded when they are read, and a page that reads none of them carries none.
import { csv } from '../../formats/csv/csv.ts';
import type { TableFile } from '../../formats/format.ts';
import { category, label, number, value, type Column } from '../columns.ts';
import { table } from '../table.ts';
import { columnsOf } from './packed.ts';

/** @param digest SHA-256 of the unpacked file */
function carried(name: string, digest: string, load: () => Promise<{ readonly PACKED: string }>): TableFile {
  return {
    name,
    params: { format: 'carried' },
    digest,
    read: async (options, open) => {
      const columns = columnsOf((await load()).PACKED);
      const rows = columns[0]!.map((_, row) => `${columns.map((column) => column[row]).join()}\n`);
      return csv(new File(rows, name)).read(options, open);
    },
  };
}

/** Features that are all numbers. */
export type Numbers<N extends string> = { readonly [K in N]: Column<'feature', 'number'> };

function numbers<const N extends string>(...names: readonly N[]): Numbers<N> {
  return Object.fromEntries(names.map((name) => [name, number()])) as Numbers<N>;
}

/**
 * Fisher's iris: 150 rows, four lengths in centimetres, and the species as the class; `load_iris` of scikit-learn. It comes with the
 * package. Data: UCI Machine Learning Repository, CC BY 4.0.
 *
 * @example
 * pipeline('iris', fetch(iris()), split({ test: 0.25, seed: 42, stratify: true }), fit(logisticRegression()), score({ on: 'test' }));
 */
export function iris() {
  const features = numbers('sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)');
  const species = label({ names: ['setosa', 'versicolor', 'virginica'] });
  return table(
    carried('iris.csv', '30821fb97cfd3335f67711058ee448fe1784557c374c82e52645e78563bafdb1', () => import('./data/iris.ts')),
    { ...features, species },
  );
}

/**
 * Wine: 178 rows, 13 measurements, and the cultivar as the class; `load_wine` of scikit-learn. It comes with the package. Data: UCI
 * Machine Learning Repository, CC BY 4.0.
 *
 * @example
 * pipeline('wine', fetch(wine()), split({ test: 0.25, seed: 42, stratify: true }), fit(chain(standardize(), linearSVC())), score({ on: 'test' }));
 */
export function wine() {
  const features = numbers(
    'alcohol',
    'malic_acid',
    'ash',
    'alcalinity_of_ash',
    'magnesium',
    'total_phenols',
    'flavanoids',
    'nonflavanoid_phenols',
    'proanthocyanins',
    'color_intensity',
    'hue',
    'od280/od315_of_diluted_wines',
    'proline',
  );
  const cultivar = label({ names: ['class_0', 'class_1', 'class_2'] });
  return table(
    carried('wine.csv', 'd3fcd1284adcc1c3c1ecc37221dbf2e73d7c3f7a132fbd36525ab1b97baa741b', () => import('./data/wine.ts')),
    { ...features, cultivar },
  );
}

/**
 * Breast Cancer Wisconsin (Diagnostic): 569 rows, 30 measurements of cell nuclei, and the diagnosis as the class, malignant (0) or benign
 * (1); `load_breast_cancer` of scikit-learn. It comes with the package. Data: UCI Machine Learning Repository, CC BY 4.0.
 *
 * @example
 * pipeline('diagnosis', fetch(breastCancer()), split({ test: 0.25, seed: 42, stratify: true }), fit(chain(standardize(), logisticRegression())), score({ on: 'test', scoring: ['rocAuc'] }));
 */
export function breastCancer() {
  const features = numbers(
    'mean radius',
    'mean texture',
    'mean perimeter',
    'mean area',
    'mean smoothness',
    'mean compactness',
    'mean concavity',
    'mean concave points',
    'mean symmetry',
    'mean fractal dimension',
    'radius error',
    'texture error',
    'perimeter error',
    'area error',
    'smoothness error',
    'compactness error',
    'concavity error',
    'concave points error',
    'symmetry error',
    'fractal dimension error',
    'worst radius',
    'worst texture',
    'worst perimeter',
    'worst area',
    'worst smoothness',
    'worst compactness',
    'worst concavity',
    'worst concave points',
    'worst symmetry',
    'worst fractal dimension',
  );
  const diagnosis = label({ names: ['malignant', 'benign'] });
  return table(
    carried('breast-cancer.csv', 'af399a019264f7999e6b395ee90576e46564867aa4c8a40797c96be87dc1be55', () => import('./data/breastCancer.ts')),
    { ...features, diagnosis },
  );
}

/**
 * Diabetes: 442 rows, 10 features, each centred and scaled to a sum of squares of 1, and how the disease progressed within a year as the
 * value to learn; `load_diabetes` of scikit-learn. It comes with the package. Data: Efron, Hastie, Johnstone and Tibshirani (2004).
 *
 * @example
 * pipeline('diabetes', fetch(diabetes()), split({ test: 0.25, seed: 42 }), fit(ridge()), score({ on: 'test' }));
 */
export function diabetes() {
  const features = numbers('age', 'sex', 'bmi', 'bp', 's1', 's2', 's3', 's4', 's5', 's6');
  return table(
    carried('diabetes.csv', '852f4b5512076df1c2fead6f9f5d3a63458c940acacfecfa246da7c23ca70cd5', () => import('./data/diabetes.ts')),
    { ...features, progression: value() },
  );
}

/**
 * The penguins of Palmer station: 344 rows, measurements in millimetres and grams, island and sex, with gaps, and the species as the
 * class; the rows of `load_dataset('penguins')` of seaborn. It comes with the package. Data: Horst, Hill and Gorman (2020), CC0.
 *
 * @example
 * const prepared = columns<FeaturesOf<ReturnType<typeof penguins>>>({ numbers: impute(), categories: [impute({ strategy: 'mostFrequent' }), oneHot()] });
 * pipeline('penguins', fetch(penguins()), split({ test: 0.25, seed: 42, stratify: true }), fit(chain(prepared, logisticRegression())), score({ on: 'test' }));
 */
export function penguins() {
  const file = carried('penguins.csv', '16ad53ff5b20030cec1fb08e7d9aa6a5e4fc2608dd5f6a31329efa79d9287b9c', () => import('./data/penguins.ts'));
  const measures = numbers('bill_length', 'bill_depth', 'flipper_length', 'body_mass');
  return table(file, { island: category(), ...measures, sex: category(), species: label() });
}
