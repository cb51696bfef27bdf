import { type BenchRecord, unanswered } from '../../src/benchmark/record.ts';

/** A run without an answer that says little: its key is what matters. */
export function record(k: number, own: Partial<BenchRecord> = {}): BenchRecord {
  return {
    ...unanswered('failed', 'the process ended (exit 1)'),
    key: k.toString(16).padStart(64, '0'),
    suite: 'test',
    family: 'uniform',
    parameters: { rows: 2, cols: 2 },
    instanceSeed: 1,
    instanceHash: '0'.repeat(64),
    layers: 1,
    entries: 4,
    sparsity: '0.5',
    target: 2,
    method: 'greedy',
    seed: 1,
    workLimit: null,
    timeLimit: null,
    memoryLimit: null,
    warmUp: 0,
    commit: 'v0',
    machine: { processor: 'ä ⚙', cores: 1, memory: 1, node: 'v20', platform: 'test' },
    date: '2026-01-01T00:00:00.000Z',
    ...own,
  };
}

/** The same with a checked answer. */
export function answer(k: number, cost: number, dualBound: number, own: Partial<BenchRecord> = {}): BenchRecord {
  return record(k, {
    outcome: 'answered',
    reason: null,
    status: cost === dualBound ? 'optimal' : 'feasible',
    stopReason: 'complete',
    valid: true,
    cost,
    kept: 10 - cost,
    total: 10,
    removed: 2,
    primalBound: cost,
    dualBound,
    gap: cost === 0 ? 0 : (cost - dualBound) / cost,
    work: 1,
    seconds: 1,
    processorSeconds: 1,
    repeats: 1,
    baseBytes: 100,
    peakBytes: 150,
    trace: { work: [0], seconds: [0.5], cost: [cost], boundWork: [1], boundSeconds: [1], bound: [dualBound] },
    ...own,
  });
}
