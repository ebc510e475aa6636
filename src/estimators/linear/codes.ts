// Class codes: of the rows a model is asked about, and of what it answers.
import { labelsOf, type Dataset } from '../../core/dataset.ts';
import { PipelineError } from '../../core/errors.ts';

/** Position in `classes` of each row's label, `[rows]`. @throws E_CLASS for a label the model never saw */
export function codesIn(classes: readonly number[], data: Dataset): Uint8Array {
  return labelsOf(data).map((label) => {
    const code = classes.indexOf(label);
    if (code >= 0) return code;
    throw new PipelineError('E_CLASS', `${data.name} has label ${label}, which no row had that the model was fitted on (${classes.join(', ')}).`, {
      hint: `Fit on rows of class ${label} too, or leave its rows out.`,
    });
  });
}

/** The class code that scores predict: the sign for one score (two classes), the first largest for more, as numpy's argmax. */
export function codeOf(scores: Float32Array): number {
  if (scores.length === 1) return scores[0]! > 0 ? 1 : 0;
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
}
