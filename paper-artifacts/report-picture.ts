/**
 * Writes report.png beside this file: parts of the page of a pruned face-recognition network, as Chromium shows it.
 *
 * `npx tsx paper-artifacts/report-picture.ts` (a minute; Chromium from test/report/install). Fonts are the system's.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { check, loadMethods, solveSync, sparsityGoal } from '../src/index.ts';
import { extract } from '../src/neural/index.ts';
import { runPage } from '../src/report/index.ts';

await loadMethods(); // then solveSync takes any of them by name

const MODEL = '../node_modules/@vladmandic/face-api/model/face_recognition_model-weights_manifest.json';
const [WIDTH, MARGIN] = [980, 14];
/** A layer of which rows, columns and a block of both are left. */
const LAYER = 'conv256_down/conv1';

const { instance } = await extract(fileURLToPath(new URL(MODEL, import.meta.url)), { only: 'conv' });
const goal = sparsityGoal(instance, '0.93');
const { pruning } = solveSync(instance, { method: 'residual', goal });
const page = runPage({
  instance,
  pruning: pruning!,
  verdict: check(instance, goal, pruning!),
  trace: null,
  name: 'face.safetensors',
  command: 'npx rcprune report face.safetensors pruning.json --sparsity 0.93 -o page.html',
});

const folder = mkdtempSync(path.join(tmpdir(), 'rcprune-'));
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' });
try {
  const file = path.join(folder, 'page.html');
  writeFileSync(file, page);
  const view = await browser.newPage({ viewport: { width: WIDTH, height: 4200 } });
  await view.goto(pathToFileURL(file).href);
  await view.getByLabel(LAYER, { exact: true }).check();
  const facts = (await view.locator('.facts').boundingBox())!;
  const layers = (await view.locator('#layers').boundingBox())!;
  const parts = [
    { y: 0, height: facts.y + facts.height + 2 * MARGIN },
    { y: layers.y - 2 * MARGIN, height: layers.height + 3 * MARGIN },
  ].map(({ y, height }) => ({ y: Math.round(y), height: Math.round(height) }));
  const pictures = await Promise.all(
    parts.map(({ y, height }) => view.screenshot({ clip: { x: MARGIN, y, width: WIDTH - 2 * MARGIN, height } })),
  );
  const height = parts.reduce((sum, part) => sum + part.height, 0);
  await sharp({ create: { width: WIDTH - 2 * MARGIN, height, channels: 3, background: '#fdfcfa' } })
    .composite(pictures.map((input, k) => ({ input, left: 0, top: k === 0 ? 0 : parts[0]!.height })))
    .png({ palette: true, colours: 48, effort: 10, compressionLevel: 9, dither: 0 })
    .toFile(fileURLToPath(new URL('report.png', import.meta.url)));
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
