import { useEffect, useState } from 'preact/hooks';
import { hasLanguage } from '../../markdown/highlight';
import { whenLanguageComes } from '../../markdown/moreLanguages';

/** Whether code in a language is highlighted. Loads the languages beyond the common ones if it is none of these. */
export function useLanguage(language: string): boolean {
  const [, setCount] = useState(0);
  useEffect(() => whenLanguageComes(language, () => setCount((count) => count + 1)), [language]);
  return hasLanguage(language);
}
