/** Export and import, which the extension loads when they are needed. Imports nothing of VS Code. */
export { exportObjects, type ExportOptions, type ExportReport, type ExportScope } from './export/exporter';
export { FolderTarget, ZipTarget, type ExportTarget } from './export/targets';
export { ImportUnsupportedError, runImport, type Counts, type ImportReport } from './importRun';
export type { ImportReader, Kind, Problem, ProblemReason } from './objects';
export { openArchive } from './read/archives';
export { readArchive } from './read/reader';
export { readService, type PullOptions } from './service/pull';
export { BackupError, unpackBackup, writeBackup, type BackupReport } from './backup';
