/** Entry point of an assistant's form, whose page has the chat panel beside it. */
import { render } from 'preact';
import type { FieldName } from '../../src/protocol/form';
import type { FormStrings } from '../../src/protocol/formStrings';
import { Form, TrialBar } from './Form';
import { connectHost } from './formHost';
import { FormModel } from './formModel';

const form = document.getElementById('form');
const bar = document.getElementById('trial-bar');
if (form === null || bar === null) throw new Error('The page has no element with the id "form".');
start(form, bar, JSON.parse(form.dataset['strings'] ?? '') as FormStrings);

function start(form: HTMLElement, bar: HTMLElement, strings: FormStrings): void {
  let isFirst = true;
  const host = connectHost((view) => model.receive(view));
  const model = new FormModel((message) => host.post(message), draw);
  form.addEventListener('scroll', () => host.keepScrollTop(form.scrollTop));

  function draw(focus: FieldName | undefined): void {
    render(<Form state={model.state} model={model} strings={strings} />, form);
    render(<TrialBar state={model.state} model={model} strings={strings} />, bar);
    if (isFirst && model.state.fields) {
      isFirst = false;
      form.scrollTop = host.scrollTop;
    }
    if (focus !== undefined) document.getElementById(focus)?.focus();
  }

  draw(undefined);
  model.start();
}
