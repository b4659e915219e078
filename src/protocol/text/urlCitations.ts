/** Web pages that a message cites: annotations in addition to those of the API, whose types lack them. */
import { isObjectOf, isOneOf, isOptional, isString, type Guarded } from '../guards';

/** `text` is the part of the message's text that the page belongs to; empty if it belongs to all of it. */
export type UrlCitation = Guarded<typeof isUrlCitation>;
export const isUrlCitation = isObjectOf({
  type: isOneOf(['url_citation']),
  text: isString,
  url: isWebAddress,
  title: isOptional(isString),
});

/** Whether a value is the URL of a web page, which can be opened. */
function isWebAddress(value: unknown): value is string {
  return isString(value) && /^https?:\/\//i.test(value) && URL.canParse(value);
}
