/**
 * Choice of where training runs. A device other than the processor is tried first in a process of its own, because a
 * graphics driver may end the process it runs in; it must train a small network to the same weights as the processor.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LikenessError, messageOf, workerUrl } from '../base/index.js';
import type { CoreOptions } from './core.js';

/** What a user may ask for. `auto` is the processor until a device has been measured to be faster. */
export const DEVICES = ['auto', 'cpu', 'webgpu', 'dml', 'coreml'] as const;

/** One of {@link DEVICES}. */
export type DeviceRequest = (typeof DEVICES)[number];

/** Where sessions run. */
export type Device = CoreOptions['device'];

/** Outcome of {@link chooseDevice}. */
export interface DeviceChoice {
  readonly device: Device;
  /** One sentence to show when the choice is not what was asked for. */
  readonly note?: string;
}

/** What the probing process prints as its last line. */
export interface ProbeResult {
  /** Relative difference of the trained weights from those of the processor. */
  readonly difference?: number;
  /** Time of a step on the device and on the processor, milliseconds. */
  readonly ms?: readonly [number, number];
  /** Why the device could not be used. */
  readonly error?: string;
}

/** Largest relative difference of weights after a few steps; float32 in another order of summation gives about 1e-5. */
export const PARITY_LIMIT = 1e-3;

/** Decides from a probe whether a device may be used. */
export function judgeProbe(device: Device, probe: ProbeResult): DeviceChoice {
  const fallBack = (why: string): DeviceChoice => ({
    device: 'cpu',
    note: `The device ${device} cannot be used here (${why}); working on the processor instead.`,
  });
  if (probe.error !== undefined) return fallBack(probe.error);
  if (probe.difference === undefined || !(probe.difference <= PARITY_LIMIT))
    return fallBack(`its results differ from the processor's by ${(probe.difference ?? Number.NaN).toExponential(1)}`);
  return { device };
}

/** Providers that a platform has at all, so that hopeless ones are not even tried. */
function unavailable(device: Device): string | undefined {
  if (device === 'dml' && process.platform !== 'win32') return 'DirectML is part of Windows only';
  if (device === 'coreml' && process.platform !== 'darwin') return 'Core ML is part of macOS only';
  return undefined;
}

/**
 * Turns a request into a device that is known to work.
 *
 * @param seconds how long the trial may take
 * @throws LikenessError `device.unknown` for a name that is not in {@link DEVICES}
 */
export async function chooseDevice(request: string, seconds = 120): Promise<DeviceChoice> {
  if (!(DEVICES as readonly string[]).includes(request))
    throw new LikenessError('device.unknown', `There is no device named ${request}.`, {
      hint: `Choose one of ${DEVICES.join(', ')}.`,
    });
  if (request === 'auto' || request === 'cpu') return { device: 'cpu' };
  const device = request as Device;
  const missing = unavailable(device);
  return judgeProbe(device, missing === undefined ? await probe(device, seconds) : { error: missing });
}

/** Runs the trial in a child process and reads its last line. */
async function probe(device: Device, seconds: number): Promise<ProbeResult> {
  const script = fileURLToPath(workerUrl(import.meta.url, './device-probe.js'));
  const child = spawn(process.execPath, [script, device], { stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true });
  const clock = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  let text = '';
  child.stdout.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  try {
    const ended = await new Promise<string>((resolve) => {
      child.on('error', (e) => resolve(messageOf(e)));
      child.on('close', (code, signal) => resolve(signal ? `its trial was ended by ${signal}` : `exit code ${code}`));
    });
    const last = text.trimEnd().split('\n').at(-1) ?? '';
    if (last.startsWith('{')) return JSON.parse(last) as ProbeResult;
    return { error: ended };
  } finally {
    clearTimeout(clock);
  }
}
