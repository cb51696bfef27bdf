import * as v from 'valibot';
import { count, list, positive, text } from './schema.ts';

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
