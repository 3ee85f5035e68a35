// Nothing of this application's types reaches into SvelteKit's.
declare global {
  namespace App {}
}

export {};
