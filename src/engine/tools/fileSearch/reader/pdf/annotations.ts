/** What pdf.js returns of an annotation, as far as it is read here. */
export interface Annotation {
  subtype: string;
  annotationFlags: number;
  /** The left, lower, right and upper edge on the page. */
  rect: readonly number[];
  contentsObj?: { str: string };
  /** The author. */
  titleObj?: { str: string };
  /** The lines of a free text. */
  textContent?: readonly string[];
  /** The target of a link. */
  url?: string;
  fieldType?: 'Tx' | 'Ch' | 'Btn' | 'Sig' | null;
  fieldName?: string;
  fieldValue?: unknown;
  /** The label for screen readers. */
  alternativeText?: string;
  password?: boolean;
  checkBox?: boolean;
  radioButton?: boolean;
  /** The field's value when the check box, or the radio button, is on. */
  exportValue?: string;
  buttonValue?: string | null;
  options?: readonly { exportValue: string; displayValue: string }[];
}

const hiddenFlags = 0b100010;

/** Those that can be seen. */
export function visible(annotations: readonly Annotation[]): Annotation[] {
  return annotations.filter(({ annotationFlags }) => (annotationFlags & hiddenFlags) === 0);
}

/** A form's field on a page. */
export interface Field {
  rect: readonly number[];
  /** For a field without a label on the page. */
  label: string;
  value: string;
  /** A check box or radio button, whose label stands behind it. */
  isButton: boolean;
}

/** The filled fields of a form, and all check boxes and radio buttons, since they tell what was not chosen. */
export function fieldsOf(annotations: readonly Annotation[]): Field[] {
  return annotations.flatMap((annotation) => {
    const { rect, fieldName = '', alternativeText = '', checkBox, radioButton } = annotation;
    const value = valueOf(annotation);
    if (value === '') return [];
    const [name = ''] = /[^.]*$/.exec(fieldName) ?? [];
    const label = alternativeText.trim() === '' ? name.replace(/\[\d+\]$/, '') : alternativeText.trim();
    return [{ rect, label, value, isButton: checkBox === true || radioButton === true }];
  });
}

function valueOf(annotation: Annotation): string {
  const { fieldType, fieldValue, checkBox, radioButton, exportValue, buttonValue, options = [] } = annotation;
  if (checkBox) return fieldValue === exportValue ? '[x]' : '[ ]';
  if (radioButton) return typeof fieldValue === 'string' && fieldValue === buttonValue ? '(x)' : '( )';
  if ((fieldType !== 'Tx' && fieldType !== 'Ch') || annotation.password) return '';
  const values = (Array.isArray(fieldValue) ? fieldValue : [fieldValue]).filter(
    (value): value is string => typeof value === 'string',
  );
  const shown = values.map(
    (value) => options.find((option) => option.exportValue === value)?.displayValue ?? value,
  );
  return shown
    .join(', ')
    .replace(/\s*[\r\n]+\s*/g, '\n')
    .trim();
}

/** What stands on a page beside its text: typed into it, and comments with their authors. */
export function notesOf(annotations: readonly Annotation[]): string[] {
  return annotations.flatMap(({ subtype, contentsObj, titleObj, textContent }) => {
    if (subtype === 'Widget' || subtype === 'Link' || subtype === 'Popup') return [];
    const isText = subtype === 'FreeText';
    const typed = isText ? textContent?.join('\n') : undefined;
    const text = (contentsObj?.str.trim() ? contentsObj.str : (typed ?? '')).replace(/\r\n?/g, '\n').trim();
    if (text === '') return [];
    const author = titleObj?.str.trim();
    return [isText ? text : `${author ? `Comment by ${author}` : 'Comment'}: ${text}`];
  });
}
