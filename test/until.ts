import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/*
 * Waiting for a state, not for a time: what takes a second on a quiet machine takes ten on a busy one.
 */

const PAUSE = 20;
const MOST_SECONDS = 180;

/** Asks again and again until there is an answer. @returns the answer */
export async function until<T>(read: () => T | undefined | null | false, what: string): Promise<T> {
  const deadline = performance.now() + 1000 * MOST_SECONDS;
  while (performance.now() < deadline) {
    const value = read();
    if (value) return value;
    await sleep(PAUSE);
  }
  throw new Error(`waited in vain for ${what}`);
}

/** Clock ticks of /proc, 100 a second on every Linux. */
const TICKS = 100;

/** Waits until a process has worked so many seconds more, its threads together, or has ended: how far it is, not how late. */
export async function untilWorked(pid: number, seconds: number): Promise<unknown> {
  if (!existsSync('/proc/self/stat')) return sleep(1000 * seconds);
  const before = ticksOf(pid);
  return until(() => ticksOf(pid) - before >= TICKS * seconds, `process ${pid} to work for ${seconds} s`);
}

function ticksOf(pid: number): number {
  if (!existsSync(`/proc/${pid}/stat`)) return Infinity;
  // Behind the program's name in parentheses: user and system time are the 12th and 13th field.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
