import type { Assistant } from 'openai/resources/beta/assistants';
import { assistantName, formatTime } from './titles';

/**
 * What tells assistants of the same name and model apart, by their ids: the time of their creation, or the id where
 * that is the same, too. Others need no hint: the model is shown wherever an assistant is chosen.
 */
export function namesakeHints(assistants: readonly Assistant[]): ReadonlyMap<string, string> {
  const groups = new Map<string, Assistant[]>();
  for (const assistant of assistants) {
    const key = JSON.stringify([assistantName(assistant), assistant.model]);
    const group = groups.get(key);
    if (group) group.push(assistant);
    else groups.set(key, [assistant]);
  }
  const hints = new Map<string, string>();
  for (const group of groups.values()) {
    if (group.length < 2) continue;
    const times = group.map(({ created_at: time }) => formatTime(time));
    group.forEach(({ id }, index) => {
      const time = times[index]!;
      hints.set(id, times.filter((other) => other === time).length > 1 ? id : time);
    });
  }
  return hints;
}
