/** Numbers about the service in the text format of Prometheus. Paths are those of routes: no ids, no names. */
import { JOB_STATES, type JobStore } from '../../jobs/index.js';

/** Upper bounds of the buckets, in seconds. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

interface Series {
  readonly buckets: number[];
  sum: number;
  count: number;
}

/** The text of a label, as the format wants it. */
const label = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** What stands before the numbers of a family. */
const head = (name: string, type: 'histogram' | 'gauge', help: string): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
];

/** Counts requests and how long they took. */
export class Metrics {
  readonly #jobs: JobStore;
  readonly #series = new Map<string, Series>();
  readonly #started = Date.now();

  constructor(jobs: JobStore) {
    this.#jobs = jobs;
  }

  /**
   * Counts a request.
   *
   * @param route the pattern, not the address
   * @param seconds until the answer began
   */
  count(method: string, route: string, status: number, seconds: number): void {
    const key = `method="${label(method)}",route="${label(route)}",status="${status}"`;
    const series = this.#series.get(key) ?? { buckets: BOUNDS.map(() => 0), sum: 0, count: 0 };
    this.#series.set(key, series);
    BOUNDS.forEach((bound, i) => {
      if (seconds <= bound) series.buckets[i] = (series.buckets[i] ?? 0) + 1;
    });
    series.sum += seconds;
    series.count++;
  }

  /** Everything as text. */
  async text(): Promise<string> {
    const lines = [
      ...head('likeness_request_seconds', 'histogram', 'Requests by route and status, seconds until the answer began.'),
      ...[...this.#series].flatMap(([key, { buckets, sum, count }]) => [
        ...BOUNDS.map((bound, i) => `likeness_request_seconds_bucket{${key},le="${bound}"} ${buckets[i] ?? 0}`),
        `likeness_request_seconds_bucket{${key},le="+Inf"} ${count}`,
        `likeness_request_seconds_sum{${key}} ${sum.toFixed(6)}`,
        `likeness_request_seconds_count{${key}} ${count}`,
      ]),
    ];
    const counts = await this.#jobs.counts();
    lines.push(
      ...head('likeness_jobs', 'gauge', 'Jobs in each state.'),
      ...JOB_STATES.map((state) => `likeness_jobs{state="${state}"} ${counts[state]}`),
    );
    const memory = process.memoryUsage();
    lines.push(
      ...head('process_resident_memory_bytes', 'gauge', 'Memory of the studio without its jobs.'),
      `process_resident_memory_bytes ${memory.rss}`,
      ...head('process_uptime_seconds', 'gauge', 'Seconds since the studio was opened.'),
      `process_uptime_seconds ${Math.round((Date.now() - this.#started) / 1000)}`,
    );
    return `${lines.join('\n')}\n`;
  }
}
