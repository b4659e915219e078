import { deepEqual, equal } from 'node:assert/strict';
import type { Assistant } from 'openai/resources/beta/assistants';
import { namesakeHints } from '../../src/client/objects/namesakes';
import { suggestionsFor } from '../../src/client/objects/suggestions';

function assistant(fields: Partial<Assistant>): Assistant {
  const defaults = { name: 'Teacher', model: 'demo/tutor', created_at: 0, tools: [], metadata: null };
  return {
    id: 'asst_1',
    description: null,
    instructions: null,
    ...defaults,
    ...fields,
  } as unknown as Assistant;
}

describe('what the chat offers for an assistant', () => {
  it('are the messages of its metadata, one a line', () => {
    const metadata = { suggestions: ' Where is Peru? \n\nWhere is Peru?\nName three rivers.\nA\nB\nC' };
    deepEqual(suggestionsFor(assistant({ metadata })), ['Where is Peru?', 'Name three rivers.', 'A', 'B']);
  });

  it('are equations for a teacher of mathematics alone', () => {
    const math = suggestionsFor(assistant({ name: 'Math Tutor' }));
    equal(
      math.some((text) => text.includes('equation')),
      true,
    );
    deepEqual(
      suggestionsFor(assistant({ name: 'Geography Teacher', instructions: 'You teach geography.' })),
      [],
    );
  });

  it('fit its tools and files', () => {
    const tools = [{ type: 'file_search' }, { type: 'function', function: { name: 'display_quiz' } }];
    const resources = { file_search: { vector_store_ids: ['vs_1'] } };
    const fields = { tools, tool_resources: resources } as unknown as Partial<Assistant>;
    deepEqual(suggestionsFor(assistant(fields)), ['What are your files about?', 'Give me a quiz.']);
    deepEqual(suggestionsFor(assistant({ ...fields, tool_resources: null })), ['Give me a quiz.']);
  });
});

describe('assistants of one name', () => {
  it('are told apart by the time they were made, or their ids, unless their models differ', () => {
    const hints = namesakeHints([
      assistant({ id: 'a', created_at: 1_000_000 }),
      assistant({ id: 'b', created_at: 2_000_000 }),
      assistant({ id: 'c', created_at: 2_000_001 }),
      assistant({ id: 'd', model: 'other' }),
      assistant({ id: 'e', name: 'Another' }),
    ]);
    deepEqual([...hints.keys()], ['a', 'b', 'c']);
    deepEqual([hints.get('b'), hints.get('c')], ['b', 'c']);
    equal(hints.get('a') !== 'a' && hints.get('a') !== undefined, true);
  });
});
