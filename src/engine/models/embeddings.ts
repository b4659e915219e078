import { malformedError } from './modelErrors';
import { fieldsOf, listOf } from './server/json';
import type { ModelServer } from './server/modelServer';

/** Limits of one request: servers reject more than a few hundred thousand tokens at once. */
const maxTexts = 64;
const maxCharacters = 200_000;

/** The vectors of texts, in their order, from a server with an OpenAI-style `POST /embeddings`. */
export async function embedTexts(
  server: ModelServer,
  model: string,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (const input of batchesOf(texts)) {
    // The client's default would be base64, which not all servers support.
    const body = { model, input, encoding_format: 'float' as const };
    const answer = await server.json(signal, (client, options) => client.embeddings.create(body, options));
    vectors.push(...vectorsIn(server, answer, input.length));
  }
  const [first] = vectors;
  if (vectors.some(({ length }) => length !== first?.length)) {
    throw malformedError(server.info, 'its vectors differ in length');
  }
  return vectors;
}

function batchesOf(texts: readonly string[]): string[][] {
  const batches: string[][] = [];
  let characters = 0;
  for (const text of texts) {
    characters += text.length;
    const batch = batches.at(-1);
    if (batch && batch.length < maxTexts && characters <= maxCharacters) batch.push(text);
    else {
      batches.push([text]);
      characters = text.length;
    }
  }
  return batches;
}

/** The vectors of an answer in the order of the texts: a server may return them in another one, as `index` says. */
function vectorsIn(server: ModelServer, answer: unknown, expected: number): Float32Array[] {
  const vectors = new Map<number, Float32Array>();
  const { data, embeddings } = fieldsOf(answer);
  for (const [at, item] of listOf(data ?? embeddings ?? answer).entries()) {
    // Ollama's and Hugging Face's own lists are of vectors.
    const { index, embedding } =
      Array.isArray(item) || typeof item === 'string'
        ? { index: at, embedding: item as unknown }
        : fieldsOf(item);
    vectors.set(typeof index === 'number' ? index : at, vectorOf(server, embedding));
  }
  return Array.from({ length: expected }, (_, at) => {
    const vector = vectors.get(at);
    if (!vector) throw malformedError(server.info, `it has ${vectors.size} vectors for ${expected} texts`);
    return vector;
  });
}

function vectorOf(server: ModelServer, embedding: unknown): Float32Array {
  const vector = typeof embedding === 'string' ? decoded(embedding) : listOf(embedding);
  if (vector.length === 0 || !vector.every((one) => Number.isFinite(one)))
    throw malformedError(server.info, 'one of its vectors is not a list of numbers');
  return Float32Array.from(vector as ArrayLike<number>);
}

/** A vector in base64, as some servers send it whatever they are asked for: 32-bit floats, little-endian. */
function decoded(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  const isWhole = bytes.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(base64);
  if (!isWhole) return new Float32Array();
  return Float32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
}
