import { existsSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { temporaryFolder } from '../temporary.ts';

/*
 * A real browser, Debian's Chromium. Every page that a test opens must load nothing and say nothing on its console.
 */

const EXECUTABLE = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
/** CI sets this, so that a machine without a browser cannot pass in silence. */
const isRequired = process.env.RCPRUNE_REQUIRE_BROWSER === '1';
export const missing = EXECUTABLE === undefined ? 'no Chromium, run test/report/install' : null;
export const isSkipped = missing !== null && !isRequired;
if (isSkipped) console.warn(`report pages in a browser skipped: ${missing}`);

export interface Setting {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly reducedMotion?: 'reduce';
  readonly hasTouch?: boolean;
  readonly javaScriptEnabled?: boolean;
  /** Whether the console may say something: where a page is attacked on purpose. */
  readonly mayComplain?: boolean;
}

/** Opens pages in one browser. @returns a function from page text to an open page */
export function withBrowser(): (text: string, setting?: Setting) => Promise<Page> {
  const inFolder = temporaryFolder();
  const complaints: string[] = [];
  let browser: Browser | undefined;
  let files = 0;
  beforeAll(async () => {
    if (EXECUTABLE === undefined) throw new Error(`RCPRUNE_REQUIRE_BROWSER forbids to skip: ${missing}`);
    browser = await chromium.launch({ executablePath: EXECUTABLE });
  });
  afterAll(async () => {
    await browser?.close();
    expect(complaints).toEqual([]);
  });
  return async (text, { width = 1100, mayComplain = false, ...setting } = {}) => {
    const context = await browser!.newContext({ viewport: { width, height: 800 }, ...setting });
    const page = await context.newPage();
    page.on('console', (message) => {
      if (!mayComplain) complaints.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) complaints.push(`request: ${request.url()}`);
    });
    page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
    const file = inFolder(`${files++}.html`);
    writeFileSync(file, text);
    await page.goto(pathToFileURL(file).href);
    return page;
  };
}

/** What axe finds against WCAG 2.2 AA and good practice, one line each. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = (await page.evaluate('axe.run()')) as axe.AxeResults;
  expect(found.passes.length).toBeGreaterThan(20);
  return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
}

export const numberOf = (page: Page, expression: string): Promise<number> => page.evaluate(expression);
