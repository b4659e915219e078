import { reasoningEfforts, rankers, responseFormats } from '../../src/protocol/form';
import type { FormStrings } from '../../src/protocol/formStrings';
import { Button } from '../components/ui/Button';
import { Context, fill, labelOf, useForm } from './formContext';
import { AreaField, CheckField, SelectField, TextField } from './Field';
import type { FormModel, FormState } from './formModel';
import { CodeFiles, Functions, Metadata, VectorStores } from './lists';
import './form.css';

/** The form of an assistant. */
export function Form({
  state,
  model,
  strings,
}: {
  state: FormState;
  model: FormModel;
  strings: FormStrings;
}) {
  const { view, fields } = state;
  if (!view || (view.status.kind === 'loading' && !fields)) {
    return (
      <p class="form-note" role="status">
        {strings.loading}
      </p>
    );
  }
  const { status } = view;
  return (
    <>
      <h1 class="form-title" dir="auto">
        {fields?.name.trim() || view.assistantId}
      </h1>
      {status.kind === 'deleted' && (
        <Banner text={strings.deletedHere}>
          {status.canCreate && (
            <Button primary onClick={() => model.act('createAgain')}>
              {strings.createAgain}
            </Button>
          )}
          <Button onClick={() => model.act('close')}>{strings.close}</Button>
        </Banner>
      )}
      {status.kind === 'otherService' && <Banner text={strings.otherService} />}
      {status.kind === 'failed' && (
        <Banner text={status.message}>
          <Button onClick={() => model.act('reload')}>{strings.tryAgain}</Button>
        </Banner>
      )}
      {view.saveError !== undefined && <Banner text={fill(strings.notSaved, view.saveError)} />}
      {fields && (
        <Context.Provider value={{ model, strings, view, fields }}>
          {status.kind === 'ready' && <Actions />}
          <Fields />
        </Context.Provider>
      )}
    </>
  );
}

function Banner({ text, children }: { text: string; children?: preact.ComponentChildren }) {
  return (
    <div class="form-banner" role="alert">
      <p>{text}</p>
      {children !== undefined && <div class="form-buttons">{children}</div>}
    </div>
  );
}

function Actions() {
  const { model, strings, view } = useForm();
  return (
    <div class="form-buttons form-actions" role="group" aria-label={strings.actions}>
      <Button onClick={() => model.act('chat')}>{strings.openChat}</Button>
      <Button onClick={() => model.act('duplicate')}>{strings.duplicate}</Button>
      {view.hasVersions && <Button onClick={() => model.act('showVersions')}>{strings.showVersions}</Button>}
      <Button onClick={() => model.act('copyId')}>{strings.copyId}</Button>
      <Button onClick={() => model.act('showJson')}>{strings.showJson}</Button>
      <Button onClick={() => model.act('delete')}>{strings.delete}</Button>
    </div>
  );
}

function Fields() {
  const { fields, model, strings, view } = useForm();
  return (
    <form onSubmit={(event) => event.preventDefault()}>
      <TextField
        path="name"
        label={strings.name}
        value={fields.name}
        onInput={(text) => model.edit('name', text)}
      />
      <TextField
        path="description"
        label={strings.description}
        value={fields.description}
        onInput={(text) => model.edit('description', text)}
      />
      <AreaField
        path="instructions"
        label={strings.instructions}
        rows={6}
        value={fields.instructions}
        onInput={(text) => model.edit('instructions', text)}
        actions={<Button onClick={() => model.act('openInstructions')}>{strings.openInEditor}</Button>}
      />
      <TextField
        path="model"
        label={strings.model}
        {...(view.isDemo && { hint: strings.demoNotice })}
        value={fields.model}
        onInput={(text) => model.edit('model', text)}
        actions={<Button onClick={() => model.act('chooseModel')}>{strings.chooseModel}</Button>}
      />
      <h2>{strings.sampling}</h2>
      <Answers />
      <h2>{strings.tools}</h2>
      <CodeInterpreter />
      <FileSearch />
      <Functions />
      <AreaField
        path="suggestions"
        label={strings.suggestions}
        hint={strings.suggestionsHint}
        rows={3}
        value={fields.suggestions}
        onInput={(text) => model.edit('suggestions', text)}
      />
      <h2>{strings.metadata}</h2>
      <Metadata />
    </form>
  );
}

function Answers() {
  const { fields, model, strings } = useForm();
  return (
    <>
      <div class="field-pair">
        <TextField
          path="temperature"
          label={strings.temperature}
          hint={strings.temperatureHint}
          value={fields.temperature}
          onInput={(text) => model.edit('temperature', text)}
        />
        <TextField
          path="top_p"
          label={strings.topP}
          hint={strings.topPHint}
          value={fields.top_p}
          onInput={(text) => model.edit('top_p', text)}
        />
      </div>
      <SelectField
        path="reasoning_effort"
        label={strings.reasoningEffort}
        value={fields.reasoning_effort}
        options={[
          { value: '', label: strings.byDefault },
          ...reasoningEfforts.map((effort) => ({ value: effort, label: effort })),
        ]}
        onInput={(effort) => model.edit('reasoning_effort', effort)}
      />
      <ResponseFormat />
    </>
  );
}

function ResponseFormat() {
  const { fields, model, strings } = useForm();
  const format = fields.response_format;
  const labels = {
    auto: strings.formatAuto,
    text: strings.formatText,
    json_object: strings.formatJson,
    json_schema: strings.formatSchema,
  };
  const put = (part: Partial<typeof format>): void => model.edit('response_format', { ...format, ...part });
  return (
    <>
      <SelectField
        path="response_format"
        label={strings.responseFormat}
        value={format.type}
        options={responseFormats.map((type) => ({ value: type, label: labels[type] }))}
        onInput={(chosen) => put({ type: responseFormats.find((type) => type === chosen) ?? 'auto' })}
      />
      {format.type === 'json_schema' && (
        <div class="field-part">
          <TextField
            path="response_format.name"
            label={strings.schemaName}
            value={format.name}
            onInput={(name) => put({ name })}
          />
          <TextField
            path="response_format.description"
            label={strings.schemaDescription}
            value={format.description}
            onInput={(description) => put({ description })}
          />
          <AreaField
            path="response_format.schema"
            label={strings.schemaText}
            rows={6}
            isCode
            value={format.schema}
            onInput={(schema) => put({ schema })}
            actions={<Button onClick={() => model.act('editSchema')}>{strings.openInEditor}</Button>}
          />
          <CheckField
            path="response_format.strict"
            label={strings.schemaStrict}
            checked={format.strict}
            onChange={(strict) => put({ strict })}
          />
        </div>
      )}
    </>
  );
}

function CodeInterpreter() {
  const { fields, model, strings } = useForm();
  return (
    <>
      <CheckField
        path="code_interpreter"
        label={strings.codeInterpreter}
        hint={strings.codeInterpreterHint}
        checked={fields.code_interpreter}
        onChange={(isOn) => model.edit('code_interpreter', isOn)}
      />
      {(fields.code_interpreter || fields.code_files.length > 0) && (
        <div class="field-part">
          <CodeFiles />
        </div>
      )}
    </>
  );
}

function FileSearch() {
  const { fields, model, strings } = useForm();
  const search = fields.file_search;
  const put = (part: Partial<typeof search>): void => model.edit('file_search', { ...search, ...part });
  return (
    <>
      <CheckField
        path="file_search"
        label={strings.fileSearch}
        hint={strings.fileSearchHint}
        checked={search.isOn}
        onChange={(isOn) => put({ isOn })}
      />
      {(search.isOn || fields.vector_stores.length > 0) && (
        <div class="field-part">
          <VectorStores />
        </div>
      )}
      {search.isOn && (
        <div class="field-part">
          <div class="field-pair">
            <TextField
              path="file_search.max_num_results"
              label={strings.maxResults}
              hint={strings.maxResultsHint}
              value={search.max_num_results}
              onInput={(text) => put({ max_num_results: text })}
            />
            <TextField
              path="file_search.score_threshold"
              label={strings.scoreThreshold}
              hint={strings.scoreThresholdHint}
              value={search.score_threshold}
              onInput={(text) => put({ score_threshold: text })}
            />
          </div>
          <SelectField
            path="file_search.ranker"
            label={strings.ranker}
            value={search.ranker}
            options={rankers.map((name) => ({ value: name, label: name }))}
            onInput={(chosen) => put({ ranker: rankers.find((name) => name === chosen) ?? 'auto' })}
          />
        </div>
      )}
    </>
  );
}

/** The head of the chat beside the form. */
export function TrialBar({
  state,
  model,
  strings,
}: {
  state: FormState;
  model: FormModel;
  strings: FormStrings;
}) {
  const untried = state.view?.untried ?? [];
  const names = untried.map((field) => labelOf(field, strings)).join(', ');
  return (
    <div class="trial-bar">
      <div class="field-head">
        <h2>{strings.tryIt}</h2>
        <Button onClick={() => model.act('resetTrial')}>{strings.resetTrial}</Button>
      </div>
      <p class="field-hint">{strings.trialNote}</p>
      {untried.length > 0 && <p class="field-hint">{fill(strings.trialUntried, names)}</p>}
    </div>
  );
}
