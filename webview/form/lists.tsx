/** The lists of the form: files, stores, functions, metadata. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { CloseIcon } from '../components/ui/icons';
import { IconButton } from '../components/ui/IconButton';
import { Button } from '../components/ui/Button';
import { Conflict, FieldError, TextField } from './Field';
import { fill, labelOf, useForm } from './formContext';

/** A list of names that can be removed; below it are buttons that add to it. */
function RemovableList(props: {
  path: 'code_files' | 'vector_stores' | 'functions';
  items: readonly { key: string; name: string; detail?: string | undefined }[];
  empty?: string;
  onRemove: (index: number) => void;
  children: ComponentChildren;
}) {
  const { path, items, empty, onRemove, children } = props;
  const { strings, view } = useForm();
  const group = useRef<HTMLDivElement>(null);
  const error = view.errors[path];

  function remove(index: number): void {
    onRemove(index);
    // The focus stays in the list: on the button of the next item, or the first one below.
    requestAnimationFrame(() => {
      const buttons = group.current?.querySelectorAll<HTMLElement>('.icon-button') ?? [];
      const next = buttons[Math.min(index, buttons.length - 1)];
      (next ?? group.current?.querySelector<HTMLElement>('vscode-button'))?.focus();
    });
  }

  return (
    <div
      class="field"
      role="group"
      ref={group}
      tabIndex={-1}
      id={path}
      aria-label={labelOf(path, strings)}
      aria-describedby={error === undefined ? undefined : `${path}-error`}
    >
      <p class="field-label">{labelOf(path, strings)}</p>
      {items.length === 0 && empty !== undefined && <p class="field-hint">{empty}</p>}
      {items.length > 0 && (
        <ul class="form-list">
          {items.map(({ key, name, detail }, index) => (
            <li key={key}>
              <span class="form-list-text">
                <bdi>{name}</bdi>
                {detail !== undefined && <span class="field-hint"> {detail}</span>}
              </span>
              <IconButton label={fill(strings.remove, name)} onClick={() => remove(index)}>
                <CloseIcon />
              </IconButton>
            </li>
          ))}
        </ul>
      )}
      <FieldError path={path} error={error} />
      <Conflict path={path} />
      <div class="form-buttons">{children}</div>
    </div>
  );
}

const without = <T,>(list: readonly T[], index: number): T[] => list.filter((_, at) => at !== index);

export function CodeFiles() {
  const { fields, model, strings, view } = useForm();
  const files = fields.code_files;
  return (
    <RemovableList
      path="code_files"
      items={files.map((id) => ({ key: id, name: view.names[id] ?? id }))}
      onRemove={(index) => model.edit('code_files', without(files, index))}
    >
      <Button onClick={() => model.act('addCodeFiles')}>{strings.addFiles}</Button>
    </RemovableList>
  );
}

export function VectorStores() {
  const { fields, model, strings, view } = useForm();
  const stores = fields.vector_stores;
  return (
    <RemovableList
      path="vector_stores"
      items={stores.map((id) => ({ key: id, name: view.names[id] ?? id }))}
      onRemove={(index) => model.edit('vector_stores', without(stores, index))}
    >
      <Button onClick={() => model.act('addKnowledge')}>{strings.addKnowledge}</Button>
      <Button onClick={() => model.act('chooseStore')}>{strings.chooseStore}</Button>
    </RemovableList>
  );
}

export function Functions() {
  const { fields, model, strings } = useForm();
  const { functions } = fields;
  return (
    <RemovableList
      path="functions"
      items={functions.map(({ name, description }, index) => ({
        key: `${index} ${name}`,
        name,
        detail: description?.replace(/\s+/g, ' ').slice(0, 200),
      }))}
      empty={strings.noFunctions}
      onRemove={(index) => model.edit('functions', without(functions, index))}
    >
      <Button onClick={() => model.act('addFunction')}>{strings.addFunction}</Button>
      <Button onClick={() => model.act('editFunctions')}>{strings.editFunctions}</Button>
    </RemovableList>
  );
}

export function Metadata() {
  const { fields, model, strings, view } = useForm();
  const { metadata } = fields;
  const group = useRef<HTMLDivElement>(null);

  function put(index: number, part: Partial<(typeof metadata)[number]>): void {
    model.edit(
      'metadata',
      metadata.map((pair, at) => (at === index ? { ...pair, ...part } : pair)),
    );
  }

  function focusRow(index: number): void {
    requestAnimationFrame(() => {
      const inputs = group.current?.querySelectorAll<HTMLElement>('.metadata-row input') ?? [];
      const input = inputs[Math.min(index * 2, inputs.length - 2)];
      (input ?? group.current?.querySelector<HTMLElement>('vscode-button'))?.focus();
    });
  }

  const error = view.errors['metadata'];
  return (
    <div
      class="field"
      role="group"
      ref={group}
      tabIndex={-1}
      id="metadata"
      aria-label={strings.metadata}
      aria-describedby={error === undefined ? 'metadata-hint' : 'metadata-error metadata-hint'}
    >
      <p class="field-hint" id="metadata-hint">
        {strings.metadataHint}
      </p>
      {metadata.map(({ key, value }, index) => {
        const number = String(index + 1);
        return (
          <div key={index} class="metadata-row">
            <TextField
              path={`metadata.${index}.key`}
              label={fill(strings.keyNumbered, number)}
              isLabelHidden
              value={key}
              onInput={(text) => put(index, { key: text })}
            />
            <TextField
              path={`metadata.${index}.value`}
              label={fill(strings.valueNumbered, number)}
              isLabelHidden
              value={value}
              onInput={(text) => put(index, { value: text })}
            />
            <IconButton
              label={fill(strings.removeRow, key || number)}
              onClick={() => {
                model.edit('metadata', without(metadata, index));
                focusRow(index);
              }}
            >
              <CloseIcon />
            </IconButton>
          </div>
        );
      })}
      <FieldError path="metadata" error={error} />
      <Conflict path="metadata" />
      <div class="form-buttons">
        <Button
          onClick={() => {
            model.edit('metadata', [...metadata, { key: '', value: '' }]);
            focusRow(metadata.length);
          }}
        >
          {strings.addMetadata}
        </Button>
      </div>
    </div>
  );
}
