import path from 'node:path';
import * as v from 'valibot';
import { RcpruneError } from '../problem/error.ts';
import type { Links } from '../problem/links.ts';
import { nameOf } from './file.ts';
import { count, isObject, list, parsed, positive, text } from './schema.ts';

/** Longest list of tensors, sources or readers, and longest name, that a file may hold. */
const MOST_LINKS = 2 ** 20;
const name = text(2 ** 16);
/** The links of an instance, as JSON. */
export const links = v.strictObject({
  tensors: list(
    v.strictObject({
      name,
      channels: positive,
      from: v.optional(
        list(
          v.union([
            name,
            v.strictObject({ layer: name, offset: v.optional(count) }),
            v.strictObject({ tensor: name, offset: v.optional(count) }),
          ]),
          MOST_LINKS,
        ),
      ),
      join: v.optional(v.picklist(['any', 'all'])),
      to: v.optional(list(name, MOST_LINKS)),
      output: v.optional(v.boolean()),
    }),
    MOST_LINKS,
  ),
});

/**
 * Reads links: JSON `{ "tensors": [...] }`, or those of an instance, `.json` or `.safetensors`; `-`: JSON from standard input. That
 * they fit other layers is found out where they are put on these.
 *
 * @throws RcpruneError on a file that is neither, and on an instance without links
 */
export async function readLinks(file: string): Promise<Links> {
  if (path.extname(file).toLowerCase() === '.safetensors') {
    const { readInstance } = await import('./instance.ts');
    return requireLinks(file, (await readInstance(file)).links);
  }
  const { readJsonWithMatrices } = await import('./json-stream.ts');
  const content = await readJsonWithMatrices(file, 'importance');
  if (!isObject(content) || !('layers' in content)) return parsed(nameOf(file), links, content);
  return parsed(`${nameOf(file)}: links`, links, requireLinks(file, content.links));
}

function requireLinks<T>(file: string, own: T | undefined): T {
  if (own === undefined) throw new RcpruneError(nameOf(file), 'an instance with links', 'one without');
  return own;
}
