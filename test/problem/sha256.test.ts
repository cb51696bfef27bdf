import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeSha256 } from '../../src/problem/sha256.ts';
import { makeSha256 as makeInBrowser } from '../../src/problem/sha256-browser.ts';

/*
 * SHA-256 in Node and in browsers: the digests of the standard, and the same for any pieces.
 */

describe.each([
  ['in Node', makeSha256],
  ['in a browser', makeInBrowser],
])('SHA-256 %s', (_, make) => {
  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ])('of %j is that of FIPS 180-4', (text, digest) => {
    const hash = make();
    hash.update(text);
    expect(hash.hex()).toBe(digest);
  });
});

it('is the same in both for any pieces of bytes and text', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 200 }))), (pieces) => {
      const [node, browser] = [makeSha256(), makeInBrowser()];
      for (const piece of pieces) {
        // Halves of pairs are no text: either takes them for the replacement character.
        node.update(piece);
        browser.update(piece);
      }
      expect(browser.hex()).toBe(node.hex());
    }),
  );
});
