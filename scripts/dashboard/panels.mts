// The panels of the Grafana dashboard, as far as they are drawn and tested without Grafana.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DASHBOARD = join(import.meta.dirname, '../../docs/examples/deploy/grafana-dashboard.json');

export interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}

export interface Panel {
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly fieldConfig: {
    readonly defaults: { readonly unit: string; readonly custom: { readonly stacking: { readonly mode: string } } };
  };
  readonly targets: readonly Target[];
}

/** Reads the panels, with Grafana's variable for the range of a rate replaced by `rateInterval`. */
export function readPanels(rateInterval: string): readonly Panel[] {
  const text = readFileSync(DASHBOARD, 'utf8').replaceAll('$__rate_interval', rateInterval);
  const { panels }: { panels: readonly Panel[] } = JSON.parse(text);
  return panels;
}
