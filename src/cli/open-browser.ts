/** Opening an address in the user's browser. */
import { spawn } from 'node:child_process';

/** Whether there is a screen to open a browser on. */
const hasScreen = (): boolean =>
  process.platform !== 'linux' || Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);

/** Opens an address, where there is a screen; where that fails, the address was printed. */
export function openBrowser(address: string): void {
  if (!hasScreen()) return;
  const [program, ...words] =
    process.platform === 'darwin'
      ? ['open', address]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', address]
        : ['xdg-open', address];
  const child = spawn(program as string, words, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
