import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/*
 * Exact writes proofs in version 1.1 of the format of VeriPB, which reads versions 2 and 3 only. The same steps, renumbered: 1.1
 * gives a number to every row of the formula when it is loaded (`l ROW`), 3.0 numbers all rows from 1 on at the beginning.
 * Nothing here need be trusted: VeriPB checks what comes out, against our own file of the formula.
 */

const OPENING = 'pseudo-Boolean proof version 1.1';
/** In a derivation (`pol`), numbers are constraints or, just before `*` and `d`, factors. */
const AFTER_FACTOR = new Set(['*', 'd']);

/**
 * Writes the proof that `from` derives a contradiction from as many rows as stated.
 *
 * @returns the number of steps @throws Error on a step of another kind, or when no contradiction is stated
 */
export async function translate(from: string, to: string, rows: number): Promise<number> {
  const out = await open(to, 'w');
  try {
    const numbers = [0]; // of the constraint that 1.1 numbers by the index
    let next = rows + 1;
    let steps = 0;
    let isEnded = false;
    let text = `pseudo-Boolean proof version 3.0\nf ${rows} ;\n`;
    for await (const line of createInterface({ input: createReadStream(from) })) {
      const words = line.split(' ').filter((word) => word !== '');
      if (line === OPENING || words.length === 0 || words[0] === '*') continue;
      if (words[0] === 'l') numbers.push(Number(words[1]));
      else if (words[0] === 'rup') {
        text += `${line.trim()}\n`;
        numbers.push(next++);
      } else if (words[0] === 'pol') {
        const isConstraint = (word: string, k: number) => /^[0-9]+$/.test(word) && !AFTER_FACTOR.has(words[k + 1]!);
        text += `${words.map((word, k) => (isConstraint(word, k) ? numbers[Number(word)] : word)).join(' ')} ;\n`;
        numbers.push(next++);
      } else if (words[0] === 'c') {
        text += `output NONE ;\nconclusion UNSAT : ${numbers[Number(words[1])]} ;\nend pseudo-Boolean proof ;\n`;
        isEnded = true;
        break;
      } else throw new Error(`${from}: expected l, rup, pol or c, got ${line.slice(0, 60)}`);
      steps++;
      if (text.length > 2 ** 20) {
        await out.write(text);
        text = '';
      }
    }
    if (!isEnded) throw new Error(`${from}: expected a contradiction at the end, got ${steps} steps without`);
    await out.write(text);
    return steps;
  } finally {
    await out.close();
  }
}
