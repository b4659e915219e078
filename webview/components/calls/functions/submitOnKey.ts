/** A key handler that submits a form on Ctrl+Enter or Cmd+Enter; not during IME composition. */
export function submitOnKey(submit: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    // WebKit and old input methods report the Enter that ends a composition as key code 229.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || composing || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };
}
