import * as vscode from 'vscode';
import { sizeInWords } from '../../protocol/text/fileSize';

/** A number of bytes for display: `1.4 MB`. */
export function fileSize(bytes: number): string {
  return sizeInWords(bytes, (value) => value.toLocaleString(vscode.env.language));
}
