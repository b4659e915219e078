/** Owns the form's state: what the host says, and what is typed since. */
import type { FieldName, FormAction, FormFields, FormMessage, FormView } from '../../src/protocol/form';

export interface FormState {
  /** Undefined before the host has answered. */
  view: FormView | undefined;
  fields: FormFields | undefined;
}

export class FormModel {
  private current: FormState = { view: undefined, fields: undefined };
  /** The number of edits that were sent. */
  private edits = 0;
  private hasMissed = false;

  constructor(
    private readonly post: (message: FormMessage) => void,
    /** Called after each change of the state, with the field that is to get the focus. */
    private readonly changed: (focus: FieldName | undefined) => void,
  ) {}

  get state(): FormState {
    return this.current;
  }

  start(): void {
    this.post({ type: 'formReady' });
  }

  receive(view: FormView): void {
    const { fields } = this.current;
    const isCurrent = view.seen >= this.edits;
    this.current = { view, fields: (isCurrent ? view.fields : undefined) ?? fields ?? view.fields };
    // Typed text is newer than what the host has sent: it sends the rest once it has seen that.
    if (view.fields !== undefined) this.hasMissed = !isCurrent;
    else if (isCurrent && this.hasMissed) this.post({ type: 'formRefresh' });
    this.changed(isCurrent ? view.focus : undefined);
  }

  /** Sets a field. */
  edit<N extends FieldName>(field: N, value: FormFields[N]): void {
    if (!this.current.fields) return;
    this.current = { ...this.current, fields: { ...this.current.fields, [field]: value } };
    this.edits++;
    this.post({ type: 'formEdit', edit: this.edits, field, value });
    this.changed(undefined);
  }

  act(action: FormAction): void {
    this.post({ type: 'formAction', action });
  }

  decide(field: FieldName, keepMine: boolean): void {
    this.post({ type: 'formDecide', field, keepMine });
  }
}
