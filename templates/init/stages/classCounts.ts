// A stage of your own: a function that takes the state and returns what it adds.
import { countLabels, stage, type Split } from 'pipeline-gpu';

/** How many training rows each class has. */
export const classCounts = stage({
  id: 'class-counts',
  needs: ['train'],
  provides: ['classCounts'],
  run: ({ train }: Pick<Split, 'train'>) => ({ classCounts: [...countLabels(train)] }),
  output: ({ classCounts }) => ({ classCounts }),
});
