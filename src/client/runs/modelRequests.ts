import type OpenAI from 'openai';
import type { ModelRequestContent, ModelRequestInfo } from '../../engine/store/tables/modelRequestTable';

export type { ModelRequestInfo } from '../../engine/store/tables/modelRequestTable';

/** A request to a model, with its contents. */
export type ModelRequest = ModelRequestInfo & ModelRequestContent;

interface RunIds {
  threadId: string;
  runId: string;
}

/** The newest requests of a run or of one of its steps that are kept, newest first: an addition of our engine. */
export async function listModelRequests(
  client: OpenAI,
  { threadId, runId, stepId }: RunIds & { stepId?: string },
): Promise<ModelRequestInfo[]> {
  const run = `/threads/${threadId}/runs/${runId}`;
  const owner = stepId === undefined ? run : `${run}/steps/${stepId}`;
  const page = await client.get<{ data: ModelRequestInfo[] }>(`${owner}/model_requests?limit=100`);
  return page.data;
}

export function readModelRequest(
  client: OpenAI,
  { threadId, runId, requestId }: RunIds & { requestId: string },
): Promise<ModelRequest> {
  return client.get(`/threads/${threadId}/runs/${runId}/model_requests/${requestId}`);
}
