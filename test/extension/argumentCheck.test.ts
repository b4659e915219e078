import { deepEqual, equal, match } from 'node:assert/strict';
import { checkArguments } from '../../src/functions/argumentCheck';

describe('the check of a call’s arguments', () => {
  it('reads what fits', () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } } };
    deepEqual(checkArguments('{"city":"Oslo"}', schema), { value: { city: 'Oslo' } });
    deepEqual(checkArguments('[1]', undefined), { value: [1] });
  });

  it('takes an empty string as no arguments', () => {
    deepEqual(checkArguments(' ', { type: 'object' }), { value: {} });
    match(checkArguments('', { required: ['city'] }).error ?? '', /"city"/);
  });

  it('names the place of an error, and only the first few', () => {
    const schema = { properties: { list: { items: { type: 'string' } } } };
    const { error } = checkArguments('{"list":["a",1,2,3,4]}', schema);
    match(error ?? '', /list\.1: .* list\.2: .* list\.3: /);
    equal(error?.includes('list.4'), false);
  });

  it('reports no error if the schema itself is invalid', () => {
    const schemas = [
      { $ref: '#' },
      { $ref: '#/nowhere' },
      { properties: { word: { pattern: '(' } } },
      // A pattern that takes exponential time.
      { properties: { word: { pattern: '^(a+)+$' } } },
    ];
    const json = JSON.stringify({ word: `${'a'.repeat(60)}!` });
    for (const schema of schemas) equal(checkArguments(json, schema).error, undefined);
  });
});
