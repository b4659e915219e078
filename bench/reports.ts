/** The environment variable with the file that a probe adds its reports to, a line each. */
export const reportsVariable = 'ASSISTANTS_STUDIO_REPORTS';

/** A line of that file: what a probe has measured, or an error. */
export type ReportLine<T> = T | { error: string };
