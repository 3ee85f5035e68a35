/** The conversation: what was said so far, and what is asked next. */
import { api } from '../api/client';
import type { LawReply } from '../api/law-types';

/** An answer to a question about a fact. */
export type Said = 'yes' | 'no' | 'unknown';

/** State of one conversation. */
export class Conversation {
  places = $state<string[]>([]);
  acts = $state<string[]>([]);
  medium = $state<string | null>(null);
  /** Facts in the order they were asked. */
  said = $state<{ fact: string; text: string; value: Said }[]>([]);
  /** `places`, `acts`, `medium`, then the facts, then the answer. */
  step = $state<'places' | 'acts' | 'medium' | 'facts' | 'answer'>('places');
  reply = $state.raw<LawReply | null>(null);
  failure = $state.raw<unknown>(null);
  busy = $state(false);

  /** The next question that was not asked yet. */
  get next(): { fact: string; text: string; decides: readonly string[] } | null {
    const asked = new Set(this.said.map(({ fact }) => fact));
    return this.reply?.questions.find(({ fact }) => fact !== 'medium' && !asked.has(fact)) ?? null;
  }

  /** Asks the table with everything that is known. Leads to the answer where nothing is left to ask. */
  async ask(): Promise<void> {
    this.busy = true;
    this.failure = null;
    try {
      this.reply = await api<LawReply>('/law/answers', {
        body: {
          places: this.places,
          acts: this.acts,
          ...(this.medium === null ? {} : { medium: this.medium }),
          facts: Object.fromEntries(this.said.map(({ fact, value }) => [fact, value])),
        },
      });
      if (this.step === 'facts' && this.next === null) this.step = 'answer';
    } catch (thrown) {
      this.failure = thrown;
    } finally {
      this.busy = false;
    }
  }

  /** Answers the question that is open. */
  async say(value: Said): Promise<void> {
    const { next } = this;
    if (next === null) return;
    this.said.push({ fact: next.fact, text: next.text, value });
    await this.ask();
    // What contradicts an earlier answer is not kept: the question stands again, with the sentence that says why.
    if (this.failure !== null) this.said.pop();
  }

  /** Takes back an answer and those after it, which may have followed from it. */
  async back(fact: string): Promise<void> {
    const at = this.said.findIndex((each) => each.fact === fact);
    if (at < 0) return;
    this.said = this.said.slice(0, at);
    this.step = 'facts';
    await this.ask();
  }

  restart(): void {
    this.places = [];
    this.acts = [];
    this.medium = null;
    this.said = [];
    this.reply = null;
    this.failure = null;
    this.step = 'places';
  }
}
