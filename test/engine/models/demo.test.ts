import { deepEqual, doesNotMatch, equal, match, ok, rejects } from 'node:assert/strict';
import { createDemoModel } from '../../../src/engine/models/demo';
import type { ModelMessage, ModelRequest } from '../../../src/engine/models/modelProvider';
import { request, turnOf, usageOf, user } from './support';

const demo = createDemoModel({ wordDelayMs: 0 });

async function answer(text: string, more: Partial<ModelRequest> = {}): Promise<string> {
  return (await turnOf(demo, request(text, more))).text;
}

function conversation(...texts: string[]): Partial<ModelRequest> {
  return {
    messages: texts
      .flatMap((text): ModelMessage[] => [user(text), { role: 'assistant', content: 'x = 5' }])
      .slice(0, -1),
  };
}

const tutorial = 'I need to solve the equation `3x + 11 = 14`. Can you help me?';

describe('the demo model', () => {
  it('is one model, named so that nobody takes it for an AI', async () => {
    deepEqual(await demo.listModels(new AbortController().signal), [
      { id: 'tutor', label: 'Demo – scripted replies, no AI' },
    ]);
  });

  it('solves the equation of the tutorial step by step', async () => {
    equal(
      await answer(tutorial),
      [
        "Let's solve $3x + 11 = 14$ for $x$.",
        '**Step 1.** Subtract $11$ from both sides:',
        '$$3x = 3$$',
        '**Step 2.** Divide both sides by $3$:',
        '$$x = 1$$',
        'With this, both sides of the equation are $14$, so the solution is $x = 1$.',
      ].join('\n\n'),
    );
  });

  it('explains the steps of the newest equation when it is asked to, a sentence each', async () => {
    for (const question of [
      'Could you explain this to me?',
      'why?',
      'Please explain.',
      "I don't understand",
    ]) {
      const explained = await answer('', conversation('2x = 8', tutorial, question));
      match(explained, /1\. We look for .*\n2\. Subtracting \$11\$.*\n3\. Dividing .*\n4\. .*\$x = 1\$\.$/);
    }
  });

  it('does not explain an unrelated topic', async () => {
    for (const texts of [
      ['Could you explain linear algebra to me?'],
      [tutorial, 'Could you explain linear algebra to me?'],
    ]) {
      match(await answer('', conversation(...texts)), /I am the demo model/);
    }
  });

  it('says in one sentence what it is and how to connect a model', async () => {
    const said = await answer("I don't like math. What can I do?");
    match(said, /^I am the demo model, .*“Assistants: Add Connection…”\.$/);
    equal(said.match(/\. /g), null);
  });

  it('answers thanks with courtesy', async () => {
    match(await answer('Thank you!'), /^You're welcome! I am the demo model/);
  });

  it('says why it does not solve an equation', async () => {
    match(await answer('x^2 = 4'), /higher power of \$x\$.*demo model/);
    match(await answer('x + y = 3'), /more than one unknown \(\$x\$, \$y\$\)/);
    match(await answer('1/x = 2'), /divides by \$x\$/);
    match(await answer('sin(x) = 1'), /a function of \$x\$/);
    match(await answer('x/0 = 1'), /divides by zero/);
    match(await answer('x = y = 3'), /more than one equals sign/);
  });

  it('answers Chinese in Chinese', async () => {
    match(await answer('请帮我解方程 3x + 11 = 14，谢谢'), /^我们来解方程 .*所以解是 \$x = 1\$。$/s);
    match(
      await answer('', conversation('解 3x + 11 = 14', '请解释一下')),
      /^1\. 我们要找[^]*解是 \$x = 1\$。$/,
    );
    match(await answer('你好'), /^我是演示模型.*“助手: 添加连接…”（Assistants: Add Connection…）。$/);
    match(await answer('谢谢！'), /^不客气！/);
  });

  it('takes any name for a model', async () => {
    match(await answer(tutorial, { model: 'gpt-4-1106-preview' }), /x = 1/);
  });

  it('streams word by word and estimates its usage', async () => {
    const turn = await turnOf(demo, request(tutorial));
    const words = turn.events.filter(({ type }) => type === 'text');
    ok(words.length > 20);
    const usage = usageOf(turn);
    ok(usage && usage.promptTokens > 5 && usage.completionTokens > 20);
    equal(turn.finish, 'stop');
  });

  it('stops where the tokens it may write are used up', async () => {
    const turn = await turnOf(demo, request(tutorial, { maxOutputTokens: 10 }));
    equal(turn.finish, 'length');
    ok((usageOf(turn)?.completionTokens ?? 99) <= 10);
  });

  it('ends at once when it is aborted in the middle of a pause', async () => {
    const abort = new AbortController();
    const slow = createDemoModel({ wordDelayMs: 60_000 }).generate(request(tutorial), abort.signal);
    const first = slow[Symbol.asyncIterator]().next();
    abort.abort();
    await rejects(first, { name: 'AbortError' });
  });
});

describe('the demo model, with tools', () => {
  const tools = (...names: string[]) => names.map((name) => ({ name }));

  async function callFor(text: string, ...names: string[]) {
    return (await turnOf(demo, request(text, { tools: tools(...names) }))).calls[0];
  }

  async function pythonFor(text: string): Promise<string> {
    const call = await callFor(text, 'code_interpreter');
    equal(call?.name, 'code_interpreter');
    return (JSON.parse(call.arguments) as { code: string }).code;
  }

  async function answerTo(name: string, args: unknown, output: string, asked = 'Go on'): Promise<string> {
    const toolCall = { id: 'call_1', name, arguments: JSON.stringify(args) };
    const messages: ModelMessage[] = [
      user(asked),
      { role: 'assistant', content: '', toolCalls: [toolCall] },
      { role: 'tool', toolCallId: 'call_1', name, output },
    ];
    return (await turnOf(demo, request('', { messages }))).text;
  }

  const quizRequest =
    'Make a quiz with 2 questions: One open ended, one multiple choice. Then, give me feedback for the responses.';

  it('makes a quiz of a free and a multiple-choice question, streamed in fragments', async () => {
    const turn = await turnOf(demo, request(quizRequest, { tools: tools('display_quiz') }));
    ok(turn.events.filter(({ type }) => type === 'tool_call_arguments').length > 5);
    equal(turn.finish, 'tool_calls');
    const quiz = JSON.parse(turn.calls[0]?.arguments ?? '') as {
      questions: { question_type: string; choices?: string[] }[];
    };
    deepEqual(
      quiz.questions.map(({ question_type, choices }) => [question_type, choices?.length]),
      [
        ['FREE_RESPONSE', undefined],
        ['MULTIPLE_CHOICE', 4],
      ],
    );
  });

  it('makes no quiz without the function for it, or where calls are ruled out', async () => {
    equal(await callFor(quizRequest), undefined);
    const ruledOut = request(quizRequest, { tools: tools('display_quiz'), toolChoice: 'none' });
    deepEqual((await turnOf(demo, ruledOut)).calls, []);
  });

  it('marks each multiple-choice answer against its own key and acknowledges free ones', async () => {
    const quiz: unknown = JSON.parse((await callFor(quizRequest, 'display_quiz'))?.arguments ?? '');
    match(
      await answerTo('display_quiz', quiz, '["To find x", "4"]'),
      /you wrote “To find x”[^]*“4” is right!/,
    );
    match(
      await answerTo('display_quiz', quiz, '["To find x", "7"]'),
      /“7” is wrong; the right answer is “4”/,
    );
  });

  it('says of each question that was skipped that it was, and of one left out that it has no answer', async () => {
    const quiz: unknown = JSON.parse((await callFor(quizRequest, 'display_quiz'))?.arguments ?? '');
    for (const skipped of ['[null, null]', '["", " "]', '[{"answer": null}, {"answer": ""}]']) {
      match(await answerTo('display_quiz', quiz, skipped), /you skipped it\.[^]*you skipped it\./);
    }
    match(await answerTo('display_quiz', quiz, '[null]'), /you skipped it\.[^]*you gave no answer\./);
  });

  it('says that a quiz was not answered where its output is an error, and quotes that', async () => {
    const quiz: unknown = JSON.parse((await callFor(quizRequest, 'display_quiz'))?.arguments ?? '');
    for (const error of ['{"error":"No time."}', '{"error":{"message":"No time."}}']) {
      equal(await answerTo('display_quiz', quiz, error), 'The quiz was not answered: “No time.”');
    }
    equal(
      await answerTo('display_quiz', quiz, '{"error":"没有时间"}', '出一份测验'),
      '测验没有作答：“没有时间”',
    );
    const answered = '{"answers":["To find x","4"],"error":null}';
    match(await answerTo('display_quiz', quiz, answered), /you wrote “To find x”[^]*“4” is right!/);
  });

  it('has no key for other questions, and survives invalid arguments', async () => {
    const questions = [
      { question_text: 'What is your favorite color?', question_type: 'MULTIPLE_CHOICE', choices: ['Red'] },
    ];
    match(
      await answerTo('display_quiz', { questions }, '["Red"]'),
      /you answered “Red”; the demo model has no key/,
    );
    match(await answerTo('display_quiz', 'nonsense', 'more nonsense'), /Thank you/);
  });

  it('writes Python for numbers, plots and sums', async () => {
    match(
      await pythonFor('Generate the first 20 fibbonaci numbers with code.'),
      /while len\(numbers\) < 20:/,
    );
    match(await pythonFor('斐波那契数列前 12 个'), /< 12:/);
    match(await pythonFor('all primes below 100'), /candidate <= 100/);
    match(await pythonFor('the factorial of 12'), /math\.factorial\(12\)/);
    match(
      await pythonFor('Plot y = sin(2x)/x from -5 to 5'),
      /return math\.sin\(2 \* x\) \/ x[^]*start, end = -5, 5/,
    );
    equal(await pythonFor('What is 12 · (3 + 4)² ?'), 'print(12 * (3 + 4) ** 2)');
  });

  it('puts nothing of a message but mathematics into the Python', async () => {
    const code = await pythonFor('plot __import__("os").system("rm x")');
    doesNotMatch(code, /os|system|__import__/);
  });

  it('takes a range or a date in a sentence for no sum', async () => {
    equal(await callFor('Tell me about it in 2-3 sentences by 2024-01-02.', 'code_interpreter'), undefined);
  });

  it('solves equations itself, with the code interpreter at hand', async () => {
    equal(await callFor(tutorial, 'code_interpreter'), undefined);
  });

  it("searches the files with the message's own words", async () => {
    const question = 'What are some cool math concepts behind this ML paper pdf?';
    deepEqual(JSON.parse((await callFor(question, 'file_search'))?.arguments ?? ''), { query: question });
  });

  it('quotes what code printed, even if it printed fences', async () => {
    equal(
      await answerTo('code_interpreter', {}, '0, 1, 1, 2\n```\n'),
      'This is what the code printed:\n\n````text\n0, 1, 1, 2\n```\n````',
    );
    match(await answerTo('code_interpreter', {}, ''), /printed nothing/);
  });

  it('quotes the best passage with its citation mark', async () => {
    const output = '【4:0†paper.pdf】\nGradients point uphill.\n\n【4:1†paper.pdf】\nSomething else.';
    equal(
      await answerTo('file_search', {}, output),
      'The passage that fits best:\n\n> Gradients point uphill. 【4:0†paper.pdf】',
    );
  });

  it('says why nothing was found, and which files could not be read', async () => {
    equal(
      await answerTo('file_search', {}, 'There are no files to search.'),
      'There are no files to search.',
    );
    const unread = '[Files that could not be read: “a.pdf” is encrypted: save it without a password.]';
    equal(
      await answerTo('file_search', {}, `None of the files could be read.\n${unread}`),
      `None of the files could be read.\n\n${unread.slice(1, -1)}`,
    );
    equal(
      await answerTo('file_search', {}, `【0:0†b.txt】\nTwice a day.\n\n${unread}`),
      `The passage that fits best:\n\n> Twice a day. 【0:0†b.txt】\n\n${unread.slice(1, -1)}`,
    );
    equal(
      await answerTo('file_search', {}, `None of the files could be read.\n${unread}`, '你好'),
      '文件中没有找到相关内容。（None of the files could be read.）\n\n' +
        '无法读取的文件：“a.pdf” is encrypted: save it without a password.',
    );
  });

  it('quotes of a long passage the part that the question asks for', async () => {
    const filler = 'Nothing of interest is told here. '.repeat(40);
    const output = `【0:0†tale.txt】\n${filler}The dragon sleeps under the mountain. ${filler}`;
    const answer = await answerTo('file_search', { query: 'Where does the dragon sleep?' }, output);
    match(
      answer,
      /^The passage that fits best:\n\n> ….*The dragon sleeps under the mountain\..*… 【0:0†tale\.txt】$/,
    );
    ok(answer.length < 800);
  });
});
