/** The parts of an OpenAPI description that the page of the API shows, and example values made of its schemas. */

/** A schema, as far as it matters here. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly format?: string;
  readonly minimum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

/** A parameter of a path or query. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header' | 'cookie';
  readonly required?: boolean;
  readonly schema?: Schema;
}

interface RawOperation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
  readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

/** The description. */
export interface Description {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** One route. */
export interface Operation {
  readonly key: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  /** An example of its body in JSON, or null where it takes none. */
  readonly body: string | null;
  /** Type of the answer that means success. */
  readonly answer: string;
}

/** How deep an example goes: schemas may name themselves. */
const DEEP = 6;

/** A value that fits a schema, for people to change. */
function exampleOf(description: Description, schema: Schema | undefined, depth = 0): unknown {
  if (schema === undefined || depth > DEEP) return null;
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return exampleOf(description, description.components?.schemas?.[name], depth + 1);
  }
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return exampleOf(description, choices[0], depth + 1);
  if (schema.allOf !== undefined)
    return Object.assign({}, ...schema.allOf.map((each) => exampleOf(description, each, depth + 1)));
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'object' || schema.properties !== undefined)
    return Object.fromEntries(
      Object.entries(schema.properties ?? {})
        .filter(([name]) => schema.required?.includes(name) ?? false)
        .map(([name, each]) => [name, exampleOf(description, each, depth + 1)]),
    );
  if (type === 'array') return schema.items === undefined ? [] : [exampleOf(description, schema.items, depth + 1)];
  if (type === 'integer' || type === 'number') return schema.minimum ?? 1;
  if (type === 'boolean') return false;
  if (type === 'null') return null;
  return schema.format === 'uuid' ? '00000000-0000-4000-8000-000000000000' : '';
}

/** Routes by their tag, in the order of the description. */
export function operationsOf(description: Description): ReadonlyMap<string, readonly Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const [path, methods] of Object.entries(description.paths))
    for (const [method, raw] of Object.entries(methods)) {
      const tag = raw.tags?.[0] ?? '';
      const schema = raw.requestBody?.content?.['application/json']?.schema;
      const success = Object.entries(raw.responses ?? {}).find(([status]) => status.startsWith('2'));
      const group = groups.get(tag) ?? [];
      groups.set(tag, group);
      group.push({
        key: `${method} ${path}`,
        method: method.toUpperCase(),
        path,
        summary: raw.summary ?? '',
        description: raw.description ?? '',
        parameters: (raw.parameters ?? []).filter((each) => each.in === 'path' || each.in === 'query'),
        body: schema === undefined ? null : JSON.stringify(exampleOf(description, schema), null, 2),
        answer: Object.keys(success?.[1].content ?? {})[0] ?? '',
      });
    }
  return groups;
}

/** The address of a route with its parameters filled in. */
export function addressOf({ path, parameters }: Operation, values: Readonly<Record<string, string>>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
  const query = new URLSearchParams();
  for (const { name, in: where } of parameters) {
    const value = values[name] ?? '';
    if (where === 'query' && value !== '') query.set(name, value);
  }
  const text = query.toString();
  return text === '' ? filled : `${filled}?${text}`;
}

/** The same request for a shell, with a key in place of the session. */
export function curlOf({ method, body: example }: Operation, address: string, body: string): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const parts = ['curl', ...(method === 'GET' ? [] : ['-X', method]), quote(`${location.origin}${address}`)];
  parts.push('-H', '"Authorization: Bearer $KEY"');
  if (example !== null) {
    const line = body.replace(/\s*\n\s*/g, ' ').trim();
    parts.push('-H', quote('Content-Type: application/json'), '-d', quote(line));
  }
  return parts.join(' ');
}
