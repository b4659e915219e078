import * as vscode from 'vscode';
import * as z from 'zod';

/** The URI of a file or folder, as an object or a string. */
export const address = z
  .union([z.custom<vscode.Uri>((value) => value instanceof vscode.Uri), z.string()])
  .transform((value) => (typeof value === 'string' ? vscode.Uri.parse(value, true) : value));
