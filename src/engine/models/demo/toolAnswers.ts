import type { ModelMessage, ModelToolCall } from '../modelProvider';
import type { Language } from './lesson';
import { quoteFrom } from './quote';
import { feedbackFor, quizTool } from './quiz';

type ToolMessage = Extract<ModelMessage, { role: 'tool' }>;

const maxQuoteLength = 4_000;

/** Reports the tool outputs, which are the messages after the model's last turn. */
export function answerToTools(messages: readonly ModelMessage[], language: Language): string {
  const turn = messages.findLastIndex(({ role }) => role !== 'tool');
  const calls = callsOf(messages[turn]);
  const outputs = messages.slice(turn + 1).filter((message) => message.role === 'tool');
  return outputs.map((output) => answerTo(output, calls, language)).join('\n\n');
}

function callsOf(message: ModelMessage | undefined): readonly ModelToolCall[] {
  return message?.role === 'assistant' ? (message.toolCalls ?? []) : [];
}

function answerTo(message: ToolMessage, calls: readonly ModelToolCall[], language: Language): string {
  const zh = language === 'zh';
  switch (message.name) {
    case quizTool: {
      const call = calls.find(({ id }) => id === message.toolCallId);
      return feedbackFor(call?.arguments ?? '', message.output, language);
    }
    case 'code_interpreter':
      return codeAnswer(message.output, zh);
    case 'file_search': {
      const call = calls.find(({ id }) => id === message.toolCallId);
      return passageAnswer(message.output, call?.arguments ?? '', zh);
    }
    default:
      return `${zh ? `函数 \`${message.name}\` 返回：` : `The function \`${message.name}\` answered:`}\n\n${fenced(message.output)}`;
  }
}

/** Quotes the printed output and links the files, which the engine lists in bracketed notes. */
function codeAnswer(output: string, zh: boolean): string {
  const isNote = (line: string): boolean => /^\[(The image|Files written:) .*\]$/.test(line);
  const lines = output.split('\n');
  const printed = lines.filter((line) => !isNote(line)).join('\n');
  const links = lines.filter(isNote).flatMap((line) => line.match(/sandbox:[^,\]]+/g) ?? []);
  const parts: string[] = [];
  if (printed.trim()) parts.push(zh ? '代码的输出：' : 'This is what the code printed:', fenced(printed));
  if (links.length > 0) {
    const named = links.map((link) => `[${nameIn(link)}](${link})`).join(', ');
    parts.push(`${zh ? '代码写入的文件：' : 'It wrote '}${named}${zh ? '' : '.'}`);
  }
  if (parts.length === 0) return zh ? '代码已运行，没有输出。' : 'The code ran and printed nothing.';
  return parts.join('\n\n');
}

/** The name in the URL of a file, for the text of a link. */
function nameIn(link: string): string {
  const name = decodeURIComponent(link.slice(link.lastIndexOf('/') + 1));
  return name.replace(/[\\`*[\]<>]/g, '\\$&');
}

/**
 * Quotes the first passage, which is the best, with its citation mark. Repeats the engine's notes: why nothing
 * was found, and, in brackets, which files could not be read.
 */
function passageAnswer(output: string, query: string, zh: boolean): string {
  const unread = /(?:^|\n)\[Files that could not be read: (.*)\]$/.exec(output);
  const best = bestPassage(output.slice(0, unread?.index).trim(), query, zh);
  if (!unread) return best;
  return `${best}\n\n${zh ? '无法读取的文件：' : 'Files that could not be read: '}${unread[1]}`;
}

function bestPassage(found: string, query: string, zh: boolean): string {
  const [mark, next] = found.matchAll(/^【\d+:\d+†[^】\n]*】$/gm);
  const passage = mark ? found.slice(mark.index + mark[0].length, next?.index).trim() : '';
  if (!mark || !passage) {
    const usual = 'Nothing in the files fits these words.';
    if (!zh) return found || usual;
    return `文件中没有找到相关内容。${found.startsWith(usual) ? '' : `（${found}）`}`;
  }
  const quote = quoteFrom(passage, query).replace(/\s*\n\s*/g, '\n> ');
  return `${zh ? '文件中最相关的一段：' : 'The passage that fits best:'}\n\n> ${quote} ${mark[0]}`;
}

function fenced(text: string): string {
  const cut = text.length > maxQuoteLength ? `${text.slice(0, maxQuoteLength)}\n…` : text.trimEnd();
  const longestRun = Math.max(2, ...[...cut.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  return `${fence}text\n${cut}\n${fence}`;
}
