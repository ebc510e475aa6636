// The chapter on classification with all rows, against scikit-learn's figures.
import figures from '../fixtures/chapter.json' with { type: 'json' };
import { chapterEquals } from '../suites/chapter.ts';

chapterEquals(figures.full, { rocAuc: 0.001, precision: 0.004, recall: 0.008, f1: 0.005, halfSure: 0.03 });
