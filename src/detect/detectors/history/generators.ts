/**
 * Settings of picture generators in a file's own texts. What is known by its form is named by its form: programs are not,
 * unless the file names them itself.
 */
import { shown } from './bytes.js';
import type { Note, Trace } from './types.js';

/** Patterns of texts that only a generator's settings have, with what they are. */
const FORMS: readonly (readonly [form: RegExp, means: string])[] = [
  [/\bSteps: \d+, (?:Sampler|Seed|CFG)/, 'settings of a diffusion run: steps, sampler, seed'],
  [
    /"class_type"\s*:\s*"(?:KSampler|CheckpointLoader|CLIPTextEncode|VAEDecode|UNETLoader)/,
    'a graph of diffusion nodes',
  ],
  [
    /"(?:sampler|sampler_name|scheduler)"\s*:[\s\S]{0,4000}"(?:seed|cfg_scale|steps)"\s*:|"(?:seed|cfg_scale|steps)"\s*:[\s\S]{0,4000}"(?:sampler|sampler_name|scheduler)"\s*:/,
    'settings of a diffusion run as JSON',
  ],
  [/"(?:positive_prompt|negative_prompt|negativePrompt)"\s*:/, 'a prompt and what to avoid, as JSON'],
  [/"last_node_id"\s*:[\s\S]{0,4000}"nodes"\s*:/, 'a saved workflow of nodes'],
];

/** Keys of PNG text chunks that generators use, where the text alone does not tell. */
const KEYS = new Set([
  'parameters',
  'prompt',
  'workflow',
  'dream',
  'sd-metadata',
  'invokeai_metadata',
  'generation_data',
]);

/** What texts say of a generator. */
export function generatorTraces(notes: readonly Note[]): Trace[] {
  return notes.flatMap(({ where, text }): Trace[] => {
    const form = FORMS.find(([pattern]) => pattern.test(text));
    const key = /text chunk "([^"]+)"/.exec(where)?.[1]?.toLowerCase() ?? '';
    if (form)
      return [
        {
          claim: `${where} holds traces of a generator, ${form[1]}: "${shown(text)}".`,
          facts: { [where]: shown(text) },
        },
      ];
    if (KEYS.has(key))
      return [
        {
          claim: `${where} has a name that picture generators use; it holds "${shown(text)}".`,
          facts: { [where]: shown(text) },
          limits: ['The name of the chunk alone; its text has no form that is known.'],
        },
      ];
    return [];
  });
}
