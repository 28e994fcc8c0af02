// One panel of the dashboard as SVG: lines over time, stacked areas where the panel stacks them.
import type { Panel } from './panels.mts';

export interface Line {
  readonly name: string;
  /** A value for each step; NaN where there is none. */
  readonly values: readonly number[];
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const COLORS = ['#2f6fb7', '#d9822b', '#3d8f4f', '#b8433f', '#7a5aa6', '#8a6d3b', '#c4659a', '#5c6670'];
const MARGIN = { left: 66, right: 26, top: 34, bottom: 48 };

const escapeXml = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

const round = (value: number): string => `${Math.round(value * 10) / 10}`;

/** At most three digits and the unit, as Grafana writes it. */
function format(value: number, unit: string): string {
  const short = (scaled: number): string => `${Number(scaled.toPrecision(3))}`;
  if (unit === 'percentunit') return `${short(value * 100)} %`;
  if (unit === 's') return value < 1 ? `${short(value * 1000)} ms` : `${short(value)} s`;
  if (unit === 'Bps') return value >= 1e6 ? `${short(value / 1e6)} MB/s` : `${short(value / 1e3)} kB/s`;
  return unit === 'reqps' ? `${short(value)} /s` : short(value);
}

/** The smallest of 1, 2, 2.5, 5 and 10 times a power of ten that four steps of reach `max`. */
function stepFor(max: number): number {
  const power = 10 ** Math.floor(Math.log10(max / 4));
  const factor = [1, 2, 2.5, 5, 10].find((it) => it * power * 4 >= max) ?? 10;
  return factor * power;
}

/** Each line with what lies below it. */
function stack(lines: readonly Line[]): readonly (Line & { readonly below: readonly number[] })[] {
  let below: readonly number[] = lines[0]?.values.map(() => 0) ?? [];
  return lines.map(({ name, values }) => {
    const base = below;
    const top = values.map((value, at) => (base[at] ?? 0) + (Number.isNaN(value) ? 0 : value));
    below = top;
    return { name, values: top, below: base };
  });
}

function legend(lines: readonly Line[], { x, y, width, height }: Box): string {
  let at = x + MARGIN.left;
  const entries = lines.map(({ name }, index) => {
    const entry =
      `<rect x="${round(at)}" y="${y + height - 17}" width="12" height="4" fill="${COLORS[index % COLORS.length]}"/>` +
      `<text x="${round(at + 17)}" y="${y + height - 11}">${escapeXml(name)}</text>`;
    at += 34 + name.length * 6.6;
    return entry;
  });
  if (at > x + width + 10) throw new Error(`the legend of ${lines.length} lines is wider than its panel`);
  return entries.join('');
}

/** Draws a panel with its lines, which all have a value for each of the same steps. */
export function drawPanel(panel: Panel, lines: readonly Line[], box: Box, seconds: number): string {
  const { unit, custom } = panel.fieldConfig.defaults;
  const isStacked = custom.stacking.mode === 'normal';
  const drawn = isStacked ? stack(lines) : lines.map((line) => ({ ...line, below: [] }));
  const max = Math.max(...drawn.flatMap(({ values }) => values.filter(Number.isFinite)), 1e-9);
  const step = stepFor(max);
  const top = Math.ceil(max / step) * step;
  const plot = {
    x: box.x + MARGIN.left,
    y: box.y + MARGIN.top,
    width: box.width - MARGIN.left - MARGIN.right,
    height: box.height - MARGIN.top - MARGIN.bottom,
  };
  const toX = (at: number, count: number): number => plot.x + (at / (count - 1)) * plot.width;
  const toY = (value: number): number => plot.y + plot.height - (value / top) * plot.height;

  const grid = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => {
    const y = round(toY(index * step));
    return (
      `<path d="M${plot.x} ${y}h${plot.width}" stroke="#e3e6ea"/>` +
      `<text x="${plot.x - 6}" y="${Number(y) + 4}" text-anchor="end">${format(index * step, unit)}</text>`
    );
  });
  for (let minute = 0; minute * 60 <= seconds; minute += 1) {
    const x = round(plot.x + ((minute * 60) / seconds) * plot.width);
    grid.push(`<text x="${x}" y="${plot.y + plot.height + 18}" text-anchor="middle">${minute} min</text>`);
  }

  const paths = drawn.map(({ values, below }, index) => {
    const color = COLORS[index % COLORS.length];
    let isOpen = false;
    const path = values.map((value, at) => {
      const command = isOpen ? 'L' : 'M';
      isOpen = Number.isFinite(value);
      return isOpen ? `${command}${round(toX(at, values.length))} ${round(toY(value))}` : '';
    });
    const back = below.map((value, at) => `L${round(toX(at, below.length))} ${round(toY(value))}`).reverse();
    const area = isStacked ? `<path d="${path.join('')}${back.join('')}Z" fill="${color}" fill-opacity="0.25"/>` : '';
    return `${area}<path d="${path.join('')}" fill="none" stroke="${color}" stroke-width="1.6"/>`;
  });

  return [
    `<rect x="${box.x}" y="${box.y}" width="${box.width}" height="${box.height}" rx="4" fill="#fff" stroke="#d5d9de"/>`,
    `<text x="${box.x + 12}" y="${box.y + 21}" font-size="14" font-weight="600" fill="#1f2429">${escapeXml(panel.title)}</text>`,
    ...grid,
    ...paths,
    legend(lines, box),
  ].join('\n');
}
