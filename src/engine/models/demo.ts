import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { findEquation, type Equation } from './demo/findEquation';
import { declinedText, explanationText, languageOf, solutionText, type Language } from './demo/lesson';
import { pythonFor } from './demo/python';
import { asksForQuiz, quizFor, quizTool } from './demo/quiz';
import { solve } from './demo/solve';
import { answerToTools } from './demo/toolAnswers';
import {
  type ModelEvent,
  type ModelMessage,
  type ModelProvider,
  type ModelRequest,
  type ModelUsage,
} from './modelProvider';

/** The model's label, which makes clear wherever it is shown that this is no AI. */
export const demoLabel = 'Demo – scripted replies, no AI';

export interface DemoOptions {
  /** Pause after each word, in milliseconds. */
  wordDelayMs?: number;
}

/** A scripted model that shows every part of the product without a key or a network. */
export function createDemoModel({ wordDelayMs = 20 }: DemoOptions = {}): ModelProvider {
  return {
    isFree: true,
    listModels: () => Promise.resolve([{ id: 'tutor', label: demoLabel }]),

    async *generate(request, signal) {
      const reply = replyTo(request);
      const written = reply.kind === 'text' ? reply.text : reply.arguments;
      const pieces = piecesOf(reply);
      const limit = request.maxOutputTokens ?? Infinity;
      let completionTokens = 0;
      let cut = false;

      if (reply.kind === 'call') yield { type: 'tool_call', index: 0, id: callId(), name: reply.name };
      for (const piece of pieces) {
        if (wordDelayMs > 0) await sleep(wordDelayMs, undefined, { signal });
        signal.throwIfAborted();
        cut = completionTokens + estimateTokens(piece) > limit;
        if (cut) break;
        completionTokens += estimateTokens(piece);
        yield pieceEvent(reply, piece);
      }
      const usage: ModelUsage = { promptTokens: promptTokens(request), completionTokens };
      yield { type: 'usage', usage };
      if (cut) yield { type: 'finish', reason: 'length' };
      else yield { type: 'finish', reason: written && reply.kind === 'call' ? 'tool_calls' : 'stop' };
    },
  };
}

type Reply = { kind: 'text'; text: string } | { kind: 'call'; name: string; arguments: string };

/** The rules of the script, in order; the first match wins. */
function replyTo({ messages, tools, toolChoice }: ModelRequest): Reply {
  const asked = textOf(messages.findLast(({ role }) => role === 'user'));
  const language = languageOf(asked);
  const offers = (name: string) => toolChoice !== 'none' && tools.some((tool) => tool.name === name);

  if (messages.at(-1)?.role === 'tool') return say(answerToTools(messages, language));
  if (offers(quizTool) && asksForQuiz(asked)) return call(quizTool, quizFor(language));

  const equation = findEquation(asked);
  const code = offers('code_interpreter') ? pythonFor(asked, equation !== undefined) : undefined;
  if (code !== undefined) return call('code_interpreter', { code });
  if (offers('file_search') && asked.trim()) return call('file_search', { query: asked.trim() });

  if (equation?.kind === 'equation') return say(solutionText(solve(equation), language));
  const before = !equation && asksToExplain(asked) ? newestEquation(messages) : undefined;
  if (before) return say(explanationText(solve(before), language));
  return say(introduction(asked, language, equation && declinedText(equation, language)));
}

function say(text: string): Reply {
  return { kind: 'text', text };
}

function call(name: string, args: object): Reply {
  return { kind: 'call', name, arguments: JSON.stringify(args) };
}

/** Matches “Could you explain this to me?” and “why?”, but not “Could you explain linear algebra to me?”. */
function asksToExplain(text: string): boolean {
  const others =
    '(?!this|that|it\\b|the\\b|these|those|your?|why|how|again|more|to me|me\\b|please|each|every|in\\b|further|better|what)';
  const explain = new RegExp(`\\b(explain|clarify|elaborate)\\b(?!\\s+${others}\\p{L})`, 'iu');
  const wonder = /\b(why|how come|how so|how did you|(?:don't|do not|didn't) (?:get|understand))\b/i;
  return (
    explain.test(text) ||
    wonder.test(text) ||
    /解释|解釋|为什么|為什麼|讲解|说明|不懂|不明白|怎么[来得]/.test(text)
  );
}

function newestEquation(messages: readonly ModelMessage[]): Equation | undefined {
  for (const message of [...messages].reverse()) {
    const found = message.role === 'user' ? findEquation(textOf(message)) : undefined;
    if (found?.kind === 'equation') return found;
  }
  return undefined;
}

/** One sentence that says what the demo model is and how to connect a real one. */
function introduction(asked: string, language: Language, declined: string | undefined): string {
  const thanked = /\b(thanks?|thank you|thx)\b|谢/i.test(asked);
  if (language === 'zh') {
    const start = thanked ? '不客气！' : declined ? `这个方程我解不了（${declined}）：` : '';
    return `${start}我是演示模型，回复是预先写好的脚本，不是人工智能，只会解 $3x + 11 = 14$ 这样的一元一次方程；要与真正的模型对话，请运行命令“助手: 添加连接…”（Assistants: Add Connection…）。`;
  }
  const start = thanked ? "You're welcome! " : declined ? `I cannot solve this equation (${declined}): ` : '';
  return `${start}I am the demo model, with scripted replies and no AI, and know little more than linear equations in one unknown such as $3x + 11 = 14$; to talk to a real model, run “Assistants: Add Connection…”.`;
}

function textOf(message: ModelMessage | undefined): string {
  if (message?.role !== 'user') return '';
  return message.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}

/**
 * Splits a reply into the pieces to stream: words with their trailing white space, Chinese characters in
 * pairs, arguments in fragments.
 */
function piecesOf(reply: Reply): string[] {
  if (reply.kind === 'call') return reply.arguments.match(/[^]{1,16}/gu) ?? [];
  return reply.text.match(/\p{Script=Han}{1,2}\s*|[^\s\p{Script=Han}]+\s*|\s+/gu) ?? [];
}

function pieceEvent(reply: Reply, piece: string): ModelEvent {
  if (reply.kind === 'text') return { type: 'text', text: piece };
  return { type: 'tool_call_arguments', index: 0, arguments: piece };
}

function callId(): string {
  return `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`;
}

/** About four characters a token, one Chinese character a token. */
function estimateTokens(text: string): number {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  return han + Math.ceil((text.length - han) / 4);
}

function promptTokens({ instructions, messages }: ModelRequest): number {
  const texts = messages.map((message) => {
    if (message.role === 'user') return textOf(message);
    return message.role === 'tool' ? message.output : message.content;
  });
  return [instructions, ...texts].reduce((total, text) => total + estimateTokens(text), 0);
}
