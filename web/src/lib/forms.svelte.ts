/** A form: its errors beside the fields, its state while it is sent. */
import { type ApiError, asApiError } from './api/client';
import { t } from './i18n/index.svelte';

/** Looks at a value; gives the sentence that is wrong with it, or null. */
export type Rule = (value: string) => string | null;

/** Something has to stand there. */
export const required: Rule = (value) => (value.trim() === '' ? t('form.required') : null);

/** Looks like an address. */
export const email: Rule = (value) => (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value.trim()) ? null : t('form.email'));

/** At least so many characters. */
export const atLeast =
  (count: number): Rule =>
  (value) =>
    value.length < count ? t('form.short', { count }) : null;

/** The state of one form with named text fields. */
export class Form<Name extends string> {
  readonly values: Record<Name, string>;
  readonly #rules: Readonly<Record<Name, readonly Rule[]>>;
  #errors = $state<Partial<Record<Name, string>>>({});
  #failure = $state.raw<ApiError | null>(null);
  #busy = $state(false);

  constructor(fields: Readonly<Record<Name, readonly Rule[]>>, first: Partial<Record<Name, string>> = {}) {
    const values = Object.fromEntries(Object.keys(fields).map((name) => [name, first[name as Name] ?? '']));
    this.values = $state(values as Record<Name, string>);
    this.#rules = fields;
  }

  /** The sentence beside a field. */
  error(name: Name): string | null {
    return this.#errors[name] ?? null;
  }

  /** What is wrong with the whole, where no field is at fault. */
  get failure(): ApiError | null {
    return this.#failure;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Checks the fields, sends, and puts what the studio refused beside the fields it named. Focus goes to the first. */
  async submit(event: SubmitEvent, send: (values: Readonly<Record<Name, string>>) => Promise<void>): Promise<void> {
    event.preventDefault();
    if (this.#busy) return;
    const form = event.currentTarget;
    this.#failure = null;
    const found: Partial<Record<Name, string>> = {};
    for (const name of Object.keys(this.#rules) as Name[])
      for (const rule of this.#rules[name]) {
        const wrong = rule(this.values[name]);
        if (wrong !== null) found[name] ??= wrong;
      }
    this.#errors = found;
    if (Object.keys(found).length === 0) {
      this.#busy = true;
      try {
        await send(this.values);
      } catch (thrown) {
        const error = asApiError(thrown);
        for (const name of Object.keys(this.#rules) as Name[]) {
          const message = error.of(name);
          if (message !== null) found[name] = message;
        }
        this.#errors = found;
        if (Object.keys(found).length === 0) this.#failure = error;
      } finally {
        this.#busy = false;
      }
    }
    if (Object.keys(found).length > 0 && form instanceof HTMLFormElement)
      requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  }
}
