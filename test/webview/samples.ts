/** Objects of the API and of the protocol to show in the panel. */
import type { Message } from 'openai/resources/beta/threads/messages';
import type { AssistantOption, ChatState, RunView } from '../../src/protocol/chat';

export const threadId = 'thread_sample';

export const tutor: AssistantOption = {
  id: 'asst_tutor',
  name: 'Math Tutor',
  model: 'demo/tutor',
  demo: true,
};

export const coder: AssistantOption = {
  id: 'asst_coder',
  name: 'Code Reviewer',
  model: 'ollama/qwen2.5-coder',
  demo: false,
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

/** What the user wrote. */
export function question(id: string, text: string): Message {
  return message(id, text, { role: 'user', assistant_id: null, run_id: null });
}

/** An answer that is still written; it has no text yet. */
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
