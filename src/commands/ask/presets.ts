import * as vscode from 'vscode';
import type { Connection } from '../../client/models/connections';

/**
 * Well-known servers. Addresses, keys and particulars are from their own documentation, named with each entry and
 * read in November 2026; docs/models.md has the same for users.
 */

export type PresetGroup = 'here' | 'services' | 'china';

/** A well-known server, for which fewer questions are asked. */
export interface Preset extends Pick<Connection, 'kind' | 'label'> {
  /** The id of its first connection; a label need not have letters of an id. */
  id: string;
  group: PresetGroup;
  /** Undefined if each user has a different URL. */
  baseUrl?: string;
  /** An example of such a URL. */
  example?: string;
  /** Other base URLs of the same server. */
  aliases?: readonly string[];
  /** Whether requests without a key are refused; servers on this computer are asked without one at first. */
  key: 'needed' | 'optional';
  /** The page where keys are made. */
  keysAt?: string;
  /** What is particular, in a few words. */
  note?: string;
  /** A URL that answers while a local server is running, and what it answers then. */
  probe?: { url: string; is: (body: unknown) => boolean };
}

/** In the order of the list. Called when it is shown, so that its words are in VS Code's language. */
export function presets(): readonly Preset[] {
  return [...local(), ...services(), ...inChina()];
}

function local(): Preset[] {
  const here = { group: 'here', kind: 'chat-completions', key: 'optional' } as const;
  return [
    // https://github.com/ollama/ollama/blob/main/docs/api/openai-compatibility.mdx
    {
      ...here,
      id: 'ollama',
      label: 'Ollama',
      baseUrl: 'http://127.0.0.1:11434/v1',
      probe: { url: 'http://127.0.0.1:11434/api/version', is: (body) => has(body, 'version') },
    },
    // https://lmstudio.ai/docs/developer/openai-compat
    {
      ...here,
      id: 'lm-studio',
      label: 'LM Studio',
      baseUrl: 'http://127.0.0.1:1234/v1',
      note: vscode.l10n.t('Start its server in its Developer tab'),
      probe: { url: 'http://127.0.0.1:1234/v1/models', is: isModelList },
    },
    // https://github.com/ggml-org/llama.cpp/tree/master/tools/server
    {
      ...here,
      id: 'llama-cpp',
      label: 'llama.cpp',
      baseUrl: 'http://127.0.0.1:8080/v1',
      note: vscode.l10n.t('llama-server; tools need --jinja'),
      probe: { url: 'http://127.0.0.1:8080/v1/models', is: isModelList },
    },
    // https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
    {
      ...here,
      id: 'vllm',
      label: 'vLLM',
      baseUrl: 'http://127.0.0.1:8000/v1',
      note: vscode.l10n.t('Tools need --enable-auto-tool-choice'),
      probe: { url: 'http://127.0.0.1:8000/v1/models', is: isModelList },
    },
  ];
}

function services(): Preset[] {
  const chat = { group: 'services', kind: 'chat-completions', key: 'needed' } as const;
  const responses = { ...chat, kind: 'responses' } as const;
  return [
    // https://platform.openai.com/docs/api-reference
    {
      ...responses,
      id: 'openai',
      label: 'OpenAI',
      baseUrl: 'https://api.openai.com/v1',
      keysAt: 'https://platform.openai.com/api-keys',
    },
    // https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
    {
      ...responses,
      id: 'azure-openai',
      label: 'Azure OpenAI',
      example: 'https://NAME.openai.azure.com/openai/v1',
      keysAt: 'https://portal.azure.com',
      note: vscode.l10n.t('Model IDs are the names of your deployments'),
    },
    // https://platform.claude.com/docs/en/cli-sdks-libraries/libraries/openai-sdk
    {
      ...chat,
      id: 'anthropic',
      label: 'Anthropic',
      baseUrl: 'https://api.anthropic.com/v1',
      keysAt: 'https://platform.claude.com/settings/keys',
      note: vscode.l10n.t('Its endpoint that is compatible with OpenAI; without embeddings'),
    },
    // https://ai.google.dev/gemini-api/docs/openai
    {
      ...chat,
      id: 'gemini',
      label: 'Google Gemini',
      baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
      keysAt: 'https://aistudio.google.com/apikey',
    },
    // https://docs.mistral.ai/getting-started/quickstart
    {
      ...chat,
      id: 'mistral',
      label: 'Mistral',
      baseUrl: 'https://api.mistral.ai/v1',
      keysAt: 'https://console.mistral.ai/api-keys',
    },
    // https://openrouter.ai/docs/quickstart
    {
      ...chat,
      id: 'openrouter',
      label: 'OpenRouter',
      baseUrl: 'https://openrouter.ai/api/v1',
      keysAt: 'https://openrouter.ai/keys',
      note: vscode.l10n.t('Lists its models without a key, too'),
    },
    // https://console.groq.com/docs/openai
    {
      ...chat,
      id: 'groq',
      label: 'Groq',
      baseUrl: 'https://api.groq.com/openai/v1',
      keysAt: 'https://console.groq.com/keys',
      note: vscode.l10n.t('Without embeddings'),
    },
    // https://docs.x.ai/developers/model-capabilities/text/comparison: Chat Completions are deprecated
    {
      ...responses,
      id: 'xai',
      label: 'xAI',
      baseUrl: 'https://api.x.ai/v1',
      keysAt: 'https://console.x.ai',
      note: vscode.l10n.t('Without embeddings'),
    },
    // https://docs.together.ai/docs/inference/openai-compatibility; api.together.xyz is the older name
    {
      ...chat,
      id: 'together',
      label: 'Together AI',
      baseUrl: 'https://api.together.ai/v1',
      aliases: ['https://api.together.xyz/v1'],
      keysAt: 'https://api.together.ai/settings/api-keys',
    },
  ];
}

function inChina(): Preset[] {
  const china = { group: 'china', kind: 'chat-completions', key: 'needed' } as const;
  return [
    // https://api-docs.deepseek.com
    {
      ...china,
      id: 'deepseek',
      label: 'DeepSeek',
      baseUrl: 'https://api.deepseek.com',
      aliases: ['https://api.deepseek.com/v1'],
      keysAt: 'https://platform.deepseek.com/api_keys',
      note: vscode.l10n.t('Without embeddings'),
    },
    // https://help.aliyun.com/zh/model-studio/base-url
    {
      ...china,
      id: 'qwen',
      label: vscode.l10n.t('Qwen (DashScope)'),
      baseUrl: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
      keysAt: 'https://bailian.console.aliyun.com/?tab=model#/api-key',
      note: vscode.l10n.t('China (Beijing); keys are for one region'),
    },
    // https://www.alibabacloud.com/help/model-studio/base-url
    {
      ...china,
      id: 'qwen-intl',
      label: vscode.l10n.t('Qwen (DashScope, international)'),
      baseUrl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
      keysAt: 'https://modelstudio.console.alibabacloud.com/?tab=model#/api-key',
      note: vscode.l10n.t('Singapore; keys are for one region'),
    },
    // https://platform.kimi.com/docs/api/overview
    {
      ...china,
      id: 'kimi',
      label: vscode.l10n.t('Kimi (Moonshot)'),
      baseUrl: 'https://api.moonshot.cn/v1',
      keysAt: 'https://platform.kimi.com/console/api-keys',
      note: vscode.l10n.t('Without embeddings'),
    },
    // https://platform.kimi.ai/docs/api/overview
    {
      ...china,
      id: 'kimi-intl',
      label: vscode.l10n.t('Kimi (Moonshot, international)'),
      baseUrl: 'https://api.moonshot.ai/v1',
      keysAt: 'https://platform.kimi.ai/console/api-keys',
      note: vscode.l10n.t('Without embeddings'),
    },
    // https://docs.bigmodel.cn/cn/guide/develop/openai/introduction
    {
      ...china,
      id: 'zhipu',
      label: vscode.l10n.t('Zhipu (GLM)'),
      baseUrl: 'https://open.bigmodel.cn/api/paas/v4',
      keysAt: 'https://bigmodel.cn/usercenter/proj-mgmt/apikeys',
    },
    // https://docs.z.ai/guides/develop/openai/python
    {
      ...china,
      id: 'zai',
      label: vscode.l10n.t('Z.ai (GLM, international)'),
      baseUrl: 'https://api.z.ai/api/paas/v4',
      keysAt: 'https://z.ai/manage-apikey/apikey-list',
    },
    // https://docs.siliconflow.cn/docs/userguide/quickstart
    {
      ...china,
      id: 'siliconflow',
      label: vscode.l10n.t('SiliconFlow'),
      baseUrl: 'https://api.siliconflow.cn/v1',
      keysAt: 'https://cloud.siliconflow.cn/account/ak',
    },
    // https://www.siliconflow.com/blog/openai-sdk-siliconflow-compatibility-checks
    {
      ...china,
      id: 'siliconflow-intl',
      label: vscode.l10n.t('SiliconFlow (international)'),
      baseUrl: 'https://api.siliconflow.com/v1',
      keysAt: 'https://cloud.siliconflow.com/account/ak',
    },
  ];
}

/** Whether a base URL is that of a preset. */
export function isOfPreset({ baseUrl, aliases = [] }: Preset, url: string): boolean {
  return [baseUrl, ...aliases].some((known) => known !== undefined && isSameAddress(known, url));
}

/**
 * Whether two base URLs are the same: whatever the case of the host, a slash at the end, the default port and
 * the name of this computer.
 */
export function isSameAddress(one: string, other: string): boolean {
  const [a, b] = [one, other].map(normalized);
  return a !== undefined && a === b;
}

function normalized(baseUrl: string): string | undefined {
  if (!URL.canParse(baseUrl)) return undefined;
  // The parser writes hosts in lower case, and leaves default ports out.
  const { protocol, hostname, port, pathname, search } = new URL(baseUrl);
  const host = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname) ? '127.0.0.1' : hostname;
  return `${protocol}//${host}:${port}${pathname.replace(/\/+$/, '')}${search}`;
}

/** Whether a local server runs: what is at its port may be another program. */
export async function isRunning(
  { url, is }: NonNullable<Preset['probe']>,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const response = await fetch(url, { signal, redirect: 'error' });
    if (response.status === 401) {
      await response.body?.cancel();
      return true;
    }
    return response.ok && is(await response.json());
  } catch {
    // The list then shows the server as not running.
    return false;
  }
}

function isModelList(body: unknown): boolean {
  return has(body, 'data') && Array.isArray(body.data);
}

function has<Name extends string>(value: unknown, name: Name): value is Record<Name, unknown> {
  return typeof value === 'object' && value !== null && name in value;
}
