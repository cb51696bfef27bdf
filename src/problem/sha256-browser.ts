import { sha256 } from '@noble/hashes/sha2.js';
import type { Sha256 } from './sha256.ts';

/** SHA-256 where there is no Node: see {@link Sha256}. */
export function makeSha256(): Sha256 {
  const hash = sha256.create();
  const encoder = new TextEncoder();
  return {
    update: (data) => void hash.update(typeof data === 'string' ? encoder.encode(data) : data),
    hex: () => Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  };
}
