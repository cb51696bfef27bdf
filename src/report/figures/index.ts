/**
 * Figures: pure functions from data to SVG text. A file of its own by default (light, explicit colours); with `theme: 'page'`
 * colours are the page's variables. The same data give the same bytes.
 */

export { type AnytimeCurve, anytimeCurves } from './anytime.ts';
export {
  type AccuracyRow,
  accuracyIntervals,
  type GapPoint,
  gapAgainstAccuracy,
  type ProfileCurve,
  performanceProfiles,
  type RatioPoint,
  ratioAgainstGuarantee,
} from './comparison.ts';
export type { FigureOptions, Theme } from './figure.ts';
export { aggregationOf, type HeatMapOptions, heatMap, type LineOrder } from './heat-map.ts';
export { type LayerSummary, lossPerLayer, shapePerLayer, summariseLayers } from './layers.ts';
