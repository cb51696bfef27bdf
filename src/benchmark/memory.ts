import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Most resident memory of this process, in bytes, since it was reset. The kernel's figure of the present program, where it
 * gives one: what `getrusage` says of a process can be its parent's, from before it started this program.
 */
export function peakBytes(): number {
  try {
    const kibibytes = /^VmHWM:\s*([0-9]+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kibibytes !== undefined) return 1024 * Number(kibibytes);
  } catch {
    // no Linux
  }
  return 1024 * process.resourceUsage().maxRSS;
}

/** Lets {@link peakBytes} start again from what is resident now, where the kernel can do that. */
export function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // no Linux, or not allowed: the peak then counts from the start of the process
  }
}
