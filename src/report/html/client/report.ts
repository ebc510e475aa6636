// The script of a report: files of its charts, and a threshold to move.
import { offerFiles } from './files.ts';
import { moveThresholds } from './thresholds.ts';

offerFiles(document);
moveThresholds(document);
