/** Objects of the API and of the protocol to show in the panel. */
import type { Message } from 'openai/resources/beta/threads/messages';
import type {
  CodeInterpreterToolCall,
  FileSearchToolCall,
  RunStep,
  ToolCall,
} from 'openai/resources/beta/threads/runs/steps';
import type { Attachment } from '../../src/protocol/attachments';
import type { AssistantOption, ChatState, RunView } from '../../src/protocol/chat';
import type { Citation, FoundPassage } from '../../src/protocol/text/citations';
import type { CallHandler, PendingCall } from '../../src/protocol/functionCalls';

export const threadId = 'thread_sample';

export const tutor: AssistantOption = {
  id: 'asst_tutor',
  name: 'Math Tutor',
  model: 'demo/tutor',
  demo: true,
  fileTools: ['file_search'],
  suggestions: [
    'I need to solve the equation `3x + 11 = 14`. Can you help me?',
    'Could you explain linear algebra to me?',
  ],
};

export const coder: AssistantOption = {
  id: 'asst_coder',
  name: 'Code Reviewer',
  model: 'ollama/qwen2.5-coder',
  demo: false,
  fileTools: [],
};

/** A thread at rest, with two assistants to choose from. */
export const atRest: Partial<ChatState> = {
  assistants: [tutor, coder],
  assistantId: tutor.id,
  thread: { id: threadId, title: 'Solving 3x + 11 = 14' },
};

/** A run of the sample thread. */
export function run(view: Partial<RunView> = {}): RunView {
  return {
    id: 'run_sample',
    status: 'in_progress',
    assistantName: tutor.name,
    model: tutor.model,
    startedAt: Date.now() - 2000,
    ...view,
  };
}

let created = 1_760_000_000;

/** A message of the sample thread, newer than those made before it. */
export function message(id: string, text: string, fields: Partial<Message> = {}): Message {
  return {
    id,
    object: 'thread.message',
    created_at: created++,
    thread_id: threadId,
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'text', text: { value: text, annotations: [] } }],
    assistant_id: tutor.id,
    run_id: 'run_sample',
    attachments: [],
    metadata: {},
    completed_at: null,
    incomplete_at: null,
    incomplete_details: null,
    ...fields,
  };
}

/** A message of the user. */
export function question(id: string, text: string): Message {
  return message(id, text, { role: 'user', assistant_id: null, run_id: null });
}

/** An answer that is being written; it has no text yet. */
export function growing(id: string, fields: Partial<Message> = {}): Message {
  return message(id, '', { status: 'in_progress', content: [], ...fields });
}

/** Questions and answers in turn, oldest first. */
export function conversation(count: number, prefix = 'msg'): Message[] {
  return Array.from({ length: count }, (_, index) =>
    index % 2 === 0
      ? question(`${prefix}_${index}`, `Question ${prefix} ${index}`)
      : message(`${prefix}_${index}`, `Answer ${prefix} ${index}.\n\nWith a **second** paragraph.`),
  );
}

export const mathAnswer = `To solve the equation we isolate $x$.

1. Subtract 11 from both sides: \\(3x = 3\\).
2. Divide both sides by 3:

   \\[
   x = \\frac{3}{3} = 1
   \\]

So the solution is $x = 1$. In general, for $ax + b = c$ with $a \\neq 0$:

$$x = \\frac{c - b}{a}, \\qquad \\vec{v} = \\sqrt{x^2 + y^2}$$

| step | equation |
| :--- | -------: |
| start | $3x + 11 = 14$ |
| end | $x = 1$ |

> Check it: put 1 in for x and you get **14**.
`;

export const codeAnswer = `Here is how to do it in Python:

\`\`\`python
def fibonacci(count: int) -> list[int]:
    """The first numbers of the sequence."""
    numbers = [0, 1]
    while len(numbers) < count:
        numbers.append(numbers[-1] + numbers[-2])  # the sum of the last two
    return numbers[:count]

print(fibonacci(20))
\`\`\`

And the same in a shell, with \`awk\`:

- one line:

  \`\`\`bash
  awk 'BEGIN { a = 0; b = 1; for (i = 0; i < 20; i++) { print a; c = a + b; a = b; b = c } }'
  \`\`\`

See [the encyclopedia](https://oeis.org/A000045) for more.
`;

/** A step of the sample run, newer than those made before it. */
export function step(id: string, calls: ToolCall[], fields: Partial<RunStep> = {}): RunStep {
  return {
    id,
    object: 'thread.run.step',
    created_at: created++,
    run_id: 'run_sample',
    thread_id: threadId,
    assistant_id: tutor.id,
    type: 'tool_calls',
    status: 'completed',
    step_details: { type: 'tool_calls', tool_calls: calls },
    completed_at: created,
    cancelled_at: null,
    expired_at: null,
    failed_at: null,
    last_error: null,
    metadata: {},
    usage: null,
    ...fields,
  };
}

/** The step that wrote a message. */
export function writingStep(id: string, messageId: string): RunStep {
  return step(id, [], {
    type: 'message_creation',
    step_details: { type: 'message_creation', message_creation: { message_id: messageId } },
  });
}

type CodeOutput = CodeInterpreterToolCall['code_interpreter']['outputs'][number];

/** A message whose text names a file that code wrote. */
export function withFile(
  whole: Message,
  address = 'sandbox:/mnt/data/values.csv',
  file_id = 'file_csv',
): Message {
  const content = whole.content.map((part) => {
    if (part.type !== 'text') return part;
    const start_index = part.text.value.indexOf(address);
    const annotation = { type: 'file_path', text: address, start_index, file_path: { file_id } } as const;
    const annotations = [{ ...annotation, end_index: start_index + address.length }];
    return { ...part, text: { ...part.text, annotations } };
  });
  return { ...whole, content };
}

/** An answer whose marks cite files: the ids of these, by the marks. */
export function citing(whole: Message, files: Readonly<Record<string, string>>): Message {
  const content = whole.content.map((part) => {
    if (part.type !== 'text') return part;
    const { value } = part.text;
    const annotations = [...value.matchAll(/【[^【】]*】/g)].flatMap(({ 0: text, index }) => {
      const file_id = files[text];
      if (file_id === undefined) return [];
      const range = { start_index: index, end_index: index + text.length };
      return [{ type: 'file_citation' as const, text, ...range, file_citation: { file_id } }];
    });
    return { ...part, text: { ...part.text, annotations } };
  });
  return { ...whole, content };
}

/** A file search call; without results it is still running. */
export function searchCall(results?: FileSearchToolCall.FileSearch.Result[]): ToolCall {
  return { id: 'call_search', type: 'file_search', file_search: results === undefined ? {} : { results } };
}

const roses = '【0:0†notes.txt】';
const violets = '【0:1†A long name of a paper on the colour of violets.pdf】';

/** An answer with citations, and what the host knows of them. */
export const citedAnswer = citing(
  message(
    'm_cited',
    `Roses are red${roses}, and violets are **blue**${violets}. Sugar is sweet${roses}.\n\n- So it is said${violets}\n`,
  ),
  { [roses]: 'file_notes', [violets]: 'file_paper' },
);

const rosesCitation = { fileId: 'file_notes', fileName: 'notes.txt', text: 'Roses are red.', line: 7 };
const violetsCitation = {
  fileId: 'file_paper',
  fileName: 'A long name of a paper on the colour of violets.pdf',
  text: 'Violets are blue.\nThis was found in a meadow in May, and has been confirmed many times since then.',
  page: 3,
};

export const knownCitations: Citation[] = [rosesCitation, violetsCitation, rosesCitation, violetsCitation];

/** The passages of the search that the answer cites. */
export const searchResults = [
  { file_id: 'file_notes', file_name: rosesCitation.fileName, score: 0.876 },
  { file_id: 'file_paper', file_name: violetsCitation.fileName, score: 0.5 },
];

export const foundPassages: FoundPassage[] = [
  { ...rosesCitation, score: 0.876 },
  { ...violetsCitation, score: 0.5 },
];

/** Files attached to a draft, in every state. */
export const attachments: Attachment[] = [
  { id: '1', name: 'notes.txt', bytes: 2048, isImage: false, state: 'ready', fileId: 'file_notes' },
  { id: '2', name: 'plot.png', bytes: 150_000, isImage: true, state: 'ready', fileId: 'file_plot' },
  {
    id: '3',
    name: 'A long name of a paper.pdf',
    bytes: 9e6,
    isImage: false,
    state: 'uploading',
    progress: 0.4,
  },
  {
    id: '4',
    name: 'video.mp4',
    bytes: 9e8,
    isImage: false,
    state: 'failed',
    error: 'The file is larger than 100 MB.',
  },
];

/** A message of the user with an attached file. */
export const withAttachment: Message = {
  ...question('m_attached', 'What colour are they?'),
  attachments: [{ file_id: 'file_notes', tools: [{ type: 'file_search' }] }],
};

/** A code interpreter call, with its logs and images. */
export function code(input: string, logs = '', ...images: string[]): ToolCall {
  const outputs: CodeOutput[] = images.map((file_id) => ({ type: 'image', image: { file_id } }));
  if (logs) outputs.unshift({ type: 'logs', logs });
  return { id: 'call_code', type: 'code_interpreter', code_interpreter: { input, outputs } };
}

/** A function call; its output is null while it has none. */
export function functionCall(name: string, args: string, output: string | null = null): ToolCall {
  return { id: `call_${name}`, type: 'function', function: { name, arguments: args, output } };
}

/** The quiz of the tutorial. */
export const sampleQuiz = {
  title: 'Sample Quiz',
  questions: [
    { question_text: 'What is your name?', question_type: 'FREE_RESPONSE' },
    {
      question_text: 'What is your favorite color?',
      question_type: 'MULTIPLE_CHOICE',
      choices: ['Red', 'Blue', 'Green', 'Yellow'],
    },
  ],
};

/** A call of the sample run that waits for its output. */
export function pendingCall(
  name: string,
  args: unknown,
  handler: CallHandler = { kind: 'user' },
  fields: Partial<PendingCall> = {},
): PendingCall {
  const json = typeof args === 'string' ? args : JSON.stringify(args);
  return { callId: `call_${name}`, name, arguments: json, handler, state: 'waiting', ...fields };
}

/** A quiz that waits for its answers. */
export function pendingQuiz(quiz: unknown = sampleQuiz, fields: Partial<PendingCall> = {}): PendingCall {
  return pendingCall('display_quiz', quiz, { kind: 'quiz' }, fields);
}

/** The state of a chat whose run waits for these calls. */
export function waitingFor(...calls: PendingCall[]): Partial<ChatState> {
  return { run: run({ status: 'requires_action' }), pending: { threadId, runId: 'run_sample', calls } };
}

/** The step of the sample run that made these calls, and has not ended. */
export function waitingStep(...calls: PendingCall[]): RunStep {
  const made = calls.map(({ callId, name, arguments: args }): ToolCall => {
    return { id: callId, type: 'function', function: { name, arguments: args, output: null } };
  });
  return step('step_waiting', made, { status: 'in_progress', completed_at: null });
}

export const fibonacciCode = `def fibonacci(count: int) -> list[int]:
    """The first numbers of the sequence."""
    numbers = [0, 1]
    while len(numbers) < count:
        # Each is the sum of the last two.
        numbers.append(numbers[-1] + numbers[-2])
    return numbers[:count]


for number in fibonacci(20):
    print(number)
`;

export const fibonacciLogs =
  '0\n1\n1\n2\n3\n5\n8\n13\n21\n34\n55\n89\n144\n233\n377\n610\n987\n1597\n2584\n4181\n';

export const traceback = `Traceback (most recent call last):
  File "/code-1.py", line 3, in <module>
    print(1 / 0)
          ~~^~~
ZeroDivisionError: division by zero
`;

/** The plot of a sine, 240 by 150. */
export const plotUrl =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAPAAAACWCAIAAABvmpKCAAAD/klEQVR42u3dC24TMRQF0KyE1bGILpFdBYlBQD8kmRnbY993riohIUps3+OXNGrhdv+Vt7e3u8j6uQEtQIsALQK0CNACNNACtAjQIkCLAC1AiwAtArTI2qC/ff/xvw81rJvZah0B+sGesY6kfGGt3UG/uG2sIzWPr7Uv6L3bZjpS88hae4HetR+m19U8W61dQB/bBtNraZ6z1u6gR36uzKZ5fK3tQZ9fOtNhmkfW2hh0qxUzHaZ5WK0tQbddK9BhmsfU2gx0j8vHdJjmAbW2B93pQNm6FvQqtbYB3ZUd02Gau/7lDUD3Bgd0nuYFQC99uBJT61nQw6gBnTSe+z3QKdCDByfTSeO502M1AJ03Nmhet9bjoC/hBXTk1JgIdIXjNp4XetyDoC9UBXTkvKgLmunUg23y6EdAX+4J6MhTbfL8sCRoplOP9ALQk0gCOvI8zw/pVUEznXqYQ0FPZQjo1JM8s56FQTMN9CnQE+oBOvUMD69qbdBMA30Q9LRugE49vWNrWx4000DvBj25GKBTz60oaKaDQe9d4XPQS1gBOvXEioJmOhj0rnU+Ab2QEqAjz6ouaKZTD2rXah+BXs4H0P3ePQCaaUd0wZqfgNaW8RwCel0ZQEde+BdX/gi0zoAOAb26CaAjr3pp0ExHgn66/i9AB2gAOvVMioJmOhj04118DVp/kaAr1PoRdJIDoCOv9+O9fAFai8ZzCOg8AUBXqzUfNNOlav0LOrJ7oFOfpoqCZrpare9Aa9R4DgGd3XpZ0AVrvVWovOyQjgf9eXe3In0XBF2z1kKgq5muWetv0Gf+83rtelKaCPT2W/Ggq73qqHOBP+z0tmmukD9Xt8hma9Z623RXmNB1hnS111fvJvT2Sx3QNV9Z1tkv0PYYNaRrga7Qd1nQ266B9nUC0Cp3XWettSjo4O9Bu1fNVmtF0Pfc73kv/tMMpUH78Rygde9pB2j1u6IDUxp02L9WQXNp0EkIjGegoxwADXSOA5qBjtIANNBpoDkGOsS08Qx0GmiIgQ5hYTwDHSUDaKBzhjTNQEf5ABroHB80Ax2lBGigc5TQDHSUFaCBzrFCM9BRYoAGOg20joAOMW08A50GWjtAh5g2noHO0bOtB2igQ0zTDHSOIeMZ6CjTNAOdI4lmoKM8AQ10jieagY5SBTTQOW8y0Ax0ji1v1QEdxYtmoHNMG89A50xNmoGOGtI0A51j2ngGOueFB81A5wxpmoGOMg000DmmaQZ6FtDnFdIMdIjphrdCgL7Y9L+fCzTQM5p+3SXNQC9j+jHQXX9YgJ7F9Csfzg3oHNNODOgc1g4K6BDWDgdoEaAFaBGgRYAWAVoEaAFaBGgRoEWAFgFagBZZLz8BTROdEvhu5JEAAAAASUVORK5CYII=';
