import type { CreateEmbeddingResponse } from 'openai/resources/embeddings';
import * as z from 'zod';
import { badRequest } from '../errors';
import type { ModelCall } from './chatCompletions/answerChat';
import { checkValue } from './input/validate';

/** Maximum number of texts of a request. */
const maxTexts = 2048;

const embeddingRequest = z.object({
  input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(maxTexts)]),
  encoding_format: z.enum(['float', 'base64']).default('float'),
});

/** Answers `POST /embeddings` for a connection that has no server of OpenAI's API. Throws ApiError or ModelError. */
export async function answerEmbeddings({
  connection,
  model,
  id,
  body,
  signal,
}: ModelCall): Promise<Response> {
  const { label, provider } = connection;
  if (!provider.embed)
    throw badRequest(
      `The connection “${label}” has no embeddings. Use a model of another connection.`,
      'model',
      'unsupported_model',
    );
  const { input, encoding_format } = checkValue(embeddingRequest, body);
  const vectors = await provider.embed(model, typeof input === 'string' ? [input] : input, signal);
  const isFloat = encoding_format === 'float';
  const data = vectors.map((vector, index) => ({
    object: 'embedding' as const,
    index,
    embedding: isFloat ? [...vector] : base64Of(vector),
  }));
  const usage = { prompt_tokens: 0, total_tokens: 0 };
  return Response.json({ object: 'list', data, model: id, usage } satisfies Answer);
}

type Answer = Omit<CreateEmbeddingResponse, 'data'> & { data: { embedding: number[] | string }[] };

/** 32-bit floats, little-endian. */
function base64Of(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, at) => bytes.writeFloatLE(value, at * 4));
  return bytes.toString('base64');
}
