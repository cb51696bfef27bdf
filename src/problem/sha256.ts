import { createHash } from 'node:crypto';

/** SHA-256 of bytes that come one after the other. */
export interface Sha256 {
  /** More bytes, or more text in UTF-8. */
  update(data: Uint8Array | string): void;
  /** The digest in hexadecimal digits; nothing may come after. */
  hex(): string;
}

/** Node's own SHA-256; package.json gives bundlers for browsers sha256-browser.ts in place of this file. */
export function makeSha256(): Sha256 {
  const hash = createHash('sha256');
  return { update: (data) => void hash.update(data), hex: () => hash.digest('hex') };
}
