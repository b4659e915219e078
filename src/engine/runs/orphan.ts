import { wholeTexts } from '../models/errorTexts';

/** The error message of a run whose engine died. */
export const orphanMessage: string = wholeTexts.orphan;
