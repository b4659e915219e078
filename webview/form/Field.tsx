/** The controls of the form, each with its label, hint, error and conflict. Native elements, which a label can name. */
import type { ComponentChildren } from 'preact';
import type { FieldName } from '../../src/protocol/form';
import { Button } from '../components/ui/Button';
import { fill, labelOf, useForm } from './formContext';

export interface ControlProps {
  /** The field, or a part of it as in `response_format.schema`. */
  path: string;
  label: string;
  hint?: string;
  value: string;
  onInput: (value: string) => void;
}

/** The attributes that tie a control to its label, its hint and its error. */
function attributesOf(path: string, hint: string | undefined, error: string | undefined) {
  const described = [error !== undefined && `${path}-error`, hint !== undefined && `${path}-hint`];
  return {
    id: path,
    'aria-invalid': error !== undefined,
    'aria-describedby': described.filter(Boolean).join(' ') || undefined,
  };
}

interface RowProps {
  path: string;
  label: string;
  hint?: string | undefined;
  /** Whether the label is for screen readers alone. */
  isLabelHidden?: boolean;
  /** Buttons beside the label. */
  actions?: ComponentChildren;
  children: ComponentChildren;
}

function Row({ path, label, hint, isLabelHidden = false, actions, children }: RowProps) {
  const { view } = useForm();
  const error = view.errors[path];
  return (
    <div class="field">
      <div class={isLabelHidden ? 'visually-hidden' : 'field-head'}>
        <label class="field-label" for={path}>
          {label}
        </label>
        {actions}
      </div>
      {children}
      {hint !== undefined && (
        <p class="field-hint" id={`${path}-hint`}>
          {hint}
        </p>
      )}
      <FieldError path={path} error={error} />
      <Conflict path={path} />
    </div>
  );
}

/** Why the value of a field cannot be stored. */
export function FieldError({ path, error }: { path: string; error: string | undefined }) {
  if (error === undefined) return null;
  return (
    <p class="field-error" id={`${path}-error`}>
      {error}
    </p>
  );
}

export function TextField(props: ControlProps & { actions?: ComponentChildren; isLabelHidden?: boolean }) {
  const { path, label, hint, value, onInput, actions, isLabelHidden } = props;
  const { view } = useForm();
  return (
    <Row path={path} label={label} hint={hint} actions={actions} isLabelHidden={isLabelHidden}>
      <input
        type="text"
        class="field-control"
        dir="auto"
        autocomplete="off"
        spellcheck={path === 'description'}
        {...attributesOf(path, hint, view.errors[path])}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </Row>
  );
}

export function AreaField(
  props: ControlProps & { rows: number; isCode?: boolean; actions?: ComponentChildren },
) {
  const { path, label, hint, value, onInput, rows, isCode = false, actions } = props;
  const { view } = useForm();
  return (
    <Row path={path} label={label} hint={hint} actions={actions}>
      <textarea
        class={isCode ? 'field-control field-area field-code' : 'field-control field-area'}
        dir={isCode ? 'ltr' : 'auto'}
        rows={rows}
        spellcheck={!isCode}
        {...attributesOf(path, hint, view.errors[path])}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </Row>
  );
}

export function SelectField(props: ControlProps & { options: readonly { value: string; label: string }[] }) {
  const { path, label, hint, value, onInput, options } = props;
  const { view } = useForm();
  return (
    <Row path={path} label={label} hint={hint}>
      <select
        class="field-control field-select"
        {...attributesOf(path, hint, view.errors[path])}
        value={value}
        onChange={(event) => onInput(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value} selected={option.value === value}>
            {option.label}
          </option>
        ))}
      </select>
    </Row>
  );
}

/** A switch. `path` is that of its errors and its conflict. */
export function CheckField(props: {
  path: string;
  label: string;
  hint?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  const { path, label, hint, checked, onChange } = props;
  const { view } = useForm();
  return (
    <div class="field">
      <label class="field-check">
        <input
          type="checkbox"
          {...attributesOf(path, hint, view.errors[path])}
          checked={checked}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
        <span>{label}</span>
      </label>
      {hint !== undefined && (
        <p class="field-hint" id={`${path}-hint`}>
          {hint}
        </p>
      )}
      <FieldError path={path} error={view.errors[path]} />
      <Conflict path={path} />
    </div>
  );
}

/** The stored value of a field that was changed here and elsewhere, and the choice between the two. */
export function Conflict({ path }: { path: string }) {
  const { model, strings, view } = useForm();
  if (!Object.hasOwn(view.conflicts, path)) return null;
  const field = path as FieldName;
  const message = fill(strings.conflict, labelOf(field, strings));
  return (
    <div class="conflict" role="group" aria-label={message}>
      <p>{message}</p>
      <p class="field-hint">{strings.conflictTheirs}</p>
      <pre class="conflict-theirs" dir="auto">
        {textOf(view.conflicts[field]) || strings.conflictNothing}
      </pre>
      <div class="form-buttons">
        <Button onClick={() => model.decide(field, true)}>{strings.keepMine}</Button>
        <Button onClick={() => model.decide(field, false)}>{strings.takeTheirs}</Button>
      </div>
    </div>
  );
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value.join('\n');
  return JSON.stringify(value, null, 2);
}
