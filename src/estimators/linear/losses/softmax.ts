// Three classes or more, a column each, by the symmetric softmax.
import { softmaxLoss } from '../../../kernels/softmaxLoss/softmaxLoss.ts';
import { softmaxLossReference } from '../../../kernels/softmaxLoss/softmaxLoss.reference.ts';
import { softmaxOnePass } from '../../../kernels/softmaxOnePass/softmaxOnePass.ts';
import { probabilities } from '../../../metrics/probability.ts';
import type { LinearLoss } from './loss.ts';

export const softmax: LinearLoss = {
  target: 'classes',
  kernel: softmaxLoss,
  sizes: (columns) => ({ CLASSES: columns }),
  onePassOfColumns: softmaxOnePass,
  reference: softmaxLossReference,
  atZero: Math.log, // every class is equally likely
  link: probabilities,
  // A softmax is the same wherever all its classes move together.
  cleaned(gradient, columns) {
    const width = gradient.length / columns;
    for (let j = 0; j < width; j++) {
      let mean = 0;
      for (let at = j; at < gradient.length; at += width) mean += gradient[at]! / columns;
      for (let at = j; at < gradient.length; at += width) gradient[at]! -= mean;
    }
  },
};
