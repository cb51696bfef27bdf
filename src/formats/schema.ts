import type { z } from 'zod';
import { describe, RcpruneError } from '../problem/error.ts';

/** Parses a value with a schema. @throws RcpruneError with the schema's first complaint: where, expected, got */
export function parsed<T>(where: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const at = [where, ...(issue.path.length > 0 ? [issue.path.join('.')] : [])].join(': ');
  if (issue.code === 'unrecognized_keys') {
    throw new RcpruneError(at, 'known fields only', describe(issue.keys[0]));
  }
  const found = issue.path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown> | null)?.[key], value);
  const expected = issue.message.replace(/^Invalid input: expected /, '').replace(/,? received .*$/, '');
  throw new RcpruneError(at, expected, describe(found));
}
