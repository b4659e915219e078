/** Schemas shared by the objects of the API. */
import * as z from 'zod';

export const time = z.int().positive();
export const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_[A-Za-z0-9]{24}$`));
export const metadata = z.record(z.string().max(64), z.string().max(512));

export const score = z.number().min(0).max(1);
export const textContent = z.array(z.strictObject({ type: z.literal('text'), text: z.string() }));
