import { createRequire } from 'node:module';
import path from 'node:path';
import { backend, env, getBackend, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers'; // registers the gradients of tfjs-core's operations
import { RcpruneError } from '../problem/error.ts';
import { registerTensorflowKernels } from './backend/tensorflow-kernels.ts';
import { registerWasmKernels } from './backend/wasm-kernels.ts';

/** What computes: TensorFlow's C library through `@tensorflow/tfjs-node`, or WebAssembly. */
export type BackendName = 'tensorflow' | 'wasm';

/** The backend that was started. */
export interface Backend {
  /** As TensorFlow.js calls it. */
  readonly name: BackendName;
  /** One line for users: what computes, and why not the faster one. */
  readonly description: string;
}

const require = createRequire(import.meta.url);

/**
 * Starts the backend on which networks run: tfjs-node's `tensorflow` when that package is installed and its addon loads,
 * else `wasm`, with the kernels that training needs. Never the plain cpu backend, which is hundreds of times slower.
 *
 * @param wanted only this one
 * @throws RcpruneError when the wanted one, or `wasm`, does not start
 */
export async function startBackend(wanted?: BackendName): Promise<Backend> {
  if (wanted === 'wasm') return startWasm('as asked');
  const reason = loadTensorflow();
  if (reason === null) {
    registerTensorflowKernels();
    await switchTo('tensorflow');
    const { TF_Version } = (backend() as unknown as { binding: { TF_Version: string } }).binding;
    return { name: 'tensorflow', description: `tensorflow: tfjs-node, TensorFlow ${TF_Version}` };
  }
  if (wanted === 'tensorflow') throw new RcpruneError('startBackend', '@tensorflow/tfjs-node with its addon', reason);
  return startWasm(reason);
}

/** Loads tfjs-node, which registers its backend. @returns null, or why it does not load. */
function loadTensorflow(): string | null {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // the C library's notes on this processor are no errors
  try {
    require('@tensorflow/tfjs-node');
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'MODULE_NOT_FOUND') return 'tfjs-node is not installed';
    if (code === 'ERR_DLOPEN_FAILED') return `tfjs-node's addon does not load: ${message.split('\n')[0]}`;
    if (code === undefined && message.includes('native addon module')) return "tfjs-node's addon is not built";
    throw error;
  }
}

async function startWasm(why: string): Promise<Backend> {
  // Loaded here, since loading it makes it the backend of first choice, before it can compute: reading weights needs none.
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  registerWasmKernels();
  const folder = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));
  setWasmPaths(path.join(folder, 'dist', path.sep));
  await switchTo('wasm');
  const simd = (await env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'SIMD' : 'no SIMD';
  return { name: 'wasm', description: `wasm: ${simd}, one thread (${why})` };
}

/** TensorFlow.js answers a switch that failed by another backend: here it is an error. */
async function switchTo(name: BackendName): Promise<void> {
  const succeeded = await setBackend(name);
  if (!succeeded || getBackend() !== name) {
    throw new RcpruneError('startBackend', `the ${name} backend to start`, `${getBackend() || 'none'}`);
  }
}
