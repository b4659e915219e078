/** Sanitises untrusted HTML before it enters the page. */
import DOMPurify from 'dompurify';

const allowed = {
  ALLOWED_TAGS: [
    ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'li', 'pre', 'code'],
    ...['strong', 'em', 's', 'a', 'span', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
    ...['sub', 'sup', 'kbd', 'mark', 'u', 'ins', 'del', 'details', 'summary'],
  ],
  ALLOWED_ATTR: ['href', 'title', 'class', 'start', 'dir', 'open'],
  // Models cannot write links to fragments: those are of footnotes.
  ALLOWED_URI_REGEXP: /^(?:(?:https?|mailto):|sandbox:\/|#footnote-(?:ref-)?[\d-]+$)/i,
  ADD_URI_SAFE_ATTR: ['start', 'dir'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};

/** Parses HTML, removing everything that could run code, load resources or set styles. */
export function sanitise(html: string): DocumentFragment {
  return DOMPurify.sanitize(html, { ...allowed, RETURN_DOM_FRAGMENT: true });
}
