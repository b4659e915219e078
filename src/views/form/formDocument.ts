import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import { isNotFound, UserError } from '../../client/errors/errors';
import { displayError } from '../../client/errors/translatedError';
import { loadChecks, type CheckFields } from '../../client/objects/assistantChecks';
import { changedFields, fieldsOf, isSameValue, updateFor } from '../../client/objects/assistantFields';
import type { Services } from '../../client/services';
import {
  formFields,
  fieldNames,
  type FieldName,
  type FormErrors,
  type FormFields,
  type FormStatus,
} from '../../protocol/form';
import { isObject } from '../../protocol/json';

/** Milliseconds between changes of one field that are undone together. */
const burst = 1000;

/** A change on the undo stack. */
export interface FormEdit {
  readonly label: string;
  undo(): void;
  redo(): void;
}

/** What is stored of unsaved changes for the next session. */
export interface FormBackup {
  base: FormFields;
  mine: FormFields;
}

/** The part of an assistant's form that outlives its page: what is stored, what is changed, and what is in conflict. */
export class FormDocument implements vscode.CustomDocument {
  /** The assistant as it was last read. */
  stored: Assistant | undefined;
  status: FormStatus = { kind: 'loading' };
  saveError: string | undefined;
  /** What the form started from; a field that was decided for has the stored value. */
  private base: FormFields | undefined;
  private mine: FormFields | undefined;
  private readonly theirs = new Map<FieldName, unknown>();
  private lastEdit: { field: FieldName; at: number; after: unknown } | undefined;
  private check: CheckFields | undefined;
  /** The errors of the fields that were checked last. */
  private checked: { fields: FormFields; errors: FormErrors } | undefined;
  private isSaving = false;
  /** Whether a change was reported during a save. */
  private isStale = false;
  private heldEdits: FormEdit[] = [];
  private reads = 0;
  private readonly changeEmitter = new vscode.EventEmitter<FieldName | undefined>();
  private readonly editEmitter = new vscode.EventEmitter<FormEdit>();
  private readonly disposeEmitter = new vscode.EventEmitter<void>();

  /** Fires when anything that the page shows has changed; with the field that an undo or redo has changed. */
  readonly onDidChange = this.changeEmitter.event;
  /** Fires for each change that can be undone. */
  readonly onDidEdit = this.editEmitter.event;
  readonly onDidDispose = this.disposeEmitter.event;

  constructor(
    readonly uri: vscode.Uri,
    readonly assistantId: string,
    /** The id of the service that has the assistant. */
    private readonly serviceId: string,
    private readonly services: Services,
  ) {}

  /** The fields as the form shows them; undefined before the assistant was read. */
  get fields(): FormFields | undefined {
    return this.mine;
  }

  /** What the API would not accept. */
  get errors(): FormErrors {
    const { check, mine } = this;
    if (!mine || !check) return {};
    if (this.checked?.fields !== mine) this.checked = { fields: mine, errors: check(mine) };
    return this.checked.errors;
  }

  /** The stored values of the fields that were changed here and elsewhere. */
  get conflicts(): Partial<FormFields> {
    return Object.fromEntries(this.theirs);
  }

  /** The fields that differ from the stored ones. */
  get changed(): FieldName[] {
    return this.mine && this.base ? changedFields(this.base, this.mine) : [];
  }

  /** The assistant that saving would make. */
  get draft(): Assistant | undefined {
    if (!this.stored || !this.mine) return undefined;
    const changed = this.changed.filter((name) => !this.hasError(name));
    // Fields that are stored together, as the tools are, may be valid and invalid.
    const invalid = this.changed.filter((name) => this.hasError(name));
    const valid = { ...this.mine, ...Object.fromEntries(invalid.map((name) => [name, this.base?.[name]])) };
    const { reasoning_effort, ...update } = updateFor(valid, changed, this.stored);
    return {
      ...this.stored,
      ...update,
      ...(reasoning_effort !== undefined && { reasoning_effort }),
    };
  }

  /** Whether a field, or a part of it, is one that the API would not accept. */
  hasError(field: FieldName): boolean {
    return Object.keys(this.errors).some((path) => path.split('.')[0] === field);
  }

  /** Reads the assistant after a change, unless that may be the form's own. */
  async refresh(): Promise<void> {
    if (this.isSaving) this.isStale = true;
    else await this.read();
  }

  /** Reads the assistant, and takes over what was changed elsewhere in fields that are not changed here. */
  async read(): Promise<void> {
    const number = ++this.reads;
    this.check ??= await loadChecks();
    if (this.services.service.id !== this.serviceId) return this.show({ kind: 'otherService' });
    try {
      const assistant = await this.services.client.beta.assistants.retrieve(this.assistantId);
      if (number !== this.reads) return;
      this.merge(assistant);
      this.show({ kind: 'ready' });
    } catch (error) {
      if (number !== this.reads) return;
      if (isNotFound(error)) this.show({ kind: 'deleted', canCreate: this.mine !== undefined });
      else this.show({ kind: 'failed', message: displayError(error) });
    }
  }

  /** Sets a field as the user typed or chose it. */
  edit(field: FieldName, value: unknown): void {
    if (!this.mine || isSameValue(this.mine[field], value)) return;
    const before = this.mine[field];
    this.set(field, value);
    const last = this.lastEdit;
    const now = Date.now();
    if (last?.field === field && now - last.at < burst) {
      last.after = value;
      last.at = now;
      return;
    }
    const edit = { field, at: now, after: value };
    this.lastEdit = edit;
    const put = (to: unknown): void => {
      this.lastEdit = undefined;
      this.set(field, to, field);
    };
    this.fire({
      label: vscode.l10n.t('Change of the Form'),
      undo: () => put(before),
      redo: () => put(edit.after),
    });
  }

  /** Decides a conflict: for the form's value, which the next save stores, or for the stored one. */
  decide(field: FieldName, keepMine: boolean): void {
    if (!this.theirs.has(field)) return;
    const stored = this.theirs.get(field);
    this.theirs.delete(field);
    this.base = { ...this.base, [field]: stored } as FormFields;
    if (keepMine) return this.changeEmitter.fire(undefined);
    this.lastEdit = undefined;
    this.edit(field, stored);
    this.lastEdit = undefined;
    this.changeEmitter.fire(field);
  }

  /** Stores the changed fields. Throws if a field is invalid or in conflict with a change made elsewhere. */
  async save(): Promise<void> {
    this.lastEdit = undefined;
    this.isSaving = true;
    try {
      await this.store();
      this.saveError = undefined;
    } catch (error) {
      this.saveError = displayError(error);
      throw error instanceof UserError ? error : new UserError(this.saveError);
    } finally {
      this.isSaving = false;
      this.changeEmitter.fire(undefined);
      if (this.isStale) void this.read();
      this.isStale = false;
      // VS Code takes what is reported before the end of a save for a part of it.
      setImmediate(() => this.heldEdits.splice(0).forEach((edit) => this.editEmitter.fire(edit)));
    }
  }

  /** Drops all changes. */
  async revert(): Promise<void> {
    this.lastEdit = undefined;
    this.theirs.clear();
    this.mine = this.base;
    this.saveError = undefined;
    await this.read();
  }

  backup(): FormBackup | undefined {
    return this.mine && this.base && { base: this.base, mine: this.mine };
  }

  /** Continues with the changes of an earlier session; what was stored is not trusted. */
  restore(backup: unknown): void {
    if (!isObject(backup) || !isFields(backup['base']) || !isFields(backup['mine'])) return;
    this.base = backup['base'];
    this.mine = backup['mine'];
  }

  dispose(): void {
    this.disposeEmitter.fire();
    this.changeEmitter.dispose();
    this.editEmitter.dispose();
    this.disposeEmitter.dispose();
  }

  private async store(): Promise<void> {
    await this.read();
    if (this.status.kind !== 'ready' || !this.mine || !this.base || !this.stored) {
      throw new UserError(vscode.l10n.t('The assistant cannot be saved now.'));
    }
    if (this.theirs.size > 0) {
      throw new UserError(
        vscode.l10n.t('Some fields were changed here and elsewhere. Choose what to keep, then save again.'),
      );
    }
    const [error] = this.changed.flatMap((name) =>
      Object.entries(this.errors).filter(([path]) => path.split('.')[0] === name),
    );
    if (error) throw new UserError(error[1]);
    const saved = this.mine;
    if (this.changed.length === 0) return;
    const update = updateFor(saved, this.changed, this.stored);
    const assistant = await this.services.client.beta.assistants.update(this.assistantId, update);
    this.reads++;
    this.stored = assistant;
    const now = this.asTyped(assistant);
    // What was typed while it was stored is still to be saved.
    const typed = changedFields(saved, this.mine);
    this.base = now;
    this.mine = {
      ...now,
      ...Object.fromEntries(typed.map((name) => [name, this.mine?.[name]])),
    };
  }

  /** The fields of an assistant, written as in the form where that means the same: `0.` while `0.5` is typed. */
  private asTyped(assistant: Assistant): FormFields {
    const read = fieldsOf(assistant);
    const { mine } = this;
    if (!mine) return read;
    const same = fieldNames.filter(
      (name) => !this.hasError(name) && isSameUpdate(name, mine, read, assistant),
    );
    return { ...read, ...Object.fromEntries(same.map((name) => [name, mine[name]])) };
  }

  /** Takes over a read assistant, field by field. */
  private merge(assistant: Assistant): void {
    const read = this.asTyped(assistant);
    const { base = read, mine = read } = this;
    const merged: Record<string, unknown> = { ...mine };
    const since: Record<string, unknown> = { ...base };
    this.stored = assistant;
    for (const name of fieldNames) {
      const isMine = !isSameValue(mine[name], base[name]);
      const isTheirs = !isSameValue(read[name], this.theirs.has(name) ? this.theirs.get(name) : base[name]);
      if (!isMine || isSameValue(mine[name], read[name])) {
        merged[name] = read[name];
        since[name] = read[name];
        this.theirs.delete(name);
      } else if (isTheirs) {
        if (isSameValue(read[name], base[name])) this.theirs.delete(name);
        else this.theirs.set(name, read[name]);
      }
    }
    this.mine = merged as FormFields;
    this.base = since as FormFields;
  }

  private set(field: FieldName, value: unknown, focus?: FieldName): void {
    this.mine = { ...this.mine, [field]: value } as FormFields;
    if (this.theirs.has(field) && isSameValue(value, this.theirs.get(field))) {
      this.base = { ...this.base, [field]: value } as FormFields;
      this.theirs.delete(field);
    }
    this.changeEmitter.fire(focus);
  }

  private fire(edit: FormEdit): void {
    if (this.isSaving) this.heldEdits.push(edit);
    else this.editEmitter.fire(edit);
  }

  private show(status: FormStatus): void {
    this.status = status;
    this.changeEmitter.fire(undefined);
  }
}

/** Whether a field of two forms is stored in the same way. */
function isSameUpdate(name: FieldName, one: FormFields, other: FormFields, assistant: Assistant): boolean {
  const stored = (fields: FormFields): unknown =>
    updateFor({ ...other, [name]: fields[name] }, [name], assistant);
  return isSameValue(stored(one), stored(other));
}

function isFields(value: unknown): value is FormFields {
  return isObject(value) && fieldNames.every((name) => formFields[name](value[name]));
}
