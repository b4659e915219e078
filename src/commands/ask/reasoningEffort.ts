import type { Assistant } from 'openai/resources/beta/assistants';
import * as vscode from 'vscode';
import * as z from 'zod';
import { askChoice } from './inputs';

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/** How much a model is to reason; null: as its provider has it. */
export type Effort = (typeof efforts)[number] | null;

export const effortField = z.enum(efforts).nullable();

/** The effort of an assistant; null if none is set. The client's type does not have the field. */
export function effortOf(assistant: Assistant): Effort {
  const value: unknown = 'reasoning_effort' in assistant ? assistant.reasoning_effort : null;
  return efforts.find((effort) => effort === value) ?? null;
}

/** Asks for an effort. */
export function pickEffort(title: string, current: Effort): Promise<Effort> {
  const standard = {
    label: vscode.l10n.t('Default'),
    detail: vscode.l10n.t('As the model’s provider has it'),
    value: null,
    picked: current === null,
  };
  return askChoice<Effort>({
    title,
    placeholder: vscode.l10n.t('How much should the model reason before it answers?'),
    items: [
      standard,
      ...efforts.map((effort) => ({ label: effort, value: effort, picked: effort === current })),
    ],
  });
}
