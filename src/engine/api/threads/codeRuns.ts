import type { Hono } from 'hono';
import * as z from 'zod';
import { lazy } from '../../lazy';
import { newId } from '../../ids';
import type { CodeInterpreterTool } from '../../tools/codeInterpreter/codeInterpreterTool';
import { type ApiContext, requireFile } from '../context';
import { checkBody } from '../input/validate';

const createCodeRun = lazy(() =>
  z.strictObject({
    code: z.string().min(1).max(256_000),
    session_id: z
      .string()
      .regex(/^session_[A-Za-z0-9]{24}$/)
      .optional(),
    file_ids: z.array(z.string()).max(20).default([]),
  }),
);

/** An extension: the code interpreter without an assistant. The code of a session shares its variables and files. */
export function codeRunRoutes(app: Hono, context: ApiContext, codeInterpreter: CodeInterpreterTool): void {
  app.post('/code_runs', async (c) => {
    const { code, session_id = newId('session'), file_ids } = await checkBody(createCodeRun(), c.req.raw);
    for (const id of file_ids) requireFile(context, id);
    const result = await codeInterpreter.runInSession(session_id, code, file_ids, c.req.raw.signal);
    return c.json({ object: 'code_run', session_id, ...result });
  });
}
