/** What a model is for. */
export type Kind = 'classifier' | 'regressor' | 'multilabel' | 'clusterer' | 'transformer';
