import type { FileSearchTool } from 'openai/resources/beta/assistants';
import type { Run } from 'openai/resources/beta/threads/runs/runs';
import type { FileSearchToolCall } from 'openai/resources/beta/threads/runs/steps';
import * as z from 'zod';

export const fileSearchName = 'file_search';

/** The tool's entry in the `tools` of an assistant or a run. */
export const fileSearchEntry = z.object({
  type: z.literal(fileSearchName),
  file_search: z
    .object({
      max_num_results: z.int().min(1).max(50).optional(),
      ranking_options: z
        .object({
          ranker: z.enum(['auto', 'default_2024_08_21']).optional(),
          score_threshold: z.number().min(0).max(1),
        })
        .optional(),
    })
    .optional(),
});

/** The options of a run's searches. */
export function searchOptionsOf(run: Run): FileSearchTool['file_search'] {
  return run.tools.find((tool): tool is FileSearchTool => tool.type === fileSearchName)?.file_search;
}

/** The ranking options of a run's searches as their steps show them. */
export function rankingOf(run: Run): NonNullable<FileSearchToolCall['file_search']['ranking_options']> {
  const { ranker = 'auto', score_threshold = 0 } = searchOptionsOf(run)?.ranking_options ?? {};
  return { ranker, score_threshold };
}
