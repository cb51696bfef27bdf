import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { check } from '../../src/certify/index.ts';
import {
  boundSync,
  generate,
  type Instance,
  loadMethods,
  makeInstance,
  solveSync,
  sparsityGoal,
} from '../../src/index.ts';
import * as figures from '../../src/report/figures/index.ts';
import { benchPage, paperPage, performanceProfiles, runPage } from '../../src/report/index.ts';
import { accessibilityFaults, isSkipped, missing, numberOf, withBrowser } from './browser.ts';
import { records } from './records.ts';

await loadMethods(); // then solveSync takes any of them by name

/*
 * Pages in a real browser: content, reading with pointer and keys, phones, both themes, accessibility, and names that attack.
 */

const HOSTILE = [
  '</script><script>window.attacked = 1</script>',
  '"><img src=x onerror="window.attacked = 1">',
  "'-alert(1)-'",
  '<!-- <script>',
  '</title></style><svg onload=alert(1)>',
  '\u0000\u001b\ud800 & &amp; ]]>',
  '{{window.attacked = 1}}',
  'long '.repeat(50_000),
];

function reportOf(instance: Instance, method = 'residual') {
  const goal = sparsityGoal(instance, '0.7');
  const { pruning } = solveSync(instance, { method, goal });
  const { certificate } = boundSync(instance, { goal, workLimit: 2 });
  const verdict = check(instance, goal, pruning!, {}, certificate);
  const trace: [number, number][] = [
    [0, verdict.cost! * 1.2],
    [10, verdict.cost! * 1.1],
    [400, verdict.cost!],
  ];
  return {
    instance,
    pruning: pruning!,
    verdict,
    trace,
    name: 'folder/net.json',
    command: 'npx rcprune report a b -o c.html',
  };
}

const plain = reportOf(generate('scaled', { rows: 24, cols: 40, layers: 4, strength: 1, seed: 5 }));
const hostile = () => {
  const layers = HOSTILE.map((name, k) => ({ ...generate('scaled', { rows: 8, cols: 9, seed: k }).layers[0]!, name }));
  return { ...reportOf(makeInstance(layers)), name: HOSTILE[0]!, command: HOSTILE[0]! };
};
const METHODS = ['independent', 'residual', 'greedy', 'branch-and-bound'];

const paper = () =>
  paperPage({
    title: 'Every claim',
    lead: 'What came out.',
    facts: [],
    claims: [
      {
        id: 'T1',
        claim: 'within twice the optimum',
        whose: 'thesis states',
        scale: 'as stated',
        ran: '108 instances',
        command: 'npm run reproduce',
        expected: '<= 2',
        measured: '1.31',
        verdict: 'holds',
        theorems: ['independent_two'],
        tests: [['laws', 'test/laws.test.ts']],
      },
      {
        id: 'T2',
        claim: HOSTILE[0]!,
        whose: 'our construction',
        scale: 'ours',
        ran: HOSTILE[1]!,
        command: null,
        expected: '-',
        measured: '-',
        verdict: 'not measured',
        theorems: [],
        tests: [],
      },
    ],
    sections: [
      {
        id: 'accuracy',
        title: 'Accuracy',
        text: 'After one epoch.',
        figures: [
          {
            label: 'Accuracy',
            caption: 'Means and intervals.',
            draw: (options) =>
              figures.accuracyIntervals(
                [
                  { method: 'residual', group: '93%', accuracy: 0.66, low: 0.6, high: 0.7, count: 3 },
                  { method: HOSTILE[1]!, group: '93%', accuracy: 0.5, low: null, high: null, count: 1 },
                ],
                { ...options, reference: 0.93 },
              ),
          },
          {
            label: 'Gap',
            caption: 'Cost and accuracy.',
            draw: (options) =>
              figures.gapAgainstAccuracy(
                [
                  { method: 'residual', ratio: 1.01, accuracy: 0.66 },
                  { method: 'greedy', ratio: 1.05, accuracy: 0.6, isPerturbed: true },
                ],
                options,
              ),
          },
        ],
        tables: [
          {
            caption: 'Accuracies',
            columns: ['method', 'accuracy'],
            rows: [
              ['b', 10],
              ['a', 9],
              ['c', null],
            ],
          },
        ],
      },
    ],
    command: 'npm run reproduce',
  });

it('the same report gives the same bytes', () => {
  expect(runPage(plain)).toBe(runPage(plain));
});

it('there is no page of a wrong answer', () => {
  const { instance, pruning } = plain;
  const verdict = check(instance, { target: 1e6 }, pruning);
  expect(() => runPage({ ...plain, verdict })).toThrow(/a valid pruning/);
});

it('names are bounded: a name of a quarter of a megabyte does not make a large page', () => {
  expect(runPage(hostile()).length).toBeLessThan(400_000);
});

describe.skipIf(isSkipped)(`in a browser${isSkipped ? ` (${missing})` : ''}`, () => {
  const open = withBrowser();
  let run: string;
  let bench: string;
  beforeAll(() => {
    run = runPage(plain);
    bench = benchPage({ records: records(METHODS), command: 'npx rcprune report --bench a.jsonl -o b.html' });
  });

  it('a run says what it is, and its figures carry the numbers', async () => {
    const page = await open(run);
    const { verdict } = plain;
    const total = verdict.cost! + verdict.kept!;
    await expect(page.title()).resolves.toBe(
      `${((100 * verdict.removed!) / 3840).toFixed(1)}% of the weights removed, ${((100 * verdict.kept!) / total).toFixed(1)}% of the importance kept`,
    );
    const data = JSON.parse((await page.locator('#data').textContent())!);
    expect(data.verdict).toEqual(verdict);
    expect(data.layers).toHaveLength(4);
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual([
      'What each layer lost',
      'What is left of it',
      'Layer by layer',
      'How the search went',
      'The numbers',
      'This page again',
    ]);
    for (const landmark of ['banner', 'main', 'navigation', 'contentinfo'] as const) {
      expect(await page.getByRole(landmark).count(), landmark).toBe(1);
    }
    expect(await page.locator('#again code').textContent()).toBe(plain.command);
    // A removed layer's share stands in the table as in the data.
    const first = data.layers[0];
    const cells = await page.locator('#table tbody tr').first().locator('th, td').allTextContents();
    expect(cells.slice(1, 5)).toEqual([24, 24 - first.removedRows, 40, 40 - first.removedColumns].map(String));
    expect(cells[6]).toBe(`${((100 * first.cost) / first.total).toFixed(2)}%`);
  });

  it('a layer is chosen with arrow keys, the order of lines by a switch', async () => {
    const page = await open(run);
    const headings = page.locator('#layers h3:visible');
    const [from] = await headings.allTextContents();
    await page.locator('[data-chooser=layer] input:checked').focus();
    const at = Number(await page.locator('[data-chooser=layer] input:checked').inputValue());
    await page.keyboard.press(at === 3 ? 'ArrowUp' : 'ArrowDown');
    expect(await headings.count()).toBe(1);
    expect(await headings.textContent()).not.toBe(from);
    expect(await page.locator('.map:visible').getAttribute('data-order')).toBe('kept-first');
    await page.getByLabel('kept first, by importance').focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('.map:visible').getAttribute('data-order')).toBe('network');
  });

  it('points and entries are read with keys and pointer', async () => {
    const page = await open(run);
    const tip = page.locator('#tip');
    const { layers } = JSON.parse((await page.locator('#data').textContent())!);
    await page.locator('#loss .plot:visible').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await tip.textContent()).toContain(
      `${layers[1].name}\nentries removed: ${((100 * layers[1].removedEntries) / 960).toFixed(1)}%`,
    );
    await page.keyboard.press('End');
    expect(await tip.textContent()).toContain(layers[3].name);
    await page.keyboard.press('Escape');
    expect(await tip.isHidden()).toBe(true);
    const dots = page.locator('#search .plot:visible circle');
    await dots.first().hover();
    expect(await tip.textContent()).toContain('this run\nwork');

    await page.getByLabel('as in the network').check();
    const map = page.locator('.map:visible');
    await page.locator('[data-chooser=layer] input').first().check();
    await map.focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
    const own = plain.pruning.layers[0]!;
    const state = (removed: Uint32Array, line: number) => (removed.includes(line) ? 'removed' : 'kept');
    await expect
      .poll(() => tip.textContent())
      .toMatch(`row 1, ${state(own.removedRows, 1)}\ncolumn 2, ${state(own.removedColumns, 2)}\nimportance about `);
    const said = Number((await tip.textContent())!.match(/about (\S+)/)![1]);
    // A shade is within half a step of the square root.
    const value = plain.instance.layers[0]!.importance[40 + 2]!;
    const { full } = JSON.parse((await page.locator('#data').textContent())!).maps[0];
    expect(Math.abs(Math.sqrt(said / full) - Math.min(1, Math.sqrt(value / full)))).toBeLessThan(0.55 / 15);
  });

  it('a table sorts both ways by a click or Enter, numbers as numbers, missing ones last', async () => {
    const page = await open(paper());
    const table = page.locator('#accuracy table');
    const column = () =>
      table.locator('tbody tr').evaluateAll((rows) => rows.map((row) => (row as { textContent?: string }).textContent));
    await table.getByRole('button', { name: 'accuracy' }).click();
    expect(await column()).toEqual(['a9', 'b10', 'c–']);
    expect(await table.locator('th').nth(1).getAttribute('aria-sort')).toBe('ascending');
    await table.getByRole('button', { name: 'accuracy' }).focus();
    await page.keyboard.press('Enter');
    expect(await column()).toEqual(['b10', 'a9', 'c–']);
    await table.getByRole('button', { name: 'method' }).click();
    expect(await column()).toEqual(['a9', 'b10', 'c–']);
    expect(await table.locator('th[aria-sort]').count()).toBe(1);
  });

  it('a benchmark shows every method and run; its curves are chosen', async () => {
    const page = await open(bench);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('4 methods on 3 problems');
    expect(await page.locator('#methods tbody tr').count()).toBe(4);
    expect(await page.locator('#runs tbody tr').count()).toBe(12);
    expect(await page.locator('#profile-cost svg:visible text', { hasText: 'branch-and-bound' }).count()).toBe(1);
    expect(await page.locator('#course .panel:visible').count()).toBe(1);
    await page.locator('#course input').first().focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('#course h3:visible').textContent()).toContain('· 2');
    const costs = await page
      .locator('#methods tbody tr', { hasText: 'branch-and-bound' })
      .locator('td')
      .allTextContents();
    expect(costs[2]).toBe('1.0000 (1.0000–1.0000)');
  });

  const pages: [string, () => string][] = [
    ['run', () => run],
    ['bench', () => bench],
    ['paper', paper],
  ];

  it.each(pages)('%s: accessible in both themes, and on a phone without sideways scrolling', async (_, text) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1100, 375]) {
        const page = await open(text(), { width, colorScheme, hasTouch: width < 500 });
        await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
        expect(await numberOf(page, 'document.documentElement.scrollWidth'), `${width}`).toBe(width);
        expect(await accessibilityFaults(page), `${colorScheme} ${width}`).toEqual([]);
        await page.context().close();
      }
    }
  });

  it('the theme follows the system until the reader says otherwise', async () => {
    const page = await open(run, { colorScheme: 'dark', reducedMotion: 'reduce' });
    const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const dark = await ground();
    const button = page.getByRole('button', { name: /^Theme/ });
    await button.press('Enter');
    expect(await button.textContent()).toBe('Theme: light');
    expect(await ground()).not.toBe(dark);
    await button.click();
    expect(await ground()).toBe(dark);
    expect(await page.evaluate('getComputedStyle(document.documentElement).scrollBehavior')).toBe('auto');
  });

  it('names from files stay names', async () => {
    const page = await open(runPage(hostile()));
    expect(await page.evaluate('window.attacked')).toBeUndefined();
    expect(await page.locator('script').count()).toBe(2);
    expect(await page.locator('img, svg script, [onload], [onerror]').count()).toBe(0);
    const data = JSON.parse((await page.locator('#data').textContent())!);
    expect(data.layers[0].name).toBe(HOSTILE[0]);
    expect(await page.locator('#layers h3').first().textContent()).toBe(HOSTILE[0]);
    expect(await page.locator('#again code').textContent()).toBe(HOSTILE[0]);
    const other = await open(benchPage({ records: records(METHODS.slice(0, 2), HOSTILE[1]), command: '' }));
    expect(await other.evaluate('window.attacked')).toBeUndefined();
    expect(await other.locator('.kicker').textContent()).toContain(HOSTILE[1]);
    const third = await open(paper());
    expect(await third.evaluate('window.attacked')).toBeUndefined();
  });

  it('and if one became a script, the policy would not run it', async () => {
    const attack = '<script>window.attacked = 1</script><img src=x onerror="window.attacked = 1"></main>';
    const page = await open(
      run.replace('</main>', () => attack),
      { mayComplain: true },
    );
    expect(await page.locator('img').count()).toBe(1);
    expect(await page.evaluate('window.attacked')).toBeUndefined();
    expect(await page.locator('#theme').isVisible()).toBe(true); // ours still runs
  });

  it('figures of their own are well-formed XML, whatever they name', async () => {
    const page: Page = await open(run);
    const { instance, pruning } = hostile();
    const layers = figures.summariseLayers(instance, pruning);
    for (const svg of [
      figures.lossPerLayer(layers),
      figures.shapePerLayer(layers, { width: 343 }),
      figures.heatMap(instance.layers[5]!, pruning.layers[5]!),
      performanceProfiles(HOSTILE.map((method) => ({ method, steps: [[1, 0.5]] }))),
      figures.anytimeCurves(HOSTILE.map((label) => ({ label, cost: [[1, 2]], bound: [], end: 3 }))),
      figures.accuracyIntervals(
        HOSTILE.map((method) => ({ method, group: method, accuracy: 0.5, low: 0.4, high: 0.6, count: 1 })),
      ),
    ]) {
      const source = JSON.stringify(svg);
      expect(
        await page.evaluate(
          `new DOMParser().parseFromString(${source}, 'image/svg+xml').querySelector('parsererror')?.textContent ?? ''`,
        ),
      ).toBe('');
    }
  });

  it('everything can be read without the script', async () => {
    const page = await open(run, { javaScriptEnabled: false });
    expect(await page.locator('#layers h3:visible').count()).toBe(4);
    expect(await page.locator('.map:visible').count()).toBe(8);
    expect(await page.locator('#theme').isHidden()).toBe(true);
  });
});
