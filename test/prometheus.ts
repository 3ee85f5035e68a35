/**
 * The text format of Prometheus, version 0.0.4, read strictly: what a lenient reader would let pass is refused.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

/** One line with a number. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All that stands below one `# TYPE`. */
export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Inf)|NaN)$/;
const SUFFIXES = ['_bucket', '_sum', '_count'];

const numberOf = (text: string): number => {
  if (!VALUE.test(text)) throw new Error(`no number: ${text}`);
  return Number(text.replace('Inf', 'Infinity'));
};

/** Labels between braces, escapes undone. */
function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  let rest = text;
  while (rest !== '') {
    const [whole, name = '', value = ''] = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/.exec(rest) ?? [];
    if (whole === undefined || name in labels) throw new Error(`no label: ${rest}`);
    labels[name] = value.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
    rest = rest.slice(whole.length);
    if (rest.startsWith(',')) rest = rest.slice(1);
    else if (rest !== '') throw new Error(`no comma: ${rest}`);
  }
  return labels;
}

function sampleOf(line: string): Sample {
  const [, name = '', , labels = '', value = ''] = /^([^{\s]+)(\{(.*)\})? (\S+)$/.exec(line) ?? [];
  if (!NAME.test(name)) throw new Error(`no sample: ${line}`);
  return { name, labels: labelsOf(labels), value: numberOf(value) };
}

const without = (labels: Sample['labels'], name: string): string =>
  JSON.stringify(
    Object.entries(labels)
      .filter(([each]) => each !== name)
      .sort(),
  );

/** Buckets rise, end in `+Inf`, and agree with the count. */
function checkHistogram(family: string, samples: readonly Sample[]): void {
  for (const count of samples.filter(({ name }) => name === `${family}_count`)) {
    const series = without(count.labels, 'le');
    const buckets = samples.filter(
      ({ name, labels }) => name === `${family}_bucket` && without(labels, 'le') === series,
    );
    const bounds = buckets.map(({ labels }) => numberOf(labels['le'] ?? ''));
    if (bounds.length < 2 || bounds.at(-1) !== Number.POSITIVE_INFINITY) throw new Error(`no last bucket: ${series}`);
    for (let i = 1; i < buckets.length; i++)
      if ((bounds[i] ?? 0) <= (bounds[i - 1] ?? 0) || (buckets[i]?.value ?? 0) < (buckets[i - 1]?.value ?? 0))
        throw new Error(`buckets do not rise: ${series}`);
    if (buckets.at(-1)?.value !== count.value) throw new Error(`the count is another: ${series}`);
    const sums = samples.filter(({ name, labels }) => name === `${family}_sum` && without(labels, '') === series);
    if (sums.length !== 1) throw new Error(`no sum: ${series}`);
  }
  if (samples.some(({ name }) => !SUFFIXES.some((end) => name === `${family}${end}`)))
    throw new Error(`strange: ${family}`);
}

/** Families by name. @throws Error with what is wrong */
export function parseMetrics(text: string): Map<string, Family> {
  if (!text.endsWith('\n') || text.includes('\r')) throw new Error('lines end in a line feed');
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let now: { name: string; help: string; type: string | null } | null = null;
  for (const line of text.slice(0, -1).split('\n')) {
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (word === 'HELP') {
      if (!NAME.test(name) || families.has(name) || /\\[^\\n]/.test(rest)) throw new Error(`no help: ${line}`);
      now = { name, help: rest, type: null };
    } else if (word === 'TYPE') {
      if (now?.name !== name || now.type !== null) throw new Error(`a type without help: ${line}`);
      if (!['counter', 'gauge', 'histogram', 'summary', 'untyped'].includes(rest)) throw new Error(`no type: ${line}`);
      now.type = rest;
      families.set(name, { type: rest, help: now.help, samples: [] });
    } else {
      const sample = sampleOf(line);
      const { name: at = '', type } = now ?? {};
      const own = type === 'histogram' ? SUFFIXES.map((end) => `${at}${end}`) : [at];
      if (!own.includes(sample.name)) throw new Error(`not of this family: ${line}`);
      const key = `${sample.name}${without(sample.labels, '')}`;
      if (seen.has(key)) throw new Error(`twice: ${line}`);
      seen.add(key);
      families.get(at)?.samples.push(sample);
    }
  }
  for (const [name, { type, samples }] of families) {
    if (samples.length === 0) throw new Error(`nothing of ${name}`);
    if (type === 'histogram') checkHistogram(name, samples);
  }
  return families;
}
