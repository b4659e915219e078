/** Submits a form at Ctrl+Enter or Cmd+Enter, wherever in it the focus is; not while a word is composed. */
export function submitOnKey(submit: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    // Safari's engine and old input methods report the Enter that ends a composition as 229.
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key !== 'Enter' || composing || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };
}
