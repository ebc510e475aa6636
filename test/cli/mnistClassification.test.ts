// The chapter on classification with few rows and passes; all of them stand with the long tests.
import figures from '../fixtures/chapter.json' with { type: 'json' };
import { chapterEquals } from '../suites/chapter.ts';

chapterEquals(figures.small, [], { rocAuc: 0.03 });
