import { createRequire } from 'node:module';
import path from 'node:path';
import type { Instance } from '../src/index.ts';
import { extract } from '../src/neural/index.ts';

/** The face-recognition network of @vladmandic/face-api: real trained weights, importance |w|, rows = filters. */
export async function faceNetwork(): Promise<Instance> {
  const folder = path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));
  const manifest = path.join(folder, 'model', 'face_recognition_model-weights_manifest.json');
  const { instance } = await extract(manifest, { importance: 'l1', normalize: 'none', only: 'conv' });
  return instance;
}
